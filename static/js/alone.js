// @ts-check
// A figure that is live in a file of its own: all that Python needs is in the file, as
// blocks of base64, and reaches the worker as `data:` addresses.

import { figure } from "./figure.js";
import { simulator } from "./simulator.js";

/** @typedef {import("./downloads.js").Assets} Assets */

const blocks = [
  .../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-part]")),
];
const element = /** @type {HTMLElement} */ (document.querySelector("figure"));

/** @type {Assets} */
const parts = Object.fromEntries(
  blocks.map(({ dataset: { part, kind, bytes }, textContent }) => [
    part,
    {
      url: `data:${kind};base64,${textContent}`,
      bytes: Number(bytes),
      sent: Number(bytes),
      sha256: "", // who can change a part of this file can change its sum as well
    },
  ]),
);
const python = simulator({
  worker: parts["worker.js"].url,
  manifest: parts,
  onprogress: (progress) => one.onProgress(progress),
});
const chart = () => Promise.reject(new Error("Altair is not in this file"));
const one = figure(element, { ...python, chart }, false);
one.follow(location.search);
