// @ts-check
// An address as a QR code: dark on white in every theme, or cameras do not read it.

const SVG = "http://www.w3.org/2000/svg";
const QUIET = 4; // modules of white around it, as ISO 18004 asks

/** @param {string} address */
export async function codeOf(address) {
  const { qrcode } = await import("../vendor/qrcode.js");
  const code = qrcode(0, "M");
  code.addData(address);
  code.make();
  const count = code.getModuleCount();
  const numbers = [...Array(count).keys()];
  const dark = numbers.flatMap((y) =>
    numbers.filter((x) => code.isDark(y, x)).map((x) => `M${x} ${y}h1v1h-1z`),
  );
  const svg = document.createElementNS(SVG, "svg");
  const size = count + 2 * QUIET;
  svg.setAttribute("viewBox", `${-QUIET} ${-QUIET} ${size} ${size}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `QR code of ${address}`);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", dark.join(""));
  svg.append(path);
  return svg;
}
