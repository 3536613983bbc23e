// @ts-check
// A figure's controls: native inputs, each with its value in the parameter's own unit.

import { isRange, nearest, prepareRange, readingOf, showRange } from "./ranges.js";

/** @typedef {HTMLInputElement | HTMLSelectElement} Control */

const LONGEST = 24; // characters of a stranger's text in a sentence of ours
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i; // as on the command line

/** @param {HTMLElement} figure @returns {Control[]} */
export function controlsOf(figure) {
  return [.../** @type {NodeListOf<Control>} */ (figure.querySelectorAll("[name]"))];
}

/** Make the controls answer to pointer and keyboard. @param {Control[]} controls */
export function prepare(controls) {
  controls.filter(isRange).forEach(prepareRange);
}

/**
 * The parameters as the controls stand.
 * @param {Control[]} controls @returns {Record<string, number | string>}
 */
export function valuesOf(controls) {
  return Object.fromEntries(
    controls.map((c) => [c.name, isRange(c) ? Number(c.value) : c.value]),
  );
}

/** What a run is asked for, as the page says it. @param {Control[]} controls @param {number} seed */
export function allInWords(controls, seed) {
  return [...controls.map(inWords), `Seed: ${seed}`].join(" · ");
}

/** A control and its value: "Calls per request: 100 calls". @param {Control} control */
export const inWords = (control) =>
  `${labelOf(control)}: ${isRange(control) ? readingOf(control) : chosenIn(control)}`;

/** The value that a control has when nobody has touched it. @param {Control} control */
export function defaultOf(control) {
  if (isRange(control)) return control.defaultValue;
  const chosen = [...control.options].find((option) => option.defaultSelected);
  return (chosen ?? control.options[0]).value;
}

/**
 * Set a control to the legal value that is nearest to `asked`.
 * @param {Control} control @param {string} asked
 * @returns {string} what had to be changed, in words, or ""
 */
export function set(control, asked) {
  return isRange(control) ? setRange(control, asked) : setChoice(control, asked);
}

/** @param {HTMLInputElement} control @param {string} asked */
function setRange(control, asked) {
  const number = NUMBER.test(asked.trim()) ? Number(asked) : NaN;
  const isNumber = !Number.isNaN(number);
  const legal = nearest(control, isNumber ? number : Number(defaultOf(control)));
  control.value = String(legal);
  showRange(control);
  if (legal === number) return "";
  const label = labelOf(control);
  const stands = `and stands at ${readingOf(control)}`;
  if (!isNumber) return `${label} is a number, not “${clip(asked)}”, ${stands}`;
  if (legal === Math.round(number)) return `${label} is a whole number, ${stands}`;
  const low = readingOf(control, control.min).split(" ")[0];
  return `${label} goes from ${low} to ${readingOf(control, control.max)}, ${stands}`;
}

/** @param {HTMLSelectElement} control @param {string} asked */
function setChoice(control, asked) {
  const isOption = [...control.options].some((option) => option.value === asked);
  control.value = isOption ? asked : defaultOf(control);
  return isOption
    ? ""
    : `${labelOf(control)} knows no “${clip(asked)}”, and stands at “${chosenIn(control)}”`;
}

/** @param {HTMLSelectElement} control */
const chosenIn = (control) => control.selectedOptions[0]?.textContent?.trim();

/** @type {WeakMap<Control, string>} */
const labels = new WeakMap(); // to look for one takes a browser longer than all the rest

/** @param {Control} control */
export function labelOf(control) {
  const known = labels.get(control);
  if (known !== undefined) return known;
  const label = control.labels?.[0]?.textContent?.trim() ?? control.name;
  labels.set(control, label);
  return label;
}

/** What somebody wrote, fit to stand in a sentence of ours. @param {string} text */
export function clip(text) {
  const seen = [...text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "·")]; // some turn a line around
  return seen.length > LONGEST ? `${seen.slice(0, LONGEST).join("")}…` : seen.join("");
}
