// @ts-check
// The checklist: choose a radius, tick or say why not, and take it along.
// It is kept in this browser where that is allowed, and travels in the link's fragment.

import { copy } from "./copy.js";
import { save } from "./saving.js";

const RADII = ["notebook", "internal", "product", "safety"];
const STORED = "possible-and-durable:checklist";

/** @typedef {{key: string, text: string, idea: string, number: string, from: string, figure: string, address: string, done: boolean, why: string}} Item */

const find = (/** @type {string} */ selector) =>
  /** @type {HTMLElement} */ (document.querySelector(selector));
const rows = [
  .../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-key]")),
];
const tick = (/** @type {HTMLElement} */ row) =>
  /** @type {HTMLInputElement} */ (row.querySelector("[type=checkbox]"));
const why = (/** @type {HTMLElement} */ row) =>
  /** @type {HTMLInputElement} */ (row.querySelector("[type=text]"));

function radius() {
  const chosen = document.querySelector("[name=radius]:checked");
  return /** @type {HTMLInputElement} */ (chosen).value;
}

const applies = (/** @type {HTMLElement} */ row) =>
  RADII.indexOf(row.dataset.from ?? "") <= RADII.indexOf(radius());

/** The items that apply, as they stand. @returns {Item[]} */
function items() {
  return rows.filter(applies).map((row) => {
    const { key, text, idea, number, from, figure, address } = /** @type {any} */ (
      row.dataset
    );
    const answer = { done: tick(row).checked, why: why(row).value.trim() };
    return { key, text, idea, number, from, figure, address, ...answer };
  });
}

/** Everything the reader has said, as it stands in a link. */
function state() {
  const said = new URLSearchParams({ radius: radius() });
  const done = rows.filter((row) => tick(row).checked).map((row) => row.dataset.key);
  if (done.length) said.set("done", done.join("."));
  for (const row of rows) {
    if (why(row).value.trim())
      said.set(`why-${row.dataset.key}`, why(row).value.trim());
  }
  return said.toString();
}

/** Put the page into a state; what is not understood is left out. @param {string} text */
function restore(text) {
  const said = new URLSearchParams(text);
  const level = said.get("radius") ?? "";
  if (RADII.includes(level)) {
    const choice = document.querySelector(`[name=radius][value=${level}]`);
    /** @type {HTMLInputElement} */ (choice).checked = true;
  }
  const done = (said.get("done") ?? "").split(".");
  for (const row of rows) {
    tick(row).checked = done.includes(row.dataset.key ?? "");
    why(row).value = (said.get(`why-${row.dataset.key}`) ?? "").slice(0, 300);
  }
  show();
}

/** Storage, or what the browser says instead. @param {string} [text] what to keep */
function storage(text) {
  try {
    if (text !== undefined) localStorage.setItem(STORED, text);
    return { works: true, text: localStorage.getItem(STORED) ?? "" };
  } catch {
    return { works: false, text: "" };
  }
}

function show() {
  for (const row of rows) {
    row.hidden = !applies(row);
    row.classList.toggle("defended", tick(row).checked || why(row).value.trim() !== "");
  }
  for (const group of document.querySelectorAll(".group")) {
    const shown = group.querySelector("[data-key]:not([hidden])");
    /** @type {HTMLElement} */ (group).hidden = !shown;
  }
  const all = items();
  const defended = all.filter(({ done, why }) => done || why).length;
  find("#progress").textContent =
    defended === all.length
      ? `All ${all.length} lines are defended.`
      : `${defended} of ${all.length} lines are defended.`;
  find(".progress-row").style.setProperty("--done", String(defended / all.length));
}

function keep() {
  const { works } = storage(state());
  find("#kept").textContent = works
    ? "Kept in this browser, and nowhere else."
    : "This browser keeps nothing: copy the link, or download, before you leave.";
}

/** A list for a pull request. @param {boolean} isTemplate whether it is to be filled in */
function markdown(isTemplate) {
  const lines = [`## Before you merge: blast radius *${radius()}*`];
  let last = "";
  for (const { idea, number, text, done, why } of items()) {
    if (idea !== last) lines.push("", `### ${number} ${idea}`, "");
    last = idea;
    const answer = isTemplate ? "" : why && !done ? ` (not done: ${why})` : "";
    lines.push(`- [${done && !isTemplate ? "x" : " "}] ${text}${answer}`);
  }
  return `${lines.join("\n")}\n`;
}

function json() {
  const said = items().map(({ number, ...item }) => ({
    number: Number(number),
    ...item,
  }));
  return `${JSON.stringify({ blast_radius: radius(), items: said }, null, 2)}\n`;
}

const link = () => new URL(`#${state()}`, location.href).href;

/** @param {string} text @param {string} done what to say then */
async function give(text, done) {
  say((await copy(text)) ? done : text);
}

/** @param {string} name @param {string} kind @param {string} text */
function download(name, kind, text) {
  save(name, new Blob([text], { type: kind }));
  say(`${name} is in your downloads.`);
}

/** @param {string} text @param {HTMLElement} [more] */
function say(text, more) {
  find("#said").replaceChildren(text, ...(more ? [" ", more] : []));
}

function clear() {
  const before = state();
  restore(`radius=${radius()}`);
  keep();
  const undo = document.createElement("button");
  undo.type = "button";
  undo.textContent = "undo";
  undo.addEventListener("click", () => {
    restore(before);
    keep();
    say("Everything is back.");
  });
  say("All answers are gone.", undo);
}

/** @type {Record<string, () => unknown>} */
const actions = {
  link: () => give(link(), "The link is copied; it holds all your answers."),
  copy: () => give(markdown(false), "The list is copied."),
  markdown: () => download("checklist.md", "text/markdown", markdown(false)),
  template: () => download("pull_request_template.md", "text/markdown", markdown(true)),
  json: () => download("checklist.json", "application/json", json()),
  print: () => print(),
  clear,
};

find(".checklist").addEventListener("input", () => {
  show();
  keep();
});
find("#actions").addEventListener("click", ({ target }) => {
  actions[/** @type {HTMLElement} */ (target).dataset?.action ?? ""]?.();
});
addEventListener("hashchange", () => {
  if (location.hash.includes("radius=")) restore(location.hash.slice(1));
});
window.addEventListener("storage", ({ key }) => {
  if (key === STORED || key === null) restore(storage().text);
});
restore(location.hash.includes("radius=") ? location.hash.slice(1) : storage().text);
if (storage().works)
  find("#kept").textContent = "Kept in this browser, and nowhere else.";
else keep();
