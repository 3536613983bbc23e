// @ts-check
// Where a reader was: kept per page when the page is left, offered on the cover and on return.

import { keep, kept } from "./keeping.js";
import { clear, notice } from "./notices.js";

const AT_MOST = 30; // pages; the oldest is forgotten first
const MARKED = "article :is(h2, h3, p, li, dt)[id]";

/** @typedef {{path: string, anchor: string, title: string, section: string}} Place */

/** All places, the newest first. @returns {Place[]} */
function places() {
  try {
    const found = JSON.parse(kept("places") ?? "[]");
    return found.filter((/** @type {Place} */ { path, anchor }) => path && anchor);
  } catch {
    return [];
  }
}

/** Keep the place when the page is left, and offer the one of the last visit. */
export function start() {
  const isPresented = new URLSearchParams(location.search).has("present");
  if (isPresented || !document.querySelector("nav.turn")) return; // else one reads an idea
  const [before] = places().filter(({ path }) => path === location.pathname);
  const [visit] = performance.getEntriesByType("navigation");
  const isNew = /** @type {PerformanceNavigationTiming} */ (visit)?.type === "navigate";
  if (before && !location.hash && isNew)
    notice(`You were at “${before.section}”.`, linkTo(before, "continue"));
  addEventListener("visibilitychange", () => document.hidden && remember());
  addEventListener("pagehide", remember);
}

/** On the cover: the way back to the newest place. */
export function offer() {
  const [newest] = places();
  if (!newest) return;
  const words = `“${newest.section}” in ${newest.title}`;
  document
    .querySelector("#continue")
    ?.replaceChildren("continue at ", linkTo(newest, words));
}

/** @param {Place} place @param {string} text */
function linkTo({ path, anchor }, text) {
  const link = document.createElement("a");
  link.href = new URL(`${path}#${anchor}`, location.origin).href;
  link.textContent = text;
  link.addEventListener("click", clear);
  return link;
}

/** Who has not begun, or has come to the end, has no place to return to. */
function remember() {
  const path = location.pathname;
  const others = places().filter((place) => place.path !== path);
  const here = placeOf(path);
  const all = [...(here ? [here] : []), ...others].slice(0, AT_MOST);
  keep("places", all.length ? JSON.stringify(all) : "");
}

/** The last block that begins in the upper third of the window. @param {string} path @returns {Place | null} */
function placeOf(path) {
  const topOf = (/** @type {Element | null} */ one) =>
    one?.getBoundingClientRect().top ?? Infinity;
  const above = [...document.querySelectorAll(MARKED)].filter(
    (one) => topOf(one) < innerHeight / 3,
  );
  const section = above.findLast((one) => one.matches("h2"));
  const last = above[above.length - 1];
  const isAtEnd = topOf(document.querySelector("nav.turn")) < innerHeight;
  if (!section || scrollY < innerHeight / 2 || isAtEnd) return null;
  const title = document.querySelector("h1")?.textContent ?? "";
  return { path, anchor: last.id, title, section: section.textContent ?? "" };
}
