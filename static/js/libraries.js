// @ts-check
/**
 * Compiled libraries of Python, laid in memory before Python starts, as Emscripten lays
 * those that a program is linked with. They come to lie at the same addresses every time,
 * so a snapshot of the memory can hold what Python has made of them: NumPy, imported.
 * `builder/prepare.mjs` takes such a snapshot, `python.js` restores it.
 *
 * @typedef {{path: string, code: WebAssembly.Module}} Library
 */

import { entriesOf } from "./archives.js";

/** The libraries of an archive, compiled. @param {Uint8Array} archive @returns {Promise<Library[]>} */
export function compiled(archive) {
  const entries = [...entriesOf(archive)];
  return Promise.all(
    entries.map(async ({ name, data }) => {
      const code = await WebAssembly.compile(/** @type {BufferSource} */ (data));
      return { path: `/${name}`, code };
    }),
  );
}

/**
 * Lay libraries in the memory of a Pyodide that has not run yet; Python then finds each
 * under its path. What they need of one another is looked up with the last.
 * @param {any} module @param {Library[]} libraries
 */
export function lay(module, libraries) {
  for (const { path, code } of libraries) {
    const allowUndefined = path !== libraries.at(-1)?.path;
    const flags = { nodelete: true, allowUndefined };
    module.newDSO(path, undefined, module.loadWebAssemblyModule(code, flags, path, {}));
  }
}
