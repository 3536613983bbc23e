// Needed only for charts that Altair makes in the browser.
export { compile } from "vega-lite";
