// @ts-check
// The sheet of what only scripts put on a page; it comes with the first of them.

/** @type {Promise<unknown> | null} */
let sheet = null;

/** Once the sheet is there, or could not be had. */
export function styled() {
  sheet ??= new Promise((resolve) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL("./page.css", import.meta.url).href;
    link.onload = link.onerror = resolve;
    document.head.append(link);
  });
  return sheet;
}
