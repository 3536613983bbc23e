// @ts-check
// What a page may know of its reader: whether somebody reads, and over what line.

const GOOD_LINE_MBIT = 5;
const EVENTS = ["scroll", "pointermove", "keydown"]; // somebody is reading

const connection = /** @type {any} */ (navigator).connection;

/** The reader's browser asks for less. */
export const savesData = () => Boolean(connection?.saveData);

/** More may be fetched than the reader has asked for. */
export const isOnGoodLine = () =>
  !savesData() &&
  connection?.type !== "cellular" &&
  connection?.downlink >= GOOD_LINE_MBIT;

/** Somebody waits for a figure: all else may come later. */
export const isWaiting = () =>
  document.querySelector('[data-figure][data-state="loading"]') !== null;

/** Once somebody reads, and not for a page that lies in the background. @param {() => void} work */
export function whenRead(work) {
  const begin = () => {
    for (const name of EVENTS) removeEventListener(name, begin);
    work();
  };
  for (const name of EVENTS) addEventListener(name, begin, { passive: true });
}
