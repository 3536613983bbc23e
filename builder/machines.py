"""What the book tells machines: previews, oEmbed, a sitemap, a feed, a table for models.

Most of it wants whole addresses. They come from SITE_URL; until that is set they are those
of `make serve`, right on this machine alone, and the build says so.
"""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any

from markdown_it import MarkdownIt

from builder import drawing, stills
from builder.publication import Publication
from builder.twins import NOT_FOUND
from figures import _contract as contract

if TYPE_CHECKING:
    from builder.content import Book, Idea
    from builder.pages import Site

HEADERS = """\
/*.md
  Content-Type: text/markdown; charset=utf-8
/feed.xml
  Content-Type: application/atom+xml; charset=utf-8
"""
CARD = (1200, 630)  # px, a still
FRAME = (600, 420)  # px; modest, since a file cannot keep to a host's maxwidth
SANDBOX = (
    "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox"
    " allow-downloads allow-modals"
)
LICENSE = "https://creativecommons.org/licenses/by/4.0/"
DAY_S = 86_400


def files(site: Site) -> dict[str, bytes]:
    """Every file that no person opens, by site path."""
    made = {"llms.txt": part(site, "llms.txt")}
    for name in contract.names():
        told = json.dumps(oembed(name, site), indent=1, ensure_ascii=False)
        made[f"oembed/{name}.json"] = f"{told}\n".encode()
    markdown = MarkdownIt("commonmark", {"html": False})
    made["sitemap.xml"] = part(site, "sitemap.xml", found=found(site.pages))
    made["feed.xml"] = part(site, "feed.xml", markdown=markdown.render)
    return made


def part(site: Site, template: str, **context: Any) -> bytes:
    """A file made from its template."""
    made = site.templates.get_template(f"machines/{template}")
    text = made.render(book=site.book, published=site.published.somewhere, **context)
    return f"{text}\n".encode()


def found(pages: dict[str, bytes]) -> list[str]:
    """The site paths of all pages that want to be found."""
    return sorted(
        path.removesuffix("index.html")
        for path, html in pages.items()
        if path.endswith(".html") and NOT_FOUND not in html
    )


def head(site: Site, address: str, idea: Idea | None, drawn: Any) -> dict[str, Any]:
    """What a page says of itself to those who link to it: `machines/head.html`."""
    name = drawn.name if drawn else idea.figure if idea else ""
    published = site.published.somewhere
    title, card = str(site.book.cover.meta.title), stills.COVER
    if name in contract.names():
        shown = drawing.draw(name)
        title, card = f"{shown.question} {shown.run.takeaway}", stills.path_of(name)
    return {
        "address": address,
        "name": name,
        "card": published.at(f"{card}.png"),
        "size": CARD,
        "alt": title,
        "is_of": json_ld(published, site.book, address, None if drawn else idea),
    }


def json_ld(
    published: Publication, book: Book, address: str, idea: Idea | None
) -> dict[str, Any]:
    """The cover as a book and an idea as a chapter, in schema.org's words."""
    url = {"url": published.at(address)}
    shared = {"inLanguage": "en", "license": LICENSE, "isAccessibleForFree": True}
    whole = {"@type": "Book", "name": str(book.cover.meta.title)}
    if idea:
        told: dict[str, Any] = {
            "@type": "Chapter",
            "name": idea.title,
            "abstract": idea.thesis,
            "position": idea.number,
            "timeRequired": f"PT{idea.minutes}M",
            "isPartOf": {**whole, "url": published.url},
        }
    elif address == "/":
        told = {
            **whole,
            "abstract": str(book.cover.meta.summary),
            "author": {"@type": "Organization", "name": published.authors},
            "version": published.newest.version,
            "datePublished": published.newest.day,
        }
    else:
        return {}
    return {"@context": "https://schema.org", **told, **url, **shared}


def oembed(name: str, site: Site) -> dict[str, Any]:
    """The figure as oEmbed 1.0 has it."""
    drawn, published = drawing.draw(name), site.published.somewhere
    return {
        "version": "1.0",
        "type": "rich",
        "title": drawn.question,
        "author_name": published.authors,
        "provider_name": str(site.book.cover.meta.title),
        "provider_url": published.url,
        "cache_age": DAY_S,
        "html": frame(drawn, published),
        "width": FRAME[0],
        "height": FRAME[1],
        "thumbnail_url": published.at(f"{stills.path_of(name)}.png"),
        "thumbnail_width": CARD[0],
        "thumbnail_height": CARD[1],
    }


def frame(drawn: drawing.Drawing, published: Publication) -> str:
    """The figure in a frame, and inside it what is shown where frames are not."""
    page = published.at(f"figures/{drawn.name}/")
    picture = published.at(f"{stills.path_of(drawn.name)}.png")
    return (
        f'<iframe src="{published.at(f"embed/{drawn.name}/")}"'
        f' title="{escape(drawn.question)}" width="100%" height="{FRAME[1]}"'
        ' style="border:0;max-width:720px" loading="lazy"'
        f' allow="clipboard-write; fullscreen" sandbox="{SANDBOX}">'
        f'<a href="{page}"><img src="{picture}" alt="{escape(drawn.run.takeaway)}"'
        ' width="100%"></a></iframe>'
    )
