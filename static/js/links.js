// @ts-check
// Permalinks: `?fan_out=100&seed=7&v=1`, or `?tail_latency.fan_out=100` where a page has several.

import { clip, set } from "./controls.js";

/** @typedef {import("./controls.js").Control} Control */

const SCHEME = "1";
const OF_THE_PAGE = ["v", "theme", "controls", "title", "present"]; // no figure's words

/** The parameter of a control, and the names that it had before. @param {Control} control */
export const namesOf = ({ name, dataset }) =>
  [name, ...(dataset.aliases ?? "").split(" ")].filter(Boolean);

/**
 * What a link says of one figure: parameter -> values as text. What it says of others is
 * none of ours; in a link of this scheme (`v`) an unknown word is a mistake.
 * @param {string} search @param {string} figure @param {boolean} several
 * @param {string[]} known the names that the figure answers to
 * @returns {Map<string, string[]>}
 */
export function readLink(search, figure, several, known) {
  const query = new URLSearchParams(search);
  /** @type {Map<string, string[]>} */
  const asked = new Map();
  for (const [key, value] of query) {
    const isFull = key.startsWith(`${figure}.`);
    const name = isFull ? key.slice(figure.length + 1) : key;
    const isOurs = isFull || (!several && (known.includes(name) || query.has("v")));
    if (!isOurs || (!isFull && OF_THE_PAGE.includes(name))) continue;
    asked.set(name, [...(asked.get(name) ?? []), value]);
  }
  return [...asked.keys()].some((name) => known.includes(name)) || query.has("v")
    ? asked
    : new Map();
}

/**
 * Set the controls as asked, as nearly as can be.
 * @param {Map<string, string[]>} asked @param {Control[]} controls
 * @param {(text: string) => string} setSeed
 * @returns {string[]} what was not done as asked, in words
 */
export function obey(asked, controls, setSeed) {
  const notes = [];
  const done = new Set();
  for (const [word, [value, ...others]] of asked) {
    const control = controls.find((one) => namesOf(one).includes(word));
    const name = control?.name ?? word;
    const isRepeated = done.has(name);
    if (others.length || isRepeated)
      notes.push(`“${clip(word)}” is in it more than once, and the first counts`);
    if (isRepeated) continue;
    done.add(name);
    if (control) notes.push(set(control, value));
    else if (word === "seed") notes.push(setSeed(value));
    else notes.push(`this figure has no “${clip(word)}”`);
  }
  return notes.filter(Boolean);
}

/**
 * The address of a page with a figure's state in it; what belongs to others stays.
 * @param {string} href @param {string} figure @param {boolean} several
 * @param {string[]} known the names that the figure answers to
 * @param {Map<string, string>} state
 */
export function writeLink(href, figure, several, known, state) {
  const url = new URL(href);
  for (const key of [...url.searchParams.keys()]) {
    const isPlain = !several && known.includes(key);
    if (isPlain || key.startsWith(`${figure}.`)) url.searchParams.delete(key);
  }
  const prefix = several ? `${figure}.` : "";
  for (const [name, value] of state) url.searchParams.set(prefix + name, value);
  url.searchParams.delete("v");
  if (state.size) url.searchParams.set("v", SCHEME);
  return url.href;
}
