// @ts-check
// A small card beside a citation or a term: what the link leads to, without going there.
// It can be hovered, and Escape puts it away; without scripts the link is the whole of it.

const LINGER_MS = 150; // time to move the pointer from the link onto the card
const MARGIN = 16; // px to the edge of the window

const card = document.createElement("aside");
card.className = "card";
card.id = "card";
card.setAttribute("role", "tooltip");
card.hidden = true;
let leaving = 0;

/** What the card of a link says. @param {HTMLAnchorElement} link */
function contentOf(link) {
  if (link.dataset.meaning) return [link.dataset.meaning];
  const source = document.getElementById(link.hash.slice(1))?.cloneNode(true);
  if (!(source instanceof HTMLElement)) return [];
  source.querySelector(".back")?.remove();
  return [...source.childNodes];
}

/** @param {HTMLAnchorElement} link */
function show(link) {
  clearTimeout(leaving);
  card.replaceChildren(...contentOf(link));
  if (!card.hasChildNodes()) return;
  document.body.append(card);
  card.hidden = false;
  link.setAttribute("aria-describedby", card.id);
  const { left, top, bottom } = link.getBoundingClientRect();
  const { width, height } = card.getBoundingClientRect();
  const room = document.documentElement.clientWidth - MARGIN - width;
  const isBelow = bottom + height + MARGIN < window.innerHeight;
  card.style.left = `${Math.max(MARGIN, Math.min(left, room)) + scrollX}px`;
  card.style.top = `${(isBelow ? bottom + 6 : top - height - 6) + scrollY}px`;
}

function hide() {
  clearTimeout(leaving);
  card.hidden = true;
  document
    .querySelectorAll(`[aria-describedby="${card.id}"]`)
    .forEach((link) => link.removeAttribute("aria-describedby"));
}

function leave() {
  clearTimeout(leaving);
  leaving = setTimeout(hide, LINGER_MS);
}

/** Let the links of the page show their cards. */
export function start() {
  const hovers = matchMedia("(hover: hover)").matches;
  const links = /** @type {NodeListOf<HTMLAnchorElement>} */ (
    document.querySelectorAll(".cite a, a.term")
  );
  for (const link of links) {
    link.addEventListener("pointerenter", ({ pointerType }) => {
      if (pointerType === "mouse") show(link); // a finger follows the link
    });
    link.addEventListener("pointerleave", leave);
    link.addEventListener("focus", () => link.matches(":focus-visible") && show(link));
    link.addEventListener("blur", hide);
    if (link.matches(":focus-visible") || (hovers && link.matches(":hover")))
      show(link);
  }
  card.addEventListener("pointerenter", () => clearTimeout(leaving));
  card.addEventListener("pointerleave", leave);
  document.addEventListener("keydown", ({ key }) => key === "Escape" && hide());
}
