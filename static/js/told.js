// @ts-check
// What stands below a prediction once it is made: the gap, the "why?", and the book's word.

import { make, words } from "./dom.js";
import { numberOf } from "./gaps.js";

/** @typedef {import("./answers.js").Answer} Answer */

/** The gap in words, and as two lines where it is one of numbers. @param {Answer} answer @param {string | null} unit */
export function gapOf({ said = "", got = "", gap = "" }, unit) {
  const sentence = `You said ${said}; the simulation says ${got}: ${gap}.`;
  const text = make("p", { class: "gap" }, sentence);
  return unit === null ? [text] : [lines(said, got, unit), text];
}

/** Prediction and answer as lengths: one dashed, one drawn through. @param {string} said @param {string} got @param {string} unit */
function lines(said, got, unit) {
  const numbers = [said, got].map((text) => Math.abs(numberOf(text, unit)));
  const longest = Math.max(...numbers.filter(Number.isFinite), Number.MIN_VALUE);
  const row = (
    /** @type {string} */ kind,
    /** @type {string} */ who,
    /** @type {number} */ at,
  ) => {
    const line = make("i", { class: kind });
    line.style.setProperty("--share", String(Math.min(numbers[at] / longest, 1)));
    return make("div", {}, make("span", {}, who), line, make("b", {}, [said, got][at]));
  };
  const both = [row("possible", "you", 0), row("durable", "simulation", 1)];
  return make("div", { class: "lines", "aria-hidden": "true" }, ...both);
}

/**
 * The one "why?" to write, and below it what the book says.
 * @param {string} file the address of the idea's answers
 * @param {string} said what was written before @param {(text: string) => void} keep
 */
export async function whyOf(file, said, keep) {
  const place = make("div", { class: "because" });
  const found = await fetch(file)
    .then((answer) => answer.json())
    .catch(() => null);
  if (!found) return place;
  const { why, because } = found.predict;
  const text = make("textarea", { rows: "3", maxlength: "2000" });
  text.value = said;
  text.addEventListener("input", () => keep(text.value));
  const more = make("details", {}, make("summary", {}, "what the book says"));
  more.append(words("p", "", because));
  place.append(make("label", {}, words("span", "ask-why", why), text), more);
  return place;
}
