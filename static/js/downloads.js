// @ts-check
/**
 * Files on their way, from the last visit or the network: fetched in parallel, each
 * checked by its SHA-256, with a meter.
 *
 * @typedef {{url: string, bytes: number, sent: number, sha256: string}} Asset
 * @typedef {Record<string, Asset>} Assets
 * @typedef {Record<string, Promise<Uint8Array<ArrayBuffer>>>} Files
 * @typedef {{stage: string, loaded: number, total: number}} Progress
 * @typedef {{enter(stage: string): void, have(url: string, bytes: number): void}} Meter
 */

import { drop, isStored, stored, toKeep } from "./store.js";

const TELL_EVERY_MS = 50;
const SHRINKS = /\.(wasm|mjs|bin|tar)$/; // what has a compressed twin beside it

/**
 * An error with a sentence for the reader and a reason for the page.
 * @param {string} reason @param {string} message
 */
export function failure(reason, message) {
  return Object.assign(new Error(message), { reason });
}

/**
 * What the manifest at that address names, with full addresses. Its own name ends in
 * the first digits of its SHA-256. A page in one file has them at hand.
 * @param {string | Assets} manifest @returns {Promise<Assets>}
 */
export async function assetsOf(manifest) {
  if (typeof manifest !== "string") return manifest;
  const sha256 = manifest.match(/-([0-9a-f]+)\.json$/)?.[1] ?? "";
  const text = await fetched({ url: manifest, bytes: 0, sent: 0, sha256 }, () => {});
  try {
    const entries = Object.entries(JSON.parse(new TextDecoder().decode(text)));
    const full = (/** @type {any} */ entry) => new URL(entry.path, manifest).href;
    return Object.fromEntries(
      entries.map(([name, e]) => [name, { ...e, url: full(e) }]),
    );
  } catch {
    throw notTheRightFile(manifest);
  }
}

/**
 * These assets on their way, the first needed first, and the meter that `tell` reads.
 * @param {Assets} assets @param {string[]} names @param {(now: Progress) => void} tell
 * @param {string[]} [byAddress] those that the browser is asked for once more by their
 *   address: none of their bytes, if the last visit has left them here, checked
 * @returns {{files: Files, meter: Meter}}
 */
export function downloads(assets, names, tell, byAddress = []) {
  const total = names.reduce((sum, name) => sum + assets[name].sent, 0);
  const meter = meterOf(total, tell);
  const files = names.map((name) => {
    const get = byAddress.includes(name) ? unlessStored : download;
    return [name, get(assets[name], meter.have)];
  });
  return { files: Object.fromEntries(files), meter };
}

/** @param {Asset} asset @param {Meter["have"]} have */
async function unlessStored(asset, have) {
  const isHere = asset.url.startsWith("data:");
  if (isHere || !(await isStored(asset.url))) return download(asset, have);
  have(asset.url, asset.sent);
  return new Uint8Array(0);
}

/**
 * Tells of the stage and of the bytes so far, no more often than anybody can see.
 * @param {number} total @param {(now: Progress) => void} tell @returns {Meter}
 */
function meterOf(total, tell) {
  const arrived = new Map();
  let stage = "";
  let last = 0;
  const loaded = () => [...arrived.values()].reduce((sum, bytes) => sum + bytes, 0);
  const tellNow = () => {
    last = performance.now();
    tell({ stage, loaded: loaded(), total });
  };
  return {
    enter(next) {
      stage = next;
      tellNow();
    },
    have(url, bytes) {
      arrived.set(url, bytes);
      const isOld = performance.now() - last > TELL_EVERY_MS;
      if (isOld || loaded() === total) tellNow();
    },
  };
}

/**
 * The bytes of an asset: checked when they arrive, and not again when they come out of
 * the store, whose files carry a checksum of the browser's own.
 * @param {Asset} asset @param {Meter["have"]} have
 */
async function download(asset, have) {
  if (asset.url.startsWith("data:")) return fetched(asset, have); // it is here
  const before = await stored(asset.url);
  if (before?.length === asset.bytes) {
    have(asset.url, asset.sent);
    return before;
  }
  const data = await fetched(asset, have);
  toKeep(asset.url, data);
  return data;
}

/** Check what the store has of these after all, and drop what is wrong. @param {Assets} assets */
export async function recheck(assets) {
  for (const asset of Object.values(assets)) {
    const data = await stored(asset.url);
    if (data && !(await isRight(data, asset))) await drop(asset.url);
  }
}

/**
 * The same from the network; if they are wrong, once more and past the cache.
 * @param {Asset} asset @param {Meter["have"]} have
 */
async function fetched(asset, have) {
  return attempt(asset, have, "default").catch(() => attempt(asset, have, "reload"));
}

/** @param {Asset} asset @param {Meter["have"]} have @param {RequestCache} cache */
async function attempt(asset, have, cache) {
  const data = await bytesOf(asset, have, cache).catch((error) => {
    const why = error.reason ? error.message : "no connection";
    const what = `${nameOf(asset.url)} (${why})`;
    throw failure("fetch", `A file that Python needs did not arrive: ${what}.`);
  });
  if (await isRight(data, asset)) return data;
  throw notTheRightFile(asset.url);
}

/**
 * From a host that would send the file as it is, its twin, which is unpacked here.
 * @param {Asset} asset @param {Meter["have"]} have @param {RequestCache} cache
 */
async function bytesOf({ url, bytes, sent }, have, cache) {
  const whole = await answer(url, cache);
  const isBare = Number(whole.headers.get("Content-Length")) === bytes;
  const twin =
    isBare && SHRINKS.test(url) && (await answer(`${url}.gz`, cache).catch(() => null));
  if (twin) await whole.body?.cancel();
  const response = twin || whole;
  const size = twin ? Number(twin.headers.get("Content-Length")) : bytes;
  const data = await read(response, (loaded) =>
    have(url, Math.min(1, loaded / (size || bytes || 1)) * sent),
  );
  const isPacked = data[0] === 0x1f && data[1] === 0x8b;
  return isPacked ? unpacked(data) : data;
}

/** @param {string} url @param {RequestCache} cache */
async function answer(url, cache) {
  const response = await fetch(url, { cache });
  if (response.ok && response.body) return response;
  throw failure("fetch", `the server answered ${response.status}`);
}

/** @param {Response} response @param {(bytes: number) => void} loaded */
async function read({ body }, loaded) {
  const reader = /** @type {ReadableStream<Uint8Array>} */ (body).getReader();
  const pieces = [];
  let size = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    pieces.push(next.value);
    loaded((size += next.value.length));
  }
  return joined(pieces, size);
}

/** @param {Uint8Array<ArrayBuffer>} data gzip */
async function unpacked(data) {
  const stream = new Blob([data]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** @param {Uint8Array[]} pieces @param {number} size */
function joined(pieces, size) {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/**
 * Whether the data is what the manifest promised. Only a secure context can count it
 * itself; elsewhere the browser is asked to fetch the file again and to check it.
 * @param {Uint8Array<ArrayBuffer>} data @param {Asset} asset
 */
async function isRight(data, { url, sha256 }) {
  if (crypto.subtle) {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
    const digits = [...digest].map((n) => n.toString(16).padStart(2, "0")).join("");
    return digits.startsWith(sha256);
  }
  if (sha256.length < 64) return true; // the manifest: its entries are checked
  const digest = (sha256.match(/../g) ?? []).map((pair) => parseInt(pair, 16));
  const integrity = `sha256-${btoa(String.fromCharCode(...digest))}`;
  return fetch(url, { cache: "force-cache", integrity }).then(
    () => true,
    () => false,
  );
}

/** @param {string} url */
function notTheRightFile(url) {
  return failure(
    "checksum",
    `A file that Python needs is not the one this page was made with: ${nameOf(url)}.`,
  );
}

/** @param {string} url */
function nameOf(url) {
  return url.slice(url.lastIndexOf("/") + 1);
}
