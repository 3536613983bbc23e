"""Builds the book: `python build.py` makes `_site/`, the same bytes every time.

This file is the table of contents of the builder; its parts are in `builder/`.
`python build.py --help` lists what else it can do.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent


def build(
    source: Path = ROOT,
    say: Callable[[str], None] = lambda text: None,
    early: Callable[[dict[str, bytes]], None] | None = None,
) -> dict[str, bytes]:
    """The whole site as {path: bytes}, or `Mistakes` and nothing.

    `early` gets the pages and all that they ask for, before all else is made.
    """
    from builder import (
        ahead,
        answers,
        assets,
        content,
        drawing,
        keep,
        machines,
        offline,
        output,
        pages,
        publication,
        runtime,
        search,
        stills,
        twins,
    )

    # Read what authors wrote; every breach of the contract is reported at once.
    book = content.read_book(source / "content")
    published = publication.read(source)

    # Run every figure and draw its stills, on all cores. Meanwhile:
    with ahead.figures(book, published):
        # What the reader's browser runs: Python and its packages, checked by sha256.
        files = runtime.assets(source / "figures", say)
        # What pages ask for: fonts, styles and scripts.
        files |= assets.assets(source)

    # The live charts, to be drawn by the reader's browser.
    charts = {f"{drawn.name}.json": drawn.live for drawn in drawing.draw_all()}
    files |= assets.hashed(charts)[0]

    # A lesson asks what its figure answers, and its goals can be met.
    answers.check(book, source / "content")

    # What readers take along from a figure, and what a live page of one file shares.
    files |= keep.assets_of(book, source, files)

    with ThreadPoolExecutor() as aside, output.Compression() as compression:
        compression.begin({} if early else files)
        # Write the pages.
        site = pages.write_pages(book, source, files, published)

        # Every link of an author must lead somewhere; then the mistakes are told.
        pages.check_links(site)
        site.found.done()
        whole = files | site.pages
        if early:
            early(whole)
        compression.begin(whole)

        # The pictures of figures that leave the book, at addresses that stay.
        pictures = aside.submit(stills.stills, book, published)
        # A search over all pages.
        index = aside.submit(search.search, source, site.pages)
        # Pages for machines: previews, feed, sitemap, and Markdown of every page.
        whole |= machines.files(site) | twins.twins(site.pages)
        whole |= pictures.result() | index.result()

        # The service worker, with the list of what it keeps.
        whole["sw.js"] = offline.service_worker(source, whole)
        return compression.whole(whole)


def main() -> int:
    """Run one command; a mistake is a line on standard error and exit code 2."""
    from builder import command_line

    return command_line.main(sys.argv[1:], build)


if __name__ == "__main__":
    sys.exit(main())
