// @ts-check
// How an embed page looks: light or dark, its controls and its title, as the address and the
// page around it say. Not a module: it has to be done before the first paint.

{
  const looks = {
    theme: ["light", "dark"], // else as the reader's system says
    controls: ["main", "none"], // else all
    title: ["off"], // else on
  };
  const root = document.documentElement;

  /** @param {keyof typeof looks} look @param {unknown} value */
  const show = (look, value) => {
    if (looks[look].includes(String(value))) root.dataset[look] = String(value);
    else delete root.dataset[look];
  };

  const asked = new URLSearchParams(location.search);
  show("theme", asked.get("theme"));
  show("controls", asked.get("controls"));
  show("title", asked.get("title"));

  addEventListener("message", ({ source, data }) => {
    if (source !== parent || typeof data !== "object" || !data) return;
    if (data.type === "monograph:theme") show("theme", data.theme);
    if ("confluenceColorMode" in data) show("theme", data.confluenceColorMode);
  });
}
