// @ts-check
// What a reader can do with a figure besides: each tool is fetched when its button is pressed.

/** @typedef {import("./figure.js").Figure} Figure */
/** @typedef {{open: (figure: Figure, button: HTMLElement) => unknown}} Tool */

/** @type {Record<string, () => Promise<Tool>>} `data-tool` of a button -> its module */
const TOOLS = {
  code: () => import("./code.js"),
  embed: () => import("./embedding.js"),
  keep: () => import("./keep.js"),
};

const OUT_OF_REACH = "This could not be fetched; the site may be out of reach.";

/**
 * Let buttons open tools: those in a figure, and those that name theirs in `data-of`.
 * @param {Figure[]} figures
 */
export function tools(figures) {
  /** @type {Set<Element>} */
  const opening = new Set(); // a second press while it is fetched would open it twice
  document.addEventListener("click", async ({ target }) => {
    const button = /** @type {HTMLElement | null} */ (
      /** @type {Element} */ (target).closest("[data-tool]")
    );
    const tool = TOOLS[button?.dataset.tool ?? ""];
    const figure = figures.find(
      ({ name, element }) => element.contains(button) || name === button?.dataset.of,
    );
    if (!button || !tool || !figure || opening.has(button)) return;
    opening.add(button);
    try {
      await (await tool()).open(figure, button);
      if (figure.said() === OUT_OF_REACH) figure.say("");
    } catch (why) {
      figure.say(OUT_OF_REACH);
      console.info(`figure ${figure.name}:`, why);
    } finally {
      opening.delete(button);
    }
  });
}
