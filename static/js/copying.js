// @ts-check
// Copying: a button at each block of code, and what it does where copying is refused.

import { copy } from "./copy.js";
import { styled } from "./styled.js";
import { notice } from "./notices.js";

/** Give each block of code its button. */
export async function start() {
  await styled();
  for (const block of document.querySelectorAll("main pre.code")) {
    const box = document.createElement("div");
    box.className = "copied";
    block.replaceWith(box);
    box.append(block, buttonOf(block));
  }
}

/** @param {Element} block */
function buttonOf(block) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "copy";
  button.setAttribute("aria-label", "copy this code");
  button.addEventListener("click", async () => {
    if (await copy(block.textContent ?? "")) return notice("The code is copied.");
    getSelection()?.selectAllChildren(block);
    notice("This browser does not let the page copy. The code is selected.");
  });
  return button;
}
