// @ts-check
// The room's window: one part of the page at a time, large. Before the reveal the figure is
// frozen, and nothing that holds the answer is fetched.

import { button, make, words } from "./dom.js";
import { predictionIn } from "./predict.js";
import { codeOf } from "./qr.js";
import { session } from "./session.js";
import { because } from "./slides.js";

/** @typedef {import("./in-step.js").State} State */
/** @typedef {import("./slides.js").Step} Step */

const SIZE = "popup,width=520,height=860";
const SILENT =
  "The room has said nothing yet. Reveal once more to go on without a prediction.";

/** @param {Step[]} steps @param {number} number the step that the address asks for, or 0 */
export function open(steps, number) {
  const main = /** @type {HTMLElement} */ (document.querySelector("main"));
  const predict = /** @type {HTMLElement} */ (main.querySelector(".predict"));
  const figure = /** @type {HTMLElement} */ (main.querySelector("figure[data-figure]"));
  const place = make("p", { class: "where", role: "status" });
  const news = make("p", { class: "news", role: "status" });
  const bar = make("nav", { class: "stage", "aria-label": "Presenter's view" });
  const covers = {
    blank: blank(),
    code: make("dialog", { class: "cover code-cover" }),
  };
  /** @type {State | null} */
  let shown = null;
  let isWarned = false;

  for (const { head } of steps) prepare(head);
  document.documentElement.classList.add("presenting");
  document.body.append(bar, ...Object.values(covers));

  /** @param {State} state */
  function show(state) {
    const isNew = shown?.step !== state.step;
    const before = shown;
    shown = state;
    if (state.isRevealed && !before?.isRevealed) uncover();
    if (isNew) turnTo(state);
    for (let at = 0; at < (state.hints[state.step] ?? 0); at++)
      /** @type {any} */ (steps[state.step].one?.querySelectorAll(".hint")[at]).open =
        true;
    cover(state.cover);
  }

  /** @param {State} state */
  function turnTo({ step, isRevealed }) {
    const { kind, name, head, parts, one } = steps[step];
    for (const old of main.querySelectorAll("[data-on]"))
      old.removeAttribute("data-on");
    for (const part of [...parts, ...(one ? [one] : [])])
      part.setAttribute("data-on", "");
    document.documentElement.dataset.step = kind;
    freeze(figure, kind === "predict" && !isRevealed);
    place.textContent = `Step ${step + 1} of ${steps.length}: ${name}`;
    news.textContent = "";
    isWarned = false;
    keepPlace(step + 1, isRevealed);
    scrollTo(0, 0);
    head.focus({ preventScroll: true });
  }

  /** @param {State["cover"]} name */
  function cover(name) {
    if (name === "code" && !covers.code.open) draw(covers.code);
    for (const [key, dialog] of Object.entries(covers)) {
      if (key === name && !dialog.open) dialog.showModal();
      if (key !== name && dialog.open) dialog.close();
    }
  }

  /** The room commits, or is asked once whether it wants to go on without. */
  async function reveal() {
    if (live.state().isRevealed) return;
    const prediction = await opened(predict);
    if (!prediction) return;
    if (predict.dataset.state === "open")
      predict.querySelector("form")?.requestSubmit();
    else if (predict.dataset.state === "committed") prediction.reveal();
    if (predict.dataset.state !== "open") return;
    if (isWarned) live.change(afterReveal());
    else news.textContent = SILENT;
    isWarned = true;
  }

  const afterReveal = () => ({
    isRevealed: true,
    cover: /** @type {const} */ (""),
    step: steps.findIndex(({ kind }) => kind === "told"),
  });

  /** The book's own word, and the figure at the setting that was asked for. */
  async function uncover() {
    const { answers } = JSON.parse(predict.dataset.terms ?? "{}");
    freeze(figure, false);
    tellBecause(answers);
    const prediction = await opened(predict);
    if (predict.dataset.state !== "open") return;
    prediction?.skip();
    prediction?.look();
  }

  /** A second window; where none may be opened, a link to it. */
  function notes() {
    const address = addressOf("notes");
    const other = window.open(address, "possible-and-durable-notes", SIZE);
    if (other) return other.focus();
    const link = make("a", { href: address, target: "_blank" }, "open the notes");
    news.replaceChildren("The browser has blocked the second window: ", link, ".");
  }

  const leave = () => location.assign(addressOf(null));
  const live = session(steps, number - 1, number > 0, { show, reveal, notes, leave });
  bar.append(place, make("div", { class: "do" }, ...live.buttons()), news);
  predict.addEventListener("predict:revealed", () => {
    if (!live.state().isRevealed) live.change(afterReveal());
  });
  for (const dialog of Object.values(covers))
    dialog.addEventListener("close", () => {
      if (live.state().cover && !document.querySelector(".cover[open]"))
        live.change({ cover: "" });
    });
  main.addEventListener("toggle", countHints, true);
  main.addEventListener("input", () => (news.textContent = ""));

  /** A hint that was opened by hand counts as well. */
  function countHints() {
    const { step, hints } = live.state();
    const open = steps[step].one?.querySelectorAll(".hint[open]").length ?? 0;
    if (open > (hints[step] ?? 0)) live.change({ hints: { ...hints, [step]: open } });
  }
}

/** Let a heading take the focus. @param {HTMLElement} head */
function prepare(head) {
  head.tabIndex = -1;
  if (!head.matches("p")) return;
  head.setAttribute("role", "heading");
  head.setAttribute("aria-level", "2");
}

/** Nothing of the figure answers but the line to be dragged. @param {HTMLElement} figure @param {boolean} isFrozen */
function freeze(figure, isFrozen) {
  figure.classList.toggle("frozen", isFrozen);
  for (const part of figure.querySelectorAll(":scope > :is(form, .actions, .numbers)"))
    /** @type {HTMLElement} */ (part).inert = isFrozen;
}

/** The prediction once its script is there. @param {HTMLElement} element @returns {Promise<import("./predict.js").Prediction | undefined>} */
function opened(element) {
  return new Promise((resolve) => {
    const look = () => {
      const prediction = predictionIn(element);
      if (!prediction && element.dataset.state !== "failed") return;
      observer.disconnect();
      resolve(prediction);
    };
    const observer = new MutationObserver(look);
    observer.observe(element, { attributeFilter: ["data-state"] });
    look();
  });
}

/** @param {string} file */
async function tellBecause(file) {
  const found = await fetch(file).then(
    (answer) => answer.json(),
    () => null,
  );
  const { reading, because: text } = found?.predict ?? {};
  because.replaceChildren(
    make("h2", {}, "Because"),
    found
      ? make(
          "p",
          { class: "thesis" },
          "The simulation says ",
          make("b", {}, reading),
          ".",
        )
      : make("p", {}, "The book's own word could not be fetched."),
    words("p", "", text ?? ""),
  );
}

/** A slide of nothing. */
function blank() {
  const dialog = make("dialog", { class: "cover blank", "aria-label": "Blank" });
  dialog.append(button("show the slide", () => dialog.close()));
  return dialog;
}

/** @param {HTMLDialogElement} dialog */
async function draw(dialog) {
  const address = addressOf(null);
  const close = button("close", () => dialog.close());
  dialog.setAttribute("aria-label", "This page as a QR code");
  const link = make("p", {}, make("a", { href: address }, address));
  dialog.replaceChildren(link, close);
  dialog.replaceChildren(await codeOf(address), link, close); // once, however often asked
  close.focus();
}

/** The page's address in another mode, or in none. @param {string | null} mode */
function addressOf(mode) {
  const url = new URL(location.href);
  if (mode === null) url.searchParams.delete("present");
  else url.searchParams.set("present", mode);
  url.hash = "";
  return url.href;
}

/** A reload comes back to it. @param {number} number of the step @param {boolean} isRevealed */
function keepPlace(number, isRevealed) {
  try {
    history.replaceState(
      { ...history.state, isRevealed },
      "",
      addressOf(String(number)),
    );
  } catch {
    // A frame without an origin of its own may not.
  }
}
