"""How hosts turn what is pasted into HTML; where a package of theirs installs, it does."""

import re
import subprocess
import sys
from types import ModuleType

from tests.conftest import ROOT

PURIFY = ROOT / "node_modules/dompurify/dist/purify.min.js"

# What GitHub's own sanitiser let through when it was last public, and <picture>, which it
# documents; presentation and behaviour are in neither.
TAGS = (
    "a b blockquote br code details div em figure h1 h2 h3 h4 hr i img li ol p picture"
    " pre source span strong sub summary sup table tbody td th thead tr ul"
)
ATTRIBUTES = "align alt height href id media src srcset title width"

# Backstage: iframes, and of those only the ones whose host is allowed.
TECHDOCS = """([code, hosts]) => {
  DOMPurify.removeAllHooks();
  DOMPurify.addHook("beforeSanitizeElements", (node) => {
    if (node.nodeName === "IFRAME" && !hosts.includes(new URL(node.getAttribute("src")).host))
      node.remove();
    return node;
  });
  const rules = {ADD_TAGS: ["link", "iframe"], FORBID_TAGS: ["style"]};
  return DOMPurify.sanitize(code, rules);
}"""


def with_purify(page):
    """The page, with the sanitiser that Backstage uses."""
    page.evaluate(PURIFY.read_text())
    return page


def github(page, code):
    """What is left of HTML in a README."""
    rules = {"ALLOWED_TAGS": TAGS.split(), "ALLOWED_ATTR": ATTRIBUTES.split()}
    sanitise = "([code, rules]) => DOMPurify.sanitize(code, rules)"
    return with_purify(page).evaluate(sanitise, [code, rules])


def backstage(page, code, hosts):
    """What is left of HTML in a TechDocs page whose administrator allows these hosts."""
    return with_purify(page).evaluate(TECHDOCS, [code, hosts])


def mkdocs(folder, code):
    """The page that MkDocs builds of a Markdown file."""
    (folder / "docs").mkdir()
    (folder / "theme").mkdir()
    (folder / "docs/index.md").write_text(f"# A page\n\n{code}\n")
    (folder / "theme/main.html").write_text("{{ page.content }}")
    theme = "theme:\n  name: null\n  custom_dir: theme\n"
    (folder / "mkdocs.yml").write_text(f"site_name: Wiki\n{theme}")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return (folder / "site/index.html").read_text()


def mediawiki(code):
    """The tag as the extension IframeTag takes it: few attributes, whole numbers."""
    attributes = dict(re.findall(r'([a-z]+)="([^"]*)"', code))
    assert attributes.keys() <= {"src", "height", "width", "sandbox", "style"}
    assert attributes["height"].isdigit() and attributes["width"].isdigit()
    return code


def docusaurus(code):
    """The JSX of an .mdx page as the HTML that it renders to."""
    style = re.search(r"style=\{\{border: 0, maxWidth: (\d+)\}\}", code)
    return code.replace(style[0], f'style="border:0;max-width:{style[1]}px"')


def myst(code):
    """The directive `iframe`."""
    address = re.match(r"```\{iframe\} (\S+)\n:width: 100%\n.+\n```$", code)[1]
    return framed(address)


def jupyter(code, monkeypatch):
    """What a cell shows whose last line is an `IFrame`."""
    display = ModuleType("IPython.display")
    display.IFrame = lambda src, width, height: (
        f'<iframe width="{width}" height="{height}" src="{src}" frameborder="0"'
        " allowfullscreen></iframe>"
    )
    monkeypatch.setitem(sys.modules, "IPython", ModuleType("IPython"))
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    *before, last = code.splitlines()
    names = {}
    exec("\n".join(before), names)
    return eval(last, names)


def framed(address, sandbox=None, height=640):
    """A frame as a host writes one around an address."""
    rules = "" if sandbox is None else f' sandbox="{sandbox}"'
    address = address.replace("&", "&amp;")
    return f'<iframe src="{address}" width="100%" height="{height}"{rules}></iframe>'
