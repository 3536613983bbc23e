// @ts-check
/**
 * Compiled libraries of Python, laid in memory before Python starts, as Emscripten lays
 * those that a program is linked with. Data and functions then have the same addresses
 * every time, so a snapshot of the memory can hold what Python has made of them: NumPy,
 * imported. `builder/prepare.mjs` takes such a snapshot, `python.js` restores it.
 *
 * Left to itself, Emscripten gives a function that it finds in the table its place there
 * and any other the next free one. WebKit does not find any (a function out of the table
 * is not the one that is exported), so the layout says where each has to be.
 *
 * @typedef {{start: number, functions: Record<string, number>, tables: Record<string, number>}} Layout
 *   where in the table functions are, by name, and those of libraries begin, by path;
 *   what is before the start is Pyodide's own
 * @typedef {{path: string, code: WebAssembly.Module}} Library
 * @typedef {{layout: Layout, libraries: Library[]}} Libraries
 */

import { entriesOf } from "./archives.js";

const LAYOUT = "layout.json";

/** The libraries of an archive, compiled. @param {Uint8Array} archive @returns {Promise<Libraries>} */
export async function librariesOf(archive) {
  const files = [...entriesOf(archive)];
  const stated = files.find(({ name }) => name === LAYOUT);
  const layout = JSON.parse(new TextDecoder().decode(stated?.data));
  const compile = async (/** @type {{name: string, data: any}} */ { name, data }) => {
    return { path: `/${name}`, code: await WebAssembly.compile(data) };
  };
  const others = files.filter((file) => file !== stated);
  return { layout, libraries: await Promise.all(others.map(compile)) };
}

/**
 * Lay libraries in the memory of a Pyodide that has not run yet; Python then finds each
 * under its path. What they need of one another is looked up with the last.
 * @param {any} module Pyodide's, in JavaScript
 * @param {WebAssembly.Exports} exports the same in WebAssembly
 * @param {Record<string, WebAssembly.Global>} addresses of functions, by name
 * @param {Libraries} what
 */
export function lay(module, exports, addresses, { layout, libraries }) {
  const table = /** @type {WebAssembly.Table} */ (exports.__indirect_function_table);
  const missing = new Map(Object.entries(layout.functions));
  const place = (/** @type {WebAssembly.Exports} */ exports) => {
    for (const [name, at] of missing) {
      if (!(name in exports)) continue;
      if (at >= layout.start) table.set(at, exports[name]);
      missing.delete(name);
    }
  };
  growTo(table, layout.start);
  growTo(table, Math.min(...Object.values(layout.tables)));
  for (const [name, at] of missing) addresses[name].value = at;
  place(exports);
  for (const { path, code } of libraries) {
    growTo(table, layout.tables[path]);
    const allowUndefined = path !== libraries.at(-1)?.path;
    const flags = { nodelete: true, allowUndefined };
    const laid = module.loadWebAssemblyModule(code, flags, path, {});
    module.newDSO(path, undefined, laid);
    place(laid);
  }
}

/** @param {WebAssembly.Table} table @param {number} size */
function growTo(table, size) {
  if (table.length > size) throw new Error(`${table.length} functions, not ${size}`);
  table.grow(size - table.length);
}
