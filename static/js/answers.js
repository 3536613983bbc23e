// @ts-check
// What the reader has said, by question: the only file that knows how it is kept. That is
// in this browser where it may be, else in this page alone; nothing is ever sent.

/**
 * An answer is found by the text that it answers, so that it goes when the question does.
 * @typedef {{kind: "prediction" | "goal" | "recall", address: string, idea: string,
 *            asks: string, said?: string, got?: string, gap?: string, why?: string,
 *            moved?: boolean, skipped?: boolean, ways?: string[], right?: boolean}} Answer
 */

const STORED = "possible-and-durable:answers";
const CHECKLIST = "possible-and-durable:checklist"; // the checklist's page writes it
const SAVED = "Saved in this browser, and nowhere else.";
const NOT_SAVED = "Not saved: this browser keeps nothing. Export before you leave.";

// What a room says is nobody's own: it is not kept, nor is what the presenter once said shown.
const isAlone = !new URLSearchParams(location.search).has("present");

let memory = "{}";
let isSaved = true;
/** @type {Set<() => void>} */
const listeners = new Set();

/** @param {Pick<Answer, "kind" | "address" | "asks">} answer */
const keyOf = ({ kind, address, asks }) => `${kind} ${address} ${asks}`;

/** Every answer by its key. @returns {Record<string, Answer>} */
function all() {
  try {
    if (isSaved && isAlone) memory = localStorage.getItem(STORED) ?? "{}";
  } catch {
    isSaved = false;
  }
  try {
    return JSON.parse(memory) ?? {};
  } catch {
    return {}; // somebody else's, or torn: as if nothing had been said
  }
}

/** @param {Record<string, Answer>} answers */
function write(answers) {
  memory = JSON.stringify(answers);
  try {
    if (isAlone) localStorage.setItem(STORED, memory);
    isSaved = true;
  } catch {
    isSaved = false;
  }
  for (const listener of listeners) listener();
}

/** All answers, in the order in which they were first given. */
export const answers = () => Object.values(all());

/** The answer to a question, if there is one. @param {Pick<Answer, "kind" | "address" | "asks">} question */
export const answerTo = (question) => all()[keyOf(question)];

/** Keep these, in place of what was said before. @param {Answer[]} given */
export function keep(...given) {
  write({ ...all(), ...Object.fromEntries(given.map((one) => [keyOf(one), one])) });
}

/** Forget one answer. @param {Pick<Answer, "kind" | "address" | "asks">} question */
export function forget(question) {
  const rest = all();
  delete rest[keyOf(question)];
  write(rest);
}

/** Have exactly these answers. @param {Answer[]} given */
export function replaceAll(given) {
  write(Object.fromEntries(given.map((one) => [keyOf(one), one])));
}

/** The state of the checklist, as its links carry it. */
export function checklist() {
  try {
    return localStorage.getItem(CHECKLIST) ?? "";
  } catch {
    return "";
  }
}

/** Put the checklist into a state; without one it is as nobody has left it. @param {string} state */
export function keepChecklist(state) {
  try {
    if (state) localStorage.setItem(CHECKLIST, state);
    else localStorage.removeItem(CHECKLIST);
  } catch {
    isSaved = false;
  }
  for (const listener of listeners) listener();
}

/** Call `listener` after each change, in this window or another. @param {() => void} listener */
export function watch(listener) {
  listeners.add(listener);
  window.addEventListener("storage", ({ key }) => {
    if (key === STORED || key === CHECKLIST || key === null) listener();
  });
}

/** Say in `element`, now and after each change, whether answers are saved. @param {HTMLElement} element */
export function sayWhetherSaved(element) {
  const say = () => {
    all();
    element.textContent = isSaved ? SAVED : NOT_SAVED;
  };
  watch(say);
  try {
    localStorage.setItem(`${STORED}?`, ""); // a browser may let read and refuse to keep
    localStorage.removeItem(`${STORED}?`);
  } catch {
    isSaved = false;
  }
  say();
}
