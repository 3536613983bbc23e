// @ts-check
// What every page has beside its text: search, links to its paragraphs, cards, buttons that
// copy, shortcuts, the theme, the place where one was, and the book kept for reading offline.
// Nothing of it is fetched before the reader stirs.

import { isWaiting, whenRead } from "./reader.js";

const PAUSE_MS = 500;
const SIGNS = ["pointermove", "pointerdown", "keydown", "scroll", "focusin"];

/** @param {Event} event the reader's first sign */
async function wake(event) {
  for (const sign of SIGNS) removeEventListener(sign, wake);
  try {
    const { start: shortcuts } = await import("./shortcuts.js");
    shortcuts(event instanceof KeyboardEvent ? event : null);
    const parts = await Promise.all([
      import("./anchors.js"),
      import("./cards.js"),
      import("./copying.js"),
      import("./places.js"),
    ]);
    for (const part of parts) part.start();
  } catch (why) {
    console.info("the page's tools could not be fetched:", why);
  }
}

for (const sign of SIGNS) addEventListener(sign, wake, { passive: true });
for (const choice of document.querySelectorAll("[data-theme-is]")) {
  choice.addEventListener("click", async () => {
    const { setTheme } = await import("./settings.js");
    setTheme(choice.textContent ?? "");
  });
  const { theme = "auto" } = document.documentElement.dataset;
  choice.setAttribute("aria-pressed", String(choice.textContent === theme));
}
document.querySelector("#settings")?.addEventListener("click", async () => {
  const { list } = await import("./shortcuts.js");
  list();
});

const search = /** @type {HTMLButtonElement | null} */ (
  document.querySelector("[data-search]")
);
if (search) {
  search.disabled = false;
  search.addEventListener("click", async () => (await import("./search.js")).open());
}

const isFramed = self !== top; // a frame is somebody else's page
const place = /** @type {HTMLElement | null} */ (
  document.querySelector("[data-offline]")
);
place?.replaceChildren();
if (place && !isFramed && "serviceWorker" in navigator)
  whenRead(() => whenIdle(async () => (await import("./offline.js")).offline(place)));

/** Once the page is there, has nothing to do, and nobody waits for a figure. @param {() => void} work */
function whenIdle(work) {
  if (document.readyState !== "complete")
    addEventListener("load", () => whenIdle(work), { once: true });
  else if (isWaiting()) setTimeout(whenIdle, PAUSE_MS, work);
  else if ("requestIdleCallback" in window) requestIdleCallback(work);
  else setTimeout(work);
}

if (new URLSearchParams(location.search).has("present"))
  import("./present.js")
    .then(({ start }) => start())
    .catch((why) => console.info("the presenter's view could not be fetched:", why));
if (document.querySelector("#continue"))
  import("./places.js").then(({ offer }) => offer());
