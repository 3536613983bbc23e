// @ts-check
// The files that Python is put together from, by the names that the manifest gives them.

export const WASM = "pyodide.asm.wasm";
export const CORE = ["pyodide.mjs", "pyodide.asm.mjs", "pyodide-lock.json", WASM];
export const LIBRARIES = "libraries.tar"; // NumPy's compiled parts
export const SNAPSHOT_HEAD = "snapshot-head.bin"; // which pages of the memory
export const SNAPSHOT = "snapshot.bin"; // have what once NumPy is imported
export const FIGURES = "figures.tar";
export const STDLIB = "python_stdlib.zip";
export const NUMPY = "numpy.tar"; // its modules
export const ALTAIR = "altair.tar"; // and all that it needs

/** What a first run needs, in that order; the rest comes when something asks for it. */
export const FIRST = [...CORE, LIBRARIES, SNAPSHOT_HEAD, SNAPSHOT, FIGURES];
export const REST = [STDLIB, NUMPY, ALTAIR];
