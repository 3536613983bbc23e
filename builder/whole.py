"""The whole book on one page, `/all/`: to print, to search, to read in one go.

It is put together from what the other pages say. There an id is unique on its page; here
it has its section's name in front (`tail-latency--scene`), except in a figure, whose ids
begin with the figure's name. A link to another page of the book becomes a link to its
place on this one. Sources stand once, at the end; what asks and keeps answers stays on the
page of its idea.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urljoin

from markupsafe import Markup

from builder import checklist, lists, markdown, motif
from builder.content import Document
from builder.markdown import root_of
from builder.mistakes import Collector

if TYPE_CHECKING:
    from builder.pages import Site

ADDRESS = "/all/"
BACK_MATTER = ("closing", "checklist", "glossary", "references")
PDF = "possible-and-durable.pdf"
PDF_FOLDER = "_pdf"  # beside the site: what Chromium prints is no part of the build

NAMING = ("id", "for", "aria-controls", "aria-describedby", "aria-labelledby")
ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
FIGURE = re.compile(r"(<figure .*?</figure>)", re.DOTALL)
HEADING = re.compile(r"(?<=<)(/?)h([1-6])\b")
CITATION = re.compile(r'href="#source-([\w-]+)" id="([^"]*)">\d+<')
LANDMARK = re.compile(r'(<section\b[^>]*?) aria-labelledby="[^"]*"')
ELSEWHERE = re.compile(
    r'<section class="(?:sources|lesson)\b.*?</section>\n*', re.DOTALL
)


@dataclass(frozen=True)
class Section:
    """HTML that was written for another page, and its place on this one."""

    home: str  # the address it was written for
    place: str  # its id here
    html: str
    deeper: int  # how many levels its headings go down

    @property
    def pieces(self) -> list[tuple[str, str]]:
        """Its HTML in pieces, each with what goes before an id: nothing in a figure."""
        prefixes = cycle((f"{self.place}--", ""))
        return list(zip(FIGURE.split(self.html), prefixes, strict=False))

    @property
    def ids(self) -> set[str]:
        """The ids that it has here."""
        own = (
            prefix + match[2]
            for piece, prefix in self.pieces
            for match in ATTRIBUTE.finditer(piece)
            if match[1] == "id"
        )
        return {self.place, *own}


@dataclass(frozen=True)
class Whole:
    """Everything that stands on the page, and what can be linked to there."""

    places: dict[str, str]  # address -> id of its section
    ids: set[str]

    def moved(self, section: Section) -> Markup:
        """The section's HTML as it stands here."""
        pieces = (self.piece(section, *piece) for piece in section.pieces)

        def lower(match: re.Match[str]) -> str:
            return f"{match[1]}h{int(match[2]) + section.deeper}"

        return Markup(HEADING.sub(lower, "".join(pieces)))

    def piece(self, section: Section, html: str, prefix: str) -> str:
        """`html` with its ids, and what names and leads to them, as they are here."""

        def attribute(match: re.Match[str]) -> str:
            name, value = match.groups()
            if name in NAMING:
                value = " ".join(prefix + one for one in value.split())
            elif name == "href":
                value = self.link(urljoin(section.home, value))
            elif value.startswith("../"):
                value = away(urljoin(section.home, value))
            return f' {name}="{value}"'

        return ATTRIBUTE.sub(attribute, html)

    def link(self, target: str) -> str:
        """The way from here to `target`: on this page, in the book, or elsewhere."""
        address, anchor = urldefrag(target)
        if not address.startswith("/"):
            return target
        if address not in self.places:
            return away(target)
        place = self.places[address]
        cited = anchor.replace("source-", "cite-")  # an idea's own sources are not here
        wanted = (f"{place}--{anchor}", f"{place}--{cited}", anchor, place)
        return "#" + next(name for name in wanted if name in self.ids)


def away(target: str) -> str:
    """The way from here to `target`, which is on another page."""
    return root_of(ADDRESS) + target[1:]


def write_whole(site: Site) -> None:
    """Write the page, with a link to its PDF if there is one of exactly this page."""
    sections = list(gathered(site))
    places = {section.home: section.place for section in sections} | {"/": "opening"}
    whole = Whole(places, set().union(*(section.ids for section in sections)))
    context = {
        "html": {section.place: whole.moved(section) for section in sections},
        "back_matter": back_matter(site),
        "motif": lambda *share: Markup(motif.line(*share)),
    }
    site.write("whole.html", ADDRESS, pdf=False, **context)
    pdf = site.source / pdf_path(site.pages)
    if pdf.exists():
        site.pages[PDF] = pdf.read_bytes()
        site.write("whole.html", ADDRESS, pdf=True, **context)


def pdf_path(pages: dict[str, bytes]) -> str:
    """Where the PDF lies, named by the hash of the page that it was printed from."""
    digest = hashlib.sha256(pages["all/index.html"]).hexdigest()[:16]
    return f"{PDF_FOLDER}/{PDF.removesuffix('.pdf')}-{digest}.pdf"


def back_matter(site: Site) -> list[Document]:
    """What follows the ideas, in order."""
    by_slug = {page.slug: page for page in site.book.pages}
    return [by_slug[slug] for slug in BACK_MATTER if slug in by_slug]


def gathered(site: Site) -> Iterator[Section]:
    """Every section of the page, as it was written for its home."""
    yield Section("/", "opening", rendered(site, site.book.cover, "/"), 1)
    for part in site.book.parts:
        yield Section("/", f"part-{part.number}", rendered(site, part.document, "/"), 1)
    for idea in site.book.ideas:
        yield Section(idea.address, idea.document.slug, article(site, idea.address), 2)
    for document in back_matter(site):
        address = f"/{document.slug}/"
        yield Section(address, document.slug, rendered(site, document, address), 1)


def rendered(site: Site, document: Document, address: str) -> str:
    """The text of `document`, its checklist as a list that can be printed."""
    page = site.text(document, address, sources=tuple(site.book.references))
    page.found = Collector()  # what is wrong with it, its own page has told
    page.render_list["checklist"] = lambda: plain_checklist(site, address)
    return numbered(markdown.render(document.body, page), site)


def plain_checklist(site: Site, address: str) -> str:
    """The checklist by blast radius: each level asks what those before it do, and more."""
    levels = []
    for level, meaning in checklist.RADIUS_MEANS.items():
        found = [item for item in checklist.items(site.book) if item.since == level]
        levels.append((level, meaning, found))
    return lists.part(site, "lists/plain-checklist.html", address, levels=levels)


def article(site: Site, address: str) -> str:
    """What the page at `address` says, as one landmark; sources and lessons stay there."""
    html = site.pages[f"{address[1:]}index.html"].decode()
    start = html.index(">", html.index("<article")) + 1
    inner = html[start : html.index("</article>")]
    return numbered(LANDMARK.sub(r"\1", ELSEWHERE.sub("", inner)), site)


def numbered(html: str, site: Site) -> str:
    """`html` with its citations numbered as in the list of all references."""
    keys = list(site.book.references)

    def cited(match: re.Match[str]) -> str:
        number = keys.index(match[1]) + 1
        return f'href="/references/#{match[1]}" id="{match[2]}">{number}<'

    return CITATION.sub(cited, html)
