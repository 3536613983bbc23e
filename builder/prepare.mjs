// Prepares Python for the browser: bytecode instead of source, and a memory snapshot.
//
//   node prepare.mjs <folder> <pyodide>
//
// The folder holds numpy.tar, altair.tar and imports.json (what figures import beside
// NumPy). The archives are replaced by compiled ones: numpy.tar has what a first run
// imports, altair.tar all the rest. libraries.tar and the two files of a snapshot are new:
// NumPy's compiled parts, and the memory of a Python that has imported NumPy. All of them
// are the same bytes every time.
//
// Pyodide takes no snapshot of what has compiled parts, as they may lie elsewhere the
// next time. `static/js/libraries.js` sees to it that they do not. The snapshot tells what
// differs from the memory in which they have just been laid and Python has not begun.
// snapshot-head.bin has the size of the memory in 4 bytes, Pyodide's own header, and one bit
// for each page of 1,024 bytes; snapshot.bin has the pages that differ, and may come later.
// `static/js/snapshot.js` reads them.

import nodeCrypto from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { lay, librariesOf } from "../static/js/libraries.js";

const [folder, pyodideFolder] = process.argv.slice(2);
const PAGE = 1024;
const SITE = "/lib/python3.14/site-packages";
const ALWAYS = ["numpy", "numpy.random", "numpy.ma"]; // NumPy's own functions import ma
const LAYOUT = "/layout.json";
const WITHOUT_DOCSTRINGS = 2; // Python's level of optimization
const FILE = 28; // bytes into what Emscripten knows of a library: its file, and how long
const WASM = 0x6d736100; // how the file of a library begins

const read = (name) => new Uint8Array(readFileSync(join(folder, name)));
const write = (name, data) => writeFileSync(join(folder, name), data);
const code = readFileSync(join(dirname(fileURLToPath(import.meta.url)), "prepared.py"));

const { info } = JSON.parse(readFileSync(join(pyodideFolder, "pyodide-lock.json")));
hideThisMachine();
const { loadPyodide } = await import(at("pyodide.mjs"));
const { default: factory } = await import(at("pyodide.asm.mjs"));
const imports = JSON.parse(new TextDecoder().decode(read("imports.json")));
const names = [...ALWAYS, ...imports];
archives(await python());
const { head, pages } = await snapshot();
write("snapshot-head.bin", head);
write("snapshot.bin", pages);

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

/**
 * Pyodide, in it the module `prepared`, and what it is in WebAssembly.
 * @param {(settings: object, main: object) => void} [received] called before it runs
 */
async function python(options = {}, received = () => {}) {
  const main = {};
  const pyodide = await loadPyodide({
    _sysExecutable: "python", // not where this machine keeps it
    env: { PYTHONHASHSEED: "0" },
    lockFileContents: JSON.stringify({ info, packages: {} }),
    packageBaseUrl: pyodideFolder,
    createPyodideModule(settings) {
      const { instantiateWasm } = settings;
      settings.instantiateWasm = (imports, receive) =>
        instantiateWasm(imports, ({ exports }, module) => {
          const size = exports.__indirect_function_table.length;
          Object.assign(main, {
            exports,
            module,
            size,
            addresses: imports["GOT.func"],
          });
          receive({ exports }, module); // from here on, the settings are the module
          received(settings, main);
        });
      return factory(settings);
    },
    ...options,
  });
  pyodide.FS.writeFile("/tmp/prepared.py", code);
  pyodide.runPython("import sys; sys.path.insert(0, '/tmp')");
  return { pyodide, prepared: pyodide.pyimport("prepared"), main };
}

/** Write the archives. */
function archives({ pyodide, prepared, main }) {
  unpack(pyodide, "numpy.tar");
  prepared.import_all(names);
  const first = prepared.imported_from(SITE).toJs();
  const isLibrary = (name) => name.endsWith(".so");
  const libraries = first.filter(isLibrary).map((name) => `${SITE}/${name}`);
  pyodide.FS.writeFile(LAYOUT, JSON.stringify(layoutOf(libraries, pyodide.FS, main)));
  unpack(pyodide, "altair.tar");
  const rest = prepared
    .files_in(SITE)
    .toJs()
    .filter((name) => !first.includes(name));
  const modules = first.filter((name) => !isLibrary(name));
  const paths = [LAYOUT, ...libraries].map((path) => path.slice(1));
  write("libraries.tar", prepared.archive("/", paths).toJs());
  write("numpy.tar", prepared.archive(SITE, modules, WITHOUT_DOCSTRINGS).toJs());
  write("altair.tar", prepared.archive(SITE, rest).toJs());
}

/**
 * Where functions have to be in the table, which begins with Pyodide's own: those whose
 * address a library takes, unless they are among Pyodide's own, and then each library's.
 * Between them is room for what a browser may add.
 */
function layoutOf(paths, { readFile }, { exports, module, size }) {
  const codes = paths.map((path) => new WebAssembly.Module(readFile(path)));
  const exported = new Set(codes.flatMap(functionsOf));
  const taken = codes
    .flatMap((code) => WebAssembly.Module.imports(code))
    .filter(
      (one) =>
        one.module === "GOT.func" && (one.name in exports || exported.has(one.name)),
    );
  const table = exports.__indirect_function_table;
  const own = new Map(Array.from({ length: size }, (_, at) => [table.get(at), at]));
  const start =
    size + functionsOf(module).length + WebAssembly.Module.imports(module).length;
  let at = start;
  const functions = {};
  for (const { name } of taken) functions[name] ??= own.get(exports[name]) ?? at++;
  const tables = {};
  codes.forEach((code, index) => {
    tables[paths[index]] = at;
    at += tableSize(code) + functionsOf(code).length;
  });
  return { start, functions, tables };
}

/** The names of the functions that a module exports. */
function functionsOf(code) {
  const isFunction = ({ kind }) => kind === "function";
  return WebAssembly.Module.exports(code)
    .filter(isFunction)
    .map(({ name }) => name);
}

/** How many functions a library puts into the table; its first section says so. */
function tableSize(code) {
  const bytes = new Uint8Array(WebAssembly.Module.customSections(code, "dylink.0")[0]);
  let at = 2; // a kind and a length; then the size of the data, how it is aligned, and this
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      value |= (bytes[at] & 127) << shift;
      if (bytes[at++] < 128) return value;
    }
  };
  return [number(), number(), number()][2];
}

function unpack(pyodide, name, extractDir = SITE) {
  pyodide.unpackArchive(read(name), "tar", { extractDir });
  pyodide.pyimport("importlib").invalidate_caches();
}

/** The memory of a Python that has imported NumPy and forgotten everything else. */
async function snapshot() {
  const libraries = await librariesOf(read("libraries.tar"));
  const before = []; // the memory with libraries, and once it is ready for Python
  const options = { _makeSnapshot: true };
  const { pyodide, prepared } = await python(
    options,
    (module, { exports, addresses }) => {
      lay(module, exports, addresses, libraries);
      before.push(module.HEAPU8.slice());
      module.onRuntimeInitialized = () => before.push(module.HEAPU8.slice());
    },
  );
  unpack(pyodide, "libraries.tar", "/");
  unpack(pyodide, "numpy.tar");
  prepared.import_all(names).destroy();
  forgetFiles(pyodide._module);
  withoutGrowth(() => prepared.forget());
  prepared.destroy();
  pyodide.runPython("sys.path.remove('/tmp'); del sys.modules['prepared'], sys");
  pyodide.FS.unlink("/tmp/prepared.py");
  pyodide._module.HEAP32[trampoline(pyodide._module)] = 0;
  withoutGrowth(() => clearFreeMemory(pyodide._module));
  return folded(pyodide.makeMemorySnapshot(), before);
}

/** Where Python keeps the address of a function that only some browsers have. */
function trampoline({ HEAP32, __PyRuntime, __PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET }) {
  return (__PyRuntime + HEAP32[__PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET / 4]) / 4;
}

/** Libraries are there; Emscripten keeps the files that they came in, for other threads. */
function forgetFiles({ LDSO, HEAPU32, _free }) {
  const handles = Object.keys(LDSO.loadedLibsByHandle).map(Number);
  for (const handle of handles.filter(Boolean)) {
    const at = (handle + FILE) / 4;
    if (HEAPU32[HEAPU32[at] / 4] !== WASM)
      throw new Error("no file of a library there");
    _free(HEAPU32[at]);
    HEAPU32.fill(0, at, at + 2);
  }
}

function withoutGrowth(work) {
  const { grow } = WebAssembly.Memory.prototype;
  WebAssembly.Memory.prototype.grow = () => {
    throw new RangeError("what is cleared must not grow");
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

/** What a snapshot has that the memory did not have before. */
function folded(snapshot, before) {
  const header = new Uint32Array(snapshot.buffer)[1]; // bytes
  const memory = snapshot.subarray(header);
  const size = new Uint8Array(Uint32Array.of(memory.length).buffer);
  const map = new Uint8Array(memory.length / PAGE / 8);
  const pages = [];
  for (let at = 0; at < memory.length; at += PAGE) {
    const page = memory.subarray(at, at + PAGE);
    if (before.every((start) => isThere(page, start, at))) continue;
    map[(at / PAGE) >> 3] |= 128 >> ((at / PAGE) & 7);
    pages.push(page);
  }
  const head = Buffer.concat([size, snapshot.subarray(0, header), map]);
  return { head, pages: Buffer.concat(pages) };
}

/** Whether the memory had this page; beyond its end it was empty. */
function isThere(page, memory, at) {
  return page.every((byte, i) => byte === (memory[at + i] ?? 0));
}
