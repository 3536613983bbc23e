// @ts-check
// Permalinks: `?fan_out=100&seed=7&v=1`, or `?tail_latency.fan_out=100` where a page has several.

const SCHEME = "1";

/**
 * What a link says of one figure: parameter -> value as text, the first of each.
 * @param {string} search @param {string} name @param {boolean} several
 * @returns {Map<string, string>}
 */
export function readLink(search, name, several) {
  const asked = new Map();
  for (const [key, value] of new URLSearchParams(search)) {
    const own = key.startsWith(`${name}.`);
    const parameter = own ? key.slice(name.length + 1) : key;
    if (!own && (several || key.includes(".") || OTHERS.has(key))) continue;
    if (!asked.has(parameter)) asked.set(parameter, value);
  }
  return asked;
}

const OTHERS = new Set(["v", "theme", "present", "controls", "title"]);

/**
 * The address of this page with a figure's state in it; what belongs to others stays.
 * @param {string} href @param {string} name @param {boolean} several
 * @param {Map<string, string>} state
 */
export function writeLink(href, name, several, state) {
  const url = new URL(href);
  const prefix = several ? `${name}.` : "";
  for (const key of [...url.searchParams.keys()]) {
    const own = several
      ? key.startsWith(prefix)
      : !key.includes(".") && !OTHERS.has(key);
    if (own) url.searchParams.delete(key);
  }
  url.searchParams.delete("v");
  for (const [parameter, value] of state)
    url.searchParams.set(prefix + parameter, value);
  if (url.searchParams.size) url.searchParams.set("v", SCHEME);
  return url.href;
}
