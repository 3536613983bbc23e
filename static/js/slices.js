// @ts-check
// Vega works in slices: between two of its operators, and before it renders, the page may
// answer its reader. Nothing is drawn in between.

const SLICE_MS = 12;
const UNSEEN_SLICE_MS = 4; // of a fresh chart: Python starts beside it, on the same cores

/** @typedef {Record<string, any>} Any */

let began = 0; // the slice

/** Let the page answer, and go on in a task of its own. */
export async function pause() {
  const { scheduler } = /** @type {Any} */ (globalThis);
  await new Promise((resolve) =>
    scheduler?.postTask ? scheduler.postTask(resolve) : setTimeout(resolve),
  );
  began = performance.now();
}

/** Let the page answer if that is due. @param {Element | null} chart @returns {Promise<void> | null} */
function due(chart) {
  const took = performance.now() - began;
  const slice = took > UNSEEN_SLICE_MS && chart?.closest(".fresh") ? 0 : SLICE_MS;
  return took > slice ? pause() : null;
}

/** Vega's view, in slices. @param {Any} library */
export function sliced({ Operator, Transform, View, renderModule }) {
  for (const { prototype } of [Operator, Transform]) {
    const { run } = prototype;
    prototype.run = function (/** @type {Any} */ pulse) {
      const paused = pulse.dataflow.isWhole ? null : due(pulse.dataflow.container());
      return paused ? paused.then(() => run.call(this, pulse)) : run.call(this, pulse);
    };
  }
  const svg = renderModule("svg");
  renderModule("svg", {
    ...svg,
    renderer: class extends svg.renderer {
      /** @param {Any[]} scene */
      async renderAsync(...scene) {
        await due(this.element());
        return super.renderAsync(...scene);
      }
    },
  });
  return class extends View {
    isWhole = false;

    /** @param {any[]} how */
    runAsync(...how) {
      began = performance.now();
      return super.runAsync(...how);
    }

    /** What nobody waits for, as fitting into the width, is done at once. @param {any[]} how */
    run(...how) {
      this.isWhole = true;
      super.run(...how);
      this.isWhole = false;
      return this;
    }
  };
}
