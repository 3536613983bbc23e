// @ts-check
// A figure as one file of HTML: the pages that `builder/one_file.py` has prepared, with the
// reader's state in them, and for a live one the site's own files.

import { isRange, readingOf } from "./ranges.js";
import { assetsOf, downloads } from "./downloads.js";
import { base64 } from "./images.js";
import { keepFresh } from "./store.js";

/** @typedef {import("./data.js").Taken} Taken @typedef {import("./data.js").Made} Made */

const STYLE_GOES_HERE = "<!-- style -->";
const PARTS_GO_HERE = "<!-- parts -->";

/** @param {Taken} taken @returns {Promise<Made>} */
export async function still(taken) {
  const page = filled(taken.about.still, taken);
  for (const place of page.querySelectorAll("[data-parameter]")) {
    const { parameter } = /** @type {HTMLElement} */ (place).dataset;
    place.textContent = reading(control(taken, parameter));
  }
  const name = `${taken.figure.name}.html`;
  return { name, kind: "text/html", content: await written(page, taken) };
}

/** @param {Taken} taken @returns {Promise<Made>} */
export async function live(taken) {
  const { about, base, figure, say } = taken;
  const page = await filled(about.live, taken);
  stand(page, taken);
  const [before, after] = (await written(page, taken)).split(PARTS_GO_HERE);
  const [script, worker] = await Promise.all(
    ["one-file.js", "one-file-worker.js"].map((name) => text(about.files[name], base)),
  );
  const { modules, packed } = about.parts;
  const names = [...modules.slice(1), ...packed];
  const manifest = new URL(
    document.documentElement.dataset.manifest ?? "",
    document.baseURI,
  );
  const assets = await assetsOf(manifest.href);
  const { files } = downloads(assets, names, ({ loaded, total }) =>
    say(`${megabytes(loaded)} of ${megabytes(total)} MB are here.`),
  );
  const parts = [await block(modules[0], new Blob([worker]), true)];
  for (const name of names)
    parts.push(
      await block(name, new Blob([await files[name]]), modules.includes(name)),
    );
  await keepFresh(Object.values(assets).map(({ url }) => url));
  const last = `<script type="module">${script}</script>`;
  const content = new Blob([before, ...parts, last, after]);
  return { name: `${figure.name}-live.html`, kind: "text/html", content };
}

/** A prepared page with what the run gave. @param {string} html @param {Taken} taken */
function filled(html, { figure, run, page, picture }) {
  const made = new DOMParser().parseFromString(html, "text/html");
  const find = (/** @type {string} */ selector) =>
    /** @type {HTMLElement} */ (made.querySelector(selector));
  find(".picture").innerHTML = `<div class="chart">${rounded(picture)}</div>`;
  find(".picture").setAttribute("aria-label", run.takeaway);
  find(".takeaway").textContent = run.takeaway;
  find('[data-value="seed"]').textContent = String(run.seed);
  for (const row of made.querySelectorAll("[data-measure]")) {
    const { measure = "" } = /** @type {HTMLElement} */ (row).dataset;
    const [here, theory] = row.querySelectorAll("td");
    here.textContent = run.shown[measure];
    theory.textContent = run.shown_theory[measure] ?? "—";
  }
  const code = new URL(`${figure.name}.py`, page.replace(/\?.*/, "")).href;
  for (const [place, href] of [
    ["[data-page]", page],
    ["[data-code]", code],
  ]) {
    find(place).setAttribute("href", href);
    find(place).textContent = href;
  }
  return made;
}

/** A picture with its places to a hundredth of a pixel: half the bytes. @param {string} svg */
const rounded = (svg) =>
  svg.replace(/ (d|transform)="[^"]*"/g, (places) =>
    places.replace(/\d+\.\d{3,}/g, (number) => Number(number).toFixed(2)),
  );

/** Let the controls of a live page start where ours stand. @param {Document} page @param {Taken} taken */
function stand(page, taken) {
  const whole = /** @type {HTMLElement} */ (page.querySelector("figure"));
  whole.dataset.seed = String(taken.run.seed);
  for (const theirs of whole.querySelectorAll("[name]")) {
    const ours = control(taken, theirs.getAttribute("name") ?? "");
    const beside = theirs.parentElement?.querySelector(".reading");
    if (beside) beside.textContent = reading(ours);
    if (isRange(ours)) {
      theirs.setAttribute("value", ours.value);
      theirs.setAttribute("aria-valuetext", reading(ours));
    } else
      for (const option of theirs.querySelectorAll("option"))
        option.toggleAttribute("selected", option.value === ours.value);
  }
}

/** The control of the page's own figure. @param {Taken} taken @param {string} [name] */
const control = ({ figure }, name) =>
  /** @type {HTMLInputElement | HTMLSelectElement} */ (
    figure.element.querySelector(`[name="${name}"]`)
  );

/** @param {HTMLInputElement | HTMLSelectElement} control */
const reading = (control) =>
  isRange(control)
    ? readingOf(control)
    : (control.selectedOptions[0].textContent?.trim() ?? "");

/** A part of a live file, as an element that nobody runs. @param {string} name @param {Blob} data @param {boolean} isModule */
async function block(name, data, isModule) {
  const kind = isModule ? "text/javascript" : "application/octet-stream";
  const held = isModule
    ? new Blob([data, `\n//# sourceURL=${name}\n`])
    : await zipped(data);
  const about = `data-part="${name}" data-kind="${kind}" data-bytes="${held.size}"`;
  return `<script type="text/plain" ${about}>${await base64(held)}</script>\n`;
}

/** @param {Blob} data */
const zipped = (data) =>
  new Response(data.stream().pipeThrough(new CompressionStream("gzip"))).blob();

/** @param {string} name @param {string} base */
async function text(name, base) {
  const answer = await fetch(new URL(name, base));
  if (!answer.ok) throw new Error(`${name} did not arrive`);
  return answer.text();
}

/**
 * The page as text, and in it the book's styles, which this page's policy keeps out of DOM.
 * @param {Document} page @param {Taken} taken
 */
async function written(page, { about, base }) {
  const style = await text(about.files["one-file.css"], base);
  const html = page.documentElement.outerHTML;
  return `<!doctype html>\n${html.replace(STYLE_GOES_HERE, () => `<style>${style}</style>`)}\n`;
}

/** @param {number} bytes */
const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
