// @ts-check
// A prediction on the chart's own axis: a dashed line that is dragged, or moved by keys, and
// beside it, once the simulation has answered, a line that is drawn through.

import { followPlot, placeOn, plotIn, valueHalfWay } from "./axes.js";
import { button, make } from "./dom.js";
import { numberOf } from "./gaps.js";
import { prepareRange } from "./ranges.js";

/** @typedef {import("./axes.js").Axis} Axis */
/** @typedef {{by: string, axis: Axis, label: string, unit: string}} Asked */

const THUMB = 24; // px, as in ranges.js: a range reaches half of it beyond its ends
const LATE = 0.6; // from here on, a name has no room beyond its line

/** @param {HTMLElement} figure @param {Asked} asked @param {() => void} commit */
export function markOn(figure, asked, commit) {
  const { by, axis, unit } = asked;
  const picture = /** @type {HTMLElement} */ (figure.querySelector(".picture"));
  const hand = handFor(asked);
  const said = lineOf("dashed", make("span", { "aria-hidden": "true" }));
  const got = lineOf("drawn", make("span", { "aria-hidden": "true" }));
  const done = button("commit", commit);
  said.append(done);
  const marks = make("div", { class: `over by-${by}`, hidden: "" }, hand, said, got);
  picture.before(marks);
  prepareRange(hand);
  let isMoved = false;

  /** Lay the marks over the plot. */
  function place() {
    const plot = plotIn(picture);
    if (!plot || marks.hidden) return;
    for (const [side, px] of Object.entries(plot)) length(marks, side, px);
    const [low, high] = axis.ends.map((end) => placeOn(axis, end));
    const long = by === "x" ? plot.width : plot.height;
    length(hand, "from", low * long - THUMB / 2);
    length(hand, "long", (high - low) * long + THUMB);
  }

  /** @param {HTMLElement} line @param {number} value @param {string} text */
  function put(line, value, text) {
    const along = placeOn(axis, value);
    line.hidden = !Number.isFinite(value);
    line.style.setProperty("--place", String(along));
    line.classList.toggle("late", along > LATE);
    /** @type {HTMLElement} */ (line.firstElementChild).textContent = text;
  }

  /** @param {boolean} isAsked whether the reader may still move the line */
  function turn(isAsked) {
    isMoved = false;
    marks.hidden = false;
    hand.hidden = !isAsked;
    done.hidden = true;
    place();
  }

  const reading = () => hand.getAttribute("aria-valuetext") ?? "";
  hand.addEventListener("input", () => {
    isMoved = true;
    done.hidden = false;
    put(said, Number(hand.value), reading());
  });
  hand.addEventListener("keydown", ({ key }) => {
    if (key === "Enter") commit();
  });
  followPlot(picture, place);
  return {
    hand,
    /** Where the reader has put the line; null if it was not moved. */
    said: () => (isMoved ? reading() : null),
    /** Let the reader choose, from the middle of the axis. */
    ask() {
      turn(true);
      hand.value = String(valueHalfWay(axis));
      hand.setAttribute("aria-valuetext", "not yet moved");
      hand.style.setProperty("--at", "0.5");
      put(said, Number(hand.value), "drag me");
      got.hidden = true;
    },
    /** Show what was said, and what came out if that is known. @param {string} prediction @param {string} answer */
    tell(prediction, answer) {
      turn(false);
      put(said, numberOf(prediction, unit), `you: ${prediction}`);
      put(got, numberOf(answer, unit), `simulation: ${answer}`);
    },
    hide: () => (marks.hidden = true),
  };
}

/** @param {string} kind @param {HTMLElement} name */
const lineOf = (kind, name) => make("div", { class: `mark ${kind}` }, name);

/** A range over the whole axis; only a band around the line catches the pointer. @param {Asked} asked */
function handFor({ by, axis, label, unit }) {
  const [low, high] = axis.ends.map(String);
  return make("input", {
    type: "range",
    class: "hand",
    min: low,
    max: high,
    step: "any",
    autocomplete: "off",
    "data-step": String(stepOn(axis)),
    "data-scale": axis.type === "linear" ? "linear" : "log",
    "data-unit": unit,
    "aria-label": `Your prediction: ${label}`,
    "aria-orientation": by === "x" ? "horizontal" : "vertical",
  });
}

/** What one arrow key moves at least; ranges.js bends the axis by it where it starts at 0. @param {Axis} axis */
function stepOn({ type, ends: [low, high], constant }) {
  if (type === "symlog") return constant;
  if (type === "log") return low / 100;
  return Number((10 ** Math.floor(Math.log10((high - low) / 60))).toPrecision(1));
}

/** @param {HTMLElement} element @param {string} name @param {number} px */
const length = (element, name, px) => element.style.setProperty(`--${name}`, `${px}px`);
