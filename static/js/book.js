// @ts-check
// What every page does: it opens the search, which is fetched when it is wanted.

const button = /** @type {HTMLButtonElement | null} */ (
  document.querySelector("[data-search]")
);

if (button) {
  button.disabled = false;
  button.addEventListener("click", async () => (await import("./search.js")).open());
}
