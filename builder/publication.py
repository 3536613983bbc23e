"""What the outside knows the book by: its address, its authors, its releases."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

from builder.mistakes import Mistakes

ADDRESS = re.compile(r'https?://[^\s/?#"<>\\]+(/[^\s?#"<>\\]*)?')
SERVED = "http://127.0.0.1:8000/"
RELEASE = re.compile(
    r"^## (\d+\.\d+\.\d+), (\d{4}-\d\d-\d\d)\n((?:(?!## ).*\n?)*)", re.M
)


@dataclass(frozen=True)
class Release:
    """An entry of the changelog: version, day, and what readers notice, as Markdown."""

    version: str
    day: str
    news: str


@dataclass(frozen=True)
class Publication:
    """The book as others list it; `url` is its cover's address, or empty if none is set."""

    url: str
    key: str
    authors: str
    releases: tuple[Release, ...]

    @property
    def somewhere(self) -> Publication:
        """The same where an address must be told: if none is set, at `make serve`'s."""
        return replace(self, url=self.url or SERVED)

    @property
    def newest(self) -> Release:
        """This version."""
        return self.releases[0]

    def at(self, path: str) -> str:
        """The whole address of a site path; empty if nobody knows it."""
        return self.url + path.lstrip("/") if self.url else ""

    def bibtex(self, title: str) -> str:
        """How to cite the book."""
        fields = {
            "title": title,
            "author": f"{{{self.authors}}}",  # braces: not a first and a last name
            "year": self.newest.day[:4],
            "version": self.newest.version,
            "url": self.url,
        }
        told = [f"  {name} = {{{value}}},\n" for name, value in fields.items() if value]
        return f"@book{{{self.key},\n{''.join(told)}}}"


def read(source: Path) -> Publication:
    """What pyproject.toml, CHANGELOG.md and the variable SITE_URL say."""
    try:
        said = tomllib.loads((source / "pyproject.toml").read_text("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Mistakes(
            f"pyproject.toml: must be TOML in UTF-8, found {error}"
        ) from None
    project = said["project"]
    authors = ", ".join(author["name"] for author in project["authors"])
    releases = read_releases(source / "CHANGELOG.md", project["version"])
    if url := os.environ.get("SITE_URL", ""):
        url = address_of_cover("SITE_URL", url)
    elif url := str(said.get("tool", {}).get("book", {}).get("site_url", "")):
        url = address_of_cover("pyproject.toml: tool.book.site_url", url)
    return Publication(url, project["name"], authors, releases)


def address_of_cover(where: str, given: str) -> str:
    """The address that `where` gives, ending in a slash."""
    if not ADDRESS.fullmatch(given):
        raise Mistakes(
            f"{where}: must be the address of the cover, such as"
            f" https://example.org/book/, got {given!r}"
        )
    return f"{given.rstrip('/')}/"


def read_releases(path: Path, version: str) -> tuple[Release, ...]:
    """The released entries of the changelog, newest first; the first is `version`."""
    found = [Release(*m.groups()) for m in RELEASE.finditer(path.read_text("utf-8"))]
    newest = found[0].version if found else "none"
    if newest != version:
        raise Mistakes(
            f"{path.name}: the newest release must be {version}, as in pyproject.toml,"
            f" found {newest}. Add the heading ## {version}, YYYY-MM-DD"
        )
    return tuple(found)
