// @ts-check
// The code panel: the reader edits the figure's file and runs it, and only on a press.

import { editor } from "./editing.js";

/** @typedef {import("./figure.js").Figure} Figure */

const HELP = "Ctrl or ⌘ and Enter runs it; Escape, then Tab, leaves the text.";
const EDITED = "The figure above runs your text.";
const OWN = "The figure above runs the book's own file.";

/**
 * Put an editor in place of the code below `button`.
 * @param {Figure} figure @param {HTMLElement} button
 */
export function open(figure, button) {
  const section = /** @type {HTMLElement} */ (button.closest("section"));
  const printed = /** @type {HTMLElement} */ (section.querySelector("pre"));
  const own = printed.textContent ?? "";
  const draft = drafts(`possible-and-durable:code:${figure.name}`);
  const place = document.createElement("div");
  /** @type {string | null} */
  let asked = null; // what the figure was last told to run: "" is the book's own file
  const text = editor(place, draft.read() ?? own, run, draft.keep);
  const told = document.createElement("p");
  const trace = document.createElement("pre");
  told.className = "told";
  told.setAttribute("role", "status");
  trace.className = "code trace";
  trace.tabIndex = 0;
  trace.hidden = true;
  const bar = document.createElement("p");
  bar.className = "editing";
  bar.append(
    action("run", run),
    action("stop", figure.stop),
    action("undo all", reset),
  );
  const shown = printed.closest(".copied") ?? printed; // its button copies the book's own
  /** @type {HTMLElement} */ (shown).hidden = true;
  shown.after(place, bar, told, trace);
  button.closest("p")?.remove();
  figure.element.addEventListener("figure:failed", (event) => {
    const error = /** @type {CustomEvent} */ (event).detail;
    say(error.message, ownPart(error.detail ?? "", figure.name));
  });
  figure.element.addEventListener("figure:update", (event) => {
    const { takeaway } = /** @type {CustomEvent} */ (event).detail;
    if (asked === figure.run()?.text) say(`${asked ? EDITED : OWN} ${takeaway}`);
  });
  say(HELP);
  text.focus();

  /** @param {string} sentence @param {string} [traceback] */
  function say(sentence, traceback = "") {
    told.textContent = sentence;
    trace.textContent = traceback;
    trace.hidden = !traceback;
  }

  function run() {
    const now = text.read();
    asked = now === own ? "" : now;
    say("Running …");
    figure.edit(asked);
  }

  function reset() {
    text.write(own);
    run();
  }
}

/** @param {string} name @param {() => void} work */
function action(name, work) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = name;
  button.addEventListener("click", work);
  return button;
}

/** A traceback from the reader's own lines on. @param {string} detail @param {string} name */
function ownPart(detail, name) {
  const start = detail.indexOf(`  File "${name}.py"`);
  return start < 0 ? "" : detail.slice(start);
}

/** What the reader has typed, for as long as this tab is open, if it may be kept. @param {string} key */
function drafts(key) {
  const attempt = (/** @type {() => any} */ work) => {
    try {
      return work();
    } catch {
      return null; // storage is refused here
    }
  };
  return {
    read: () => attempt(() => sessionStorage.getItem(key)),
    keep: (/** @type {string} */ text) =>
      attempt(() => sessionStorage.setItem(key, text)),
  };
}
