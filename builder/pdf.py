"""The PDF: what Chromium prints of `/all/`, kept beside the site.

The build does without Chromium; it takes a PDF along if there is one of exactly its page.
"""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pypdf import PdfReader

from builder import chromium, output, serve, whole
from builder.mistakes import Mistakes

# As wide as A4 and as high as Letter: both take it without a change of scale.
PAPER = {"width": "210mm", "height": "279mm"}

# A link within the site would lead to the address that the page was printed from.
UNLINK = """() => {
  for (const link of document.querySelectorAll("a[href]"))
    if (link.origin === location.origin && !link.getAttribute("href").startsWith("#"))
      link.removeAttribute("href");
}"""
# A citation has its number, and a term is found in the glossary by its name.
NUMBER_LINKS = """(pages) => {
  for (const link of document.querySelectorAll("main a[href^='#']"))
    if (!link.matches(".cite a, .term, .place a"))
      link.dataset.page = pages[link.hash.slice(1)];
}"""
PRINTED_AT_MOST = 5  # times, until the page numbers that it tells no longer move it


def write(
    root: Path,
    site_folder: Path,
    build: Callable[..., dict[str, bytes]],
    say: Callable[[str], None],
) -> None:
    """Print the book unless that is done, and write the site with the PDF in it."""
    site = build(root, say)
    output.replace(site_folder, site)
    if whole.PDF not in site:
        path = root / whole.pdf_path(site)
        output.replace(path.parent, {path.name: printed(site_folder)})
        site = build(root, say)
        output.replace(site_folder, site)
    pages = len(PdfReader(io.BytesIO(site[whole.PDF])).pages)
    size = len(site[whole.PDF]) / 1e6
    say(f"{site_folder.name}/{whole.PDF}: {pages} pages, {size:.1f} MB")


def printed(site_folder: Path) -> bytes:
    """The book in `site_folder` as a PDF."""
    from playwright.sync_api import Error, sync_playwright

    path = chromium.find()
    if not path:
        raise Mistakes("pdf: no Chromium found. Run `python -m builder.chromium`")
    with serve.server(site_folder) as web, sync_playwright() as playwright:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        try:
            browser = playwright.chromium.launch(
                executable_path=path, args=chromium.ARGUMENTS
            )
            return of_page(browser.new_page(), f"http://127.0.0.1:{web.server_port}")
        except Error as error:
            said = error.message.partition("\n")[0]
            raise Mistakes(
                f"pdf: {path} cannot print, found {said!r}. Try another Chromium"
            ) from None
        finally:
            web.shutdown()


def of_page(page: Any, site: str) -> bytes:
    """The book at `site` as a PDF, printed until the page numbers that it tells are its own."""
    page.goto(site + whole.ADDRESS, wait_until="networkidle")
    page.evaluate("document.fonts.ready.then(() => null)")
    page.evaluate(UNLINK)
    told: dict[str, int] = {}
    for _ in range(PRINTED_AT_MOST):
        made = print_once(page)
        found = page_numbers(made)
        if found == told:
            return made
        told = found
        page.evaluate(NUMBER_LINKS, told)
    raise Mistakes(
        f"pdf: page numbers move each other, found no rest in {PRINTED_AT_MOST} prints."
        " Change a margin in static/css/print.css"
    )


def print_once(page: Any) -> bytes:
    """The page as a tagged PDF with an outline: the same bytes each time."""
    made = page.pdf(tagged=True, outline=True, print_background=True, **PAPER)
    return with_ranks(without_dates(made))


def without_dates(pdf: bytes) -> bytes:
    """`pdf` with spaces for dates, as many: a PDF knows the place of each byte."""
    date = re.compile(rb"/(CreationDate|ModDate) \(D:[^)]*\)")
    return date.sub(lambda match: b" " * len(match[0]), pdf)


def with_ranks(pdf: bytes) -> bytes:
    """`pdf` with its nodes numbered from 0, in the order that Chromium gave them."""
    node = re.compile(rb"(?<=\(node)\d{8}(?=\))")
    ranks = {name: rank for rank, name in enumerate(sorted(set(node.findall(pdf))))}
    return node.sub(lambda match: b"%08d" % ranks[match[0]], pdf)


def page_numbers(pdf: bytes) -> dict[str, int]:
    """The page, from 1, of each id that something in `pdf` links to."""
    reader = PdfReader(io.BytesIO(pdf))
    return {
        name.removeprefix("/"): (reader.get_destination_page_number(place) or 0) + 1
        for name, place in reader.named_destinations.items()
    }
