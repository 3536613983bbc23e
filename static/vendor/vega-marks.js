// @ts-nocheck: vega's packages, which it brings along, do not tell their types
// The second part of `vega.js`, once the first has been read.
export * as marks from "vega-scenegraph";
