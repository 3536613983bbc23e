// @ts-check
// What a page asks of its reader. Each kind is fetched when the first of it comes near.

/** @typedef {import("./figure.js").Figure} Figure */
/** @typedef {{open: (element: HTMLElement, figure: Figure) => unknown}} Kind */

/** `data-lesson` of a part of the page -> the module that answers to it. */
/** @type {Record<string, () => Promise<Kind>>} */
const KINDS = {
  predict: () => import("./predict.js"),
  goals: () => import("./goals.js"),
  recall: () => import("./recall.js"),
};
const NEAR = "300px";
const SHEET = new URL("./answered.css", import.meta.url).href;

/** Wake the parts of the page that ask something. @param {Figure[]} figures */
export function lessons(figures) {
  const near = new IntersectionObserver(
    (seen) => {
      for (const { isIntersecting, target } of seen) if (isIntersecting) wake(target);
    },
    { rootMargin: NEAR },
  );
  for (const part of document.querySelectorAll("[data-lesson]")) near.observe(part);

  async function wake(/** @type {any} */ part) {
    near.unobserve(part);
    const figure = figures.find(({ name }) => name === part.dataset.for);
    if (!figure) return;
    try {
      const { styled } = await import("./styled.js");
      const [kind] = await Promise.all([KINDS[part.dataset.lesson](), styled(SHEET)]);
      kind.open(part, figure);
    } catch (why) {
      part.dataset.state = "failed"; // the text remains
      console.info(part.dataset.lesson, why);
    }
  }
}
