// @ts-check
// Keeps files for the next visit, unpacked: reading them so takes a quarter of the time
// that the browser's own cache takes. The store may be refused, full or emptied at any
// time; then it is as if it were not there. The service worker (`sw.js`) answers from it
// what Python imports by address.

/** @type {Map<string, Uint8Array<ArrayBuffer>>} */
const fresh = new Map(); // by address, checked, not yet in the store

const MODULE = { headers: { "Content-Type": "text/javascript" } };

/** Held here, because the worker takes it out of Python's reach. */
const storage = (() => {
  try {
    return self.caches;
  } catch {
    return undefined; // refused
  }
})();

/** Each copy of the book on an origin has a store of its own. @param {string} url */
async function storeOf(url) {
  if (!storage) throw new Error("there is no storage here");
  return storage.open(`python ${url.replace(/\/runtime\/.*/, "/")}`);
}

/** @type {Promise<string[]> | undefined} */
let before; // the addresses that earlier visits have left in the store

/** Whether the store had that address when this visit began. @param {string} url */
export async function isStored(url) {
  before ??= storeOf(url)
    .then((store) => store.keys())
    .then((kept) => kept.map(({ url }) => url))
    .catch(() => []);
  return (await before).includes(url);
}

/** @type {Promise<Uint8Array<ArrayBuffer> | null>} */
let last = Promise.resolve(null);

/** What the store has under that address; read in the order asked for, or all would come last. @param {string} url */
export async function stored(url) {
  return (await isStored(url)) ? (last = last.then(() => read(url))) : null;
}

/** @param {string} url */
async function read(url) {
  try {
    const answer = await (await storeOf(url)).match(url);
    return answer ? new Uint8Array(await answer.arrayBuffer()) : null;
  } catch {
    return null;
  }
}

/** Keep that no longer. @param {string} url */
export async function drop(url) {
  before = before?.then((kept) => kept.filter((other) => other !== url));
  await (await storeOf(url)).delete(url);
}

/** Those of the addresses that the store has nothing under. @param {string[]} urls */
export async function notStored(urls) {
  try {
    const kept = (await (await storeOf(urls[0])).keys()).map(({ url }) => url);
    return urls.filter((url) => !kept.includes(url));
  } catch {
    return urls;
  }
}

/** Have a file kept when there is time. @param {string} url @param {Uint8Array<ArrayBuffer>} data */
export function toKeep(url, data) {
  fresh.set(url, data);
}

/** Keep what came from the network, and nothing of another build. @param {string[]} wanted */
export async function keepFresh(wanted) {
  const files = [...fresh];
  fresh.clear();
  if (files.length === 0) return;
  try {
    const store = await storeOf(wanted[0]);
    for (const { url } of await store.keys())
      if (!wanted.includes(url)) await store.delete(url);
    for (const [url, data] of files)
      await store.put(url, new Response(data, url.endsWith(".mjs") ? MODULE : {}));
  } catch {
    // the next visit takes what it needs from the network
  }
}
