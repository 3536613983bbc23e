"""What the outside knows the book by: its address, its authors, its releases."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from builder.mistakes import Mistakes

ADDRESS = re.compile(r'https?://[^\s/?#"<>\\]+(/[^\s?#"<>\\]*)?')


@dataclass(frozen=True)
class Publication:
    """The book as others list it; `url` is its cover's address, or empty."""

    url: str

    def at(self, path: str) -> str:
        """The whole address of a site path; empty if nobody knows it."""
        return self.url + path if self.url else ""


def read(source: Path) -> Publication:
    """What pyproject.toml and the variable SITE_URL say."""
    project = tomllib.loads((source / "pyproject.toml").read_text("utf-8"))
    named = project["tool"].get("book", {}).get("site_url", "")
    if given := os.environ.get("SITE_URL"):
        return Publication(cover_url(given, "SITE_URL"))
    return Publication(cover_url(named, "pyproject.toml: site_url"))


def cover_url(given: str, where: str) -> str:
    """The address of the cover, ending in a slash; empty if nobody said."""
    if given and not ADDRESS.fullmatch(given):
        raise Mistakes(
            f"{where}: must be the address of the cover, such as"
            f" https://example.org/book/, got {given!r}"
        )
    return f"{given.rstrip('/')}/" if given else ""
