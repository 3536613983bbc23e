// @ts-check
// Keeps files for the next visit, unpacked: reading them so takes a quarter of the time
// that the browser's own cache takes. The store may be refused, full or emptied at any
// time; then it is as if it were not there.

/** @type {Map<string, Uint8Array<ArrayBuffer>>} */
const fresh = new Map(); // by address, checked, not yet in the store

/** Each copy of the book on an origin has a store of its own. @param {string} url */
const storeOf = (url) => caches.open(`python ${url.replace(/\/runtime\/.*/, "/")}`);

/** What the store has under that address. @param {string} url */
export async function stored(url) {
  try {
    const answer = await (await storeOf(url)).match(url);
    return answer ? new Uint8Array(await answer.arrayBuffer()) : null;
  } catch {
    return null;
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
    for (const [url, data] of files) await store.put(url, new Response(data));
  } catch {
    // the next visit takes what it needs from the network
  }
}
