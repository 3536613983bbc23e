// @ts-check
// What stands below a question once something was said: the gap, the one "why?", the book's
// own word. The last two are fetched only then.

import { button, make, words } from "./dom.js";
import { numberOf } from "./gaps.js";

/** @typedef {import("./answers.js").Answer} Answer */
/**
 * What can be done from there, the unit of a number that was said (null for a choice), and
 * the address of the idea's answers.
 * @typedef {{reveal: () => unknown, reset: () => unknown, look: () => unknown,
 *            keepWhy: (text: string) => void, unit: string | null, file: string}} Steps
 */

/** @param {Answer | undefined} answer @param {Steps} steps @returns {Node[]} */
export function below(answer, steps) {
  if (!answer) return [];
  const over = button("start over", steps.reset);
  if (answer.skipped) return [press("Skipped: move the controls and see.", over)];
  if (!answer.got)
    return [
      press(
        `You said ${answer.said}.`,
        button("ask the simulation", steps.reveal),
        over,
      ),
    ];
  const why = make("div", { class: "because" });
  askWhy(why, answer.why ?? "", steps);
  const look = button("show it in the figure", steps.look);
  return [...gapOf(answer, steps.unit), why, press(look, over)];
}

const press = (/** @type {(string | Node)[]} */ ...inside) =>
  make("p", { class: "press" }, ...inside);

/** The gap in words, and as two lines where it is one of numbers. @param {Answer} answer @param {string | null} unit */
function gapOf({ said = "", got = "", gap = "", moved }, unit) {
  const yours = unit === null ? `“${said}”` : said;
  const sentence = `You said ${yours}; the simulation says ${got}: ${gap}.`;
  const after = moved ? " You had moved the figure before." : "";
  const text = make("p", { class: "gap", tabindex: "-1" }, sentence + after);
  return unit === null ? [text] : [linesOf(said, got, unit), text];
}

/** What was said and what came out as lengths: one dashed, one drawn through. @param {string} said @param {string} got @param {string} unit */
function linesOf(said, got, unit) {
  const numbers = [said, got].map((text) => Math.abs(numberOf(text, unit)));
  const longest = Math.max(...numbers.filter(Number.isFinite)) || 1;
  const line = (/** @type {string} */ kind, /** @type {number} */ number) => {
    const made = make("i", { class: kind });
    made.style.setProperty("--share", String(Math.min(number / longest, 1)));
    return made;
  };
  return make(
    "div",
    { class: "lines", "aria-hidden": "true" },
    ...["you", line("dashed", numbers[0]), make("b", {}, said)],
    ...["simulation", line("drawn", numbers[1]), make("b", {}, got)],
  );
}

/** The question that asks for a sentence, and the book's own. @param {HTMLElement} place @param {string} said before @param {Steps} steps */
async function askWhy(place, said, { file, keepWhy }) {
  const found = await fetch(file)
    .then((answer) => answer.json())
    .catch(() => null); // the gap is told all the same
  if (!found) return;
  const { why, because } = found.predict;
  const text = make("textarea", { rows: "3", maxlength: "2000" });
  text.value = said;
  text.addEventListener("input", () => keepWhy(text.value));
  const more = make("details", {}, make("summary", {}, "what the book says"));
  more.append(words("p", "", because));
  place.append(make("label", {}, words("span", "ask-why", why), text), more);
}
