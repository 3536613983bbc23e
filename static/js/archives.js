// @ts-check
// Reads a tar archive, as `builder/runtime.py` makes them: names, sizes, bytes.

const BLOCK = 512; // bytes; everything in a tar file begins at a multiple of it

/**
 * The files of an archive; `data` is a view of its bytes, not a copy.
 * @param {Uint8Array} archive
 * @returns {Generator<{name: string, data: Uint8Array}>}
 */
export function* entriesOf(archive) {
  const text = (/** @type {number} */ from, /** @type {number} */ to) =>
    new TextDecoder().decode(archive.subarray(from, to)).split("\0", 1)[0];
  for (let at = 0; archive[at];) {
    const folder = text(at + 345, at + 500);
    const size = parseInt(text(at + 124, at + 136), 8);
    const name = (folder && `${folder}/`) + text(at, at + 100);
    at += BLOCK;
    yield { name, data: archive.subarray(at, at + size) };
    at += Math.ceil(size / BLOCK) * BLOCK;
  }
}
