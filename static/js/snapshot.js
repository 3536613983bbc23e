// @ts-check
// Unfolds a snapshot of Python's memory, as `builder/prepare.mjs` has folded it.

const PAGE = 1024; // bytes
const GROWS_BY = 65536; // bytes: the page of WebAssembly
const SIZE = 4; // bytes that say how large the memory is; then comes Pyodide's header

/** @typedef {ReturnType<typeof unfolded>} Snapshot */

/**
 * A snapshot, of which Python starts with the head.
 * @param {Uint8Array<ArrayBuffer>} head @param {Promise<Uint8Array>} pages
 */
export function unfolded(head, pages) {
  const [size, , header] = new Uint32Array(head.slice(0, 12).buffer); // bytes
  const map = head.subarray(SIZE + header);
  return {
    /** What Pyodide is given: a snapshot of no memory at all. */
    header: head.slice(SIZE, SIZE + header),

    /** Room for all of it. @param {WebAssembly.Instance} instance in which nothing has run */
    makeRoom({ exports }) {
      const memory = /** @type {WebAssembly.Memory} */ (exports.memory);
      memory.grow(Math.max(0, size - memory.buffer.byteLength) / GROWS_BY);
    },

    /**
     * The memory as it was, but for one address that is not the same in all browsers.
     * @param {any} module in which libraries have been laid and Python has not begun
     */
    async restore(module) {
      const there = await pages;
      const { HEAPU8, HEAP32 } = module;
      const { __PyRuntime, __PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET } = module;
      const at = (__PyRuntime + HEAP32[__PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET / 4]) / 4;
      const own = HEAP32[at];
      for (const { to, from, end } of runs(map))
        HEAPU8.set(there.subarray(from * PAGE, end * PAGE), to * PAGE);
      HEAP32[at] = own;
    },
  };
}

/**
 * Pages that follow one another, in memory and in the snapshot.
 * @param {Uint8Array} map one bit for each page of the memory: whether the snapshot has it
 */
function* runs(map) {
  const has = (/** @type {number} */ page) => map[page >> 3] & (128 >> (page & 7));
  let from = 0;
  for (let page = 0; page < map.length * 8; page++) {
    const to = page;
    while (has(page)) page++;
    if (page === to) continue;
    yield { to, from, end: from + page - to };
    from += page - to;
  }
}
