// @ts-check
// The only file that draws with Vega: a chart, and then its data anew.

import { quickly } from "./quickly.js";
import { pause, sliced } from "./slices.js";

/** @typedef {Record<string, ArrayLike<number>>} Columns */
/** @typedef {Record<string, number | string | null>} Measures */
/** @typedef {{flow: object, rows?: Record<string, Record<string, any>[]>}} Chart Vega's dataflow, and rows by table */

const TABLES = ["columns", "measures"];

/**
 * Draw a chart into `element`; nothing is fetched by it. Its first marks, with the rows
 * of a run, are made before those that the reader waits for.
 * Each step is a task of its own, so that the page answers in between.
 * @param {HTMLElement} element @param {Chart} chart
 */
export async function draw(element, { flow, rows: filled = {} }) {
  const { changeset, expressionInterpreter, loader, View } = await vega();
  await pause();
  const closed = loader();
  closed.load = () => Promise.reject(new Error("a chart loads nothing"));
  closed.sanitize = () => Promise.reject(new Error("a chart links nowhere"));
  const view = new View(flow, {
    expr: quickly(expressionInterpreter),
    loader: closed,
    renderer: "svg",
    hover: false,
  });
  await pause();
  view.initialize(element);
  let drawn = Promise.resolve();
  /** One change at a time: another before the end of the last would be lost. @param {() => void} change */
  const after = (change) =>
    (drawn = drawn.then(async () => {
      view.width(element.clientWidth || view.width());
      change();
      await view.runAsync();
    }));
  const isFilled = TABLES.filter((name) => filled[name]);
  await after(() => isFilled.forEach((name) => view.data(name, filled[name])));
  const tables = { columns: table("columns"), measures: table("measures") };

  /** A table of the chart: its rows stay, and with them the marks, as long as there are as many. @param {string} name */
  function table(name) {
    let rows = filled[name] ?? [];
    return (/** @type {Columns | Record<string, ArrayLike<any>>} */ columns) => {
      const names = Object.keys(columns);
      if (rows.length !== columns[names[0]].length)
        return view.data(name, (rows = rowsOf(columns)));
      const change = changeset().reflow();
      for (const field of names) {
        const column = columns[field];
        if (rows.every((row, at) => Object.is(row[field], column[at]))) continue;
        rows.forEach((row, at) => (row[field] = column[at]));
        change.modify(rows[0], field, column[0]); // tells that the field is another
      }
      view.change(name, change);
    };
  }

  return {
    /** Replace the data and wait until it is drawn. @param {Columns} columns @param {Measures} measures */
    async update(columns, measures) {
      const single = Object.entries(measures).map(([name, value]) => [name, [value]]);
      await after(() => {
        tables.columns(columns);
        tables.measures(Object.fromEntries(single));
      });
    },
    /** Draw again at the width that the element has now. */
    resize: () => after(() => {}),
    /** The chart as SVG text. */
    svg: () => view.toSVG(),
    end: () => view.finalize(),
  };
}

/** @type {Promise<any> | undefined} */
let library;

/** The library, with its view in slices; or a sentence for the reader, and the next call tries again. */
function vega() {
  library ??= import("./vega-scales.js")
    .then(pause)
    .then(() => import("./vega-marks.js"))
    .then(pause)
    .then(() => import("./vega.js"))
    .then((all) => ({ ...all, View: sliced(all) }))
    .catch((why) => {
      library = undefined;
      const message = "What draws the charts could not be fetched.";
      throw Object.assign(new Error(message), { detail: String(why) });
    });
  return library;
}

/** A chart that Altair made, as `draw` takes it. @param {string} vegaLite as JSON @returns {Promise<Chart>} */
export async function compile(vegaLite) {
  try {
    const { compile: toVega, parse } = await import("./vega-lite.js");
    const { spec } = toVega(JSON.parse(vegaLite));
    return { flow: parse(spec, undefined, { ast: true }) };
  } catch (why) {
    const message = `The chart could not be compiled: ${why}`;
    throw Object.assign(new Error(message), { reason: "chart" });
  }
}

/** @param {Columns} columns */
function rowsOf(columns) {
  const names = Object.keys(columns);
  return Array.from(columns[names[0]], (_, at) =>
    Object.fromEntries(names.map((name) => [name, columns[name][at]])),
  );
}
