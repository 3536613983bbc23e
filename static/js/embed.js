// @ts-check
// The embed page: one figure in somebody else's page. It is a still until it is touched.

import { figure } from "./figure.js";
import { tellHeight } from "./height.js";
import { simulator } from "./simulator.js";
import { inTurn } from "./turns.js";

const page = document.documentElement.dataset;
const absolute = (/** @type {string | undefined} */ path) =>
  new URL(path ?? "", document.baseURI).href;
const home = /** @type {HTMLLinkElement} */ (
  document.querySelector("link[rel=canonical]")
);
const element = /** @type {HTMLElement} */ (document.querySelector("[data-figure]"));

const python = simulator({
  worker: absolute(page.worker),
  manifest: absolute(page.manifest),
  onprogress: (progress) => one.onProgress(progress),
});
let isUp = false;

/** @type {typeof python.run} */
async function run(...what) {
  if (isUp) return python.run(...what);
  const start = () => python.run(...what);
  const found = await inTurn(start, () => one.say("Another figure starts first."));
  isUp = true;
  return found;
}

const one = figure(element, { ...python, run }, false, true);
one.follow(location.search);
tellHeight(one.name);

// The page around the frame may move the figure to another state.
addEventListener("message", ({ source, data }) => {
  if (source !== parent || data?.type !== "monograph:state") return;
  one.follow(String(data.search), true);
});

// A link opens beside the page, at the state that the figure is in. Where a frame may open
// nothing, its address is there to be copied.
document.addEventListener("click", (event) => {
  const link = /** @type {Element} */ (event.target).closest("a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const address = link.href === home.href ? one.link() : link.href;
  const opened = window.open(address);
  if (opened) opened.opener = null;
  else one.show(address);
});
