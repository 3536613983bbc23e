// @ts-nocheck: vega's packages, which it brings along, do not tell their types
// The part of Vega that draws charts, no maps, trees or forces; no `eval`, by its own
// expression interpreter.
import { changeset, Operator, Transform, transforms } from "vega-dataflow";
import * as encode from "vega-encode";
import * as regression from "vega-regression";
import * as data from "vega-transforms";
import * as view from "vega-view-transforms";

Object.assign(transforms, data, view, encode, regression);

export { changeset, Operator, Transform };
export { expressionInterpreter } from "vega-interpreter";
export { loader } from "vega-loader";
export { renderModule } from "vega-scenegraph";
export { View } from "vega-view";
