// @ts-check
// What both windows of a presentation share: the state, the keys and the buttons.

import { button } from "./dom.js";
import { inStep } from "./in-step.js";
import { kept } from "./keeping.js";
import { pressedOn } from "./shortcuts.js";

/** @typedef {import("./in-step.js").State} State */
/** @typedef {import("./slides.js").Step} Step */
/** @typedef {"back" | "next" | "reveal" | "hint" | "blank" | "code" | "notes" | "leave"} Action */

/** @type {Record<Action, [string, string]>} what a button says, and its key */
const WORDS = {
  back: ["back", "←"],
  next: ["next", "→"],
  reveal: ["reveal", "r"],
  hint: ["next hint", "h"],
  blank: ["blank", "b"],
  code: ["QR code", "q"],
  notes: ["notes", "n"],
  leave: ["leave", "Esc"],
};
/** @type {Record<string, Action>} */
const KEYS = {
  ArrowLeft: "back",
  PageUp: "back",
  ArrowRight: "next",
  PageDown: "next",
  " ": "next",
  r: "reveal",
  h: "hint",
  b: "blank",
  q: "code",
  n: "notes",
  Escape: "leave",
};
const OF_THE_BOOK = ["t", "?"]; // theme and list of keys stay as they are
const WRITES = "textarea, select, [contenteditable], [type=text]";
const PRESSED = "input, a, button, summary"; // by a space

/**
 * @param {Step[]} steps @param {number} first where it starts
 * @param {boolean} isJoining whether it does as the other windows do
 * @param {{show: (state: State) => void, reveal?: () => void,
 *          notes?: () => void, leave: () => void}} view
 */
export function session(steps, first, isJoining, view) {
  const isRevealed = Boolean(history.state?.isRevealed); // before a reload
  /** @type {State} */
  let state = { step: 0, isRevealed, hints: {}, cover: "" };
  state.step = Math.min(Math.max(first, 0), steps.length - 1);
  while (steps[state.step].kind === "told" && !isRevealed) state.step -= 1;
  const tell = inStep((message) => {
    if (message.asks) tell({ state });
    if (message.reveals) view.reveal?.();
    if (message.state) view.show((state = message.state));
  });

  /** @param {Partial<State>} part */
  function change(part) {
    state = { ...state, ...part };
    view.show(state);
    tell({ state });
  }

  /** What is not out yet is passed over. @param {1 | -1} by */
  function go(by) {
    let step = state.step + by;
    while (steps[step]?.kind === "told" && !state.isRevealed) step += by;
    if (steps[step]) change({ step, cover: "" });
  }

  /** @param {"blank" | "code"} cover */
  const toggle = (cover) => change({ cover: state.cover === cover ? "" : cover });

  function hint() {
    const { one } = steps[state.step];
    const all = one?.querySelectorAll(".hint > summary").length ?? 0;
    const open = Math.min((state.hints[state.step] ?? 0) + 1, all);
    if (all) change({ hints: { ...state.hints, [state.step]: open } });
  }

  /** @type {Record<Action, (() => void) | undefined>} */
  const actions = {
    back: () => go(-1),
    next: () => go(1),
    reveal: view.reveal ?? (() => tell({ reveals: true })),
    hint,
    blank: () => toggle("blank"),
    code: () => toggle("code"),
    notes: view.notes,
    leave: view.leave,
  };

  /** Before the book's own keys, which rest. @param {KeyboardEvent} event */
  function press(event) {
    const action = meant(event);
    const isLetter = event.key.length === 1 && !OF_THE_BOOK.includes(event.key);
    if (!action && (!isLetter || isElsewhere(event))) return;
    event.stopImmediatePropagation();
    if (!action) return;
    event.preventDefault();
    if (event.key === " " && event.shiftKey) actions.back?.();
    else actions[action]?.();
  }

  addEventListener("keydown", press, true);
  view.show(state);
  tell(isJoining ? { asks: true } : { state });
  return { change, state: () => state, buttons: () => buttons(actions) };
}

/** @param {KeyboardEvent} event @returns {Action | undefined} */
function meant(event) {
  const { key } = event;
  const on = pressedOn(event);
  if (isElsewhere(event)) return;
  if (/^\S$/.test(key) && kept("shortcuts") === "off") return;
  if (key === " " && on?.closest(PRESSED)) return;
  if (/^(Arrow|Page)/.test(key) && on?.closest("input")) return; // they move it
  if (key === "Escape" && document.querySelector("dialog[open]")) return; // it closes
  return KEYS[key];
}

/** With a modifier, in a text, or in a dialog of others. @param {KeyboardEvent} event */
function isElsewhere(event) {
  const { altKey, ctrlKey, metaKey, isComposing } = event;
  const writes = pressedOn(event)?.closest(WRITES);
  const isOpen = document.querySelector("dialog[open]:not(.cover)");
  return Boolean(altKey || ctrlKey || metaKey || isComposing || writes || isOpen);
}

/** A button for each thing that can be done here. @param {Record<Action, (() => void) | undefined>} actions */
const buttons = (actions) =>
  Object.entries(WORDS).flatMap(([name, [word, key]]) => {
    const action = actions[/** @type {Action} */ (name)];
    if (!action) return [];
    const made = button(word, action);
    const sign = document.createElement("kbd");
    sign.textContent = key;
    sign.setAttribute("aria-hidden", "true");
    made.append(" ", sign);
    made.dataset.do = name;
    return [made];
  });
