// @ts-check
/**
 * The only file that knows Pyodide: it starts Python and answers.
 *
 * page to worker   {manifest}                               once, first
 *                  {id, call: "run", figure, values, seed}
 *                  {id, call: "chart", figure, width}
 * worker to page   {ready: true}                            ask now
 *                  {stage, loaded, total}                   bytes, while it loads
 *                  {id, began: true}                        Python is at work on it
 *                  {id, result} or {id, error: {reason, message, detail}}
 *                  {error}                                  this worker is done for
 *
 * @import {Assets, Files, Meter, Progress} from "./downloads.js"
 * @typedef {{pyodide: any, browser: any, assets: Assets}} Python
 */

import { compile } from "./chart.js";
import { assetsOf, downloads, failure } from "./downloads.js";

const CORE = [
  "pyodide.mjs",
  "pyodide.asm.mjs",
  "pyodide.asm.wasm",
  "pyodide-lock.json",
  "python_stdlib.zip",
];
const ALTAIR = "altair.zip"; // the one asset that only a chart needs
const EMPTY_MODULE = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);

/** @type {Promise<Python>} */
let python;
/** @type {Promise<void> | undefined} */
let altair;

self.onmessage = ({ data }) => {
  if (!data.manifest) return void reply(data);
  python = start(data.manifest);
  python.catch((error) => self.postMessage({ error: told(error) }));
};
self.postMessage({ ready: true });

/** Answer one call. After an error that nobody foresaw, Python is not to be trusted. */
async function reply(/** @type {any} */ { id, call, figure, values, seed, width }) {
  try {
    const { browser } = await python;
    if (call === "chart") await withAltair();
    self.postMessage({ id, began: true });
    const answer =
      call === "chart"
        ? await compiled(browser.spec(figure, width))
        : browser.answer(figure, values, seed);
    const columns = Object.values(answer.result?.columns ?? {});
    self.postMessage(
      { id, ...answer },
      { transfer: columns.map(({ buffer }) => buffer) },
    );
  } catch (/** @type {any} */ error) {
    self.postMessage(
      error.reason ? { id, error: told(error) } : { error: told(error) },
    );
  }
}

/** Vega-Lite compiles here, where nobody waits for a frame. @param {any} chart */
async function compiled(chart) {
  return chart.error ? chart : { result: await compile(chart.result) };
}

/** @param {Progress} progress */
function tell(progress) {
  self.postMessage(progress);
}

/** @param {any} error */
function told(error) {
  const message = String(error.message ?? error);
  if (error.reason) return { reason: error.reason, message, detail: "" };
  const last = message.trim().split("\n").pop();
  const detail = `${message}\n${error.stack ?? ""}`;
  return { reason: "python", message: `Python stopped: ${last}`, detail };
}

/**
 * Python with NumPy and the figures. It fails as soon as one download does.
 * @param {string} manifest
 */
async function start(manifest) {
  await WebAssembly.compile(EMPTY_MODULE).catch(() => {
    throw failure("no-webassembly", "This browser does not let WebAssembly run here.");
  });
  const assets = await assetsOf(manifest);
  const needed = Object.keys(assets).filter((name) => name !== ALTAIR);
  const { files, meter } = downloads(assets, needed, tell);
  const everything = Promise.all(Object.values(files));
  const [ready] = await Promise.all([assemble(assets, files, meter), everything]);
  return ready;
}

/**
 * Python, put together in the order in which it needs its files.
 * @param {Assets} assets @param {Files} files @param {Meter} meter
 * @returns {Promise<Python>}
 */
async function assemble(assets, files, meter) {
  meter.enter("Python");
  const pyodide = await core(assets, files);
  const numpy = await files["numpy.zip"];
  meter.enter("NumPy");
  unpackAndImport(pyodide, numpy, "numpy");
  const figures = await files["figures.zip"];
  meter.enter("figures");
  const browser = unpackAndImport(pyodide, figures, "figures._browser");
  return { pyodide, browser, assets };
}

/** Altair, downloaded and imported when the first chart is asked for. */
function withAltair() {
  altair ??= loadAltair();
  altair.catch(() => (altair = undefined)); // the next chart tries again
  return altair;
}

async function loadAltair() {
  const { pyodide, assets } = await python;
  const { files, meter } = downloads(assets, [ALTAIR], tell);
  meter.enter("Altair");
  unpackAndImport(pyodide, await files[ALTAIR], "altair");
}

/**
 * Pyodide itself. It fetches nothing that is not here and checked already; its modules
 * can only be imported by address, so those come once more, out of the cache.
 * @param {Assets} assets @param {Files} files
 */
async function core(assets, files) {
  await Promise.all(CORE.map((name) => files[name]));
  const { loadPyodide } = await import(assets["pyodide.mjs"].url);
  const indexURL = new URL(".", assets["pyodide.mjs"].url).href;
  const network = self.fetch;
  self.fetch = async (resource, options) => {
    const name = String(resource).replace(indexURL, "");
    if (!(name in files)) return network(resource, options);
    const type = name.endsWith(".wasm") ? "application/wasm" : "application/zip";
    return new Response(await files[name], { headers: { "Content-Type": type } });
  };
  try {
    return await loadPyodide({ indexURL, packageBaseUrl: indexURL });
  } finally {
    self.fetch = network;
  }
}

/**
 * The module `name`, from the archive that holds it.
 * @param {any} pyodide @param {Uint8Array} archive @param {string} name
 */
function unpackAndImport(pyodide, archive, name) {
  const extractDir = pyodide.pyimport("site").getsitepackages().get(0);
  pyodide.unpackArchive(archive, "zip", { extractDir });
  pyodide.pyimport("importlib").invalidate_caches();
  return pyodide.pyimport(name);
}
