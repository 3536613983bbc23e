// @ts-check
// Finds the figures of the page and wakes them; Python starts when a reader reaches for one.

import { figure } from "./figure.js";
import { lessons } from "./lessons.js";
import { preload } from "./preload.js";
import { simulator } from "./simulator.js";
import { tools } from "./tools.js";

const page = document.documentElement.dataset;
const absolute = (/** @type {string | undefined} */ path) =>
  new URL(path ?? "", document.baseURI).href;

/** @type {ReturnType<typeof figure>[]} */
const figures = [];
const python = simulator({
  worker: absolute(page.worker),
  manifest: absolute(page.manifest),
  onprogress: (progress) => figures.forEach((one) => one.onProgress(progress)),
});

const elements = [
  .../** @type {NodeListOf<HTMLElement>} */ (
    document.querySelectorAll("figure[data-figure]")
  ),
];
for (const element of elements) {
  const one = figure(element, python, elements.length > 1);
  figures.push(one);
  one.follow(location.search);
}
tools(figures);
lessons(figures);
preload(elements, absolute(page.manifest));
