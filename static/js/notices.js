// @ts-check
// One quiet line at the foot of the window: what was done, said and soon gone.

const STAYS_MS = 4000;

/** @type {HTMLElement | null} */
let line = null;
let leaving = 0;

/** Say something, perhaps with a link. @param {string} text @param {HTMLElement} [more] */
export function notice(text, more) {
  if (!line) {
    line = document.createElement("p");
    line.className = "notice";
    line.setAttribute("role", "status");
    document.body.append(line);
  }
  clearTimeout(leaving);
  const says = line;
  // In a later task: who has the page read out hears only what changes in a line.
  setTimeout(() => says.replaceChildren(text, ...(more ? [" ", more] : [])));
  if (!more) leaving = setTimeout(clear, STAYS_MS);
}

/** Say nothing. */
export function clear() {
  line?.replaceChildren();
}
