// @ts-check
// The steps of an idea's page: parts of the page itself, so that nothing is written twice.

/**
 * `head` takes the focus; `one` is the part of a list that the step is about.
 * @typedef {{kind: "title" | "text" | "predict" | "told" | "goal" | "code" | "recall",
 *            name: string, head: HTMLElement, parts: Element[],
 *            one?: HTMLElement}} Step
 */

/** What the book says after the reveal; it is empty until then. */
export const because = document.createElement("section");
because.className = "because-slide";

/** All steps in order. @param {Element} article @returns {Step[]} */
export function slides(article) {
  const find = (/** @type {string} */ selector) =>
    /** @type {HTMLElement} */ (article.querySelector(selector));
  const [opening, predict] = [find(".opening"), find(".predict")];
  const asked = [predict, find("figure[data-figure]")];
  const question = /** @type {HTMLElement} */ (predict.querySelector(".ask"));
  predict.after(because);
  return [
    step("title", "Title", find("h1"), [opening]),
    scene(find("#scene")),
    step("predict", "Predict", question, asked),
    step("told", "The answer", question, asked),
    step("told", "Because", because, [because]),
    ...each("goal", "Goal", find(".goals"), ".goal", ".ask"),
    ...code(find("#code")),
    section("Do this", find("#do-this")),
    ...each("recall", "Recall", find(".recall"), "form", "legend"),
    section("Before you merge", find("#before-you-merge")),
  ];
}

/** @param {Step["kind"]} kind @param {string} name @param {HTMLElement} head @param {Element[]} parts @returns {Step} */
const step = (kind, name, head, parts) => ({ kind, name, head, parts });

/** The first paragraph under the first heading. @param {HTMLElement} head */
const scene = (head) => step("text", "The scene", head, under(head).slice(0, 2));

/** @param {string} name @param {HTMLElement} head */
const section = (name, head) => step("text", name, head, [head.parentElement ?? head]);

/** A step for each of a list. @param {"goal" | "recall"} kind @param {string} name @param {HTMLElement} list @param {string} item @param {string} title @returns {Step[]} */
function each(kind, name, list, item, title) {
  const figure = kind === "goal" ? [list.previousElementSibling ?? list] : [];
  const all = /** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll(item));
  return [...all].map((one, at) => ({
    kind,
    name: all.length > 1 ? `${name} ${at + 1}` : name,
    head: /** @type {HTMLElement} */ (one.querySelector(title)),
    parts: [...figure, list],
    one,
  }));
}

/** What is bad, then what is good, both under the section's heading. @param {HTMLElement} head */
function code(head) {
  const [, ...all] = under(head);
  const good = all.findIndex(({ textContent }) => textContent?.startsWith("Good: "));
  const isCode = (/** @type {Element} */ part) =>
    part.matches("pre, .copied") || /^(Bad|Good): /.test(part.textContent ?? "");
  return [
    step("code", "Bad code", head, [head, ...all.slice(0, good).filter(isCode)]),
    step("code", "Good code", head, [head, ...all.slice(good).filter(isCode)]),
  ];
}

/** A heading and what follows, up to the next. @param {Element} head */
function under(head) {
  const found = [head];
  let next = head.nextElementSibling;
  for (; next && !next.matches("h2, section"); next = next.nextElementSibling)
    if (!next.matches(".margin")) found.push(next);
  return found;
}
