// @ts-check
// "Take along": a list of what a reader can keep of a figure, each made when it is asked for,
// of the state that the picture shows.

import { dataAsCsv, dataAsJson, notebook, script } from "./data.js";
import { png, svg } from "./images.js";
import { live, still } from "./one-file.js";
import { writeLink } from "./links.js";
import { save } from "./saving.js";
import { styled } from "./styled.js";

/** @typedef {import("./figure.js").Figure} Figure @typedef {import("./simulator.js").Run} Run */
/** @typedef {import("./data.js").Taken} Taken @typedef {import("./data.js").Made} Made */

const SHEET = new URL("./keep.css", import.meta.url).href;
const MEGABYTE = 1e6;
const BOOKS_OWN = /\.(py|ipynb)$|live\.html$/;
const NOT_THE_EDIT = " It holds the book's own code, not your edit.";
const BY_THE_EDIT = "By an edited copy of the figure's code:";

/** @type {[string, [string, (taken: Taken) => Promise<Made> | Made][]][]} */
const OFFERS = [
  [
    "picture",
    [
      ["SVG", (taken) => svg(taken, "light")],
      ["PNG", (taken) => png(taken, "light")],
      ["dark SVG", (taken) => svg(taken, "dark")],
      ["dark PNG", (taken) => png(taken, "dark")],
    ],
  ],
  [
    "numbers",
    [
      ["CSV", dataAsCsv],
      ["JSON", dataAsJson],
    ],
  ],
  [
    "code",
    [
      ["script", script],
      ["notebook", notebook],
    ],
  ],
  [
    "one file",
    [
      ["still page", still],
      ["live page", live],
    ],
  ],
];

/** Show the list, or put it away. @param {Figure} figure @param {HTMLElement} button */
export async function open(figure, button) {
  const before = /** @type {HTMLElement | null} */ (
    figure.element.querySelector(".keep")
  );
  if (before) before.hidden = !before.hidden;
  else button.closest(".actions")?.after(await list(figure, button));
  button.setAttribute("aria-expanded", String(!before?.hidden));
}

/** @param {Figure} figure @param {HTMLElement} button */
async function list(figure, button) {
  const base = new URL(button.dataset.from ?? "", document.baseURI).href;
  const [answer] = await Promise.all([fetch(base), styled(SHEET)]);
  const about = await answer.json();
  const place = made("div", { className: "keep" });
  const told = made("p", { role: "status" });
  const offers = made("dl");
  const say = (/** @type {string} */ text) => void (told.textContent = text);
  const show = (/** @type {HTMLElement[]} */ ...shown) =>
    place.replaceChildren(offers, told, ...shown);
  for (const [group, choices] of OFFERS) {
    const buttons = choices.map(([label, make]) => {
      const textContent = make === live ? `${label}, ${sizeOf(about)}` : label;
      const choice = made("button", { type: "button", textContent });
      choice.addEventListener("click", async () => {
        try {
          show();
          const taken = await stateOf(figure, about, base, say);
          hand(await make(taken), taken, show);
        } catch (why) {
          say(`This could not be made: ${/** @type {Error} */ (why).message}`);
        }
      });
      return choice;
    });
    const term = made("dt", { textContent: group });
    const options = made("dd");
    options.append(...buttons);
    offers.append(term, options);
  }
  show();
  return place;
}

/**
 * What the picture shows, once the figure is at rest: its last run, or that of the build.
 * @param {Figure} figure @param {any} about @param {string} base
 * @param {Taken["say"]} say @returns {Promise<Taken>}
 */
async function stateOf(figure, about, base, say) {
  if (isBusy(figure.element)) say("The figure is at work; this comes after it.");
  await atRest(figure.element);
  const run = { ...(figure.run() ?? about.run) };
  if (run.text) run.takeaway = `${BY_THE_EDIT} ${run.takeaway}`;
  const page = permalink(figure.name, about, base, run);
  return { figure, about, base, run, page, picture: await figure.picture(), say };
}

/** @param {HTMLElement} element */
const isBusy = ({ dataset }) => ["loading", "running"].includes(dataset.state ?? "");

/** @param {HTMLElement} element @returns {Promise<void>} */
function atRest(element) {
  return new Promise((resolve) => {
    const look = () => {
      if (isBusy(element)) return;
      watch.disconnect();
      resolve();
    };
    const watch = new MutationObserver(look);
    watch.observe(element, { attributeFilter: ["data-state"] });
    look();
  });
}

/**
 * The address of the figure's own page in the state of a run.
 * @param {string} name @param {any} about @param {string} base @param {Run} run
 */
function permalink(name, about, base, run) {
  const usual = about.run;
  const state = new Map(
    Object.entries(run.parameters)
      .filter(([parameter, value]) => value !== usual.parameters[parameter])
      .map(([parameter, value]) => [parameter, String(value)]),
  );
  if (run.seed !== usual.seed) state.set("seed", String(run.seed));
  return writeLink(new URL(about.page, base).href, name, false, [], state);
}

/**
 * Download a file. A frame may swallow that in silence, so there the content is shown.
 * @param {Made} file @param {Taken} taken @param {(...shown: HTMLElement[]) => void} show
 */
function hand({ name, kind, content }, { run, say }, show) {
  const blob = new Blob([content], { type: kind });
  save(name, blob);
  const size = `${(blob.size / MEGABYTE).toFixed(blob.size < MEGABYTE / 10 ? 2 : 1)} MB`;
  const other = run.text && BOOKS_OWN.test(name) ? NOT_THE_EDIT : "";
  const isFramed = self !== top;
  say(
    isFramed
      ? `If this frame lets nothing be downloaded: ${name} is below.${other}`
      : `${name}, ${size}, is in your downloads.${other}`,
  );
  if (isFramed && typeof content === "string") show(textOf(name, content));
  else if (isFramed && kind === "image/png") show(imageOf(name, blob));
}

/** A text that can be selected and copied. @param {string} name @param {string} value */
function textOf(name, value) {
  const text = made("textarea", { readOnly: true, spellcheck: false, value });
  text.setAttribute("aria-label", name);
  text.addEventListener("focus", () => text.select());
  return text;
}

/** A picture that can be saved from its menu. @param {string} alt @param {Blob} blob */
function imageOf(alt, blob) {
  const image = made("img", { alt });
  const reader = new FileReader(); // the policy shows `data:` and no `blob:`
  reader.onload = () => (image.src = String(reader.result));
  reader.readAsDataURL(blob);
  return image;
}

/** @param {any} about */
const sizeOf = ({ liveMegabytes }) => `${liveMegabytes} MB`;

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag @param {object} [properties]
 * @returns {HTMLElementTagNameMap[K]}
 */
function made(tag, properties = {}) {
  return Object.assign(document.createElement(tag), properties);
}
