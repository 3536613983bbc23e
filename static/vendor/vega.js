// The part of Vega that draws: no `eval`, by its own expression interpreter.
export { loader, parse, View } from "vega";
export { expressionInterpreter } from "vega-interpreter";
