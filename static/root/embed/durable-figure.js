// @ts-check
// <durable-figure name="tail_latency" fan-out="100">: a live figure in any page. It is a frame
// that keeps its own height; an attribute is a parameter, and a change of one is followed.

{
  const script = /** @type {HTMLScriptElement} */ (document.currentScript);
  const here = new URL(".", script.src);
  const FIRST_HEIGHT = 640; // px, until the frame has told its own
  const NO_PARAMETER =
    /^(name|theme|controls|title|id|class|style|slot|lang|dir|hidden|role|tabindex)$|^(data|aria|on)/;

  class DurableFigure extends HTMLElement {
    frame = document.createElement("iframe");
    isLoaded = false;
    shown = { page: "", theme: "", search: "" };

    connectedCallback() {
      if (!this.contains(this.frame)) this.prepare();
      this.show();
    }

    disconnectedCallback() {
      this.shown.page = ""; // in another place the frame begins anew
    }

    prepare() {
      const { frame } = this;
      this.style.display ||= "block";
      frame.style.cssText = `width: 100%; height: ${FIRST_HEIGHT}px; border: 0`;
      frame.loading = "lazy";
      frame.allow = "clipboard-write";
      frame.addEventListener("load", () => (this.isLoaded = true));
      this.replaceChildren(frame); // where the frames of the page see each other
      new MutationObserver(() => this.show()).observe(this, { attributes: true });
      addEventListener("message", ({ source, data }) => {
        if (source !== frame.contentWindow || data?.type !== "monograph:height") return;
        frame.style.height = `${Number(data.height)}px`;
      });
    }

    /** What the attributes ask for. */
    asked() {
      const page = new URL(
        `${encodeURIComponent(this.getAttribute("name") ?? "")}/`,
        here,
      );
      for (const look of ["controls", "title"]) {
        const value = this.getAttribute(look);
        if (value !== null) page.searchParams.set(look, value);
      }
      const state = new URLSearchParams();
      for (const { name, value } of this.attributes)
        if (!NO_PARAMETER.test(name)) state.set(name.replaceAll("-", "_"), value);
      if (state.size) state.set("v", "1");
      const theme = this.getAttribute("theme") ?? "auto";
      return { page: page.href, theme, search: state.toString() };
    }

    /** Frame the page that the attributes ask for, or tell the one that is there. */
    show() {
      const before = this.shown;
      const { page, theme, search } = (this.shown = this.asked());
      if (page !== before.page || !this.isLoaded) return this.load();
      if (theme !== before.theme) this.tell({ type: "monograph:theme", theme });
      if (search !== before.search) this.tell({ type: "monograph:state", search });
    }

    load() {
      const { page, theme, search } = this.shown;
      const url = new URL(page);
      url.searchParams.set("theme", theme);
      for (const [name, value] of new URLSearchParams(search))
        url.searchParams.set(name, value);
      if (this.frame.src === url.href && !this.isLoaded) return;
      this.isLoaded = false;
      this.frame.title = this.getAttribute("aria-label") ?? "Live figure";
      this.frame.src = url.href;
    }

    /** @param {object} message */
    tell(message) {
      this.frame.contentWindow?.postMessage(message, here.origin);
    }
  }

  customElements.define("durable-figure", DurableFigure);
}
