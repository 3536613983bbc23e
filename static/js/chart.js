// @ts-check
// The only file that knows Vega: draws a spec, then replaces its data.

import { quickly } from "./quickly.js";

/** @typedef {Record<string, ArrayLike<number>>} Columns */
/** @typedef {Record<string, number | string | null>} Measures */

/**
 * Draw a Vega spec into `element`, without data; nothing is fetched by the spec itself.
 * Each step is a task of its own, so that the page answers in between.
 * @param {HTMLElement} element @param {object} spec
 */
export async function draw(element, spec) {
  const library = await vega();
  const { expressionInterpreter, loader, parse, View } = library;
  await nextTask();
  const closed = loader();
  closed.load = () => Promise.reject(new Error("a chart loads nothing"));
  closed.sanitize = () => Promise.reject(new Error("a chart links nowhere"));
  const flow = parse(spec, undefined, { ast: true });
  await nextTask();
  const view = new View(flow, {
    expr: quickly(expressionInterpreter),
    loader: closed,
    renderer: "svg",
    hover: false,
  });
  await nextTask();
  await view.initialize(element).runAsync();
  await nextTask();
  let drawn = Promise.resolve();
  /** One change at a time: another before the end of the last would be lost. @param {() => void} change */
  const after = (change) =>
    (drawn = drawn.then(async () => {
      view.width(element.clientWidth || view.width());
      change();
      await view.runAsync();
    }));
  const tables = { columns: table("columns"), measures: table("measures") };

  /** A table of the chart: its rows stay, and with them the marks, as long as there are as many. @param {string} name */
  function table(name) {
    /** @type {Record<string, any>[]} */
    let rows = [];
    return (/** @type {Columns | Record<string, ArrayLike<any>>} */ columns) => {
      const names = Object.keys(columns);
      if (rows.length !== columns[names[0]].length)
        return view.data(name, (rows = rowsOf(columns)));
      const change = library.changeset().reflow();
      for (const field of names) {
        const column = columns[field];
        if (rows.every((row, at) => Object.is(row[field], column[at]))) continue;
        rows.forEach((row, at) => (row[field] = column[at]));
        change.modify(rows[0], field, column[0]); // tells that the field is another
      }
      view.change(name, change);
    };
  }

  let isEmpty = true;
  return {
    /** Replace the data and wait until it is drawn. @param {Columns} columns @param {Measures} measures */
    async update(columns, measures) {
      const single = Object.entries(measures).map(([name, value]) => [name, [value]]);
      const draw = () => tables.columns(columns);
      const label = () => tables.measures(Object.fromEntries(single));
      if (!isEmpty) return after(() => (draw(), label()));
      isEmpty = false;
      for (const step of [draw, label]) {
        await nextTask(); // the first marks are the slowest: each a task of its own
        await after(step);
      }
    },
    /** Draw again at the width that the element has now. */
    resize: () => after(() => {}),
    /** The chart as SVG text. */
    svg: () => view.toSVG(),
    end: () => view.finalize(),
  };
}

/** The library, or a sentence for the reader. */
function vega() {
  return import("./vega.js").catch((why) => {
    const message = "What draws the charts could not be fetched.";
    throw Object.assign(new Error(message), { detail: String(why) });
  });
}

const nextTask = () => new Promise((resolve) => setTimeout(resolve));

/** A chart that Altair made, as the spec that Vega draws. @param {string} vegaLite as JSON */
export async function compile(vegaLite) {
  try {
    const { compile: toVega } = await import("./vega-lite.js");
    return toVega(JSON.parse(vegaLite)).spec;
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
