// Prepares Python for the browser: bytecode instead of source, and a memory snapshot.
//
//   node prepare.mjs <folder> <pyodide>
//
// The folder holds numpy.tar, altair.tar and imports.json (what figures import beside
// NumPy). The archives are replaced by compiled ones: numpy.tar has what a first run
// imports, altair.tar all the rest. snapshot.bin is new; the same bytes every time.
//
// NumPy cannot be in a snapshot, as its compiled parts have no place in one; what it
// needs of the standard library can. The snapshot is told as the difference to the
// memory that WebAssembly itself starts with: the size of the memory in 4 bytes, Pyodide's
// own header, one bit for each page of 1,024 bytes that differs, then those pages,
// exclusive-ored. `static/js/snapshot.js` reads it.

import nodeCrypto from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const [folder, pyodideFolder] = process.argv.slice(2);
const PAGE = 1024;
const SITE = "/lib/python3.14/site-packages";
const ALWAYS = ["numpy", "numpy.random", "numpy.ma"]; // NumPy's own functions import ma

const read = (name) => new Uint8Array(readFileSync(join(folder, name)));
const write = (name, data) => writeFileSync(join(folder, name), data);
const code = readFileSync(join(dirname(fileURLToPath(import.meta.url)), "prepared.py"));

const { info } = JSON.parse(readFileSync(join(pyodideFolder, "pyodide-lock.json")));
hideThisMachine();
const { loadPyodide } = await import(at("pyodide.mjs"));
const { default: factory } = await import(at("pyodide.asm.mjs"));
const names = archives(await python());
write("snapshot.bin", await snapshot(names));

function at(name) {
  return pathToFileURL(join(pyodideFolder, name)).href;
}

/** What Python reads of the machine when it starts is the same for all who build. */
function hideThisMachine() {
  nodeCrypto.randomFillSync = (array) => array.fill(0);
  Date.now = () => 0;
  performance.now = () => 0;
  const value = { userAgent: "the book's builder", language: "en" };
  Object.defineProperty(globalThis, "navigator", { value });
}

/** Pyodide, and in it the module `prepared`. */
async function python(options = {}) {
  const pyodide = await loadPyodide({
    _sysExecutable: "python", // not where this machine keeps it
    env: { PYTHONHASHSEED: "0" },
    lockFileContents: JSON.stringify({ info, packages: {} }),
    packageBaseUrl: pyodideFolder,
    ...options,
  });
  pyodide.FS.writeFile("/tmp/prepared.py", code);
  pyodide.runPython("import sys; sys.path.insert(0, '/tmp')");
  return { pyodide, prepared: pyodide.pyimport("prepared") };
}

/** Write both archives; return the standard modules that the first run needs. */
function archives({ pyodide, prepared }) {
  const own = new Set(prepared.import_all([]).toJs());
  pyodide.unpackArchive(read("numpy.tar"), "tar", { extractDir: SITE });
  pyodide.pyimport("importlib").invalidate_caches();
  const imports = JSON.parse(new TextDecoder().decode(read("imports.json")));
  const there = prepared.import_all([...ALWAYS, ...imports]).toJs();
  const first = prepared.imported_from(SITE).toJs();
  pyodide.unpackArchive(read("altair.tar"), "tar", { extractDir: SITE });
  const rest = prepared.files_in(SITE).toJs().filter((name) => !first.includes(name));
  write("numpy.tar", prepared.archive(SITE, first).toJs());
  write("altair.tar", prepared.archive(SITE, rest).toJs());
  const isCompiled = /^(numpy|cython_runtime|_cython_.*)\b/;
  return there.filter((name) => !own.has(name) && !isCompiled.test(name));
}

/** The memory of a Python that has imported these and forgotten everything else. */
async function snapshot(names) {
  let start = new Uint8Array();
  const { pyodide, prepared } = await python({
    _makeSnapshot: true,
    createPyodideModule(settings) {
      const { instantiateWasm } = settings;
      settings.instantiateWasm = (imports, receive) =>
        instantiateWasm(imports, (instance, module) => {
          start = new Uint8Array(instance.exports.memory.buffer.slice(0));
          receive(instance, module);
        });
      return factory(settings);
    },
  });
  prepared.import_all(names).destroy();
  withoutGrowth(() => prepared.forget());
  prepared.destroy();
  pyodide.runPython("sys.path.remove('/tmp'); del sys.modules['prepared'], sys");
  pyodide.FS.unlink("/tmp/prepared.py");
  pyodide._module.HEAP32[trampoline(pyodide._module)] = 0;
  withoutGrowth(() => clearFreeMemory(pyodide._module));
  return difference(pyodide.makeMemorySnapshot(), start);
}

/** Where Python keeps the address of a function that only some browsers have. */
function trampoline({ HEAP32, __PyRuntime, __PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET }) {
  return (__PyRuntime + HEAP32[__PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET / 4]) / 4;
}

function withoutGrowth(work) {
  const { grow } = WebAssembly.Memory.prototype;
  WebAssembly.Memory.prototype.grow = () => {
    throw new RangeError("the snapshot has to fit into the memory that Python starts with");
  };
  work();
  WebAssembly.Memory.prototype.grow = grow;
}

/** Overwrite the unused stack, and what was freed, taken in ever smaller pieces. */
function clearFreeMemory({ _malloc, _free, HEAPU8, ...stack }) {
  HEAPU8.fill(0, stack._emscripten_stack_get_end(), stack.stackSave());
  const taken = [];
  for (let size = 1 << 24; size >= 16; size >>= 1) {
    for (let piece = _malloc(size); piece; piece = _malloc(size)) {
      HEAPU8.fill(0, piece, piece + size);
      taken.push(piece);
    }
  }
  taken.forEach((piece) => _free(piece));
}

function difference(whole, start) {
  const header = new Uint32Array(whole.buffer)[1]; // bytes
  if (whole.length !== header + start.length)
    throw new Error(`the memory has grown to ${whole.length - header} bytes`);
  const map = new Uint8Array(start.length / PAGE / 8);
  const pages = [];
  for (let at = 0; at < start.length; at += PAGE) {
    const page = whole.slice(header + at, header + at + PAGE);
    page.forEach((_, i) => (page[i] ^= start[at + i]));
    if (page.every((byte) => byte === 0)) continue;
    map[at / PAGE >> 3] |= 128 >> (at / PAGE & 7);
    pages.push(page);
  }
  const size = new Uint8Array(Uint32Array.of(start.length).buffer);
  return Buffer.concat([size, whole.subarray(0, header), map, ...pages]);
}
