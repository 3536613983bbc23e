// @ts-check
// Brings Python's files near before a reader reaches for a figure: only on a good line,
// only when somebody reads towards one, and never where data is to be saved.

import { isOnGoodLine, whenRead } from "./reader.js";

const RUNTIME = /^(pyodide|numpy|figures|snapshot)/; // Altair is for later

/** @param {HTMLElement[]} figures @param {string} manifest its address */
export function preload(figures, manifest) {
  if (!isOnGoodLine() || !window.IntersectionObserver) return;
  const near = new IntersectionObserver((seen) => {
    if (!seen.some((one) => one.isIntersecting)) return;
    near.disconnect();
    fetchAhead(manifest);
  });
  whenRead(() => figures.forEach((one) => near.observe(one)));
}

/** Into the browser's cache, at its leisure. @param {string} manifest */
async function fetchAhead(manifest) {
  const entries = await fetch(manifest)
    .then((answer) => answer.json())
    .catch(() => ({}));
  for (const [name, { path }] of Object.entries(entries)) {
    if (!RUNTIME.test(name)) continue;
    const link = document.createElement("link");
    link.rel = "prefetch";
    link.as = "fetch";
    link.href = new URL(path, manifest).href;
    link.crossOrigin = "anonymous"; // as the worker asks, or it would come twice
    document.head.append(link);
  }
}
