"""Pages with many figures, made of a built site's own pieces, and how they come alive."""

import re
from pathlib import Path

from playwright.sync_api import Page

from bench import browser
from builder import output
from figures import _contract as contract

FIGURE = re.compile(r'<figure class="figure".*?</figure>', re.DOTALL)
NAMING = re.compile(r'\b(id|for|aria-labelledby)="([^"]+)"')
REFERRING = re.compile(r'(url\(#|href="#)([\w-]+)')
WAKE = """() => {
  for (const figure of document.querySelectorAll("figure[data-figure]"))
    figure.querySelector("[name]").focus();
}"""
SETTLED = """() => {
  const states = [...document.querySelectorAll("figure[data-figure]")].map(
    ({dataset}) => dataset.state === "failed" ? "failed" :
      dataset.state === "live" && dataset.drawnBy === "browser" ? "drawn" : "");
  return states.includes("failed") || states.every(Boolean);
}"""


def page(folder: Path, count: int) -> str:
    """Write a page with so many figures, all kinds in turn, into a built site; its path."""
    names = contract.names()
    pages = [(folder / f"figures/{name}/index.html").read_text() for name in names]
    kinds = [FIGURE.search(page)[0] for page in pages]
    figures = (numbered(kinds[i % len(kinds)], i) for i in range(count))
    html = pages[0].replace(kinds[0], "\n".join(figures))
    path = f"figures/{count}-of-them/index.html"
    for name, data in output.compressed({path: html.encode()}).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    return f"/figures/{count}-of-them/"


def numbered(figure: str, number: int) -> str:
    """The figure with names of its own for its parts."""

    def renamed(found: re.Match) -> str:
        parts = (f"{name}-{number}" for name in found[2].split())
        return f'{found[1]}="{" ".join(parts)}"'

    return REFERRING.sub(rf"\1\2-{number}", NAMING.sub(renamed, figure))


def wake_all(page: Page) -> None:
    """Reach for every figure of the page, and wait until Altair has drawn each."""
    page.evaluate(WAKE)
    page.wait_for_function(SETTLED)
    browser.refuse_failure(page)
