// @ts-check
// Predict, then reveal: the reader commits, the simulation answers, the gap is put in words.
// Until then nothing that holds the answer is fetched, run or written into the page.

import { answerTo, forget, keep, sayWhetherSaved, watch } from "./answers.js";
import { controlsOf } from "./controls.js";
import { gapBetween, numberOf } from "./gaps.js";
import { markOn } from "./mark.js";
import { quantity } from "./ranges.js";
import { apartFrom, settingWith } from "./setting.js";
import { below } from "./told.js";

/** @typedef {import("./figure.js").Figure} Figure */
/**
 * What others may ask of a prediction. Each step tells the page, by `predict:committed`
 * and `predict:revealed`.
 * @typedef {{commit: (said: string) => void, reveal: () => Promise<void>,
 *            reset: () => void, skip: () => void, look: () => void}} Prediction
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
  const isChoice = terms.by === "choice";
  const { address = "", idea = "" } = element.dataset;
  const asks = find(".ask").textContent ?? "";
  const question = { kind: /** @type {const} */ ("prediction"), address, idea, asks };
  const form = /** @type {HTMLFormElement} */ (find("form"));
  const told = find(".below");
  const say = (/** @type {string} */ text) => (find(".news").textContent = text);
  const mark = terms.axis && markOn(figure.element, terms, () => form.requestSubmit());
  mark?.hand.addEventListener("input", () => say(""));
  const controls = controlsOf(figure.element);
  const setting = settingWith(controls, terms.at);
  let isMoved = false; // the figure, before anything was said
  let shown = ""; // the answer that stands on the page

  const steps = {
    reveal,
    reset,
    look: () => figure.setTo(setting, terms.seed),
    keepWhy(/** @type {string} */ why) {
      const answer = answerTo(question);
      if (answer) keep({ ...answer, why });
    },
    unit: isChoice ? null : terms.unit,
    file: terms.answers,
  };

  /** What the reader says, or null and a word on what is missing. @returns {string | null} */
  function read() {
    if (mark) return mark.said() ?? refuse("Move the dashed line first.");
    const given = String(new FormData(form).get("said") ?? "");
    if (isChoice) return given || refuse("Pick one first.");
    const number = numberOf(given, terms.unit);
    if (Number.isFinite(number)) return quantity(number, terms.unit);
    return refuse("A number is needed, such as 12 or 0.5.");
  }

  /** @param {string} missing */
  function refuse(missing) {
    say(missing);
    (mark?.hand ?? find("input")).focus();
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
    steps.look();
    try {
      const run = await figure.check(setting, terms.seed);
      const before = answerTo(question);
      if (!before?.said) return;
      const gap = gapTo(before.said, run.measures[terms.measure] ?? Infinity);
      const answer = { ...before, got: run.shown[terms.measure], gap };
      const isHere = told.contains(document.activeElement);
      say("");
      keep(answer);
      if (isHere) find(".gap").focus({ preventScroll: true });
      tell("revealed", answer);
    } catch (why) {
      say(`${/** @type {Error} */ (why).message} Your prediction stands.`);
    }
  }

  /** @param {string} said @param {number} got */
  function gapTo(said, got) {
    if (!isChoice) return gapBetween(numberOf(said, terms.unit), got, terms.unit);
    const options = [...form.querySelectorAll("input")].map(({ value }) => value);
    const right = options.findIndex((_, at) => got < (terms.below[at] ?? Infinity));
    const option = options.at(right); // above every bound, and "never", is the last
    return option === said ? "as you said" : `that is “${option}”`;
  }

  /** @param {"committed" | "revealed"} what @param {object} detail */
  function tell(what, detail) {
    element.dispatchEvent(
      new CustomEvent(`predict:${what}`, { bubbles: true, detail }),
    );
  }

  /** As if nothing had been said; the figure goes back, or the answer would stand there. */
  function reset() {
    const wasThere = apartFrom(controls, setting).length === 0;
    forget(question);
    form.reset();
    say("");
    isMoved = false;
    if (wasThere) figure.setTo(settingWith(controls), terms.seed);
    (mark?.hand ?? find("input")).focus({ preventScroll: true });
  }

  function skip() {
    const isHere = form.contains(document.activeElement);
    keep({ ...question, skipped: true });
    if (isHere) told.focus({ preventScroll: true });
  }

  /** The page as the answer stands, whichever window gave it. */
  function show() {
    const answer = answerTo(question);
    element.dataset.state = stateOf(answer);
    form.hidden = Boolean(answer);
    told.hidden = !answer;
    const { why = "", ...rest } = answer ?? {};
    if (shown !== JSON.stringify(rest)) told.replaceChildren(...below(answer, steps));
    if (shown !== JSON.stringify(rest) && !answer) mark?.ask();
    shown = JSON.stringify(rest);
    const text = told.querySelector("textarea");
    if (text && text !== document.activeElement) text.value = why;
    placeMarks();
  }

  /** What was said stays on the chart, and the answer while the chart shows it. */
  function placeMarks() {
    const { said, got = "" } = answerTo(question) ?? {};
    if (!mark || element.dataset.state === "open") return;
    const isElsewhere = apartFrom(controls, setting).length > 0;
    if (!said || (got && isElsewhere)) mark.hide();
    else mark.tell(said, got);
  }

  /** After a look it is less of a prediction: that is said. */
  function noticeMove() {
    if (isMoved || element.dataset.state !== "open") return;
    isMoved = apartFrom(controls, settingWith(controls)).length > 0;
    if (isMoved) say("You have moved the figure already; say what you had expected.");
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const said = read();
    if (said === null) return;
    commit(said);
    told.focus({ preventScroll: true });
    await reveal();
  });
  element.addEventListener("click", ({ target }) => {
    if (/** @type {HTMLElement} */ (target).dataset.action === "skip") skip();
  });
  mark?.hand.addEventListener(
    "input",
    () => (find(".chosen").textContent = mark.said() ?? ""),
  );
  figure.element.addEventListener("figure:update", () => {
    noticeMove();
    placeMarks();
  });
  sayWhetherSaved(find(".saved"));
  watch(show);
  show();
  noticeMove();
  opened.set(element, { commit, reveal, reset, skip, look: steps.look });
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
