// @ts-check

/**
 * Put a text on the clipboard. A frame may be refused the new way and be left the old one.
 * @param {string} text @returns {Promise<boolean>} whether it is there
 */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyTheOldWay(text);
  }
}

/** @param {string} text */
function copyTheOldWay(text) {
  const focused = /** @type {HTMLElement} */ (document.activeElement);
  const field = document.createElement("textarea");
  field.value = text;
  field.readOnly = true; // or a telephone shows its keyboard
  field.style.position = "fixed";
  field.style.opacity = "0";
  (focused.closest("dialog") ?? document.body).append(field); // all else is inert
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  focused.focus();
  return isCopied;
}
