"""The page's own Python, asked directly, and with figures that a test has changed."""

import hashlib
import json

from builder.runtime import manifest_path, tar, untar
from tests.conftest import ROOT

ASK = """async () => {
  const page = document.documentElement.dataset;
  const at = (path) => new URL(path, document.baseURI).href;
  const main = [...document.scripts].find((s) => s.src.includes("/main-")).src;
  const path = (await (await fetch(main)).text()).match(/"(\\.\\/simulator-[\\w.]+)"/)[1];
  const {simulator} = await import(new URL(path, main).href);
  const python = simulator({worker: at(page.worker), manifest: at(page.manifest)});
  const found = await (%s).catch(({reason, message}) => ({reason, message}));
  python.stop();
  return found;
}"""


def ask_python(expression):
    """JavaScript that asks the page's simulator, as `python`, and gives its answer."""
    return ASK % expression


def takeaway_is(body):
    """The tail-latency figure with another body of `takeaway`."""
    source = (ROOT / "figures/tail_latency.py").read_text()
    start = source.index("def takeaway(params, measures):")
    end = source.index("def chart():")
    return f"{source[:start]}def takeaway(params, measures):\n    {body}\n\n\n{source[end:]}"


def with_figures(page, site, **sources):
    """Give the page of tail latency other figures."""
    stated = json.loads(site[manifest_path(site)])
    files = untar(site[f"runtime/{stated['figures.tar']['path']}"])
    files |= {f"figures/{stem}.py": text.encode() for stem, text in sources.items()}
    with_part(page, site, "figures.tar", tar(files))


def with_part(page, site, part, data):
    """Give the page of tail latency another runtime file, and a manifest that vouches."""
    manifest = manifest_path(site)
    stated = json.loads(site[manifest])
    sha256 = hashlib.sha256(data).hexdigest()
    stated[part] |= {"bytes": len(data), "sha256": sha256}
    vouching = json.dumps(stated).encode()
    name = f"runtime/manifest-{hashlib.sha256(vouching).hexdigest()[:16]}.json"
    html = site["figures/tail_latency/index.html"].decode().replace(manifest, name)
    answers = {
        "**/figures/tail_latency/": (html, "text/html"),
        f"**/{name}": (vouching, "application/json"),
        f"**/runtime/{stated[part]['path']}*": (data, "application/octet-stream"),
    }
    for pattern, (body, kind) in answers.items():
        page.route(pattern, fulfilled(body=body, content_type=kind))


def fulfilled(**answer):
    """A route that answers so."""
    return lambda route: route.fulfill(**answer)
