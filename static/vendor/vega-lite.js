// @ts-nocheck: vega's packages, which it brings along, do not tell their types
// What reads a chart and makes of it what `vega.js` runs: for charts that Altair makes in
// the browser, and at build time.
import "./vega.js"; // the parser has to know its transforms

export { compile } from "vega-lite";
export { parse } from "vega-parser";
