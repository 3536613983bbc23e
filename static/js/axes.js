// @ts-check
// Where a value lies in a picture that Vega has drawn, live or as a still: beside chart.js
// the only file that knows what such a picture is made of.

/**
 * An axis as the build found it in the chart: `ends` are what a reader may say.
 * @typedef {{type: string, domain: [number, number], ends: [number, number],
 *            constant: number}} Axis
 */

/** A value so that equal steps of it are equal lengths. @param {Axis} axis @param {number} value */
function bent({ type, constant }, value) {
  if (type === "log") return Math.log(value);
  if (type === "symlog")
    return Math.sign(value) * Math.log1p(Math.abs(value) / constant);
  return value;
}

/** From 0 to 1 along an axis. @param {Axis} axis @param {number} value */
export function placeOn(axis, value) {
  const [low, high] = axis.domain;
  const [start, here, end] = [low, Math.min(Math.max(value, low), high), high].map(
    (number) => bent(axis, number),
  );
  return (here - start) / (end - start);
}

/** A round value in the middle of what may be said. @param {Axis} axis */
export function valueHalfWay(axis) {
  let [low, high] = axis.ends;
  const goal = (placeOn(axis, low) + placeOn(axis, high)) / 2;
  while (high - low > 1e-6 * axis.domain[1]) {
    const between = (low + high) / 2;
    if (placeOn(axis, between) < goal) low = between;
    else high = between;
  }
  return Number(low.toPrecision(2));
}

/** The rectangle between the axes, in px from the picture's corner. @param {HTMLElement} picture */
export function plotIn(picture) {
  const shown = [
    .../** @type {NodeListOf<SVGSVGElement>} */ (
      picture.querySelectorAll(".still svg, .chart:not(.fresh) svg")
    ),
  ].find((svg) => svg.getBoundingClientRect().width > 0);
  const frame = /** @type {SVGGraphicsElement | null | undefined} */ (
    shown?.querySelector(".root .background")
  );
  const matrix = frame?.getScreenCTM();
  if (!frame || !matrix) return null;
  const box = frame.getBBox(); // without the line around it
  const corner = picture.getBoundingClientRect();
  return {
    left: matrix.a * box.x + matrix.e - corner.left,
    top: matrix.d * box.y + matrix.f - corner.top,
    width: matrix.a * box.width,
    height: matrix.d * box.height,
  };
}

/** Call `move` whenever the picture may have another plot, or another place for it. @param {HTMLElement} picture @param {() => void} move */
export function followPlot(picture, move) {
  new ResizeObserver(move).observe(picture);
  new MutationObserver(move).observe(picture, {
    subtree: true,
    childList: true,
    attributeFilter: ["class", "width"],
  });
}
