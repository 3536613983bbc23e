// The figure as a good tutorial would have it: Python in the page, Altair's JSON drawn
// anew at each change. It tells of updates as the book does, so that one probe reads both.

import { loadPyodide } from "../runtime/pyodide.mjs";

const figure = document.querySelector("figure");
const slider = document.querySelector("[name=fan_out]");
const at = (path) => new URL(`../runtime/${path}`, import.meta.url).href;
const get = async (path) => (await fetch(at(path))).text();

const painted = () => new Promise((go) => requestAnimationFrame(() => setTimeout(go)));

async function main() {
  const wheels = JSON.parse(await get("wheels.json")).map(at);
  const [pyodide, { default: embed }, archive, source] = await Promise.all([
    loadPyodide({ indexURL: at(""), packages: wheels }),
    import("./vega-embed.js"),
    fetch(at("figures.zip")).then((answer) => answer.arrayBuffer()),
    get("draw.py"),
  ]);
  pyodide.unpackArchive(archive, "zip");
  const draw = pyodide.runPython(source);
  window.pyodide = pyodide;

  async function update() {
    const fan_out = Number(slider.value);
    await embed("#chart", JSON.parse(draw(fan_out)));
    await painted();
    const detail = { figure: "tail_latency", parameters: { fan_out } };
    figure.dispatchEvent(new CustomEvent("figure:update", { bubbles: true, detail }));
  }

  slider.addEventListener("input", update);
  await update();
  Object.assign(figure.dataset, { state: "live", drawnBy: "browser" });
}

main();
