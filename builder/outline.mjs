// Draws pictures as any host shows them: their text as outlines, and in dots.
//
// Reads {"fonts": [path], "pictures": [svg]} and writes [{"svg", "png" (base64)}].

import { readFileSync } from "node:fs";
import { Resvg } from "@resvg/resvg-js";

const { fonts, pictures } = JSON.parse(readFileSync(0, "utf8"));
const told = new Map(); // path -> the same path in fewer bytes
const font = { fontFiles: fonts, loadSystemFonts: false };
const drawn = pictures.map((svg) => {
  const picture = new Resvg(svg, { font });
  const png = picture.render().asPng().toString("base64");
  return { svg: small(picture.toString()), png };
});
process.stdout.write(JSON.stringify(drawn));

/** The same picture in about half the bytes. */
function small(svg) {
  return svg
    .replace(/<path [^>]*visibility="hidden"[^>]*\/>|<defs\/>|\n\s*/g, "")
    .replace(/ d="([^"]*)"/g, (_, path) => ` d="${relative(path)}"`);
}

/** A path told in steps of 0.1 px from one point to the next; both schemes have it. */
function relative(path) {
  if (!told.has(path)) told.set(path, inSteps(path));
  return told.get(path);
}

/** The same, made anew. */
function inSteps(path) {
  let at = [0, 0];
  return path.replace(/([MLQCZ])([^MLQCZ]*)/g, (_, command, rest) => {
    if (command === "Z") return "z"; // what follows is a new M, which is absolute
    const there = rest
      .trim()
      .split(" ")
      .map((number) => Math.round(number * 10));
    const steps = there.map((number, i) =>
      command === "M" ? number : number - at[i % 2],
    );
    at = there.slice(-2);
    const told = steps.map((step) => step / 10).join(" ");
    return (command === "M" ? "M" : command.toLowerCase()) + told.replaceAll(" -", "-");
  });
}
