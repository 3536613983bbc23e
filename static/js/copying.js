// @ts-check
// Copying: a button at each block of code, and what it does where copying is refused.

import { copy } from "./copy.js";
import { button, make } from "./dom.js";
import { notice } from "./notices.js";
import { styled } from "./styled.js";

/** Give each block of code its button. */
export async function start() {
  await styled();
  const blocks = /** @type {NodeListOf<HTMLElement>} */ (
    document.querySelectorAll("main pre.code:not([hidden])")
  );
  for (const block of blocks) {
    const hadFocus = block === document.activeElement; // moving it takes that away
    const box = make("div", { class: "copied" });
    block.replaceWith(box);
    box.append(block, buttonOf(block));
    if (hadFocus) block.focus({ preventScroll: true });
  }
}

/** @param {Element} block */
function buttonOf(block) {
  const press = button("copy", async () => {
    if (await copy(block.textContent ?? "")) return notice("The code is copied.");
    getSelection()?.selectAllChildren(block);
    notice("This browser does not let the page copy. The code is selected.");
  });
  press.setAttribute("aria-label", "copy this code");
  return press;
}
