// @ts-check

/**
 * `work`, called at most once at a time and always with the newest arguments.
 * @template {any[]} A
 * @param {(...args: A) => Promise<void>} work
 */
export function latest(work) {
  let running = false;
  /** @type {A | null} */
  let next = null;
  return async (/** @type {A} */ ...args) => {
    next = args;
    if (running) return;
    running = true;
    try {
      while (next) {
        const now = next;
        next = null;
        await work(...now);
      }
    } finally {
      running = false;
    }
  };
}

/** `work` now, and then at most once in `pause` ms, the last call included. @param {() => void} work @param {number} pause */
export function spaced(work, pause) {
  let last = -Infinity;
  let timer = 0;
  return () => {
    clearTimeout(timer);
    const wait = last + pause - performance.now();
    timer = setTimeout(
      () => {
        last = performance.now();
        work();
      },
      Math.max(wait, 0),
    );
  };
}
