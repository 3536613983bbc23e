// @ts-check
// What a reader can take from a figure: each tool is fetched when its button is pressed.

/** @typedef {import("./figure.js").Figure} Figure */
/** @typedef {{open: (figure: Figure, button: HTMLElement) => unknown}} Tool */

/** `data-tool` of a button -> the module whose `open` answers it. */
/** @type {Record<string, () => Promise<Tool>>} */
const TOOLS = {};

/** Let the buttons of a figure open its tools. @param {Figure} figure */
export function tools(figure) {
  figure.element.addEventListener("click", async ({ target }) => {
    const button = /** @type {HTMLElement} */ (target).closest("[data-tool]");
    const tool = TOOLS[/** @type {HTMLElement} */ (button)?.dataset.tool ?? ""];
    if (!tool) return;
    try {
      (await tool()).open(figure, /** @type {HTMLElement} */ (button));
    } catch (why) {
      figure.say("This could not be fetched; the site may be out of reach.");
      console.info(`figure ${figure.name}:`, why);
    }
  });
}
