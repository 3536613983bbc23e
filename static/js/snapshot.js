// @ts-check
// Unfolds a snapshot of Python's memory, as `builder/prepare.mjs` has folded it.

const PAGE = 1024; // bytes
const SIZE = 4; // bytes that say how large the memory is; then comes Pyodide's header

/**
 * A snapshot in the form that Pyodide takes, once it has been laid over the memory that
 * WebAssembly starts with.
 * @param {Uint8Array<ArrayBuffer>} folded
 */
export function restorable(folded) {
  const [size, , header] = new Uint32Array(folded.buffer, 0, 3); // bytes
  const whole = new Uint8Array(header + size);
  whole.set(folded.subarray(SIZE, SIZE + header));
  return {
    whole,
    /** @param {WebAssembly.Instance} instance in which nothing has run */
    over({ exports }) {
      const { buffer } = /** @type {WebAssembly.Memory} */ (exports.memory);
      whole.set(new Uint8Array(buffer, 0, size), header);
      unfold(folded.buffer, SIZE + header, new Uint32Array(whole.buffer, header));
    },
    /** Python keeps one address that is not the same in all browsers. @param {any} module */
    keepOwn({ HEAP32, __PyRuntime, __PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET }) {
      const at = (__PyRuntime + HEAP32[__PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET / 4]) / 4;
      new Int32Array(whole.buffer, header)[at] = HEAP32[at];
    },
  };
}

/**
 * Change the pages that differ: a map says which, then they follow.
 * @param {ArrayBuffer} folded @param {number} at where the map begins
 * @param {Uint32Array} memory
 */
function unfold(folded, at, memory) {
  const words = PAGE / memory.BYTES_PER_ELEMENT;
  const map = new Uint8Array(folded, at, memory.byteLength / PAGE / 8);
  const pages = new Uint32Array(folded, at + map.length);
  let next = 0;
  for (let page = 0; page * words < memory.length; page++) {
    if (!(map[page >> 3] & (128 >> (page & 7)))) continue;
    for (let word = page * words; word < (page + 1) * words; word++)
      memory[word] ^= pages[next++];
  }
}
