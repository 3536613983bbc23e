"""Builds the book: `python build.py` makes `_site/`, the same bytes every time.

This file is the table of contents of the builder; its parts are in `builder/`.
`python build.py --help` lists what else it can do.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent


def build(
    source: Path = ROOT,
    say: Callable[[str], None] = lambda text: None,
    draft: bool = False,
) -> dict[str, bytes]:
    """The whole site as {path: bytes}, or `Mistakes` and nothing."""
    from builder import answers, assets, content, drawing, output, pages, runtime

    # Read what authors wrote; every breach of the contract is reported at once.
    book = content.read_book(source / "content")

    # What the reader's browser runs: Python and its packages, each checked by sha256.
    runtime.fetch(say)
    files = runtime.assets(source / "figures")

    # Run every figure at its defaults and draw its stills.
    specs = {f"{drawn.name}.json": drawn.spec for drawn in drawing.draw_all()}

    # A lesson asks what its figure answers, and its goals can be met.
    answers.check(book, source / "content")

    # What pages ask for: fonts, styles, scripts, and the specs of the live charts.
    files |= assets.assets(source) | assets.hashed(specs)[0]

    # Write the pages.
    site = pages.write_pages(book, source, files)

    # Every link of an author must lead somewhere; then the mistakes, if any, are told.
    pages.check_links(site)
    site.found.done()

    return output.compressed(files | site.pages, draft)


def main() -> int:
    """Run one command; a mistake is a line on standard error and exit code 2."""
    from builder import command_line

    return command_line.main(sys.argv[1:], build)


if __name__ == "__main__":
    sys.exit(main())
