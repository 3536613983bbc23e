// @ts-check
// The presenter's view of an idea, `?present`: the room's window, or with `notes` the second
// one, which is for who speaks.

import { slides } from "./slides.js";
import { styled } from "./styled.js";

const SHEET = new URL("./present.css", import.meta.url).href;

/** Take over the page, if it is an idea's. */
export async function start() {
  const article = document.querySelector("article[data-minutes]");
  if (!article) return;
  await styled(SHEET);
  const value = new URLSearchParams(location.search).get("present") ?? "";
  const view = value === "notes" ? import("./notes.js") : import("./stage.js");
  (await view).open(slides(article), Number.parseInt(value) || 0);
}
