// @ts-check
// Range inputs, linear or logarithmic. The value is always in the parameter's own unit, for
// links, scripts and screen readers; only the pointer and the thumb know the scale.

const THUMB = 24; // px, as in figure.css
const LOG_STEPS = 100; // arrow keys from one end of a logarithmic range to the other

/** @param {Element} control @returns {control is HTMLInputElement} */
export const isRange = (control) => control instanceof HTMLInputElement;

/** @param {HTMLInputElement} control */
export function prepareRange(control) {
  placeThumb(control); // what it reads is in the page already
  control.addEventListener("input", () => showRange(control));
  control.addEventListener("keydown", step);
  control.addEventListener("pointerdown", drag);
}

/** Show a range's value, and where its thumb stands. @param {HTMLInputElement} control */
export function showRange(control) {
  const text = readingOf(control);
  control.setAttribute("aria-valuetext", text);
  const beside = control.parentElement?.querySelector(".reading");
  if (beside) beside.textContent = text;
  placeThumb(control);
}

/** @param {HTMLInputElement} control */
function placeThumb(control) {
  control.style.setProperty("--at", String(placeOf(control)));
}

/** A value with its unit, as the page writes it. @param {HTMLInputElement} control */
export function readingOf(control, value = control.value) {
  return quantity(Number(value), control.dataset.unit ?? "");
}

/** @param {number} value @param {string} unit */
export function quantity(value, unit) {
  const number = value * (unit === "%" ? 100 : 1);
  const text = number.toLocaleString("en", { maximumSignificantDigits: 6 });
  if (unit === "" || unit.startsWith("/")) return text + unit;
  const isOne = number === 1 && /^[a-z]{2,}s$/.test(unit) && unit !== "ms";
  return `${text} ${isOne ? unit.slice(0, -1) : unit}`; // one call, one day
}

/** The legal value nearest to `number`. @param {HTMLInputElement} control @param {number} number */
export function nearest(control, number) {
  const inside = Math.min(Math.max(number, Number(control.min)), Number(control.max));
  return "whole" in control.dataset ? Math.round(inside) : inside;
}

/** A range that starts at 0 is logarithmic in the value plus one step. @param {HTMLInputElement} control */
function scaleOf({ min, max, dataset }) {
  const [low, high, by] = [min, max, dataset.step].map(Number);
  const isLog = dataset.scale === "log";
  const shift = low > 0 ? 0 : by;
  const ratio = (high + shift) / (low + shift);
  return {
    by,
    isLog,
    /** From 0 to 1. @param {number} value */
    place: (value) =>
      isLog
        ? Math.log((value + shift) / (low + shift)) / Math.log(ratio)
        : (value - low) / (high - low),
    /** A round value at a place from 0 to 1. @param {number} place */
    value: (place) => {
      if (place <= 0 || place >= 1) return place <= 0 ? low : high;
      if (isLog) return tidy((low + shift) * ratio ** place - shift, 2);
      return low + Math.round((place * (high - low)) / by) * by;
    },
    /** A value `count` small steps further on a log scale. @param {number} value @param {number} count */
    further: (value, count) =>
      tidy((value + shift) * ratio ** (count / LOG_STEPS) - shift, 3),
  };
}

/** Where the thumb stands, from 0 to 1. @param {HTMLInputElement} control */
const placeOf = (control) => scaleOf(control).place(Number(control.value));

/** Arrow keys go one step, Page Up and Page Down ten. @param {KeyboardEvent} event */
function step(event) {
  const counts = {
    PageUp: 10,
    PageDown: -10,
    ArrowUp: 1,
    ArrowRight: 1,
    ArrowDown: -1,
    ArrowLeft: -1,
  };
  const count = counts[/** @type {keyof typeof counts} */ (event.key)];
  if (!count || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const control = /** @type {HTMLInputElement} */ (event.currentTarget);
  const value = Number(control.value);
  const { by, isLog, further } = scaleOf(control);
  const moved = isLog ? further(value, count) : value + count * by;
  const least = value + Math.sign(count) * by;
  change(control, Math.abs(moved - value) < by ? least : moved);
}

/** Follow the pointer until it is let go. @param {PointerEvent} event */
function drag(event) {
  if (event.button !== 0) return;
  event.preventDefault();
  const control = /** @type {HTMLInputElement} */ (event.currentTarget);
  control.focus();
  control.setPointerCapture(event.pointerId);
  const isUpright = control.ariaOrientation === "vertical";
  const follow = (/** @type {PointerEvent} */ { clientX, clientY }) => {
    const { left, bottom, width, height } = control.getBoundingClientRect();
    const along = isUpright ? bottom - clientY : clientX - left;
    const length = isUpright ? height : width;
    const place = (along - THUMB / 2) / (length - THUMB);
    change(control, scaleOf(control).value(place));
  };
  const letGo = () => {
    control.removeEventListener("pointermove", follow);
    control.dispatchEvent(new Event("change", { bubbles: true }));
  };
  follow(event);
  control.addEventListener("pointermove", follow);
  control.addEventListener("lostpointercapture", letGo, { once: true });
}

/** `number` to so many significant figures. @param {number} number @param {number} figures */
const tidy = (number, figures) => Number(number.toPrecision(figures));

/** Set a range as its reader would, and tell. @param {HTMLInputElement} control @param {number} number */
function change(control, number) {
  const value = String(tidy(nearest(control, number), 12));
  if (value === control.value) return;
  control.value = value;
  control.dispatchEvent(new Event("input", { bubbles: true }));
}
