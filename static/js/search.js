// @ts-check
/**
 * The search: a dialog over the index that the build has made. Pagefind reads it on this
 * page's own thread, because a worker from an address would escape the page's policy.
 *
 * @typedef {{url: string, title: string, excerpt: string}} Place
 * @typedef {{url: string, excerpt: string, meta: Record<string, string>,
 *            sub_results: Place[]}} Found
 */

import { button, make } from "./dom.js";
import { latest } from "./latest.js";
import { styled } from "./styled.js";

const PAGES_AT_MOST = 10; // who wants to see more can say more
const SECTIONS_AT_MOST = 3; // of a page
const WORDS = 24; // of an excerpt
const SHEET = new URL("./search.css", import.meta.url).href;
const root = new URL("../", import.meta.url);

/** @type {Promise<HTMLDialogElement> | undefined} */
let made;
/** @type {Promise<any> | undefined} */
let pagefind;

/** Show the search. */
export async function open() {
  const dialog = await (made ??= newDialog());
  if (!dialog.open) dialog.showModal();
  dialog.querySelector("input")?.select();
}

async function newDialog() {
  await styled(SHEET);
  const input = make("input", {
    type: "search",
    "aria-label": "Search the book",
    placeholder: "search the book",
    autocomplete: "off",
    spellcheck: "false",
  });
  const close = button("close", () => search.close());
  const status = make("p", { role: "status" });
  const list = make("ol");
  const search = make("dialog", { class: "search", "aria-label": "Search" });
  search.append(make("header", {}, input, close), status, list);
  const update = latest(async () => show(input.value.trim(), status, list));
  input.addEventListener("input", update);
  list.addEventListener("click", () => search.close());
  search.addEventListener("click", (event) => {
    if (event.target === search) search.close(); // outside of what it holds
  });
  search.addEventListener("keydown", (event) => step(event, search, input, list));
  document.body.append(search);
  return search;
}

/**
 * Arrows walk from the words through what was found; from the words, Enter opens the best
 * of it, and Escape does more than to empty them.
 * @param {KeyboardEvent} event @param {HTMLDialogElement} search
 * @param {HTMLElement} input @param {HTMLElement} list
 */
function step(event, search, input, list) {
  const stops = [input, ...list.querySelectorAll("a")];
  const at = stops.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowDown: () => stops[at + 1]?.focus(),
    ArrowUp: () => stops[at - 1]?.focus(),
    Escape: () => search.close(),
    ...(at === 0 && { Enter: () => stops[1]?.click() }),
  };
  if (!(event.key in keys) || event.isComposing) return;
  event.preventDefault();
  keys[event.key]();
}

/** @param {string} words @param {HTMLElement} status @param {HTMLElement} list */
async function show(words, status, list) {
  try {
    const { results } = words ? await (await index()).search(words) : { results: [] };
    const best = results.slice(0, PAGES_AT_MOST);
    /** @type {Found[]} */
    const found = await Promise.all(best.map((/** @type {any} */ one) => one.data()));
    const isNear = found.some(({ excerpt }) => speaksOf(excerpt, words));
    list.replaceChildren(...(isNear ? found.map(entry) : []));
    status.textContent = words && told(words, isNear ? results.length : 0);
  } catch (why) {
    pagefind = undefined; // the next letter tries again
    list.replaceChildren();
    status.textContent =
      "The search could not be fetched; the site may be out of reach.";
    console.info("search:", why);
  }
}

/** Pagefind, once it is ready. */
function index() {
  pagefind ??= (async () => {
    const module = await import(new URL("pagefind/pagefind.js", root).href);
    const baseUrl = root.pathname;
    await module.options({ noWorker: true, baseUrl, excerptLength: WORDS });
    await module.init();
    return module;
  })();
  return pagefind;
}

/**
 * Whether an excerpt marks a word like one of these: where Pagefind finds none, it
 * shortens what it looks for, down to a letter.
 * @param {string} excerpt @param {string} words
 */
function speaksOf(excerpt, words) {
  const beginnings = words.split(/[^\p{L}\p{N}]+/u).map((word) => word.slice(0, 3));
  return beginnings.some(
    (letters) => letters && excerpt.match(new RegExp(`<mark>[^<]*${letters}`, "i")),
  );
}

/** @param {string} words @param {number} pages */
function told(words, pages) {
  if (pages === 0) return `Nothing found for “${words}”.`;
  if (pages > PAGES_AT_MOST) return `The best ${PAGES_AT_MOST} of ${pages} pages.`;
  return pages === 1 ? "One page." : `${pages} pages.`;
}

/** A page, and the sections of it that were found. @param {Found} found */
function entry({ url, excerpt, meta, sub_results: places }) {
  const sections = places.filter((place) => place.url.includes("#"));
  const item = make("li", {}, make("a", { href: url }, meta.title));
  if (meta.place) item.append(make("span", {}, meta.place));
  if (sections.length === 0) item.append(make("p", {}, ...marked(excerpt)));
  for (const { url, title, excerpt } of sections.slice(0, SECTIONS_AT_MOST)) {
    const link = make("a", { href: url }, title);
    item.append(make("p", {}, link, " ", ...marked(excerpt)));
  }
  return item;
}

/** An excerpt as nodes of our own: its text and its marks, and nothing else. @param {string} excerpt */
function marked(excerpt) {
  const { body } = new DOMParser().parseFromString(`… ${excerpt} …`, "text/html");
  return [...body.childNodes].map((node) =>
    node.nodeName === "MARK"
      ? make("mark", {}, node.textContent ?? "")
      : (node.textContent ?? ""),
  );
}
