// @ts-check
// Brings Python's files near before a reader reaches for a figure: only on a good line,
// only when somebody reads towards one, and never where data is to be saved.

import { FIRST } from "./parts.js";
import { isOnGoodLine, isWaiting, whenRead } from "./reader.js";

/** @param {HTMLElement[]} figures @param {string} manifest its address */
export function preload(figures, manifest) {
  if (!isOnGoodLine() || !window.IntersectionObserver) return;
  const near = new IntersectionObserver((seen) => {
    if (!seen.some((one) => one.isIntersecting)) return;
    near.disconnect();
    if (!isWaiting()) fetchAhead(manifest); // or it would come twice
  });
  whenRead(() => figures.forEach((one) => near.observe(one)));
}

/** Into the browser's cache, at its leisure. @param {string} manifest */
async function fetchAhead(manifest) {
  const entries = await fetch(manifest)
    .then((answer) => answer.json())
    .catch(() => ({}));
  for (const [name, { path }] of Object.entries(entries)) {
    if (!FIRST.includes(name)) continue; // Altair is for later
    const link = document.createElement("link");
    link.rel = "prefetch";
    link.as = "fetch";
    link.href = new URL(path, manifest).href;
    link.crossOrigin = "anonymous"; // as the worker asks, or it would come twice
    document.head.append(link);
  }
}
