// @ts-check
// How far a prediction was from what the simulation says, in words.

const CLOSE = 0.1; // within a tenth of what it is
const FAR = 1.9; // from here on one thinks in multiples
const WORDS = ["", "", "twice", "three times", "four times", "five times", "six times"];

/** "10 %" or "1,020 ms" in the measure's own unit; "never" is infinite. @param {string} text @param {string} unit */
export function numberOf(text, unit) {
  if (text.trim() === "never") return Infinity;
  const plain = text.replaceAll(",", "").replace("−", "-").trim();
  const number = /^[+-]?(\d+\.?\d*|\.\d+)/.test(plain) ? parseFloat(plain) : NaN;
  return unit === "%" ? Number((number / 100).toPrecision(12)) : number;
}

/** The gap between two numbers, as the end of a sentence. @param {number} said @param {number} got @param {string} unit */
export function gapBetween(said, got, unit) {
  if (said === got) return "exactly what you said";
  if (!Number.isFinite(got)) return "it never comes";
  if (got === 0) return "none at all";
  if (said === 0) return "not none";
  const direction = got > said ? "more" : "less";
  const [apart, ratio] = [Math.abs(got - said), Math.abs(got / said)];
  if (apart <= CLOSE * Math.abs(got)) return `close, ${percent(apart / got)} off`;
  if (got / said < 0) return `${direction}, and on the other side of none`;
  if (ratio >= FAR) return `${times(ratio)} as much`;
  if (1 / ratio >= FAR) return `you said ${times(1 / ratio)} as much as that`;
  const by = unit === "%" ? points(apart) : percent(apart / said);
  return `${by} ${direction}`;
}

/** "almost three times", "42 times". @param {number} ratio */
function times(ratio) {
  const whole = Number(ratio.toPrecision(ratio < 10 ? 1 : 2));
  const about =
    ratio > whole * 1.05 ? "more than " : ratio < whole * 0.95 ? "almost " : "";
  return about + (WORDS[whole] ?? `${whole.toLocaleString("en")} times`);
}

/** @param {number} share */
const percent = (share) => `${Math.max(1, Math.round(100 * Math.abs(share)))} %`;

/** @param {number} share */
function points(share) {
  const count = Math.max(1, Math.round(100 * share));
  return `${count} ${count === 1 ? "point" : "points"}`;
}
