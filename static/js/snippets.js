// @ts-check
/**
 * What to paste into each host, and what an administrator has to allow there. Strings in,
 * strings out: nothing here knows the page.
 *
 * @typedef {{
 *   name: string, title: string, question: string, finding: string,
 *   embed: string, home: string, light: string, dark: string, script: string,
 *   attributes: [string, string][], height: number,
 * }} Subject a figure as it stands, all addresses absolute: `embed` is the page to frame,
 *   `home` the permalink, `light` and `dark` the stills, which show the figure at its
 *   defaults; `attributes` are what differs from them
 * @typedef {{label: string, code: string}} Piece
 * @typedef {{name: string, isPicture?: boolean, admin: (it: Subject) => string,
 *            pieces: (it: Subject) => Piece[]}} Host
 */

const SANDBOX =
  "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox";

/** @type {Host[]} */
export const HOSTS = [
  {
    name: "Confluence",
    pieces: (it) => [
      { label: "Cloud: type /iframe, and paste this address", code: it.embed },
      { label: "Data Center: in an HTML macro", code: frame(it) },
    ],
    admin: (it) =>
      `Where the macro has a list of allowed hosts, ${hostOf(it)} has to be on it. In Data Center a system administrator has to switch the HTML macro on.`,
  },
  {
    name: "Notion",
    pieces: (it) => [{ label: "Type /embed, and paste this address", code: it.embed }],
    admin: () => "Nothing, if the address can be reached from where your readers are.",
  },
  {
    name: "GitHub, GitLab",
    isPicture: true,
    pieces: (it) => [{ label: "In a README, a wiki or an issue", code: picture(it) }],
    admin: (it) =>
      `Nothing. Neither shows frames, so this is a picture that leads to the live figure. GitLab may have to allow ${hostOf(it)} for pictures.${it.attributes.length ? " The picture is at the defaults; the link opens your settings." : ""}`,
  },
  {
    name: "MediaWiki",
    pieces: (it) => [
      {
        label: "In the wikitext, with the extension IframeTag",
        code: element("iframe", {
          src: it.embed,
          width: "680", // the extension takes whole numbers only
          height: String(it.height),
          style: "border:0;max-width:100%",
        }),
      },
      {
        label: "MediaWiki:IFrame-cfg.json",
        code: JSON.stringify({ domains: [new URL(it.embed).hostname] }),
      },
    ],
    admin: () =>
      "Install the extension IframeTag, and name this host on the page MediaWiki:IFrame-cfg.json.",
  },
  {
    name: "Backstage",
    pieces: (it) => [
      { label: "In a TechDocs page", code: frame(it) },
      { label: "app-config.yaml", code: backstage(it) },
    ],
    admin: () =>
      "Both settings in app-config.yaml: the sanitiser drops the frame without the first, the browser blocks it without the second.",
  },
  {
    name: "Docusaurus",
    pieces: (it) => [
      {
        label: "In an .mdx page",
        code: frame(it).replace(/style="[^"]*"/, "style={{border: 0, maxWidth: 720}}"),
      },
    ],
    admin: allowFrames,
  },
  {
    name: "MkDocs, Quarto",
    pieces: (it) => [{ label: "In a Markdown page", code: frame(it) }],
    admin: allowFrames,
  },
  {
    name: "MyST",
    pieces: (it) => [
      {
        label: "In a Markdown page",
        code: `\`\`\`{iframe} ${it.embed}\n:width: 100%\n${markdown(oneLine(it))}\n\`\`\``,
      },
    ],
    admin: allowFrames,
  },
  {
    name: "Jupyter",
    pieces: (it) => [
      {
        label: "In a code cell",
        code: `from IPython.display import IFrame\n\nIFrame(${JSON.stringify(it.embed)}, width="100%", height=${it.height})`,
      },
    ],
    admin: () =>
      "Nothing, where outputs are shown. A notebook that is not trusted, and GitHub's view of one, show none: put the picture of the GitHub tab into a Markdown cell beside it.",
  },
  {
    name: "HTML",
    pieces: (it) => [
      { label: "As an element, which keeps its own height", code: custom(it) },
      { label: "As a frame", code: frame(it) },
    ],
    admin: (it) =>
      `A page with a Content-Security-Policy has to allow frame-src ${new URL(it.embed).origin}, and for the element script-src as well. Attributes are the parameters (fan-out is fan_out), theme, controls and title; when one changes, the figure follows.`,
  },
];

/** @param {Subject} it */
const hostOf = (it) => new URL(it.embed).host;

/** @param {Subject} it */
function allowFrames(it) {
  return `Nothing, unless the site sends a Content-Security-Policy; then frame-src ${new URL(it.embed).origin}.`;
}

/** @param {Subject} it */
const oneLine = (it) => `${it.title}: ${it.finding}`;

/** @param {Subject} it */
function frame(it) {
  return element("iframe", {
    src: it.embed,
    title: it.title,
    width: "100%",
    height: String(it.height),
    style: "border:0;max-width:720px",
    loading: "lazy",
    allow: "clipboard-write",
    sandbox: SANDBOX,
  });
}

/** @param {Subject} it */
function custom(it) {
  const dashed = it.attributes.map(([name, value]) => [
    name.replaceAll("_", "-"),
    value,
  ]);
  const settings = { name: it.name, ...Object.fromEntries(dashed) };
  const script = `<script async src="${html(it.script)}"></script>`;
  const link = `<a href="${html(it.home)}">${html(it.title)}</a>`; // where scripts are off
  return `${script}\n${element("durable-figure", settings, link)}`;
}

/** @param {Subject} it */
function picture(it) {
  const image = `<img src="${html(it.light)}" alt="${html(`${it.title}: ${it.question}`)}" width="680">`;
  return `<a href="${html(it.home)}">
<picture>
<source media="(prefers-color-scheme: dark)" srcset="${html(it.dark)}">
${image}
</picture>
</a>

${markdown(oneLine(it))} [Run it live](${it.home}).`;
}

/** @param {Subject} it */
function backstage(it) {
  const { host, origin } = new URL(it.embed);
  return `techdocs:
  sanitizer:
    allowedIframeHosts: [${JSON.stringify(host)}]
backend:
  csp:
    frame-src: ["'self'", ${JSON.stringify(origin)}]`;
}

/** @param {string} tag @param {Record<string, string>} attributes @param {string} [inside] HTML */
function element(tag, attributes, inside = "") {
  const all = Object.entries(attributes).map(
    ([name, value]) => ` ${name}="${html(value)}"`,
  );
  return `<${tag}${all.join("")}>${inside}</${tag}>`;
}

/** @type {Record<string, string>} */
const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** @param {string} text */
function html(text) {
  return text.replace(/[&<>"]/g, (c) => ENTITIES[c]);
}

/** @param {string} text */
function markdown(text) {
  return text.replace(/[\\`*_{}[\]<>|#]/g, "\\$&");
}
