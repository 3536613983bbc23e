// @ts-nocheck: vega's packages, which it brings along, do not tell their types
// The half of `vega.js` that knows marks and scales. It is read first and by itself, or
// reading Vega would be the longest task of a visit.
export * as scales from "vega-scale";
export * as marks from "vega-scenegraph";
