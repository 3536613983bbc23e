// @ts-check
// What this browser keeps for the reader, under one prefix. Storage may be refused or full at
// any time: then nothing is kept, and everything else goes on.

const PREFIX = "possible-and-durable:";

/** What is kept under that name, or null. @param {string} name */
export function kept(name) {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

/** Keep a text; none forgets it. @param {string} name @param {string} [text] */
export function keep(name, text) {
  try {
    if (text) localStorage.setItem(PREFIX + name, text);
    else localStorage.removeItem(PREFIX + name);
  } catch {
    // It holds for this page alone.
  }
}

/** The names of all that is kept, the answers of other scripts too. */
export function names() {
  try {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
    return keys.map((key) => key.slice(PREFIX.length)).sort();
  } catch {
    return [];
  }
}
