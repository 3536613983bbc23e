// @ts-check
// Recall: pick an answer, then read what the book says to it. What is right is fetched only
// once something has been picked.

import { answerTo, forget, keep, sayWhetherSaved, watch } from "./answers.js";
import { button, make, words } from "./dom.js";

/** @typedef {{options: {right: boolean, because: string}[], answer: string}} Key */

/** @param {HTMLElement} element */
export function open(element) {
  /** @type {Promise<Key[]> | null} */
  let fetched = null;
  const keys = () =>
    (fetched ??= fetch(element.dataset.answers ?? "")
      .then((file) => file.json())
      .then(({ recall }) => recall)
      .catch((why) => {
        fetched = null; // the next press tries again
        throw why;
      }));
  for (const [number, form] of element.querySelectorAll("form").entries()) {
    const key = async () => (await keys())[number];
    recall(form, element.dataset, key);
  }
  element.dataset.state = "open";
  sayWhetherSaved(/** @type {HTMLElement} */ (element.querySelector(".saved")));
}

/**
 * @param {HTMLFormElement} form @param {DOMStringMap} of whose question it is
 * @param {() => Promise<Key>} key
 */
function recall(form, { address = "", idea = "" }, key) {
  const news = /** @type {HTMLElement} */ (form.querySelector(".news"));
  const say = (/** @type {string} */ text) => (news.textContent = text);
  const asks = form.querySelector(".ask")?.textContent ?? "";
  const question = { kind: /** @type {const} */ ("recall"), address, idea, asks };
  const choices = [
    .../** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll(".choice")),
  ];
  const told = /** @type {HTMLElement} */ (form.querySelector(".below"));
  const textOf = (/** @type {HTMLElement} */ choice) =>
    choice.querySelector("span")?.textContent ?? "";

  async function answer() {
    const picked = choices.find((choice) => choice.querySelector("input:checked"));
    if (!picked) return say("Pick one first.");
    try {
      const { right } = (await key()).options[choices.indexOf(picked)];
      say(right ? "Yes." : "Not quite: read why.");
      keep({ ...question, said: textOf(picked), right });
    } catch {
      say("The answers could not be fetched; the site may be out of reach.");
    }
  }

  async function show() {
    const { said } = answerTo(question) ?? {};
    form.dataset.state = said ? "answered" : "open";
    const picked = choices.find((choice) => textOf(choice) === said);
    if (!picked) return close();
    /** @type {HTMLInputElement} */ (picked.querySelector("input")).checked = true;
    const { options, answer: model } = await key();
    if (answerTo(question)?.said !== said) return; // forgotten, or changed, meanwhile
    for (const [at, choice] of choices.entries()) {
      const { right, because } = options[at];
      choice.querySelector(".because")?.remove();
      choice.classList.toggle("right", right);
      choice.classList.toggle("picked", choice === picked);
      if (right || choice === picked) choice.append(words("p", "because", because));
    }
    told.hidden = false;
    told.replaceChildren(
      make("p", { class: "kicker" }, "In short"),
      words("p", "", model),
      make("p", { class: "press" }, button("start over", startOver)),
    );
  }

  function startOver() {
    forget(question);
    choices[0].querySelector("input")?.focus({ preventScroll: true });
  }

  /** As before anything was said. */
  function close() {
    for (const choice of choices) {
      choice.querySelector(".because")?.remove();
      choice.classList.remove("right", "picked");
    }
    if (told.hidden) return;
    form.reset();
    say("");
    told.hidden = true;
    told.replaceChildren();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    answer();
  });
  const showAgain = () => void show().catch(() => {});
  watch(showAgain);
  showAgain();
}
