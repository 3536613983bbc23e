// What a first visit cannot do without, step by step, in a worker as the book's Python
// is. The files are in the HTTP cache; milliseconds of each step go to the page.

import { loadPyodide } from "../runtime/pyodide.mjs";

const runtime = new URL("../runtime/", import.meta.url).href;
const took = {};

/** Do one step and remember what it took. */
async function step(name, work) {
  const since = performance.now();
  const made = await work();
  took[name] = performance.now() - since;
  return made;
}

const bytes = async (name) => (await fetch(runtime + name)).arrayBuffer();
const wasm = await bytes("pyodide.asm.wasm");
const wheels = await (await fetch(`${runtime}wheels.json`)).json();
const figures = await bytes("figures.zip");
for (const wheel of wheels) await bytes(wheel);

await step("compile", () => WebAssembly.compile(wasm));
const pyodide = await step("core", () => loadPyodide({ indexURL: runtime }));
const load = (name) => pyodide.loadPackage(runtime + name, { messageCallback() {} });
await step("unpack numpy", () => load(wheels[0]));
await step("numpy", () => pyodide.runPython("import numpy, numpy.random"));
pyodide.unpackArchive(figures, "zip");
await step("figures", () =>
  pyodide.runPython(
    "from figures import _contract, tail_latency; _contract.run(tail_latency)",
  ),
);
await step("unpack altair", () => Promise.all(wheels.slice(1).map(load)));
await step("altair", () => pyodide.runPython("import altair"));
pyodide.runPython("from figures import _theme");
const chart = () => pyodide.runPython("_theme.spec(tail_latency.chart())");
await step("first chart", chart);
await step("chart", chart);
postMessage(took);
