// @ts-check
// Tells the page around a frame how high it would like to be, in the ways that pages listen
// to: our own, Datawrapper's, AMP's, Medium's (Flourish speaks it too), iframe-resizer's.

const RESIZER = "[iFrameSizer]";

/** @param {string} id the figure's name */
export function tellHeight(id) {
  if (parent === window) return;
  const src = location.href; // as framed: what the reader sets later is not told
  let last = 0;
  let resizer = ""; // the id that iframe-resizer has given us

  const tell = (/** @type {string} */ why) => {
    const { height: exact } = document.documentElement.getBoundingClientRect();
    const height = Math.ceil(exact);
    if (height === 0 || (height === last && !why)) return;
    last = height;
    const width = document.documentElement.scrollWidth;
    const medium = { sender: "monograph", context: "iframe.resize", method: "resize" };
    for (const message of [
      { type: "monograph:height", version: 1, id, height },
      { "datawrapper-height": { [id]: height } },
      { sentinel: "amp", type: "embed-size", height },
      JSON.stringify({ ...medium, src, height }),
      resizer && `${RESIZER}${resizer}:${height}:${width}:${why || "mutationObserver"}`,
    ])
      if (message) parent.postMessage(message, "*"); // a number is no secret
  };

  addEventListener("message", ({ source, data }) => {
    if (source !== parent || !String(data).startsWith(RESIZER) || resizer) return;
    resizer = String(data).slice(RESIZER.length).split(":")[0];
    tell("init");
  });
  new ResizeObserver(() => tell("")).observe(document.documentElement);
  tell("load");
  parent.postMessage("[iFrameResizerChild]Ready", "*");
}
