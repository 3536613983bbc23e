// @ts-check
// The dialog behind "embed": for each host what to paste, who has to allow it, and how it
// will look. The settings are those that the figure has when it opens.

import { copy } from "./copy.js";
import { HOSTS } from "./snippets.js";

/**
 * @typedef {import("./figure.js").Figure} Figure
 * @typedef {import("./snippets.js").Host} Host
 * @typedef {import("./snippets.js").Subject} Subject
 */

const FIRST_HEIGHT = 640; // px, until the preview has told its own
/** @type {Record<string, Record<string, string>>} parameters of the page, in words */
const LOOKS = {
  theme: { "": "as the reader's system", light: "light", dark: "dark" },
  controls: { "": "all", main: "the main ones", none: "none" },
  title: { "": "shown", off: "left out" },
};

/** @param {Figure} figure @param {HTMLElement} button */
export async function open(figure, button) {
  await styled();
  const frame = make("iframe", { title: "Preview" });
  const picture = pictureOf(subjectOf(figure, button, [], FIRST_HEIGHT));
  const status = make("p", { className: "quiet", role: "status" });
  const panel = make("div", { role: "tabpanel", id: "embedding-panel", tabIndex: 0 });
  const looks = looksOf(() => show());
  let height = FIRST_HEIGHT;
  let host = HOSTS[0];

  const tabs = tabsOf((chosen) => {
    host = chosen;
    panel.setAttribute("aria-labelledby", idOf(host));
    status.textContent = "";
    show();
  });

  function show() {
    const it = subjectOf(figure, button, looks.values(), height);
    const pieces = host.pieces(it).map((piece) => pieceOf(piece, status));
    panel.replaceChildren(...pieces, make("p", {}, host.admin(it)));
    looks.element.hidden = frame.hidden = Boolean(host.isPicture);
    picture.hidden = !host.isPicture;
    if (!host.isPicture && frame.src !== it.embed) frame.src = it.embed;
  }

  /** @param {MessageEvent} event */
  function heard({ source, data }) {
    if (source !== frame.contentWindow || data?.type !== "monograph:height") return;
    height = Number(data.height);
    frame.style.height = `${height}px`;
    show();
  }

  const close = make("button", { type: "button" }, "close");
  const title = make("h2", { id: "embedding-title" }, "Embed this figure");
  const dialog = make("dialog", { className: "embedding" });
  dialog.setAttribute("aria-labelledby", title.id);
  dialog.append(make("header", {}, title, close), intro(figure), tabs);
  dialog.append(panel, status, looks.element, frame, picture);
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    removeEventListener("message", heard);
    dialog.remove();
  });
  addEventListener("message", heard);
  document.body.append(dialog);
  /** @type {HTMLElement} */ (tabs.firstElementChild).click();
  dialog.showModal();
}

/** Which settings the snippets hold, and where they will not work. @param {Figure} figure */
function intro(figure) {
  const stated = [...figure.stated()].map(([name, value]) => `${name} = ${value}`);
  const settings = stated.length ? `With ${stated.join(", ")}.` : "At its defaults.";
  const hint = `Most hosts show only what begins with https; this is ${location.origin}.`;
  const isPlain = location.protocol !== "https:";
  return make("p", { className: "quiet" }, isPlain ? `${settings} ${hint}` : settings);
}

/**
 * The figure as it stands, with the addresses that this site gives it.
 * @param {Figure} figure @param {HTMLElement} button
 * @param {[string, string][]} looks @param {number} height
 * @returns {Subject}
 */
function subjectOf(figure, button, looks, height) {
  const { element, name } = figure;
  const page = new URL(button.dataset.embed ?? "", document.baseURI);
  const at = (/** @type {string} */ path) => new URL(path, page).href;
  const framed = new URL(page);
  for (const [look, value] of looks) framed.searchParams.set(look, value);
  const textOf = (/** @type {string} */ selector) =>
    element.querySelector(selector)?.textContent?.trim() ?? "";
  return {
    name,
    title: button.dataset.title ?? name,
    question: textOf(".question"),
    finding: textOf(".takeaway"),
    embed: figure.link(framed.href, false),
    home: figure.link(at(`../../figures/${name}/`), false),
    light: at(`../../stills/${name}.svg`),
    dark: at(`../../stills/${name}-dark.svg`),
    script: at("../durable-figure.js"),
    attributes: [...figure.stated(), ...looks],
    height,
  };
}

/** What a host shows that takes pictures only. @param {Subject} it */
function pictureOf({ light, dark, question }) {
  const media = "(prefers-color-scheme: dark)";
  const image = make("img", { loading: "lazy", alt: question, src: light });
  return make("picture", {}, make("source", { media, srcset: dark }), image);
}

/** One text to copy. @param {import("./snippets.js").Piece} piece @param {HTMLElement} status */
function pieceOf({ label, code }, status) {
  const text = make("pre", { tabIndex: 0, role: "group" }, make("code", {}, code));
  text.setAttribute("aria-label", label);
  const button = make("button", { type: "button" }, "copy");
  button.addEventListener("click", async () => {
    const isCopied = await copy(code);
    if (!isCopied) getSelection()?.selectAllChildren(text);
    status.textContent = isCopied
      ? "Copied."
      : "This page may not copy. The text is selected: copy it by hand.";
  });
  const header = make("header", {}, make("span", {}, label), button);
  return make("div", { className: "piece" }, header, text);
}

/** How the page in the frame looks. @param {() => void} changed */
function looksOf(changed) {
  const element = make("div", { className: "looks" });
  const selects = Object.entries(LOOKS).map(([name, words]) => {
    const options = Object.entries(words).map(
      ([value, word]) => new Option(word, value),
    );
    const select = document.createElement("select");
    select.name = name;
    select.append(...options);
    element.append(make("label", {}, name, select));
    return select;
  });
  element.addEventListener("change", changed);
  const values = () =>
    selects
      .filter(({ value }) => value)
      .map(({ name, value }) => /** @type {[string, string]} */ ([name, value]));
  return { element, values };
}

/** A tab for each host: arrows, Home and End go from one to another. @param {(host: Host) => void} choose */
function tabsOf(choose) {
  const list = make("div", { role: "tablist", ariaLabel: "Host" });
  const tabs = HOSTS.map((host) => {
    const tab = make(
      "button",
      { type: "button", role: "tab", id: idOf(host) },
      host.name,
    );
    tab.setAttribute("aria-controls", "embedding-panel");
    tab.addEventListener("click", () => {
      for (const one of tabs) {
        one.ariaSelected = String(one === tab);
        one.tabIndex = one === tab ? 0 : -1;
      }
      choose(host);
    });
    return tab;
  });
  list.append(...tabs);
  list.addEventListener("keydown", (event) => {
    const here = tabs.findIndex((tab) => tab === document.activeElement);
    const last = tabs.length - 1;
    const there = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: last }[
      event.key
    ];
    if (there === undefined || here < 0) return;
    event.preventDefault();
    const next = tabs[(there + tabs.length) % tabs.length];
    next.focus();
    next.click();
  });
  return list;
}

/** @param {Host} host */
const idOf = ({ name }) => `embedding-${name.replace(/\W+/g, "-").toLowerCase()}`;

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag @param {Partial<HTMLElementTagNameMap[Tag]>} properties
 * @param {(Node | string)[]} children
 */
function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** @type {Promise<unknown> | undefined} */
let style;

/** When the dialog's own sheet is there; without it the dialog is plain, and works. */
function styled() {
  style ??= new Promise((resolve) => {
    const sheet = make("link", {
      rel: "stylesheet",
      onload: resolve,
      onerror: resolve,
    });
    sheet.href = new URL("./embedding.css", import.meta.url).href;
    document.head.append(sheet);
  });
  return style;
}
