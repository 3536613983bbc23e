// Parses a Vega spec with Vega's own parser, which the page then does without.
//
// Reads the spec and writes its dataflow, in which expressions are trees: no page may
// evaluate text. The argument is the module that has the parser.

import { readFileSync } from "node:fs";

const { parse } = await import(process.argv[2]);
const spec = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(parse(spec, undefined, { ast: true })));
