// @ts-check
// A prediction on the chart's own axis: a dashed line that is dragged, or moved by keys, and
// beside it, once the simulation has answered, a line that is drawn through.

import { followPlot, placeOn, plotIn } from "./axes.js";
import { make } from "./dom.js";
import { numberOf } from "./gaps.js";
import { prepareRange } from "./ranges.js";

const THUMB = 24; // px, as in ranges.js: the range reaches half of it beyond its ends

/**
 * @param {HTMLElement} figure
 * @param {{by: string, axis: import("./axes.js").Axis, label: string, unit: string}} asked
 */
export function markOn(figure, { by, axis, label, unit }) {
  const picture = /** @type {HTMLElement} */ (figure.querySelector(".picture"));
  const hand = handFor(by, axis, label, unit);
  const said = make("div", { class: "mark possible", "aria-hidden": "true" });
  const got = make("div", { class: "mark durable", "aria-hidden": "true" });
  said.append(make("span", { class: "reading" }));
  got.append(make("span"));
  const marks = make("div", { class: `marks by-${by}`, hidden: "" }, hand, said, got);
  picture.before(marks);
  prepareRange(hand);

  const place = () => {
    const plot = plotIn(picture);
    if (!plot) return;
    for (const [side, px] of Object.entries(plot)) length(marks, side, px);
    const [low, high] = axis.ends.map((end) => placeOn(axis, end));
    const long = by === "x" ? plot.width : plot.height;
    length(hand, "from", low * long - THUMB / 2);
    length(hand, "long", (high - low) * long + THUMB);
  };
  followPlot(picture, place);

  /** @param {HTMLElement} mark @param {number} value @param {string} text */
  const put = (mark, value, text) => {
    mark.hidden = !Number.isFinite(value);
    mark.style.setProperty("--place", String(placeOn(axis, value)));
    mark.classList.toggle("late", placeOn(axis, value) > 0.6);
    /** @type {HTMLElement} */ (mark.firstElementChild).textContent = text;
  };
  const reading = () => hand.getAttribute("aria-valuetext") ?? "";
  let isMoved = false;
  hand.addEventListener("input", () => {
    isMoved = true;
    put(said, Number(hand.value), reading());
  });
  return {
    hand,
    /** Where the reader has put the line; null if it was not moved. */
    said: () => (isMoved ? reading() : null),
    /** Let the reader choose, from the middle of the axis. */
    ask() {
      isMoved = false;
      hand.value = String(middle(axis));
      hand.setAttribute("aria-valuetext", "not moved yet");
      hand.style.setProperty("--at", "0.5");
      hand.hidden = marks.hidden = false;
      got.hidden = true;
      put(said, Number(hand.value), "drag me");
      place();
    },
    /** Show what was said, and what came out if that is known. @param {string} prediction @param {string} answer */
    tell(prediction, answer) {
      hand.hidden = true;
      marks.hidden = false;
      put(said, numberOf(prediction, unit), `you: ${prediction}`);
      put(got, numberOf(answer, unit), `simulation: ${answer}`);
      place();
    },
    hide: () => (marks.hidden = true),
  };
}

/** A range over the whole axis; only a band around the line catches the pointer. @param {string} by @param {import("./axes.js").Axis} axis @param {string} label @param {string} unit */
function handFor(by, { type, ends, constant }, label, unit) {
  const span = ends[1] - ends[0];
  const step = type === "symlog" ? constant : 10 ** Math.floor(Math.log10(span / 60));
  const hand = make("input", {
    type: "range",
    class: "hand",
    min: String(ends[0]),
    max: String(ends[1]),
    step: "any",
    autocomplete: "off",
    "data-step": String(Number(step.toPrecision(1))),
    "data-scale": type === "linear" ? "linear" : "log",
    "data-unit": unit,
    "aria-label": `Your prediction: ${label}`,
    "aria-orientation": by === "x" ? "horizontal" : "vertical",
  });
  return hand;
}

/** The value half way along the axis. @param {import("./axes.js").Axis} axis */
function middle(axis) {
  const [low, high] = axis.ends;
  const goal = (placeOn(axis, low) + placeOn(axis, high)) / 2;
  let [a, b] = [low, high];
  for (let halvings = 0; halvings < 30; halvings++) {
    const between = (a + b) / 2;
    placeOn(axis, between) < goal ? (a = between) : (b = between);
  }
  return (a + b) / 2;
}

/** @param {HTMLElement} element @param {string} name @param {number} px */
const length = (element, name, px) => element.style.setProperty(`--${name}`, `${px}px`);
