// @ts-check
// Single keys that move along the book. They can be switched off, hold still while one writes,
// and leave arrows and whatever is pressed with a modifier to the browser.

import { kept } from "./keeping.js";

const NEXT = 'a[rel="next"], .contents a';
const PREVIOUS = 'a[rel="prev"]';
const STOPS = "figure[data-figure], .gallery a, .contents a";

/** Key -> what it does, in words and in deed. @type {Record<string, [string, () => unknown]>} */
const SHORTCUTS = {
  j: ["next figure", () => toFigure(1)],
  k: ["previous figure", () => toFigure(-1)],
  n: ["next idea", () => follow(NEXT)],
  p: ["previous idea", () => follow(PREVIOUS)],
  "/": ["search", async () => (await import("./search.js")).open()],
  l: ["link to the paragraph in view", async () => (await anchors()).focusInView()],
  t: ["theme: auto, light or dark", async () => (await settings()).nextTheme()],
  s: ["present an idea, step by step", present],
  "?": ["this list", list],
};

const anchors = () => import("./anchors.js");
const settings = () => import("./settings.js");

/** An idea as slides, from a page that nobody has answered yet. */
function present() {
  if (document.querySelector("article[data-minutes]")) location.search = "?present";
}

/** Show what the keys do. */
export async function list() {
  const words = Object.entries(SHORTCUTS).map(([key, [what]]) => [key, what]);
  (await settings()).open(words);
}

/** Listen, and answer the key that came before there was a listener. @param {KeyboardEvent | null} first */
export function start(first) {
  addEventListener("keydown", press);
  if (first) press(first);
}

/** @param {KeyboardEvent} event */
function press(event) {
  const [, go] = SHORTCUTS[event.key] ?? [];
  if (!go || isMeantForOthers(event) || kept("shortcuts") === "off") return;
  event.preventDefault();
  go();
}

/** What a key was pressed on. @param {KeyboardEvent} event */
export function pressedOn(event) {
  const [first] = event.composedPath(); // to us, `target` is the shadow's host: the editor
  const target = first ?? event.target;
  return target instanceof Element ? target : null;
}

/** A key with a modifier, in a field or in a dialog. @param {KeyboardEvent} event */
function isMeantForOthers(event) {
  const { altKey, ctrlKey, metaKey, isComposing } = event;
  const field = "input, select, textarea, [contenteditable], dialog";
  const writes = pressedOn(event)?.closest(field);
  const isOpen = document.querySelector("dialog[open]");
  return altKey || ctrlKey || metaKey || isComposing || writes || isOpen;
}

/** @param {string} selector */
const follow = (selector) =>
  /** @type {HTMLElement | null} */ (document.querySelector(selector))?.click();

/** Go to the next figure below, or above, the one that has the focus. @param {1 | -1} by */
function toFigure(by) {
  const all = [
    .../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(STOPS)),
  ];
  const here = document.activeElement?.closest(STOPS);
  const line = here ? here.getBoundingClientRect().top : innerHeight / 3;
  const below = (/** @type {HTMLElement} */ one) =>
    by * (one.getBoundingClientRect().top - line) > 1;
  const next = by > 0 ? all.find(below) : all.findLast(below);
  if (!next) return;
  if (!next.matches("a")) next.tabIndex = -1;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "start" });
}
