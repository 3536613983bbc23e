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
  const { expressionInterpreter, loader, parse, View } = await vega();
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
  let isEmpty = true;
  return {
    /** Replace the data and wait until it is drawn. @param {Columns} columns @param {Measures} measures */
    async update(columns, measures) {
      const rows = rowsOf(columns);
      const draw = () => view.data("columns", rows);
      const label = () => view.data("measures", [measures]);
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
