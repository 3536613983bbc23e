// @ts-check
// The speaker's window: what to say at this step, what people will say, what comes next,
// and the time. It moves the room's window, and follows it.

import { make, words } from "./dom.js";
import { session } from "./session.js";
import { timer } from "./timer.js";

/** @typedef {import("./in-step.js").State} State */
/** @typedef {import("./slides.js").Step} Step */
/** @typedef {{claim: string, answer: string}} Mistake */

/** @param {Step[]} steps */
export async function open(steps) {
  const title = document.querySelector("article h1")?.textContent ?? "";
  const { minutes = "" } = document.querySelector("article")?.dataset ?? {};
  const told = await answers();
  const place = make("p", { class: "where", role: "status" });
  const next = make("p", { class: "then" });
  const body = make("div", { class: "say" });
  const head = make("h1", {}, title);
  const main = make("main", { class: "notes" }, head, timer(Number(minutes)));
  document.documentElement.classList.add("noting");
  document.title = `Notes: ${title}`;

  /** @param {State} state */
  function show({ step, isRevealed, cover, hints }) {
    const isLast = step + 1 === steps.length;
    const then = steps
      .slice(step + 1)
      .find(({ kind }) => kind !== "told" || isRevealed);
    const hidden = { blank: ", blank", code: ", QR code shown", "": "" }[cover];
    place.textContent = `Step ${step + 1} of ${steps.length}: ${steps[step].name}${hidden}`;
    next.textContent = isLast ? "This is the last step." : `Then: ${then?.name}`;
    if (steps[step].kind === "predict" && !isRevealed)
      next.textContent += ", or reveal";
    body.replaceChildren(...notesOn(steps[step], step, told, hints[step] ?? 0));
  }

  const leave = () => window.close();
  const live = session(steps, 0, true, { show, leave });
  main.append(place, make("div", { class: "do" }, ...live.buttons()), next, body);
  document.body.append(main);
}

/** What the build knows of the idea, or null. */
async function answers() {
  const predict = /** @type {HTMLElement} */ (document.querySelector(".predict"));
  const { answers: file } = JSON.parse(predict.dataset.terms ?? "{}");
  return fetch(file).then(
    (answer) => answer.json(),
    () => null,
  );
}

/** @param {Step} step @param {number} at @param {any} told @param {number} open hints that are out @returns {Node[]} */
function notesOn({ kind, name, head, one }, at, told, open) {
  if (!told) return [make("p", {}, "The notes could not be fetched.")];
  if (kind === "predict")
    return [
      ...part("Ask", wordsOf(head)),
      ...part("Say", words("p", "", told.teach.say)),
      ...wrong("What people will say", told.teach.mistakes),
    ];
  if (kind === "told")
    return [
      ...part("The simulation says", words("p", "", told.predict.reading)),
      ...part("Ask", words("p", "", told.predict.why)),
      ...part("Because", words("p", "", told.predict.because)),
      ...wrong("What people will say", told.teach.mistakes),
    ];
  if (one && kind === "goal") return goal(head, one, open);
  if (one) return recall(head, told.recall[indexOf(one)]);
  if (at < 2) return part("Say", words("p", "", told.teach.say));
  const claims = document.querySelector(".reconsider")?.cloneNode(true);
  if (name === "Do this" && claims) return part("What people will say", claims);
  return part("Say", wordsOf(head));
}

/** @param {string} title @param {Node[]} inside @returns {Node[]} */
const part = (title, ...inside) => [make("h2", {}, title), ...inside];

/** The words of an element. @param {HTMLElement} element */
const wordsOf = (element) => words("p", "", element.innerHTML);

/** @param {string} title @param {Mistake[]} mistakes */
function wrong(title, mistakes) {
  const rows = mistakes.flatMap(({ claim, answer }) => [
    words("dt", "", claim),
    words("dd", "", answer),
  ]);
  return part(title, make("dl", { class: "reconsider" }, ...rows));
}

/** The hints: those that are out, and those to come. @param {HTMLElement} head @param {HTMLElement} one @param {number} open */
function goal(head, one, open) {
  const hints = [...one.querySelectorAll(".hint > p")].map((hint, at) =>
    words("li", at < open ? "out" : "", hint.innerHTML),
  );
  const key = new URL("../../teach/answers/", location.href).href;
  const link = make("a", { href: key, target: "_blank" }, "The answer keys");
  return [
    ...part("Goal", wordsOf(head)),
    ...part("Hints", make("ol", {}, ...hints)),
    make("p", { class: "aside" }, link, " have the ways that meet it."),
  ];
}

/** @param {HTMLElement} head @param {{options: {right: boolean, because: string}[], answer: string}} told */
function recall(head, { options, answer }) {
  const labels = [...(head.parentElement?.querySelectorAll(".option span") ?? [])];
  const rows = options.flatMap(({ right, because }, at) => [
    words("dt", right ? "right" : "", labels[at]?.innerHTML ?? ""),
    words("dd", "", because),
  ]);
  return [
    ...part("Ask", wordsOf(head)),
    ...part("Model answer", words("p", "", answer)),
    ...part("What is to be said to each", make("dl", { class: "reconsider" }, ...rows)),
  ];
}

/** @param {HTMLElement} form */
const indexOf = (form) =>
  [...(form.parentElement?.querySelectorAll("form") ?? [])].indexOf(
    /** @type {HTMLFormElement} */ (form),
  );
