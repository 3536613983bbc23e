// @ts-check
// The service worker: one whole build of the book, for reading it without a network.
//
// A build is kept whole or not at all. Until every file of a new one has arrived and has
// been checked, the one before goes on answering; so a half-finished deploy is never
// mixed with it. The new one takes over when no page of the book is open any more, or
// when the reader asks for it. What is not in the list (embeds, pictures, Python itself)
// is none of its business, but for two modules of Python, which the page's own store
// (`store.js`) keeps.

/** @type {{name: string, files: Record<string, string>}} address -> first digits of its SHA-256 */
const { name, files } = /** @type {any} */ (self).BUILD;
const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const root = new URL("./", location.href).href;
const ours = `book ${root} `; // another copy of the book on this origin has its own

worker.addEventListener("install", (event) => {
  event.waitUntil(keepAll());
  // A browser that can looks assets up itself, and need not wake this worker for them.
  const urlPattern = new URL("assets/*", root).href;
  const assets = { condition: { urlPattern }, source: { cacheName: ours + name } };
  /** @type {any} */ (event).addRoutes?.([assets])?.catch(() => {});
});
worker.addEventListener("activate", (event) => event.waitUntil(forgetOthers()));
worker.addEventListener("message", (event) => {
  if (event.data === "take over") event.waitUntil(worker.skipWaiting());
});
worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = addressOf(request.url);
  if (request.method !== "GET" || address === null) return;
  if (Object.hasOwn(files, address)) event.respondWith(answerTo(request, address));
  else if (/^runtime\/.*\.mjs$/.test(address)) event.respondWith(moduleOf(request));
});

/** The address within the book, as the list has it; null elsewhere. @param {string} url */
function addressOf(url) {
  const [plain] = url.split(/[?#]/);
  if (!plain.startsWith(root)) return null;
  return plain.slice(root.length).replace(/(^|\/)index\.html$/, "$1");
}

/** Every file, right, or an error. */
async function keepAll() {
  const book = await caches.open(ours + name);
  for (const address of Object.keys(files))
    await book.put(root + address, await rightAnswer(address));
}

/** From the build before or from the network, past the browser's cache if need be. @param {string} address */
async function rightAnswer(address) {
  const url = root + address;
  const ways = [
    () => caches.match(url, { ignoreVary: true }),
    () => fetch(url),
    () => fetch(url, { cache: "reload" }),
  ];
  for (const way of ways) {
    const answer = await way();
    if (answer && (await isRight(answer, files[address]))) return answer;
  }
  throw new Error(`${url} is not the file of this build`);
}

/** @param {Response} answer @param {string} wanted */
async function isRight(answer, wanted) {
  if (!answer.ok || answer.redirected) return false;
  const data = await answer.clone().arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
  const digits = [...digest].map((n) => n.toString(16).padStart(2, "0")).join("");
  return digits.startsWith(wanted);
}

async function forgetOthers() {
  for (const other of await caches.keys())
    if (other.startsWith(ours) && other !== ours + name) await caches.delete(other);
}

/** @param {Request} request @param {string} address */
async function answerTo(request, address) {
  const book = await caches.open(ours + name);
  return (await book.match(root + address, { ignoreVary: true })) ?? fetch(request);
}

/** A module of Python, which can only be imported by its address. @param {Request} request */
async function moduleOf(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const store = await caches.open(`python ${root}`);
    const found = await store.match(request.url);
    if (found) return found;
    throw error;
  }
}
