// @ts-check
// The page of all answers: to see them, take them along, read them in again, or delete them.

import { fromMarkdown, inOrder, toMarkdown } from "./answers-markdown.js";
import {
  answers,
  checklist,
  keep,
  keepChecklist,
  replaceAll,
  sayWhetherSaved,
  watch,
} from "./answers.js";
import { copy } from "./copy.js";
import { button, make } from "./dom.js";
import { save } from "./saving.js";

/** @typedef {import("./answers.js").Answer} Answer */

const page = /** @type {HTMLElement} */ (document.querySelector(".answers"));
const find = (/** @type {string} */ selector) =>
  /** @type {HTMLElement} */ (page.querySelector(selector));
const items = JSON.parse(page.dataset.items ?? "[]");
const root = new URL(page.dataset.root ?? "", location.href).href;
const pasted = /** @type {HTMLTextAreaElement} */ (find("textarea"));
const file = /** @type {HTMLInputElement} */ (find("[type=file]"));

const say = (/** @type {(string | Node)[]} */ ...inside) =>
  find(".news").replaceChildren(...inside);
const markdown = () => toMarkdown(answers(), checklist(), items, root);

/** All answers, idea by idea. */
function show() {
  const given = inOrder(answers());
  const lines = new URLSearchParams(checklist());
  const done = lines.get("done")?.split(".").length ?? 0;
  const excused = [...lines.keys()].filter((key) => key.startsWith("why-")).length;
  const ideas = [...new Set(given.map(({ idea }) => idea))];
  find(".list").replaceChildren(
    ...ideas.flatMap((idea) => section(given.filter((one) => one.idea === idea))),
  );
  if (done || excused) {
    const link = make("a", { href: new URL("checklist/", root).href }, "checklist");
    const count = `: ${done} lines ticked, ${excused} with a reason.`;
    find(".list").append(make("p", {}, "On the ", link, count));
  } else if (!given.length)
    find(".list").append(make("p", {}, "Nothing has been answered yet."));
  page.dataset.state = given.length || done || excused ? "some" : "none";
}

/** @param {Answer[]} given to one idea's questions */
function section(given) {
  const [{ idea, address }] = given;
  const link = make("a", { href: new URL(address.slice(1), root).href }, idea);
  return [make("h2", {}, link), ...given.map(entry)];
}

/** One question and what was said to it. @param {Answer} answer */
function entry({ kind, asks, said, got, gap, right, ways = [], why }) {
  const lines = {
    prediction: [
      `You said ${said}` + (got ? `; the simulation says ${got}: ${gap}.` : "."),
    ],
    goal: ways.map((way) => `Met with ${way}`),
    recall: [`You said: ${said}`, right ? "That is right." : "That is not it."],
  }[kind];
  const settled = kind === "goal" || right || (kind === "prediction" && got);
  const made = make("section", { class: settled ? "entry done" : "entry" });
  made.append(make("p", { class: "kicker" }, kind), make("p", { class: "ask" }, asks));
  made.append(...lines.map((line) => make("p", {}, line)));
  if (why) made.append(make("blockquote", {}, why));
  return made;
}

/** Add what a text holds to what is there. @param {string} text */
function readIn(text) {
  const found = fromMarkdown(text, items);
  if (found.checklist) keepChecklist(found.checklist);
  keep(...found.answers);
  const count = found.answers.length;
  const list = found.checklist ? " and the checklist" : "";
  say(
    count || list
      ? `${count} ${count === 1 ? "answer" : "answers"}${list} read in.`
      : "No answers were found in it: it has to be what this page gave as Markdown.",
  );
}

async function copyAll() {
  const copied = await copy(markdown());
  if (!copied) pasted.value = markdown();
  say(
    copied
      ? "The Markdown is copied."
      : "It could not be copied; it stands in the field below.",
  );
}

function download() {
  save("answers.md", new Blob([markdown()], { type: "text/markdown" }));
  say("answers.md is in your downloads.");
}

function clear() {
  const before = { answers: answers(), checklist: checklist() };
  replaceAll([]);
  keepChecklist("");
  const undo = button("undo", () => {
    replaceAll(before.answers);
    keepChecklist(before.checklist);
    say("Everything is back.");
  });
  say("All answers are deleted, the checklist with them. ", undo);
}

/** @type {Record<string, () => unknown>} */
const actions = {
  copy: copyAll,
  download,
  clear,
  print: () => print(),
  paste: () => readIn(pasted.value),
};

page.addEventListener("click", ({ target }) => {
  actions[/** @type {HTMLElement} */ (target).dataset.action ?? ""]?.();
});
file.addEventListener("change", async () => {
  const text = await file.files?.[0]?.text();
  if (text !== undefined) readIn(text);
  file.value = ""; // the same file may be chosen again
});
sayWhetherSaved(find(".saved"));
watch(show);
show();
