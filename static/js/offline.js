// @ts-check
// Keeps the book for reading offline: its pages by the service worker (`sw.js`), and
// Python's files in their store. On a good line that happens by itself, and elsewhere when
// the reader asks for it or little is new; where nothing can be kept, nothing is said.

import { assetsOf, downloads } from "./downloads.js";
import { FIRST } from "./parts.js";
import { isOnGoodLine, savesData } from "./reader.js";
import { keepFresh, notStored } from "./store.js";

/** @typedef {import("./downloads.js").Assets} Assets */

const LITTLE = 0.5; // MB; the figures themselves are less, and change most often
const PATIENCE_MS = 6000; // Chromium may not change workers before the page goes

const manifest = new URL(
  document.documentElement.dataset.manifest ?? "",
  document.baseURI,
).href;
const script = new URL("../sw.js", manifest);

/** @param {HTMLElement} place where it is told, at the foot of the page */
export async function offline(place) {
  try {
    const worker = savesData() ? null : await registered();
    if (worker?.active && worker.waiting) return offerNewer(place, worker.waiting);
    const { names, assets } = await lacking();
    const isLittle = !savesData() && Number(megabytes(assets, names)) <= LITTLE;
    if (names.length === 0) tell(place, "kept");
    else if (isLittle || isOnGoodLine()) await keep(place, assets, names);
    else offer(place, assets, names);
  } catch (why) {
    console.info("The book is not kept for reading offline:", why);
  }
}

/**
 * The service worker, once all pages are kept: the first one is at work then, one that
 * comes after another waits.
 * @returns {Promise<ServiceWorkerRegistration>}
 */
async function registered() {
  const registration = await navigator.serviceWorker.register(script);
  const { installing, active } = registration;
  if (!installing) return registration;
  const isKept = active ? "installed" : "activated";
  return new Promise((resolve, reject) => {
    installing.addEventListener("statechange", ({ target }) => {
      const { state } = /** @type {ServiceWorker} */ (target);
      if (state === "redundant") reject(new Error("a file is not the right one"));
      if (state === isKept) resolve(registration);
    });
  });
}

/** Python's files that are not kept yet, in the order in which a figure needs them. */
async function lacking() {
  const assets = await assetsOf(manifest);
  const urls = await notStored(Object.values(assets).map(({ url }) => url));
  const names = Object.keys(assets).filter((name) => urls.includes(assets[name].url));
  const isLate = (/** @type {string} */ name) => Number(!FIRST.includes(name));
  return { assets, names: names.sort((a, b) => isLate(a) - isLate(b)) };
}

/**
 * One file after the other, so that a reader who asks for something else gets it.
 * @param {HTMLElement} place @param {Assets} assets @param {string[]} names
 */
async function keep(place, assets, names) {
  const total = megabytes(assets, names);
  for (const [at, name] of names.entries()) {
    const before = names.slice(0, at);
    tell(place, "keeping", `${megabytes(assets, before)} of ${total} MB are here.`);
    await downloads(assets, [name], () => {}).files[name];
    await keepFresh(Object.values(assets).map(({ url }) => url));
  }
  const { names: left } = await lacking();
  if (left.length) throw new Error("the browser keeps no more");
  tell(place, "kept");
}

/** @param {Assets} assets @param {string[]} names */
const megabytes = (assets, names) =>
  (names.reduce((sum, name) => sum + assets[name].sent, 0) / 1e6).toFixed(1);

/** @param {HTMLElement} place @param {Assets} assets @param {string[]} names */
function offer(place, assets, names) {
  const size = `The whole book and its figures: ${megabytes(assets, names)} MB.`;
  tell(place, "offered", size, "keep for offline", async () => {
    Object.assign(place, { role: "status", tabIndex: -1 }).focus(); // the button goes
    try {
      await registered();
      await keep(place, assets, names);
      await navigator.storage?.persist?.();
    } catch (why) {
      console.info("The book is not kept for reading offline:", why);
      offer(place, assets, names);
      place.prepend("The book could not be kept. ");
    }
  });
}

/** @param {HTMLElement} place @param {ServiceWorker} newer */
function offerNewer(place, newer) {
  tell(place, "newer", "A newer version of the book is here.", "reload", () => {
    const reload = () => location.reload();
    navigator.serviceWorker.addEventListener("controllerchange", reload);
    newer.postMessage("take over");
    setTimeout(reload, PATIENCE_MS);
  });
}

const KEPT = "The whole book is kept in this browser: it opens offline.";

/**
 * @param {HTMLElement} place @param {"offered" | "keeping" | "kept" | "newer"} state
 * @param {string} text @param {string} [verb] @param {() => void} [action]
 */
function tell(place, state, text = KEPT, verb, action) {
  place.dataset.state = state;
  place.replaceChildren(`${text} `);
  if (!verb || !action) return;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = verb;
  button.addEventListener("click", action, { once: true });
  place.append(button);
}
