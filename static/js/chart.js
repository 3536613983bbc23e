// @ts-check
// The only file that knows Vega: draws a spec, then replaces its data.

/** @typedef {Record<string, ArrayLike<number>>} Columns */
/** @typedef {Record<string, number | string | null>} Measures */

/**
 * Draw a Vega spec into `element`; nothing is fetched by the spec itself.
 * @param {HTMLElement} element @param {object} spec
 */
export async function draw(element, spec) {
  const { expressionInterpreter, loader, parse, View } = await vega();
  const closed = loader();
  closed.load = () => Promise.reject(new Error("a chart loads nothing"));
  closed.sanitize = () => Promise.reject(new Error("a chart links nowhere"));
  const view = new View(parse(spec, undefined, { ast: true }), {
    expr: expressionInterpreter,
    loader: closed,
    renderer: "svg",
    hover: false,
  });
  view.initialize(element);
  let drawn = Promise.resolve();
  /** One change at a time: another before the end of the last would be lost. @param {() => void} change */
  const after = (change) =>
    (drawn = drawn.then(async () => {
      view.width(element.clientWidth || view.width());
      change();
      await view.runAsync();
    }));
  return {
    /** Replace the data and wait until it is drawn. @param {Columns} columns @param {Measures} measures */
    update: (columns, measures) =>
      after(() => view.data("columns", rowsOf(columns)).data("measures", [measures])),
    /** Draw again at the width that the element has now. */
    resize: () => after(() => {}),
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

/** A chart that Altair made, as the spec that Vega draws. @param {string} vegaLite as JSON */
export async function compile(vegaLite) {
  const { compile: toVega } = await import("./vega-lite.js");
  return toVega(JSON.parse(vegaLite)).spec;
}

/** @param {Columns} columns */
function rowsOf(columns) {
  const names = Object.keys(columns);
  return Array.from(columns[names[0]], (_, at) =>
    Object.fromEntries(names.map((name) => [name, columns[name][at]])),
  );
}
