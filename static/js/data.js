// @ts-check
// A figure's numbers and its code, as text: CSV, JSON, a script, a notebook.

/**
 * What is taken along: the state that the picture shows. `about` is what `builder/keep.py`
 * tells of the figure, `base` the address that tells it, `page` the permalink.
 *
 * @typedef {{figure: import("./figure.js").Figure, about: any, base: string,
 *            run: import("./figure.js").Run, page: string, picture: string,
 *            say: (text: string) => void}} Taken
 * @typedef {{name: string, kind: string, content: string | Blob}} Made
 */

const INDENT = 1; // of a notebook, as Jupyter itself writes it

/** Everything that the run gave, and where it is from. @param {Taken} taken @returns {Made} */
export function dataAsJson({ figure, about, run, page }) {
  const { title, question, book, version, numpy, units } = about;
  const { parameters, seed, measures, closed_form, takeaway } = run;
  const columns = Object.fromEntries(
    Object.entries(run.columns).map(([name, column]) => [name, finite(column)]),
  );
  const said = {
    ...{ figure: figure.name, title, question, book, version, numpy, page },
    ...{ parameters, seed, measures, closed_form, takeaway, units, columns },
  };
  const content = `${JSON.stringify(said, null, INDENT)}\n`;
  return { name: `${figure.name}.json`, kind: "application/json", content };
}

/** The columns; all else stands above them, each line behind a #. @param {Taken} taken @returns {Made} */
export function dataAsCsv({ figure, about, run, page }) {
  const names = Object.keys(run.columns);
  const columns = names.map((name) => finite(run.columns[name]));
  const above = [
    `${about.title}. From “${about.book}”, version ${about.version}, NumPy ${about.numpy}`,
    page,
    ...Object.entries(run.parameters).map((parameter) => line(parameter, about.units)),
    `seed: ${run.seed}`,
    ...Object.entries(run.measures).map(
      ([name, value]) =>
        line([name, value], about.units) +
        (name in run.closed_form
          ? `, theory: ${run.closed_form[name] ?? "never"}`
          : ""),
    ),
    run.takeaway,
  ];
  const rows = columns[0].map((_, at) => columns.map((column) => column[at] ?? ""));
  const lines = [...above.map((text) => `# ${text}`), names, ...rows].map(String);
  return {
    name: `${figure.name}.csv`,
    kind: "text/csv",
    content: lines.join("\n") + "\n",
  };
}

/** @param {[string, unknown]} entry @param {Record<string, string>} units */
const line = ([name, value], units) =>
  `${name}: ${value ?? "never"} ${units[name] ?? ""}`.trim();

/** @param {ArrayLike<number>} column @returns {(number | null)[]} */
const finite = (column) =>
  Array.from(column, (value) => (Number.isFinite(value) ? value : null));

/** @param {Taken} taken @returns {Made} */
export function script(taken) {
  const content = inState(taken.about.script, taken);
  return { name: `${taken.figure.name}-alone.py`, kind: "text/x-python", content };
}

/** @param {Taken} taken @returns {Made} */
export function notebook(taken) {
  const whole = JSON.parse(taken.about.notebook);
  for (const cell of whole.cells) {
    const source = inState(cell.source.join(""), taken);
    cell.source = source.match(/.*\n|.+$/g) ?? [];
  }
  const content = `${JSON.stringify(whole, null, INDENT)}\n`;
  return {
    name: `${taken.figure.name}.ipynb`,
    kind: "application/x-ipynb+json",
    content,
  };
}

/** The one line that holds the state, with ours in it, as Python writes it. @param {string} code @param {Taken} taken */
function inState(code, { run, page }) {
  const { parameters, seed } = run;
  const json = JSON.stringify({ page, parameters, seed }, null, 1);
  const state = json.replace(/,\n */g, ", ").replace(/\n */g, "");
  return code.replace(/^TAKEN = .*$/m, () => `TAKEN = ${state}`);
}
