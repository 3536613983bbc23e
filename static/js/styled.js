// @ts-check
// Sheets of what only scripts put on a page; each comes with the first that needs it.

const OF_PAGES = new URL("./page.css", import.meta.url).href;

/** @type {Map<string, Promise<unknown>>} */
const sheets = new Map();

/** Once a sheet is there, or could not be had. @param {string} [address] */
export function styled(address = OF_PAGES) {
  const sheet = sheets.get(address) ?? new Promise((resolve) => add(address, resolve));
  sheets.set(address, sheet);
  return sheet;
}

/** @param {string} address @param {(loaded: unknown) => void} done */
function add(address, done) {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = address;
  link.onload = link.onerror = done;
  document.head.append(link);
}
