// @ts-check
// One figure's life: controls -> simulator -> chart -> readings. It owns `data-state`.

import { draw } from "./chart.js";
import {
  allInWords,
  controlsOf,
  defaultOf,
  prepare,
  set,
  valuesOf,
} from "./controls.js";
import { copy } from "./copy.js";
import { latest, spaced } from "./latest.js";
import { namesOf, obey, readLink, writeLink } from "./links.js";
import { readings } from "./readings.js";
import { pause } from "./slices.js";

/** @typedef {ReturnType<typeof import("./simulator.js").simulator>} Simulator */
/** @typedef {import("./simulator.js").Progress} Progress */
/** @typedef {import("./readings.js").Run} Run */
/** @typedef {ReturnType<typeof figure>} Figure what a page's other scripts may ask of it */

const NOTES_AT_MOST = 3; // of what a link got wrong
const REST_MS = 2000; // after the last wish or answer: importing Altair slows the next
const REHEARSALS = 12; // on a page; by then the browser has compiled what a change runs
const ADDRESS_PAUSE_MS = 400; // browsers refuse an address that changes with every frame
const REACHES = ["pointerdown", "focusin", "touchstart"];
const REACHES_IN_A_FRAME = ["click", "focusin"]; // scrolling past on glass is none

let rehearsals = 0;
let lastStir = 0; // when any figure on the page was last asked for something, or drawn

/**
 * Wake one `<figure data-figure>`.
 * @param {HTMLElement} element @param {Simulator} python
 * @param {boolean} several whether the page has more figures than this
 * @param {boolean} [isFramed] whether it stands in somebody's page: it waits to be touched
 */
export function figure(element, python, several, isFramed = false) {
  const find = (/** @type {string} */ selector) =>
    /** @type {HTMLElement} */ (element.querySelector(selector));
  const name = element.dataset.figure ?? "";
  const bookSeed = Number(element.dataset.seed);
  const controls = controlsOf(element);
  const reading = readings(element);
  const known = ["seed", ...controls.flatMap(namesOf)];
  let seed = bookSeed;
  let isAwake = false;
  let askedAt = 0; // when the reader last asked for something not yet drawn; 0 is never
  let note = ""; // what a link asked for and could not get
  /** @type {Run | null} */
  let lastRun = null;
  /** @type {Awaited<ReturnType<typeof newChart>> | null} */
  let chart = null;
  let edited = ""; // the reader's text in place of the figure's file
  /** @type {import("./chart.js").Chart | null} */
  let byAltair = null; // the chart of the figure's file, until it is drawn

  /** @param {"still" | "loading" | "live" | "running" | "failed"} now */
  function state(now) {
    element.dataset.state = now;
    find(".loading").hidden = now !== "loading";
  }

  /** A sentence below the picture, or none. @param {string} text */
  function say(text) {
    find(".status").textContent = text;
  }

  /** A text to be copied by hand: it is selected already. @param {string} text */
  function show(text) {
    say(text);
    getSelection()?.selectAllChildren(find(".status"));
  }

  /** A sentence, and a button that runs the figure. @param {string} text @param {string} word */
  function offer(text, word) {
    say(text);
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = word;
    button.addEventListener("click", ask);
    find(".status").append(button);
  }

  /** Run with the controls as they stand, draw, and tell whoever asked. */
  const update = latest(async () => {
    const since = askedAt;
    const stir = lastStir;
    const text = edited;
    const settings = allInWords(controls, seed);
    askedAt = 0;
    state(chart ? "running" : "loading");
    try {
      const running = python.run(name, valuesOf(controls), seed, text);
      if (text) await running; // what does not run is not drawn
      const isSeen = chart?.text === text && (text || !byAltair);
      const [answer, drawn] = await Promise.all([
        running,
        isSeen && chart ? chart : newChart(text),
      ]);
      const run = { ...answer, text };
      if (drawn.made === byAltair && !since) await rehearse(drawn, stir);
      await drawn.update(run.columns, { ...run.parameters, ...run.measures });
      if (since) lastStir = performance.now();
      if (drawn !== chart) await pause();
      takePlace(drawn);
      lastRun = run;
      const spread = reading.show(run);
      element.dataset.seed = String(run.seed);
      find(".drawn-at").textContent = settings;
      await painted();
      state("live"); // from here on, no news of a download takes the sentence's place
      say(note || spread);
      if (since) tell(run, since);
    } catch (error) {
      fail(/** @type {Error & {detail?: string}} */ (error));
    }
  });

  /** A chart in a fresh element, beside the one that is seen. @param {string} text what it is of */
  async function newChart(text) {
    const own = text ? await chartOf(text) : byAltair;
    const made = own ?? (await chartOfTheBuild());
    const place = document.createElement("div");
    place.className = "chart fresh";
    find(".picture").append(place);
    const drawn = await draw(place, made);
    return Object.assign(drawn, { place, text, made, by: own ? "browser" : "build" });
  }

  /**
   * Change a chart that nobody sees yet, as the reader will, while nobody asks for anything.
   * @param {NonNullable<typeof chart>} drawn @param {number} stir the last that is known
   */
  async function rehearse(drawn, stir) {
    try {
      for (; rehearsals < REHEARSALS && lastStir === stir; rehearsals++) {
        const run = await python.run(name, valuesOf(controls), seed + rehearsals);
        await drawn.update(run.columns, { ...run.parameters, ...run.measures });
        await pause();
      }
    } catch (error) {
      console.info(`figure ${name}: the rehearsal ends early.`, error);
    }
  }

  async function chartOfTheBuild() {
    const answer = await fetch(element.dataset.live ?? "").catch(() => null);
    const chart = answer?.ok ? await answer.json().catch(() => null) : null;
    if (chart) return chart;
    throw new Error(
      "The chart could not be fetched; the site may be half deployed or out of reach.",
    );
  }

  /** Show a filled chart in place of what was there. @param {any} drawn */
  function takePlace(drawn) {
    if (drawn === chart) return;
    chart?.end();
    chart = drawn;
    if (byAltair === drawn.made) byAltair = null;
    for (const old of [...find(".picture").children])
      if (old !== drawn.place) old.remove();
    drawn.place.classList.remove("fresh");
    element.dataset.drawnBy = drawn.by;
    if (drawn.by === "browser") return;
    performance.mark(`figure:${name}:live`);
    whenAtRest(drawByAltair);
  }

  /** Tell the page that an update is painted. @param {Run} run @param {number} since */
  function tell(run, since) {
    const { duration } = performance.measure(`figure:${name}:update`, { start: since });
    const { parameters, measures, takeaway } = run;
    element.dispatchEvent(
      new CustomEvent("figure:update", {
        bubbles: true,
        detail: {
          figure: name,
          parameters,
          seed: run.seed,
          measures,
          takeaway,
          elapsedMs: duration,
        },
      }),
    );
  }

  /** Keep the picture, say what happened, offer another try. @param {Error & {detail?: string}} error */
  function fail(error) {
    for (const half of element.querySelectorAll(".chart.fresh")) half.remove();
    state("failed");
    offer(`${error.message} The picture is still the last good one. `, "try again");
    console.info(`figure ${name}:`, error.detail ?? error.message);
    element.dispatchEvent(new CustomEvent("figure:failed", { detail: error }));
  }

  /** What `chart()` returns, to be drawn. @param {string} text the reader's, or "" */
  const chartOf = (text) => python.chart(name, find(".picture").clientWidth, text);

  /** Let the reader's text stand for the figure's file, or with "" the file itself. @param {string} text */
  function edit(text) {
    edited = text;
    ask();
  }

  /** Once the page is at rest, draw with what `chart()` returns in the reader's own Python. */
  async function drawByAltair() {
    if (isFramed || /** @type {any} */ (navigator).connection?.saveData) return;
    if (edited || chart?.by === "browser") return; // it is drawn so already
    try {
      const made = await chartOf("");
      if (edited) return; // and perhaps made by a Python that has run a reader's text
      byAltair = made;
      update();
    } catch (error) {
      console.info(`figure ${name}: the chart stays as the build made it.`, error);
    }
  }

  /** Where a permalink leads: here, or from a frame to the figure's own page. */
  const home = () =>
    isFramed ? /** @type {HTMLAnchorElement} */ (find(".model")).href : location.href;

  /** What differs from the defaults. */
  function stated() {
    const changed = controls.filter((control) => control.value !== defaultOf(control));
    const values = new Map(changed.map((control) => [control.name, control.value]));
    if (seed !== bookSeed) values.set("seed", String(seed));
    return values;
  }

  /** The link to a page in the present state. */
  function link(page = home(), isShared = several) {
    return writeLink(page, name, isShared, known, stated());
  }

  const followAddress = spaced(() => {
    try {
      history.replaceState(history.state, "", link(location.href));
    } catch {
      // A frame without an origin of its own may not: the link can still be copied.
    }
  }, ADDRESS_PAUSE_MS);

  function ask() {
    isAwake = true;
    askedAt = lastStir = performance.now();
    update();
  }

  function changed() {
    followAddress();
    if (isAwake || !isFramed) ask();
    else if (!stated().size) say(note);
    else offer(`${note} The picture shows the defaults. `, "run as the link says");
  }

  /** Start Python when the reader first reaches for the figure. */
  function wake() {
    if (!isAwake) ask();
  }

  /**
   * Stand where a link says, if it speaks of this figure.
   * @param {string} search
   * @param {boolean} [isWhole] whether what it is silent about goes to its default
   */
  function follow(search, isWhole = false) {
    const asked = readLink(search, name, several, known);
    if (isWhole) toDefaults();
    else if (asked.size === 0) return;
    const notes = obey(asked, controls, (text) => {
      const isSeed = /^\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text));
      seed = isSeed ? Number(text) : bookSeed;
      return isSeed ? "" : `a seed is a whole number, and is ${bookSeed}`;
    });
    const said = notes.slice(0, NOTES_AT_MOST);
    note = said.length ? `The link asked for something else: ${said.join("; ")}.` : "";
    changed();
  }

  function toDefaults() {
    for (const control of controls) set(control, defaultOf(control));
    seed = bookSeed;
    note = "";
    reading.forget();
  }

  /** @type {Record<string, () => unknown>} */
  const actions = {
    again() {
      seed = seed < Number.MAX_SAFE_INTEGER ? seed + 1 : 0;
      changed();
    },
    reset() {
      toDefaults();
      changed();
    },
    async link() {
      if (await copy(link())) say("The link is copied.");
      else show(link());
    },
  };

  /** Bytes and stage while Python loads. @param {Progress} progress */
  function onProgress({ stage, loaded, total }) {
    if (!["loading", "running"].includes(element.dataset.state ?? "")) return;
    state("loading");
    const bar = /** @type {HTMLProgressElement} */ (find(".loading"));
    bar.value = total ? loaded / total : 0;
    const megabytes = (/** @type {number} */ bytes) => (bytes / 1e6).toFixed(1);
    say(
      loaded < total
        ? `${stage} is loading, ${megabytes(loaded)} of ${megabytes(total)} MB.`
        : `${stage} is starting.`,
    );
  }

  prepare(controls);
  find(".controls").addEventListener("input", () => {
    note = "";
    isAwake = true;
    changed();
  });
  find(".controls").addEventListener("submit", (event) => event.preventDefault());
  find(".actions").addEventListener("click", ({ target }) => {
    const action = /** @type {HTMLElement} */ (target).dataset?.action;
    if (action) actions[action]();
  });
  for (const reach of isFramed ? REACHES_IN_A_FRAME : REACHES) {
    element.addEventListener(reach, wake, { passive: true });
  }
  element.addEventListener("pointermove", ({ movementX, movementY }) => {
    if (isFramed) return;
    if (movementX || movementY) wake(); // the page scrolling under the pointer is no reach
  });
  new ResizeObserver(() => chart?.resize()).observe(find(".picture"));
  return {
    name,
    element,
    follow,
    onProgress,
    stated,
    link,
    say,
    /** The sentence below the picture. */
    said: () => find(".status").textContent ?? "",
    edit,
    stop: python.stop,
    show,
    /** A run that is not drawn. @param {Record<string, number | string>} values @param {number} chosenSeed */
    check: (values, chosenSeed) => python.run(name, values, chosenSeed),
    /** The parameters and the seed as they stand. */
    stand: () => ({ parameters: valuesOf(controls), seed }),
    /** The run that the picture shows; null while it is the still. */
    run: () => lastRun,
    /** The picture as it stands, as SVG: the live chart's, or the still's. */
    picture: async () => (await chart?.svg()) ?? stillOf(element),
    /**
     * Set these parameters and this seed, and run.
     * @param {Record<string, number | string>} values @param {number} [chosenSeed]
     */
    setTo(values, chosenSeed = seed) {
      for (const control of controls)
        if (control.name in values) set(control, String(values[control.name]));
      seed = chosenSeed;
      note = "";
      changed();
    },
  };
}

/** The still that is seen at this width, as SVG. @param {HTMLElement} figure */
const stillOf = (figure) =>
  [...figure.querySelectorAll(".still")].find((still) => still.clientHeight)
    ?.innerHTML ?? "";

/** The next frame is on the screen. */
const painted = () =>
  new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));

/** When the reader has asked for nothing in a while, and the page is idle. @param {() => void} work */
function whenAtRest(work) {
  const wait = lastStir + REST_MS - performance.now();
  if (wait > 0) setTimeout(whenAtRest, wait, work);
  else if ("requestIdleCallback" in window)
    requestIdleCallback(work, { timeout: REST_MS });
  else work();
}
