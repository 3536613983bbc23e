// @ts-check
// The windows of one browser that present an idea are in one state: each tells the others
// what has changed, and who comes late asks.

/**
 * Where the session is: the step, whether the answer is out, how many hints are open in
 * each step, and what covers the slide.
 * @typedef {{step: number, isRevealed: boolean, hints: Record<number, number>,
 *            cover: "" | "blank" | "code"}} State
 * @typedef {{asks?: true, reveals?: true, state?: State}} Message
 */

const NAME = `possible-and-durable:present:${location.pathname}`;

/**
 * Hear the other windows. @param {(message: Message) => void} hear
 * @returns {(message: Message) => void} tells them
 */
export function inStep(hear) {
  const channel = globalThis.BroadcastChannel && new BroadcastChannel(NAME);
  if (!channel) return byStorage(hear);
  channel.onmessage = ({ data }) => hear(data);
  return (message) => channel.postMessage(message);
}

/** A browser without channels: what is kept is heard by the other windows. @param {(message: Message) => void} hear @returns {(message: Message) => void} */
function byStorage(hear) {
  window.addEventListener("storage", ({ key, newValue }) => {
    if (key === NAME && newValue) hear(JSON.parse(newValue));
  });
  return (message) => {
    try {
      localStorage.setItem(NAME, JSON.stringify(message));
      localStorage.removeItem(NAME); // so that the same message is heard again
    } catch {
      // Neither channel nor storage: each window goes on by itself.
    }
  };
}
