// @ts-check
// What a run says, in words and numbers: the takeaway, the table, and the spread of all runs.

/** @typedef {import("./simulator.js").Run & {text: string}} Run a run of the reader's text, or with "" of the figure's file */

/** @param {HTMLElement} element the figure */
export function readings(element) {
  const find = (/** @type {string} */ selector) =>
    /** @type {HTMLElement} */ (element.querySelector(selector));
  const all = (/** @type {string} */ selector) => [
    .../** @type {NodeListOf<HTMLElement>} */ (element.querySelectorAll(selector)),
  ];
  /** @type {Map<number, Run>} */
  const runs = new Map(); // by seed, all at the same setting
  let setting = "";

  /** Put a run into words and numbers. @param {Run} run @returns {string} the spread of several */
  function show(run) {
    const now = JSON.stringify([run.parameters, run.text]);
    if (now !== setting) runs.clear();
    setting = now;
    runs.set(run.seed, run);
    find(".takeaway").textContent = run.takeaway;
    find(".picture").setAttribute("aria-label", run.takeaway);
    find('[data-value="seed"]').textContent = String(run.seed);
    for (const row of all("[data-measure]")) {
      const measure = row.dataset.measure ?? "";
      const [here, theory, spread] = row.querySelectorAll("td");
      here.textContent = run.shown[measure] ?? "—";
      theory.textContent = run.shown_theory[measure] ?? "—";
      spread.textContent = spreadOf(measure);
    }
    for (const cell of all(".spread")) cell.hidden = runs.size < 2;
    find("th.spread").textContent = `${runs.size} runs`;
    const first = all("[data-measure]")[0];
    const label = first.querySelector("th")?.textContent ?? "";
    return runs.size < 2
      ? ""
      : `${label}: ${spreadOf(first.dataset.measure ?? "")} in ${runs.size} runs.`;
  }

  /** "62.9 % to 63.7 %", or one value where all runs agree. @param {string} measure */
  function spreadOf(measure) {
    const value = (/** @type {Run} */ run) => run.measures[measure] ?? Infinity;
    const sorted = [...runs.values()].sort((a, b) => value(a) - value(b));
    const [low, high] = [sorted[0], sorted[sorted.length - 1]].map(
      (run) => run.shown[measure] ?? "—",
    );
    return low === high ? low : `${low} to ${high}`;
  }

  return { show, forget: () => runs.clear() };
}
