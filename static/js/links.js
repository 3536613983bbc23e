// @ts-check
// Permalinks: `?fan_out=100&seed=7&v=1`, or `?tail_latency.fan_out=100` where a page has several.

const SCHEME = "1";

/**
 * What a link says of one figure: parameter -> value as text, the first of each. What it says
 * of others is none of ours; in a link of this scheme (`v`) an unknown word is a mistake.
 * @param {string} search @param {string} figure @param {boolean} several
 * @param {string[]} known the names that the figure answers to
 * @returns {Map<string, string>}
 */
export function readLink(search, figure, several, known) {
  const query = new URLSearchParams(search);
  const asked = new Map();
  for (const [key, value] of query) {
    const isFull = key.startsWith(`${figure}.`);
    const name = isFull ? key.slice(figure.length + 1) : key;
    const isOurs = isFull || (!several && (known.includes(name) || query.has("v")));
    if (isOurs && name !== "v" && !asked.has(name)) asked.set(name, value);
  }
  return [...asked.keys()].some((name) => known.includes(name)) || query.has("v")
    ? asked
    : new Map();
}

/**
 * The address of this page with a figure's state in it; what belongs to others stays.
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
