// @ts-check
// A figure's controls: native inputs whose values are in the parameter's own unit.
// A logarithmic range keeps its value in that unit; only the pointer is read on a log scale.

/** @typedef {HTMLInputElement | HTMLSelectElement} Control */

/** @param {HTMLElement} figure @returns {Control[]} */
export function controlsOf(figure) {
  return [.../** @type {NodeListOf<Control>} */ (figure.querySelectorAll("[name]"))];
}

/** @param {Control} control @returns {control is HTMLInputElement} */
const isRange = (control) => control instanceof HTMLInputElement;

/**
 * The parameters as the controls stand.
 * @param {Control[]} controls @returns {Record<string, number | string>}
 */
export function valuesOf(controls) {
  return Object.fromEntries(controls.map((c) => [c.name, isRange(c) ? Number(c.value) : c.value]));
}

/** The value that a control has when nobody has touched it. @param {Control} control */
export function defaultOf(control) {
  if (isRange(control)) return control.defaultValue;
  const chosen = [...control.options].find((option) => option.defaultSelected);
  return (chosen ?? control.options[0]).value;
}

/**
 * Set a control to the nearest legal value of `asked`; what had to be changed, in words, or "".
 * @param {Control} control @param {string} asked
 */
export function set(control, asked) {
  if (!isRange(control)) {
    const known = [...control.options].some((option) => option.value === asked);
    const before = control.value;
    control.value = known ? asked : defaultOf(control);
    if (known) return "";
    return `${labelOf(control)} knows no “${clip(asked)}” and stays at “${optionOf(control)}”${before ? "" : ""}`;
  }
  const number = asked.trim() === "" ? NaN : Number(asked);
  const legal = nearest(control, Number.isNaN(number) ? Number(defaultOf(control)) : number);
  control.value = String(legal);
  show(control);
  if (Number.isNaN(number)) {
    return `${labelOf(control)} must be a number, not “${clip(asked)}”, and is ${readingOf(control)}`;
  }
  return legal === number ? "" : `${labelOf(control)} goes from ${reading(control, control.min)} to ${reading(control, control.max)} and is ${readingOf(control)}`;
}

/** @param {string} text */
const clip = (text) => (text.length > 24 ? `${text.slice(0, 24)}…` : text);

/** @param {HTMLInputElement} control @param {number} number */
function nearest(control, number) {
  const inside = Math.min(Math.max(number, Number(control.min)), Number(control.max));
  return "whole" in control.dataset ? Math.round(inside) : inside;
}

/** @param {Control} control */
function labelOf(control) {
  return control.labels?.[0]?.textContent?.trim() ?? control.name;
}

/** @param {HTMLSelectElement} control */
const optionOf = (control) => control.selectedOptions[0]?.textContent?.trim() ?? "";

/** A value with its unit, as the page writes it. @param {HTMLInputElement} control @param {string} value */
function reading(control, value) {
  const unit = control.dataset.unit ?? "";
  const number = Number(value) * (unit === "%" ? 100 : 1);
  const text = number.toLocaleString("en", { maximumSignificantDigits: 6 });
  return unit.startsWith("/") || unit === "" ? text + unit : `${text} ${unit}`;
}

/** @param {HTMLInputElement} control */
const readingOf = (control) => reading(control, control.value);

/** Show a range's value, and where its thumb stands. @param {HTMLInputElement} control */
export function show(control) {
  const text = readingOf(control);
  control.setAttribute("aria-valuetext", text);
  const beside = control.parentElement?.querySelector(".reading");
  if (beside) beside.textContent = text;
  control.style.setProperty("--at", String(placeOf(control)));
}

/** Where the thumb stands, from 0 to 1. @param {HTMLInputElement} control */
function placeOf(control) {
  const [low, high, value] = [control.min, control.max, control.value].map(scaleOf(control));
  return (value - low) / (high - low);
}

/** @param {HTMLInputElement} control @returns {(value: string) => number} */
const scaleOf = (control) => (value) =>
  control.dataset.scale === "log" ? Math.log(Number(value)) : Number(value);

/**
 * Make the controls answer to pointer and keyboard.
 * @param {Control[]} controls
 */
export function prepare(controls) {
  for (const control of controls) {
    if (!isRange(control)) continue;
    show(control);
    control.addEventListener("input", () => show(control));
    control.addEventListener("keydown", (event) => step(control, event));
    if (control.dataset.scale === "log") control.addEventListener("pointerdown", drag);
  }
}

/** Arrow keys go one step, Page Up and Page Down ten. @param {HTMLInputElement} control @param {KeyboardEvent} event */
function step(control, event) {
  const steps = { PageUp: 10, PageDown: -10, ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1 };
  const count = steps[/** @type {keyof typeof steps} */ (event.key)];
  if (!count || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const value = Number(control.value);
  const isLog = control.dataset.scale === "log";
  const by = Number(control.dataset.step);
  // On a log scale a step is a hundredth of the way, but never less than the step itself.
  const factor = (Number(control.max) / Number(control.min)) ** (count / 100);
  const moved = isLog ? tidy(value * factor, 3) : value + count * by;
  const least = value + Math.sign(count) * by;
  change(control, isLog && Math.abs(moved - value) < by ? least : moved);
}

/** Follow the pointer on a log scale. @param {PointerEvent} event */
function drag(event) {
  const control = /** @type {HTMLInputElement} */ (event.currentTarget);
  if (event.button !== 0) return;
  event.preventDefault();
  control.focus();
  control.setPointerCapture(event.pointerId);
  const follow = (/** @type {PointerEvent} */ { clientX }) => {
    const box = control.getBoundingClientRect();
    const at = Math.min(Math.max((clientX - box.left - THUMB / 2) / (box.width - THUMB), 0), 1);
    const [low, high] = [Number(control.min), Number(control.max)];
    change(control, at === 0 ? low : at === 1 ? high : tidy(low * (high / low) ** at, 2));
  };
  follow(event);
  control.addEventListener("pointermove", follow);
  control.addEventListener("lostpointercapture", () => {
    control.removeEventListener("pointermove", follow);
    control.dispatchEvent(new Event("change", { bubbles: true }));
  }, { once: true });
}

const THUMB = 24; // px, as in figure.css

/** `number` to so many significant figures. @param {number} number @param {number} figures */
const tidy = (number, figures) => Number(number.toPrecision(figures));

/** Set a range as its reader would, and tell. @param {HTMLInputElement} control @param {number} number */
function change(control, number) {
  const value = String(tidy(nearest(control, number), 12));
  if (value === control.value) return;
  control.value = value;
  control.dispatchEvent(new Event("input", { bubbles: true }));
}
