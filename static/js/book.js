// @ts-check
// What every page does: it opens the search and, once somebody reads, keeps the book for
// reading offline. Both are fetched when they are wanted.

import { whenRead } from "./reader.js";

const button = /** @type {HTMLButtonElement | null} */ (
  document.querySelector("[data-search]")
);
const place = /** @type {HTMLElement | null} */ (
  document.querySelector("[data-offline]")
);

if (button) {
  button.disabled = false;
  button.addEventListener("click", async () => (await import("./search.js")).open());
}

place?.replaceChildren();
const isFramed = self !== top; // a frame is somebody else's page
if (place && !isFramed && "serviceWorker" in navigator)
  whenRead(() => whenIdle(async () => (await import("./offline.js")).offline(place)));

/** Once the page is there and has nothing to do. @param {() => void} work */
function whenIdle(work) {
  if (document.readyState !== "complete")
    addEventListener("load", () => whenIdle(work), { once: true });
  else if ("requestIdleCallback" in window) requestIdleCallback(work);
  else setTimeout(work);
}
