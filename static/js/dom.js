// @ts-check
// Elements in one line each, for the parts of a page that appear only when asked for.

/**
 * A new element with attributes and what is in it.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag @param {Record<string, string>} [attributes] @param {(Node | string)[]} inside
 * @returns {HTMLElementTagNameMap[T]}
 */
export function make(tag, attributes = {}, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    element.setAttribute(name, value);
  element.append(...inside);
  return element;
}

/** @param {string} text @param {() => unknown} press */
export function button(text, press) {
  const made = make("button", { type: "button" }, text);
  made.addEventListener("click", press);
  return made;
}

/** An element of words from the book's own build. @param {keyof HTMLElementTagNameMap} tag @param {string} name its class @param {string} html */
export function words(tag, name, html) {
  const element = make(tag, { class: name });
  element.innerHTML = html;
  return element;
}
