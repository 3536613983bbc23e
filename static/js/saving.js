// @ts-check

const REVOKE_AFTER_MS = 60_000; // a browser may be slow to ask where to put a file

/** Hand a file to the browser's downloads. @param {string} name @param {Blob} content */
export function save(name, content) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), REVOKE_AFTER_MS);
}
