// @ts-check
// The theme, the list of shortcuts with its switch, and what this browser keeps.

import { keep, kept, names } from "./keeping.js";
import { styled } from "./styled.js";

const THEMES = ["auto", "light", "dark"];
const FORM = `
  <h2 id="settings-title">Shortcuts and settings</h2>
  <dl class="keys"></dl>
  <p>Beside a figure's control, arrow keys go in small steps, Page Up and Page Down in large ones.</p>
  <p><label><input type="checkbox"> shortcuts are on</label></p>
  <p class="memory" role="status"></p>
  <p><button type="button" data-do="forget">forget</button>
  <button type="button" data-do="close">close</button></p>`;

/** @type {HTMLDialogElement | null} */
let dialog = null;
const inside = (/** @type {string} */ selector) =>
  /** @type {HTMLElement} */ (dialog?.querySelector(selector));

/** @param {string} theme "auto" follows the system */
export function setTheme(theme) {
  const root = document.documentElement;
  if (theme === "auto") delete root.dataset.theme;
  else root.dataset.theme = theme;
  keep("theme", theme === "auto" ? "" : theme);
  for (const choice of document.querySelectorAll("[data-theme-is]"))
    choice.setAttribute("aria-pressed", String(choice.textContent === theme));
}

/** From auto to light to dark, and around. */
export function nextTheme() {
  const now = THEMES.indexOf(document.documentElement.dataset.theme ?? "auto");
  setTheme(THEMES[(now + 1) % THEMES.length]);
}

/** Show the shortcuts and the rest. @param {string[][]} shortcuts key and what it does */
export async function open(shortcuts) {
  await styled();
  dialog ??= made(shortcuts);
  const isOn = /** @type {HTMLInputElement} */ (inside("[type=checkbox]"));
  isOn.checked = kept("shortcuts") !== "off";
  tell();
  if (!dialog.open) dialog.showModal();
}

/** @param {string[][]} shortcuts */
function made(shortcuts) {
  dialog = document.createElement("dialog");
  dialog.className = "window";
  dialog.setAttribute("aria-labelledby", "settings-title");
  dialog.innerHTML = FORM;
  for (const [key, what] of shortcuts) {
    const row = document.createElement("div");
    row.innerHTML = "<dt><kbd></kbd></dt><dd></dd>";
    row.children[0].children[0].textContent = key;
    row.children[1].textContent = what;
    inside(".keys").append(row);
  }
  inside("[type=checkbox]").addEventListener("change", ({ target }) => {
    keep("shortcuts", /** @type {HTMLInputElement} */ (target).checked ? "" : "off");
    tell();
  });
  inside("[data-do=forget]").addEventListener("click", forget);
  inside("[data-do=close]").addEventListener("click", () => dialog?.close());
  document.body.append(dialog);
  return dialog;
}

/** Say what is kept. */
function tell() {
  const all = names();
  inside(".memory").textContent = all.length
    ? `Kept in this browser, and nowhere else: ${all.join(", ")}.`
    : "This browser keeps nothing of yours.";
  inside("[data-do=forget]").hidden = all.length === 0;
}

function forget() {
  for (const name of names()) keep(name);
  dispatchEvent(new StorageEvent("storage")); // the page's own answers hear of it too
  setTheme("auto");
  /** @type {HTMLInputElement} */ (inside("[type=checkbox]")).checked = true;
  tell();
  inside("[data-do=close]").focus(); // the button that had the focus is gone
}
