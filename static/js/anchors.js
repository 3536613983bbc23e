// @ts-check
// The link to a heading, a paragraph or a line of a list. There is one on the page, and it goes
// where the reader is: to what the pointer is over, or along the text by the arrow keys while
// it has the focus. So a page of fifty paragraphs has one tab stop for all of them.

import { copy } from "./copy.js";
import { notice } from "./notices.js";
import { styled } from "./styled.js";

const LINKED = "article :is(h1, [id]:is(h2, h3, p, li, dt)):not(figure *, a *, output)";
const STEPS = { ArrowDown: 1, ArrowUp: -1 };

const link = document.createElement("a");
link.className = "pilcrow";

const places = () =>
  [
    .../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(LINKED)),
  ].filter((place) => place.offsetParent);

/** Put the link on the page. */
export async function start() {
  const here = document.querySelector(":target");
  const first = here?.matches(LINKED) ? here : document.querySelector(LINKED);
  if (!first) return;
  await styled();
  moveTo(/** @type {HTMLElement} */ (first));
  link.addEventListener("click", take);
  link.addEventListener("keydown", step);
  document.addEventListener("pointerover", ({ target }) => {
    const place = /** @type {Element} */ (target).closest?.(LINKED);
    if (place && document.activeElement !== link)
      moveTo(/** @type {HTMLElement} */ (place));
  });
}

/** Reach for the link of what is being read. */
export function focusInView() {
  const place = places().find((place) => place.getBoundingClientRect().top >= 0);
  if (place) focusAt(place);
}

/** @param {HTMLElement} place */
function moveTo(place) {
  if (link.parentElement === place) return;
  link.href = place.id ? `#${place.id}` : location.pathname + location.search;
  const kind = /^h/i.test(place.tagName) ? "heading" : "paragraph";
  link.setAttribute("aria-label", `Copy the link to this ${kind}`);
  place.append(link);
}

/** @param {HTMLElement} place */
function focusAt(place) {
  moveTo(place);
  link.focus({ preventScroll: true });
  place.scrollIntoView({ block: "nearest" });
}

/** @param {KeyboardEvent} event */
function step(event) {
  const by = STEPS[/** @type {keyof typeof STEPS} */ (event.key)];
  if (!by || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const all = places();
  const next = all[all.indexOf(/** @type {HTMLElement} */ (link.parentElement)) + by];
  if (next) focusAt(next);
}

/** Copy the address, or go there so that it can be copied by hand. @param {MouseEvent} event */
async function take(event) {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const url = new URL(link.href);
  url.searchParams.delete("theme"); // whoever follows it has their own
  if (await copy(url.href)) return notice("The link is copied.");
  location.hash = url.hash;
  notice("This browser does not let the page copy. The link is in the address bar.");
}
