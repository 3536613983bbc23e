// @ts-check
// Answers as Markdown that a wiki shows well and that this file reads again.

/** @typedef {import("./answers.js").Answer} Answer */
/** @typedef {{key: string, text: string}} Item a line of the checklist */

const TITLE = "# Answers to “On the difference between possible and durable”";
const KINDS = { prediction: "Prediction", goal: "Goal", recall: "Recall" };
const MOVED = "said after the figure had been moved";
const AT_MOST = 2000; // characters of any one text

/** @param {string} text */
const escaped = (text) => text.replace(/[\\`*_[\]<>#|~]/g, "\\$&");

/** @param {string} text */
const plain = (text) => text.replace(/\\([\\`*_[\]<>#|~])/g, "$1").slice(0, AT_MOST);

/**
 * @param {Answer[]} answers @param {string} checklist its state, as links carry it
 * @param {Item[]} items @param {string} root the address of the book
 */
export function toMarkdown(answers, checklist, items, root) {
  const lines = [TITLE];
  let last = "";
  for (const answer of inOrder(answers)) {
    const address = new URL(answer.address.replace(/^\//, ""), root).href;
    if (answer.idea !== last)
      lines.push("", `## [${escaped(answer.idea)}](${address})`);
    last = answer.idea;
    lines.push(
      "",
      `### ${KINDS[answer.kind]}: ${escaped(answer.asks)}`,
      "",
      ...linesOf(answer),
    );
  }
  return `${[...lines, ...checks(checklist, items)].join("\n")}\n`;
}

/** Idea by idea, without what was skipped. @param {Answer[]} answers */
export function inOrder(answers) {
  const given = answers.filter(({ said, ways }) => said || ways?.length);
  return given.sort((a, b) => parseInt(a.idea) - parseInt(b.idea));
}

/** @param {Answer} answer */
function linesOf({ said, got, gap, moved, right, ways = [], why }) {
  const facts = [
    said && `- said: ${escaped(said)}`,
    got && `- simulation: ${escaped(got)}`,
    gap && `- gap: ${escaped(gap)}`,
    moved && `- ${MOVED}`,
    right !== undefined && `- right: ${right ? "yes" : "no"}`,
    ...ways.map((way) => `- met with: ${escaped(way)}`),
  ].filter((line) => typeof line === "string");
  const quoted = why
    ? ["", ...why.split("\n").map((line) => `> ${line}`.trimEnd())]
    : [];
  return [...facts, ...quoted];
}

/** The checklist, as its own page gives it. @param {string} state @param {Item[]} items */
function checks(state, items) {
  const said = new URLSearchParams(state);
  const done = (said.get("done") ?? "").split(".");
  const rows = items
    .map(({ key, text }) => ({
      text,
      isDone: done.includes(key),
      why: said.get(`why-${key}`),
    }))
    .filter(({ isDone, why }) => isDone || why)
    .map(({ text, isDone, why }) =>
      isDone ? `- [x] ${text}` : `- [ ] ${text} (not done: ${why})`,
    );
  const title = `## Before you merge: blast radius *${said.get("radius") ?? "product"}*`;
  return rows.length ? ["", title, "", ...rows] : [];
}

/**
 * What a text holds; lines that are not of this format are passed over.
 * @param {string} text @param {Item[]} items
 * @returns {{answers: Answer[], checklist: string}}
 */
export function fromMarkdown(text, items) {
  const [before, after = ""] = text
    .replaceAll("\r\n", "\n")
    .split(/^## Before you merge/m);
  let place = { idea: "", address: "" };
  /** @type {Answer[]} */
  const found = [];
  for (const line of before.split("\n")) {
    const idea = /^## \[(.*)\]\(\S*?((?:\/[\w-]+){2}\/)\)$/.exec(line);
    const asked = /^### (Prediction|Goal|Recall): (.+)$/.exec(line);
    if (idea) place = { idea: plain(idea[1]), address: idea[2] };
    else if (asked && place.address)
      found.push({ ...place, kind: kindOf(asked[1]), asks: plain(asked[2]) });
    else if (found.length) readLine(line, found[found.length - 1]);
  }
  return { answers: inOrder(found.map(trimmed)), checklist: readChecks(after, items) };
}

/** @param {string} word */
const kindOf = (word) => /** @type {Answer["kind"]} */ (word.toLowerCase());

/** @param {string} line @param {Answer} answer to put it into */
function readLine(line, answer) {
  const [, name, value] = /^- ([a-z ]+): (.*)$/.exec(line) ?? [];
  const text = plain(value ?? "");
  if (name === "said") answer.said = text;
  else if (name === "simulation") answer.got = text;
  else if (name === "gap") answer.gap = text;
  else if (name === "right") answer.right = text === "yes";
  else if (name === "met with") answer.ways = [...(answer.ways ?? []), text];
  else if (line === `- ${MOVED}`) answer.moved = true;
  else if (line.startsWith(">"))
    answer.why = `${answer.why === undefined ? "" : `${answer.why}\n`}${line.replace(/^> ?/, "")}`;
}

/** @param {Answer} answer @returns {Answer} */
const trimmed = ({ why, ...rest }) =>
  why === undefined ? rest : { ...rest, why: why.slice(0, AT_MOST) };

/** The checklist's state, as links carry it, or nothing. @param {string} text @param {Item[]} items */
function readChecks(text, items) {
  const radius = /^: blast radius \*(\w+)\*/.exec(text)?.[1];
  if (!radius) return "";
  const state = new URLSearchParams({ radius });
  const lines = text.split("\n");
  const done = items.filter((item) => lines.includes(`- [x] ${item.text}`));
  if (done.length) state.set("done", done.map(({ key }) => key).join("."));
  for (const item of items) {
    const start = `- [ ] ${item.text} (not done: `;
    const line = lines.find((one) => one.startsWith(start) && one.endsWith(")"));
    if (line) state.set(`why-${item.key}`, line.slice(start.length, -1).slice(0, 300));
  }
  return state.toString();
}
