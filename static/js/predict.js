// @ts-check
// Predict, then reveal: the reader commits, the simulation answers, the gap is put in words.
// Until then nothing that holds the answer is fetched, run or written into the page.

import { answerTo, forget, keep, sayWhetherSaved, watch } from "./answers.js";
import { controlsOf } from "./controls.js";
import { button, make } from "./dom.js";
import { gapBetween, numberOf } from "./gaps.js";
import { markOn } from "./mark.js";
import { quantity } from "./ranges.js";
import { apartFrom, settingWith } from "./settings.js";
import { gapOf, whyOf } from "./told.js";

/** @typedef {import("./figure.js").Figure} Figure */
/**
 * What others may ask of a prediction; each step also tells the page, by
 * `predict:committed` and `predict:revealed`.
 * @typedef {{commit: (said: string) => void, reveal: () => Promise<void>,
 *            reset: () => void, skip: () => void}} Prediction
 */

/** @type {WeakMap<Element, Prediction>} */
const opened = new WeakMap();

/** The prediction that is asked for in an element. @param {Element} element */
export const predictionIn = (element) => opened.get(element);

/** @param {HTMLElement} element @param {Figure} figure */
export function open(element, figure) {
  const find = (/** @type {string} */ selector) =>
    /** @type {HTMLElement} */ (element.querySelector(selector));
  const terms = JSON.parse(element.dataset.terms ?? "{}");
  const { address = "", idea = "" } = element.dataset;
  const asks = find(".ask").textContent ?? "";
  const question = { kind: /** @type {const} */ ("prediction"), address, idea, asks };
  const form = /** @type {HTMLFormElement} */ (find("form"));
  const told = find(".told");
  const say = (/** @type {string} */ text) => (find(".news").textContent = text);
  const mark = terms.axis && markOn(figure.element, terms);
  const controls = controlsOf(figure.element);
  const setting = settingWith(controls, terms.at);
  let isMoved = false; // the figure, before anything was said
  let shown = ""; // the answer that stands on the page

  /** What the form says, or null and a word on what is missing. */
  function read() {
    if (mark) return mark.said() ?? (say("Move the dashed line first."), null);
    const given = String(new FormData(form).get("said") ?? "");
    if (terms.by === "choice") return given || (say("Pick one first."), null);
    const number = numberOf(given, terms.unit);
    if (Number.isFinite(number)) return quantity(number, terms.unit);
    say("A number is needed, such as 12 or 0.5.");
    find("input").focus();
    return null;
  }

  /** From here on the prediction stands. @param {string} said */
  function commit(said) {
    keep({ ...question, said, ...(isMoved && { moved: true }) });
    tell("committed", { said });
  }

  /** Let the simulation answer, on the chart and in words. */
  async function reveal() {
    say("The simulation is at work.");
    quieten(figure.element);
    figure.setTo(setting, terms.seed);
    try {
      const run = await figure.check(setting, terms.seed);
      const before = answerTo(question);
      if (!before?.said) return;
      const got = run.shown[terms.measure];
      const gap = gapTo(before.said, run.measures[terms.measure] ?? Infinity);
      say("");
      keep({ ...before, got, gap });
      tell("revealed", { said: before.said, got, gap });
    } catch (why) {
      say(`${/** @type {Error} */ (why).message} Your prediction stands.`);
    }
  }

  /** @param {string} said @param {number} got */
  function gapTo(said, got) {
    if (terms.by !== "choice")
      return gapBetween(numberOf(said, terms.unit), got, terms.unit);
    const options = [...form.querySelectorAll("input")].map(({ value }) => value);
    const right = options.find((_, at) => got < (terms.below[at] ?? Infinity));
    return right === said ? "as you said" : `that is “${right ?? options.at(-1)}”`;
  }

  /** @param {"committed" | "revealed"} what @param {object} detail */
  function tell(what, detail) {
    element.dispatchEvent(
      new CustomEvent(`predict:${what}`, { bubbles: true, detail }),
    );
  }

  function reset() {
    forget(question);
    form.reset();
    say("");
    /** @type {HTMLElement} */ (mark?.hand ?? find("input")).focus();
  }

  const skip = () => keep({ ...question, skipped: true });

  /** The page as the answer stands, whichever window gave it. */
  function show() {
    const answer = answerTo(question);
    const state = stateOf(answer);
    element.dataset.state = state;
    form.hidden = state !== "open";
    told.hidden = state === "open";
    const { why, ...rest } = answer ?? {};
    if (shown !== JSON.stringify(rest)) fill(state);
    shown = JSON.stringify(rest);
    const text = told.querySelector("textarea");
    if (text && text !== document.activeElement) text.value = why ?? "";
    placeMarks();
  }

  /** Write what stands below the question. @param {string} state */
  function fill(state) {
    const answer = answerTo(question);
    const over = button("start over", reset);
    const press = make("p", { class: "press" });
    told.replaceChildren();
    if (!answer) return mark?.ask();
    if (state === "skipped") {
      press.append("Skipped: move the controls and see. ", over);
      return told.append(press);
    }
    if (state === "committed") {
      press.append(
        `You said ${answer.said}. `,
        button("ask the simulation", reveal),
        over,
      );
      return told.append(press);
    }
    press.append(
      button("show it in the figure", () => figure.setTo(setting, terms.seed)),
      over,
    );
    told.append(...gapOf(answer, terms.by === "choice" ? null : terms.unit));
    if (answer.moved)
      told.append(
        make("p", { class: "aside" }, "You had moved the figure before you said so."),
      );
    told.append(press);
    whyOf(terms.answers, answer.why ?? "", (why) => {
      const now = answerTo(question);
      if (now) keep({ ...now, why });
    }).then((place) => press.isConnected && press.before(place));
  }

  /** What was said stays on the chart, and the answer with it while the chart shows it. */
  function placeMarks() {
    const { said, got } = answerTo(question) ?? {};
    if (!mark || element.dataset.state === "open") return;
    const isThere = apartFrom(controls, setting).length === 0;
    if (!said || (got && !isThere)) mark.hide();
    else mark.tell(said, got ?? "");
  }

  /** After a look it is less of a prediction: that is said. */
  function noticeMove() {
    if (isMoved || element.dataset.state !== "open") return;
    isMoved = apartFrom(controls, settingWith(controls)).length > 0;
    if (isMoved)
      say("You have moved the figure already. Say all the same what you expected.");
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const said = read();
    if (said === null) return;
    commit(said);
    told.focus();
    await reveal();
  });
  element.addEventListener("click", ({ target }) => {
    if (/** @type {HTMLElement} */ (target).dataset.action === "skip") skip();
  });
  mark?.hand.addEventListener("input", () => {
    find(".said").textContent = mark.said();
  });
  figure.element.addEventListener("figure:update", () => {
    noticeMove();
    placeMarks();
  });
  sayWhetherSaved(find(".saved"));
  watch(show);
  show();
  noticeMove();
  opened.set(element, { commit, reveal, reset, skip });
}

/** @param {import("./answers.js").Answer | undefined} answer */
function stateOf(answer) {
  if (!answer) return "open";
  if (answer.skipped) return "skipped";
  return answer.got ? "revealed" : "committed";
}

/** One voice at a time: the figure's own sentence is not read out with the gap. @param {HTMLElement} figure */
function quieten(figure) {
  const takeaway = figure.querySelector(".takeaway");
  const speak = () => takeaway?.removeAttribute("aria-live");
  takeaway?.setAttribute("aria-live", "off");
  figure.addEventListener("figure:update", () => setTimeout(speak), { once: true });
}
