// @ts-check
/**
 * The only file that knows Pyodide: it puts Python together from checked files.
 *
 * @import {Assets, Files, Meter, Progress} from "./downloads.js"
 * @import {Libraries} from "./libraries.js"
 * @typedef {{pyodide: any, browser: any, assets: Assets}} Python
 * @import {Snapshot} from "./snapshot.js"
 * @typedef {{snapshot: Snapshot, libraries: Libraries}} Before
 */

import { entriesOf } from "./archives.js";
import { assetsOf, downloads, failure, recheck } from "./downloads.js";
import { lay, librariesOf } from "./libraries.js";
import {
  CORE,
  FIGURES,
  FIRST,
  LIBRARIES,
  NUMPY,
  REST,
  SNAPSHOT,
  SNAPSHOT_HEAD,
  STDLIB,
  WASM,
} from "./parts.js";
import { pause } from "./slices.js";
import { unfolded } from "./snapshot.js";

const BY_ADDRESS = ["pyodide.mjs", "pyodide.asm.mjs", WASM];
const NOWHERE = "https://nowhere.invalid/"; // Pyodide wants an address, and asks none
const EMPTY_MODULE = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);

/** Bytes and stage, to the page. @param {Progress} progress */
const tell = (progress) => self.postMessage(progress);

/**
 * Python with NumPy and the figures. It fails as soon as one download does.
 * @param {string | Assets} manifest
 */
export async function start(manifest) {
  await WebAssembly.compile(EMPTY_MODULE).catch(() => {
    throw failure("no-webassembly", "This browser does not let WebAssembly run here.");
  });
  const assets = await assetsOf(manifest);
  const { files, meter } = downloads(assets, FIRST, tell, BY_ADDRESS);
  const spare = [SNAPSHOT_HEAD, SNAPSHOT];
  for (const name of spare) files[name].catch(() => {}); // told where it is awaited
  const vital = FIRST.filter((name) => !spare.includes(name));
  const needed = Promise.all(vital.map((name) => files[name]));
  const [ready] = await Promise.all([assemble(assets, files, meter), needed]);
  return ready;
}

/**
 * Python, put together in the order in which it needs its files.
 * @param {Assets} assets @param {Files} files @param {Meter} meter
 * @returns {Promise<Python>}
 */
async function assemble(assets, files, meter) {
  meter.enter("Python");
  const modules = ["pyodide.mjs", "pyodide.asm.mjs"].map((name) => assets[name].url);
  modules.forEach((url) => import(url).catch(() => {})); // parsed while the rest arrives
  const module = compiled(assets, files);
  module.catch(() => {}); // told where it is awaited
  await Promise.all(CORE.map((name) => files[name]));
  meter.enter("NumPy");
  const pyodide = await fromSnapshot(assets, files, module).catch((why) => {
    console.info(`Python starts without its snapshot: ${why}`);
    return fromNothing(assets, files, module);
  });
  unpack(pyodide, await files[FIGURES]);
  pyodide.pyimport("importlib").invalidate_caches();
  meter.enter("figures");
  const browser = pyodide.pyimport("figures._browser");
  return { pyodide, browser, assets };
}

/**
 * Pyodide's WebAssembly. Only what the browser takes out of its own cache has compiled
 * code beside it; what is not there is compiled from its bytes. Nothing of it runs
 * before the bytes of that address are checked.
 * @param {Assets} assets @param {Files} files
 */
async function compiled(assets, files) {
  const { url } = assets[WASM];
  const fromCache = () =>
    WebAssembly.compileStreaming(
      fetch(url, { cache: "only-if-cached", mode: "same-origin" }),
    ).catch(() => null);
  const before = await fromCache();
  if (before) return before;
  const bytes = await files[WASM];
  const now = await fromCache();
  if (now) return now;
  if (bytes.length) return WebAssembly.compile(bytes);
  const { files: late, meter } = downloads(assets, [WASM], tell);
  meter.enter("Python");
  return WebAssembly.compile(await late[WASM]);
}

/**
 * Python as the snapshot remembers it, with NumPy: all other files may come later.
 * @param {Assets} assets @param {Files} files @param {Promise<WebAssembly.Module>} module
 */
async function fromSnapshot(assets, files, module) {
  const libraries = files[LIBRARIES].then(librariesOf);
  libraries.catch(() => {}); // told where it is awaited
  const snapshot = unfolded(await files[SNAPSHOT_HEAD], files[SNAPSHOT]);
  const before = { snapshot, libraries: await libraries };
  return core(assets, files, module, new Uint8Array(0), before);
}

/**
 * Python from its own beginning; what was stored may be the reason, so it is checked.
 * @param {Assets} assets @param {Files} files @param {Promise<WebAssembly.Module>} module
 */
async function fromNothing(assets, files, module) {
  await recheck(assets);
  const { files: late, meter } = downloads(assets, [STDLIB, LIBRARIES, NUMPY], tell);
  meter.enter("Python");
  const pyodide = await core(assets, files, module, await late[STDLIB]);
  meter.enter("NumPy");
  unpack(pyodide, await late[LIBRARIES], "/");
  unpack(pyodide, await late[NUMPY]);
  return pyodide;
}

/**
 * Pyodide itself. It fetches nothing that is not here and checked already; its modules
 * can only be imported by address, so those come once more, out of the cache.
 * @param {Assets} assets @param {Files} files @param {Promise<WebAssembly.Module>} module
 * @param {Uint8Array<ArrayBuffer>} stdlib @param {Before} [before]
 */
async function core(assets, files, module, stdlib, before) {
  const { loadPyodide } = await import(assets["pyodide.mjs"].url);
  const { default: createModule } = await import(assets["pyodide.asm.mjs"].url);
  const wasm = await module;
  const network = self.fetch;
  self.fetch = async (resource, options) => {
    if (String(resource).endsWith(STDLIB)) return new Response(stdlib);
    if (String(resource).endsWith(WASM)) return new Promise(() => {}); // it is here
    return network(resource, options);
  };
  try {
    return await loadPyodide({
      indexURL: NOWHERE,
      packageBaseUrl: NOWHERE,
      lockFileContents: new TextDecoder().decode(await files["pyodide-lock.json"]),
      _loadSnapshot: before?.snapshot.header,
      createPyodideModule: (/** @type {any} */ settings) =>
        instance(createModule, settings, wasm, before),
    });
  } finally {
    self.fetch = network;
  }
}

/**
 * Pyodide's module around a compiled one. Its own way neither takes that nor tells of a
 * failure, so its two imports that are made in JavaScript are made here.
 * @param {(settings: any) => Promise<any>} createModule @param {any} settings
 * @param {WebAssembly.Module} wasm @param {Before} [before]
 */
async function instance(createModule, settings, wasm, before) {
  const marker = Symbol("error");
  const failed = new Promise((_, reject) => {
    settings.instantiateWasm = (
      /** @type {any} */ imports,
      /** @type {(instance: WebAssembly.Instance, module: WebAssembly.Module) => void} */ receive,
    ) => {
      imports.env.Jsv_GetError_import = () => marker;
      imports.env.JsvError_Check = (/** @type {unknown} */ value) => value === marker;
      WebAssembly.instantiate(wasm, imports)
        .then((made) => {
          before?.snapshot.makeRoom(made);
          receive(made, wasm); // from here on, the settings are the module
          if (before)
            lay(settings, made.exports, imports["GOT.func"], before.libraries);
        })
        .catch(reject);
      return {};
    };
  });
  const module = await Promise.race([createModule(settings), failed]);
  await before?.snapshot.restore(module);
  return module;
}

/**
 * All that the first run does without: the standard library, more NumPy, and Altair.
 * @param {Python} python
 */
export async function loadRest({ pyodide, browser, assets }) {
  const { files, meter } = downloads(assets, REST, tell);
  meter.enter("Altair");
  const [stdlib, ...archives] = await Promise.all(REST.map((name) => files[name]));
  const { path } = pyodide.pyimport("sys");
  const zip = path.toJs().find((/** @type {string} */ name) => name.endsWith(".zip"));
  pyodide.FS.writeFile(zip, stdlib);
  archives.forEach((archive) => unpack(pyodide, archive));
  pyodide.pyimport("importlib").invalidate_caches();
  for (const _ of browser.import_altair()) await pause(); // whoever asks is answered
}

/**
 * Put what an archive holds where Python finds it.
 * @param {any} pyodide @param {Uint8Array} archive @param {string} [folder]
 */
function unpack({ FS, pyimport }, archive, folder = packages(pyimport)) {
  for (const { name, data } of entriesOf(archive)) {
    const path = `${folder}/${name}`;
    FS.mkdirTree(path.slice(0, path.lastIndexOf("/")));
    FS.writeFile(path, data, { canOwn: true });
  }
}

/** @param {(name: string) => any} pyimport @returns {string} */
function packages(pyimport) {
  return pyimport("site").getsitepackages().get(0);
}
