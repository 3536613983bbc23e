// @ts-check
// A figure's picture as it can leave the page: its colours and its typeface go along.

/** @typedef {import("./data.js").Taken} Taken @typedef {import("./data.js").Made} Made */
/** @typedef {"light" | "dark"} Scheme */

const PIXELS = 2; // of a PNG for each of the picture's own

/** @param {Taken} taken @param {Scheme} scheme @returns {Promise<Made>} */
export async function svg(taken, scheme) {
  const content = await drawn(taken, scheme);
  return { name: named(taken, scheme, "svg"), kind: "image/svg+xml", content };
}

/** @param {Taken} taken @param {Scheme} scheme @returns {Promise<Made>} */
export async function png(taken, scheme) {
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(await drawn(taken, scheme))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth * PIXELS;
  canvas.height = image.naturalHeight * PIXELS;
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  /** @type {Blob | null} */
  const content = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  if (!content) throw new Error("this browser does not write a PNG");
  return { name: named(taken, scheme, "png"), kind: "image/png", content };
}

/** @param {Taken} taken @param {Scheme} scheme @param {string} ending */
const named = ({ figure }, scheme, ending) =>
  `${figure.name}${scheme === "dark" ? "-dark" : ""}.${ending}`;

/** The picture as an SVG that needs nothing of the page. @param {Taken} taken @param {Scheme} scheme */
async function drawn({ about, base, page, picture, run }, scheme) {
  const whole = new DOMParser().parseFromString(picture, "text/html");
  const root = /** @type {SVGSVGElement} */ (whole.querySelector("svg"));
  for (const name of ["aria-hidden", "focusable", "class"]) root.removeAttribute(name);
  for (const label of root.querySelectorAll("text[stroke]"))
    label.setAttribute("paint-order", "stroke"); // as figure.css has it
  const add = (
    /** @type {string} */ tag,
    /** @type {object} */ attributes,
    text = "",
  ) => {
    const made = whole.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes))
      made.setAttribute(name, value);
    made.textContent = text;
    return made;
  };
  root.prepend(
    add("title", {}, about.question),
    add("desc", {}, `${run.takeaway} ${page}`),
    add("rect", { width: "100%", height: "100%", fill: "var(--paper)" }),
  );
  const style = `<style>${await typeface(new URL(about.files["label.woff2"], base))}</style>`;
  const text = new XMLSerializer()
    .serializeToString(root)
    .replace(/>/, () => `>${style}`);
  return Object.entries(about.palettes[scheme]).reduce(
    (coloured, [name, value]) =>
      coloured.replaceAll(name, /** @type {string} */ (value)),
    text,
  );
}

/** The rule that brings the typeface of charts along. @param {URL} address */
async function typeface(address) {
  const font = await base64(await (await fetch(address)).blob());
  const source = `url("data:font/woff2;base64,${font}") format("woff2")`;
  return `@font-face { font-family: Label; font-weight: 400 600; src: ${source}; }`;
}

/** @param {Blob} blob @returns {Promise<string>} */
export function base64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).split(",", 2)[1]);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
