// @ts-check
/**
 * The worker as a few async functions: the only file that knows messages and `Worker`.
 *
 * An error of theirs is a sentence for the reader, with `detail` for the console and a
 * `reason`: no-webassembly, worker, fetch, checksum, import, python, refused, chart,
 * time, stopped.
 * The next call after any of them starts afresh what has failed.
 *
 * @typedef {{stage: string, loaded: number, total: number}} Progress
 * @typedef {import("./downloads.js").Assets} Assets
 * @typedef {{reason: string, message: string, detail?: string}} Told
 * @typedef {{message: object, resolve: (result: any) => void,
 *            reject: (error: Error) => void}} Request
 * @typedef {{parameters: Record<string, number | string>, seed: number,
 *            columns: Record<string, Float64Array>,
 *            measures: Record<string, number | null>,
 *            closed_form: Record<string, number | null>,
 *            shown: Record<string, string>, shown_theory: Record<string, string>,
 *            takeaway: string}} Run
 */

export const RUN_LIMIT_MS = 10_000; // Python at work on one call
export const STALL_LIMIT_MS = 60_000; // no news from a worker that is loading

const NO_WEBASSEMBLY = {
  reason: "no-webassembly",
  message: "This browser does not run WebAssembly, and Python needs it here.",
};
const BLOCKED = {
  reason: "worker",
  message: "Python could not be started in the background of this page.",
};
const STALLED = {
  reason: "worker",
  message: `Python did not start: no news of it for ${STALL_LIMIT_MS / 1000} seconds.`,
};
const BROKEN = { reason: "worker", message: "Python stopped unexpectedly." };
const TOO_LONG = {
  reason: "time",
  message: `This run took more than ${RUN_LIMIT_MS / 1000} seconds and was stopped.`,
};
const STOPPED = { reason: "stopped", message: "Python was stopped." };

/**
 * Figures run and drawn by Python in one worker, which starts with the first call.
 * @param {{worker: string, manifest: string | Assets, onprogress?: (now: Progress) => void}} at
 */
export function simulator({ worker: script, manifest, onprogress = () => {} }) {
  /** @type {Map<number, Request>} */
  const pending = new Map();
  /** @type {Worker | undefined} */
  let worker;
  let ready = false; // the worker listens
  let running = 0; // id of the call that Python is at work on
  let lastId = 0;
  let timer = 0;
  let isSpoilt = false; // it has run a reader's text, which may have changed anything
  const addresses = bootstraps(script);
  const name = typeof manifest === "string" ? manifest : ""; // tells the worker at once

  /** @param {object} call @returns {Promise<any>} */
  function ask(call) {
    return new Promise((resolve, reject) => {
      if (typeof WebAssembly === "undefined") throw rebuilt(NO_WEBASSEMBLY);
      const message = { id: ++lastId, ...call };
      if (!isText({ message }) && (isSpoilt || [...pending.values()].some(isText)))
        renew();
      pending.set(lastId, { message, resolve, reject });
      if (ready) post(message);
      if (!worker) start(addresses);
      if (pending.size === 1) watch();
    });
  }

  /** @param {any} message */
  function post(message) {
    worker?.postMessage(message);
    isSpoilt ||= isText({ message });
  }

  /** The book's own files run in a Python that has run nothing else. */
  function renew() {
    for (const [id, request] of pending)
      if (isText(request)) settle(id, undefined, STOPPED);
    discard();
  }

  /**
   * Start a worker by the first of these addresses that the browser lets run.
   * @param {string[]} addresses @param {string} [detail] why the one before did not
   * @returns {void}
   */
  function start([address, ...others], detail) {
    if (!address) return fail({ ...BLOCKED, detail });
    const next = (/** @type {string} */ why) => (discard(), start(others, why));
    try {
      worker = new Worker(address, { type: "module", name });
    } catch (why) {
      return next(String(why));
    }
    worker.onerror = (event) => {
      event.preventDefault();
      ready ? fail({ ...BROKEN, detail: event.message }) : next(event.message);
    };
    worker.onmessage = ({ data }) => (data.blocked ? next(data.blocked) : heard(data));
  }

  /** @param {any} message one of those that `worker.js` lists */
  function heard({ ready: listening, stage, loaded, total, id, began, result, error }) {
    running = began ? id : 0;
    if (listening) greet();
    else if (stage) onprogress({ stage, loaded, total });
    else if (!id) return fail(error);
    else if (!began) settle(id, result, error);
    watch();
  }

  function greet() {
    ready = true;
    if (!name) worker?.postMessage({ manifest });
    for (const { message } of pending.values()) post(message);
  }

  /** @param {number} id @param {any} result @param {Told} [error] */
  function settle(id, result, error) {
    const request = pending.get(id);
    pending.delete(id);
    error ? request?.reject(rebuilt(error)) : request?.resolve(result);
  }

  /** Wait for the next message, but not for ever. */
  function watch() {
    clearTimeout(timer);
    if (running) timer = setTimeout(outOfTime, RUN_LIMIT_MS);
    else if (pending.size) timer = setTimeout(() => fail(STALLED), STALL_LIMIT_MS);
  }

  /** End the run that takes too long, and ask a new worker what waited behind it. */
  function outOfTime() {
    settle(running, undefined, TOO_LONG);
    discard();
    if (pending.size) start(addresses);
    watch();
  }

  /** @param {Told} error */
  function fail(error) {
    discard();
    for (const id of [...pending.keys()]) settle(id, undefined, error);
  }

  function discard() {
    clearTimeout(timer);
    worker?.terminate();
    worker = undefined;
    ready = false;
    running = 0;
    isSpoilt = false;
  }

  return {
    /**
     * @param {string} figure @param {Record<string, number | string>} values
     * @param {number} seed @param {string} [edited] a text in place of the figure's file
     * @returns {Promise<Run>}
     */
    run: (figure, values, seed, edited) =>
      ask({ call: "run", figure, values, seed, edited }),
    /**
     * @param {string} figure @param {number} width @param {string} [edited]
     * @returns {Promise<import("./chart.js").Chart>}
     */
    chart: (figure, width, edited) => ask({ call: "chart", figure, width, edited }),
    stop: () => fail(STOPPED),
  };
}

/** Whether a call runs a text of the reader's. @param {{message: any}} request */
const isText = ({ message }) => Boolean(message.edited);

/**
 * Addresses of a script that imports ours. A worker from our own address would not be
 * bound by the page's Content-Security-Policy; these are. In a frame with an origin of
 * its own `blob:` does not run, `data:` does.
 * @param {string} script
 */
function bootstraps(script) {
  const blocked = "(why) => postMessage({blocked: String(why)})";
  const source = `import(${JSON.stringify(script)}).catch(${blocked})`;
  const blob = new Blob([source], { type: "text/javascript" });
  const data = `data:text/javascript,${encodeURIComponent(source)}`;
  return self.origin === "null" ? [data] : [URL.createObjectURL(blob), data];
}

/** @param {Told} told */
function rebuilt({ reason, message, detail = "" }) {
  return Object.assign(new Error(message), { reason, detail });
}
