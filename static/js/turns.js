// @ts-check
// The frames of one page take turns at starting Python, so that the page stays smooth. They
// ask each other: Web Locks are refused to a frame without storage, messages are not.

const CROSSING_MS = 20; // for a message that was on its way when ours was sent
const PATIENCE_MS = 20_000; // a frame may be gone before it says that it has started

/** @type {Set<string>} tickets of frames that start, or wait before us */
const ahead = new Set();
let changed = () => {};
let ours = "";

addEventListener("message", ({ data }) => {
  const { type, ticket } = data ?? {};
  if (typeof ticket !== "string") return;
  if (type === "monograph:starts" && (!ours || ticket < ours)) ahead.add(ticket);
  if (type === "monograph:started" && ahead.delete(ticket)) changed();
});

/** @param {string} type @param {string} ticket */
function tell(type, ticket) {
  for (let at = 0; at < parent.length; at++)
    if (parent[at] !== window) parent[at].postMessage({ type, ticket }, "*");
}

/**
 * What `start` gives, once no other frame on the page is at it.
 * @template T
 * @param {() => Promise<T>} start @param {() => void} waits called if it has to wait
 */
export async function inTurn(start, waits) {
  const ticket = `${Date.now()} ${crypto.getRandomValues(new Uint32Array(1))[0]}`;
  ours = ticket;
  tell("monograph:starts", ticket);
  await new Promise((resolve) => setTimeout(resolve, CROSSING_MS));
  if (ahead.size) waits();
  await turn();
  try {
    return await start();
  } finally {
    ours = "";
    tell("monograph:started", ticket);
  }
}

/** When nobody is ahead any more, or has been silent for too long. */
async function turn() {
  while (ahead.size) {
    const before = ahead.size;
    await new Promise((resolve) => {
      changed = () => resolve(undefined);
      setTimeout(resolve, PATIENCE_MS);
    });
    if (ahead.size === before) ahead.clear();
  }
}
