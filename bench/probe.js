// What happens in a page, kept where the harness can read it. Times are milliseconds
// since navigation began; an update counts when `figure:update` says that it is painted.
window.probe = (() => {
  const updates = [];
  const tasks = []; // [start, duration] of main-thread tasks over 50 ms
  const frames = []; // the same of frames that took over 50 ms to come
  const waiting = new Set();
  const now = () => performance.now();

  document.addEventListener("figure:update", ({ detail, target }) => {
    const told = { at: now(), figure: detail.figure, parameters: detail.parameters };
    updates.push(told);
    for (const one of waiting) if (one.matches(told, target)) one.settle(told);
  });

  const observe = (type, list) => {
    if (!PerformanceObserver.supportedEntryTypes.includes(type)) return;
    new PerformanceObserver((found) =>
      found.getEntries().forEach((e) => list.push([e.startTime, e.duration])),
    ).observe({ type, buffered: true });
  };
  observe("longtask", tasks);
  observe("long-animation-frame", frames);

  const parsed = new Promise((go) =>
    document.addEventListener("DOMContentLoaded", () => go(now()), { once: true }),
  );
  const drawn = new Promise((go) =>
    new PerformanceObserver((list) => {
      for (const e of list.getEntriesByName("first-contentful-paint")) go(e.startTime);
    }).observe({ type: "paint", buffered: true }),
  );

  /** When the text could be read. */
  const readable = async () => Math.max(await parsed, await drawn);

  const same = (a, b) =>
    a === b || Math.abs(Number(a) - Number(b)) <= 1e-9 * Math.abs(Number(b));

  /** The update of `figure` that shows `name` at `value`, when it is painted. */
  const painted = (figure, name, value) =>
    new Promise((go, fail) => {
      const end = () => {
        waiting.delete(one);
        watcher.disconnect();
      };
      const one = {
        matches: (told, target) =>
          target === figure && same(told.parameters[name], value),
        settle: (told) => (end(), go(told.at)),
      };
      const watcher = new MutationObserver(() => {
        if (figure.dataset.state !== "failed") return;
        end();
        fail(new Error(figure.querySelector(".status").textContent));
      });
      waiting.add(one);
      watcher.observe(figure, { attributeFilter: ["data-state"] });
    });

  /** Set a control as its reader would. */
  const set = (control, value) => {
    control.value = String(value);
    control.dispatchEvent(new Event("input", { bubbles: true }));
  };

  /** Change a control, and say when that was asked and when it was painted. */
  async function change(figure, name, value) {
    const control = figure.querySelector(`[name="${name}"]`);
    const asked = now();
    const shown = painted(figure, name, value);
    set(control, value);
    return { asked, painted: await shown };
  }

  /** As soon as the page can be read, change a control; by default the first. */
  async function firstChange(name, value) {
    const since = await readable();
    const figure = document.querySelector("figure[data-figure]");
    const control = figure.querySelector("[name]");
    figure.scrollIntoView({ block: "center" });
    const asked = [name ?? control.name, value ?? valuesOf(control, 1)[0]];
    return { readable: since, ...(await change(figure, ...asked)) };
  }

  /** The legal values of the first control, `count` of them, far from one another. */
  function valuesOf(control, count) {
    if (control.tagName === "SELECT") {
      const options = [...control.options].map((o) => o.value);
      return Array.from({ length: count }, (_, i) => options[(i + 1) % options.length]);
    }
    const [low, high] = [Number(control.min), Number(control.max)];
    const step = Number(control.dataset.step ?? control.step) || 1;
    const isLog = control.dataset.scale === "log" && low > 0;
    return Array.from({ length: count }, (_, i) => {
      const place = ((i + 1) * 0.618034) % 1; // the golden ratio leaves no gap for long
      const value = isLog ? low * (high / low) ** place : low + place * (high - low);
      const legal = low + Math.round((value - low) / step) * step;
      return Number(legal.toPrecision(12));
    });
  }

  /** Milliseconds from input to painted, one value after the other. */
  async function changes(figure, count) {
    const control = figure.querySelector("[name]");
    const took = [];
    for (const value of valuesOf(control, count)) {
      await rest();
      const { asked, painted } = await change(figure, control.name, value);
      took.push(painted - asked);
    }
    return took;
  }

  /** A moment in which nothing is asked, not in step with the frames. */
  const rest = () => new Promise((go) => setTimeout(go, 20 + 17 * Math.random()));

  /**
   * An input at every frame of a second, and then one with a value that came before in
   * none of them: how late that one is painted, and how many of all of them were.
   */
  async function drag(figure) {
    const control = figure.querySelector("[name]");
    const [last, ...others] = [...new Set(valuesOf(control, 120))];
    const before = updates.length;
    const began = now();
    let inputs = 0;
    while (now() - began < 1000) {
      await new Promise(requestAnimationFrame);
      set(control, others[inputs++ % others.length]);
    }
    await new Promise(requestAnimationFrame);
    const { asked, painted } = await change(figure, control.name, last);
    return {
      inputs: inputs + 1,
      updates: updates.length - before,
      late: painted - asked,
    };
  }

  return { updates, tasks, frames, readable, firstChange, change, changes, drag };
})();
