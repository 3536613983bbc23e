// @ts-check
/**
 * The worker: it has Python started and answers, one call after the other.
 *
 * page to worker   {manifest}                               first, if it is no address
 *                  {id, call: "run", figure, values, seed, edited}
 *                  {id, call: "chart", figure, width, edited}
 * worker to page   {ready: true}                            ask now
 *                  {stage, loaded, total}                   bytes, while it loads
 *                  {id, began: true}                        Python is at work on it
 *                  {id, result} or {id, error: {reason, message, detail}}
 *                  {error}                                  this worker is done for
 *
 * @import {Python} from "./python.js"
 */

import { compile } from "./chart.js";
import { loadRest, start } from "./python.js";
import { keepFresh } from "./store.js";

const KEEP_AFTER_MS = 1000; // of rest; writing files must hold up nobody

/** @type {Promise<Python>} */
let python;
/** @type {Promise<void> | undefined} */
let rest;
let isWhole = false; // the rest is here
let timer = 0;

// Python gets neither the store, out of which other visits run, nor a worker from an
// address, which would escape the page's policy.
for (const name of ["Worker", "caches"])
  for (let at = self; at; at = Object.getPrototypeOf(at))
    Reflect.deleteProperty(at, name);

self.onmessage = ({ data }) => (data.manifest ? begin(data.manifest) : reply(data));
if (self.name) begin(self.name); // nobody has to be asked for the address
self.postMessage({ ready: true });

/** @param {string | import("./downloads.js").Assets} manifest */
function begin(manifest) {
  python = start(manifest);
  python.catch((error) => self.postMessage({ error: told(error) }));
}

/** Answer one call. After an error that nobody foresaw, Python is not to be trusted. */
async function reply(/** @type {any} */ { id, ...call }) {
  try {
    if (call.call === "chart") await withRest();
    let answer = await asked(id, call);
    if (answer.error?.reason === "import" && !isWhole) {
      console.info(`Python waits for the rest: ${answer.error.message}`);
      await withRest();
      answer = await asked(id, call);
    }
    const columns = Object.values(answer.result?.columns ?? {});
    self.postMessage(
      { id, ...answer },
      { transfer: columns.map(({ buffer }) => buffer) },
    );
    clearTimeout(timer);
    timer = setTimeout(keepForNextTime, KEEP_AFTER_MS);
  } catch (/** @type {any} */ error) {
    self.postMessage(
      error.reason ? { id, error: told(error) } : { error: told(error) },
    );
  }
}

async function keepForNextTime() {
  const { assets } = await python;
  await keepFresh(Object.values(assets).map(({ url }) => url));
}

/** @param {number} id @param {any} call */
async function asked(id, { call, figure, values, seed, width, edited = "" }) {
  const { browser } = await python;
  self.postMessage({ id, began: true });
  return call === "chart"
    ? vegaOf(browser.spec(figure, width, edited))
    : browser.answer(figure, values, seed, edited);
}

/** Vega-Lite compiles here, where nobody waits for a frame. @param {any} chart */
async function vegaOf(chart) {
  return chart.error ? chart : { result: await compile(chart.result) };
}

/** @param {any} error */
function told(error) {
  const message = String(error.message ?? error);
  if (error.reason) return { reason: error.reason, message, detail: "" };
  const last = message.trim().split("\n").pop();
  const detail = `${message}\n${error.stack ?? ""}`;
  return { reason: "python", message: `Python stopped: ${last}`, detail };
}

/** Python with all that the first run does without. */
function withRest() {
  rest ??= python.then(loadRest).then(() => void (isWhole = true));
  rest.catch(() => (rest = undefined)); // the next call tries again
  return rest;
}
