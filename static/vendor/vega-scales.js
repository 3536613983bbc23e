// @ts-nocheck: vega's packages, which it brings along, do not tell their types
// The first part of `vega.js`. Each is read by itself, or reading Vega would be the longest
// task of a visit.
export * as scales from "vega-scale";
