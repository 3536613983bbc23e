// @ts-check
// A figure's parameters as text, to compare them.

import { defaultOf } from "./controls.js";
import { isRange } from "./ranges.js";

/** @typedef {import("./controls.js").Control} Control */
/** @typedef {Record<string, string>} Setting */

/** All parameters at their defaults, but for these. @param {Control[]} controls @param {Record<string, unknown>} [values] @returns {Setting} */
export function settingWith(controls, values = {}) {
  return Object.fromEntries(
    controls.map((control) => [
      control.name,
      String(values[control.name] ?? plain(control, defaultOf(control))),
    ]),
  );
}

/** The controls that stand elsewhere than in a setting. @param {Control[]} controls @param {Setting} setting */
export const apartFrom = (controls, setting) =>
  controls.filter((control) => plain(control, control.value) !== setting[control.name]);

/** "0.010" and "0.01" are one number. @param {Control} control @param {string} value */
const plain = (control, value) => (isRange(control) ? String(Number(value)) : value);
