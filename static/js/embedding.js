// @ts-check
// The dialog behind "embed": for each host what to paste, who has to allow it, and how it
// will look. The settings are those that the figure has when it opens.

import { copy } from "./copy.js";
import { button, make } from "./dom.js";
import { HOSTS } from "./snippets.js";
import { styled } from "./styled.js";

/**
 * @typedef {import("./figure.js").Figure} Figure
 * @typedef {import("./snippets.js").Host} Host
 * @typedef {import("./snippets.js").Subject} Subject
 */

const SHEET = new URL("./embedding.css", import.meta.url).href;
const PANEL = "embedding-panel";
const FIRST_HEIGHT = 640; // px, until the preview has told its own
/** @type {Record<string, Record<string, string>>} parameters of the page, in words */
const LOOKS = {
  theme: { "": "as the reader's system", light: "light", dark: "dark" },
  controls: { "": "all", main: "the main ones", none: "none" },
  title: { "": "shown", off: "left out" },
};

/** @param {Figure} figure @param {HTMLElement} opener */
export async function open(figure, opener) {
  await styled(SHEET);
  const status = make("p", { class: "quiet", role: "status" });
  const panel = make("div", { role: "tabpanel", id: PANEL, tabindex: "0" });
  const looks = looksOf(() => show());
  const frame = frameOf(() => show());
  const picture = pictureOf(subjectOf(figure, opener, [], FIRST_HEIGHT));
  let host = HOSTS[0];

  const tabs = tabsOf((chosen) => {
    host = chosen;
    panel.setAttribute("aria-labelledby", idOf(host));
    status.textContent = "";
    show();
  });

  function show() {
    const it = subjectOf(figure, opener, looks.values(), frame.height());
    const pieces = host.pieces(it).map((piece) => pieceOf(piece, status));
    panel.replaceChildren(...pieces, make("p", {}, host.admin(it)));
    looks.element.hidden = frame.element.hidden = Boolean(host.isPicture);
    picture.hidden = !host.isPicture;
    if (!host.isPicture) frame.show(it.embed);
  }

  const parts = [tabs, panel, status, looks.element, frame.element, picture];
  const dialog = dialogOf(frame.end, intro(figure), ...parts);
  /** @type {HTMLElement} */ (tabs.firstElementChild).click();
  dialog.showModal();
}

/** On the page, not yet open. @param {() => void} end @param {HTMLElement[]} parts */
function dialogOf(end, ...parts) {
  const title = make("h2", { id: "embedding-title" }, "Embed this figure");
  const close = button("close", () => dialog.close());
  const head = make("div", { class: "row" }, title, close);
  const attributes = { class: "embedding", "aria-labelledby": title.id };
  const dialog = make("dialog", attributes, head, ...parts);
  dialog.addEventListener("close", () => {
    end();
    dialog.remove();
  });
  document.body.append(dialog);
  return dialog;
}

/** The embed page itself, as high as it likes to be. @param {() => void} changed */
function frameOf(changed) {
  const element = make("iframe", { title: "Preview" });
  let height = FIRST_HEIGHT;
  let shown = "";
  const heard = (/** @type {MessageEvent} */ { source, data }) => {
    if (source !== element.contentWindow || data?.type !== "monograph:height") return;
    element.style.height = `${data.height}px`;
    if (height === data.height) return; // it is told more than once
    height = data.height;
    changed();
  };
  addEventListener("message", heard);
  return {
    element,
    height: () => height,
    show(/** @type {string} */ address) {
      if (shown === address) return;
      element.contentWindow?.location.replace(address); // or "back" would lead through the looks
      shown = address;
    },
    end: () => removeEventListener("message", heard),
  };
}

/** Which settings the snippets hold, and where they will not work. @param {Figure} figure */
function intro(figure) {
  const stated = [...figure.stated()].map(([name, value]) => `${name} = ${value}`);
  const settings = stated.length ? `With ${stated.join(", ")}.` : "At its defaults.";
  const hint = `Most hosts show only what begins with https; this is ${location.origin}.`;
  const isPlain = location.protocol !== "https:";
  return make("p", { class: "quiet" }, isPlain ? `${settings} ${hint}` : settings);
}

/**
 * The figure as it stands, with the addresses that this site gives it.
 * @param {Figure} figure @param {HTMLElement} opener
 * @param {[string, string][]} looks @param {number} height
 * @returns {Subject}
 */
function subjectOf(figure, opener, looks, height) {
  const { element, name } = figure;
  const page = new URL(opener.dataset.embed ?? "", document.baseURI);
  const at = (/** @type {string} */ path) => new URL(path, page).href;
  const framed = new URL(page);
  for (const [look, value] of looks) framed.searchParams.set(look, value);
  const textOf = (/** @type {string} */ selector) =>
    element.querySelector(selector)?.textContent?.trim() ?? "";
  return {
    name,
    title: opener.dataset.title ?? name,
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
  const attributes = { tabindex: "0", role: "group", "aria-label": label };
  const text = make("pre", attributes, make("code", {}, code));
  const press = button("copy", async () => {
    const isCopied = await copy(code);
    if (!isCopied) getSelection()?.selectAllChildren(text);
    status.textContent = isCopied
      ? "Copied."
      : "This page may not copy. The text is selected: copy it by hand.";
  });
  const row = make("div", { class: "row" }, make("span", {}, label), press);
  return make("div", { class: "piece" }, row, text);
}

/** How the page in the frame looks. @param {() => void} changed */
function looksOf(changed) {
  const element = make("div", { class: "looks" });
  const selects = Object.entries(LOOKS).map(([name, words]) => {
    const options = Object.entries(words).map(
      ([value, word]) => new Option(word, value),
    );
    const select = make("select", { name }, ...options);
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
  const list = make("div", { role: "tablist", "aria-label": "Host" });
  const tabs = HOSTS.map((host) => {
    const tab = button(host.name, () => {
      for (const one of tabs) {
        one.ariaSelected = String(one === tab);
        one.tabIndex = one === tab ? 0 : -1;
      }
      choose(host);
    });
    tab.id = idOf(host);
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", PANEL);
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
