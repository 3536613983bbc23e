// @ts-check
// Goals: the reader brings the figure to a setting, and the simulation says at several seeds
// whether it holds there.

import { answerTo, keep, sayWhetherSaved, watch } from "./answers.js";
import { controlsOf, inWords, labelOf } from "./controls.js";
import { button } from "./dom.js";
import { numberOf } from "./gaps.js";
import { quantity } from "./ranges.js";
import { apartFrom, settingWith } from "./setting.js";

/** @typedef {import("./figure.js").Figure} Figure */
/** @typedef {import("./simulator.js").Run} Run */
/** @typedef {{measure: string, sign: string, limit: number, label: string, unit: string}} Bound */
/** @typedef {{at: object, change: string[], require: Bound[]}} Terms */

/** @type {Record<string, {holds: (value: number, limit: number) => boolean, wanted: string}>} */
const SIGNS = {
  "<=": { holds: (value, limit) => value <= limit, wanted: "at most" },
  ">=": { holds: (value, limit) => value >= limit, wanted: "at least" },
  "<": { holds: (value, limit) => value < limit, wanted: "less than" },
  ">": { holds: (value, limit) => value > limit, wanted: "more than" },
};

/** @param {HTMLElement} element @param {Figure} figure */
export function open(element, figure) {
  for (const one of element.querySelectorAll("[data-goal]"))
    goal(/** @type {HTMLElement} */ (one), element.dataset, figure);
  sayWhetherSaved(/** @type {HTMLElement} */ (element.querySelector(".saved")));
}

/**
 * @param {HTMLElement} element @param {DOMStringMap} of whose goal it is
 * @param {Figure} figure
 */
function goal(element, { address = "", idea = "", seeds = "[]" }, figure) {
  const news = /** @type {HTMLElement} */ (element.querySelector(".news"));
  const say = (/** @type {(string | Node)[]} */ ...inside) =>
    news.replaceChildren(...inside);
  /** @type {Terms} */
  const { at, change, require } = JSON.parse(element.dataset.goal ?? "{}");
  const asks = element.querySelector(".ask")?.textContent ?? "";
  const question = { kind: /** @type {const} */ ("goal"), address, idea, asks };
  const controls = controlsOf(figure.element);
  const start = settingWith(controls, { ...at });
  const [free, fixed] = [true, false].map((may) =>
    controls.filter(({ name }) => change.includes(name) === may),
  );
  let isChecking = false;

  async function check() {
    if (isChecking) return;
    const strayed = apartFrom(fixed, start);
    if (strayed.length) return refuse(strayed);
    isChecking = true;
    element.dataset.state = "checking";
    try {
      await judge();
    } catch (why) {
      element.dataset.state = "open";
      say(/** @type {Error} */ (why).message);
    }
    isChecking = false;
  }

  /** Run the setting at each seed, and tell the first that misses. */
  async function judge() {
    const { parameters } = figure.stand();
    const way = apartFrom(free, start).map(inWords).join("; ");
    const starting = figure.run() ? "" : "Python is starting. ";
    const missed = [];
    for (const [done, seed] of JSON.parse(seeds).entries()) {
      say(`${starting}Seed ${done + 1} of ${JSON.parse(seeds).length} …`);
      const run = await figure.check(parameters, seed);
      if (!require.every((bound) => holds(bound, run))) missed.push(run);
    }
    element.dataset.state = missed.length ? "missed" : "met";
    if (missed.length) tellMiss(missed, parameters);
    else keepWay(way);
  }

  /** @param {Run[]} missed @param {Record<string, number | string>} parameters */
  function tellMiss(missed, parameters) {
    const [{ seed }] = missed;
    const count = JSON.parse(seeds).length - missed.length;
    const held = count ? `${count} of the other seeds hold` : "no seed holds";
    say(
      `Not met. With seed ${seed}, ${shortfall(missed[0], require)}; ${held}. `,
      button("look at that seed", () => figure.setTo(parameters, seed)),
    );
  }

  /** @param {string} way what was changed, in words */
  function keepWay(way) {
    const ways = [...new Set([...(answerTo(question)?.ways ?? []), way])];
    keep({ ...question, ways });
    const more =
      ways.length > 1 ? `${ways.length} ways so far.` : "It is not the only way.";
    say(`Met, at every seed. ${more}`);
  }

  /** @param {import("./controls.js").Control[]} strayed */
  function refuse(strayed) {
    const names = strayed.map((control) => `“${labelOf(control)}”`).join(" and ");
    const back = Object.fromEntries(strayed.map(({ name }) => [name, start[name]]));
    say(
      `${names} may not be changed for this goal. `,
      button("set back", () => {
        figure.setTo(back);
        say("Set back: check again.");
      }),
    );
  }

  function show() {
    const ways = answerTo(question)?.ways ?? [];
    const met = /** @type {HTMLElement} */ (element.querySelector(".met"));
    element.classList.toggle("done", ways.length > 0);
    met.hidden = ways.length === 0;
    met.textContent = `Met with ${ways.join(" · and with ")}`;
  }

  element.addEventListener("click", ({ target }) => {
    const { action } = /** @type {HTMLElement} */ (target).dataset;
    if (action === "check") check();
    if (action !== "start") return;
    figure.setTo(start);
    say("The figure stands where the goal starts.");
  });
  element.dataset.state = "open";
  watch(show);
  show();
}

/** @param {Bound} bound @param {Run} run */
const holds = ({ measure, sign, limit }, { measures }) =>
  SIGNS[sign].holds(measures[measure] ?? Infinity, limit);

/** What a run misses, and by how much. @param {Run} run @param {Bound[]} bounds */
function shortfall(run, bounds) {
  return bounds
    .filter((bound) => !holds(bound, run))
    .map(({ measure, sign, limit, label, unit }) => {
      const value = run.measures[measure] ?? Infinity;
      const asRead = Math.abs(numberOf(run.shown[measure], unit) - limit);
      const apart = asRead || Number(Math.abs(value - limit).toPrecision(2));
      const by = Number.isFinite(value)
        ? `, ${quantity(apart, unit)} too ${value > limit ? "much" : "little"}`
        : "";
      return `“${label}” is ${run.shown[measure]}${by}, where ${SIGNS[sign].wanted} ${quantity(limit, unit)} is wanted`;
    })
    .join(", and ");
}
