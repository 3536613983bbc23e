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

/** What the store has under that address. @param {string} url */
export async function stored(url) {
  try {
    const answer = await (await storeOf(url)).match(url);
    return answer ? new Uint8Array(await answer.arrayBuffer()) : null;
  } catch {
    return null;
  }
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
