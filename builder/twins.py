"""Every page once more as Markdown, for programs and for people who paste.

It is made from the page, not from its source: numbers, lists and citations are there.
"""

from __future__ import annotations

import re
from typing import Any

from builder import stills
from builder.cache import kept
from builder.markdown import root_of

ONLY_ON_SCREEN = {"form", "button", "progress", "nav", "dialog", "template"}
ONLY_ON_SCREEN_CLASSES = {"status", "scripted"}
NOT_FOUND = b'<meta name="robots" content="noindex">'  # a page that is part of another
MAIN = re.compile(rb"<main\b.*?</main>", re.DOTALL)
DRAWN = re.compile(rb"<svg\b.*?</svg>", re.DOTALL)  # most of a page, and never nested
CODE = re.compile(rb"<pre\b.*?</pre>", re.DOTALL)  # and here its colours are


def twins(pages: dict[str, bytes]) -> dict[str, bytes]:
    """Site path -> Markdown: `index.md` beside each `index.html`."""
    return {
        path.removesuffix("html") + "md": twin(path, html)
        for path, html in pages.items()
        if path.endswith("index.html") and NOT_FOUND not in html
    }


def twin(path: str, html: bytes) -> bytes:
    """One page as Markdown, and where it is from."""
    main = MAIN.search(html)
    assert main
    root = root_of(f"/{path}")
    text = DRAWN.sub(b"", main[0])
    text = CODE.sub(lambda block: re.sub(rb"</?span\b[^>]*>", b"", block[0]), text)
    return kept("twins", lambda: as_markdown(text.decode(), root).encode(), text, root)


def as_markdown(html: str, root: str) -> str:
    """HTML as Markdown; a figure is its picture, its finding and its numbers."""
    from bs4 import BeautifulSoup
    from markdownify import ATX, MarkdownConverter

    soup = BeautifulSoup(html, "html.parser")
    for figure in soup.find_all("figure", attrs={"data-figure": True}):
        show(figure, root)
    for unwanted in soup.find_all(is_only_on_screen):
        unwanted.decompose()
    put_in_words(soup)
    converter = MarkdownConverter(
        heading_style=ATX, bullets="-", code_language_callback=language
    )
    made = str(converter.convert_soup(soup)).strip()
    home = f"[On the difference between possible and durable]({root or './'})"
    return f"{made}\n\n---\n\nFrom {home}, CC BY 4.0.\n"


def is_only_on_screen(tag: Any) -> bool:
    """Whether an element is of no use on paper."""
    hidden = tag.has_attr("hidden") or tag.name in ONLY_ON_SCREEN
    return hidden or not ONLY_ON_SCREEN_CLASSES.isdisjoint(tag.get("class", ()))


def show(figure: Any, root: str) -> None:
    """Put the picture where the live chart is on the page, and the question in bold."""
    figure.select_one("figcaption").name = "strong"
    picture = figure.select_one(".picture")
    picture.name = "img"
    picture["alt"] = picture["aria-label"]
    picture["src"] = f"{root}{stills.path_of(figure['data-figure'])}.png"
    picture.clear()


def put_in_words(soup: Any) -> None:
    """Say what a page says by where it puts things, and Markdown cannot."""
    for tag in soup.find_all(True):
        classes = tag.get("class", ())
        if "numeral" in classes:
            tag.append(" ")
        if tag.name == "sup" and "cite" in classes:
            tag.insert_before(" ")
        if "uses" in classes:  # a list of ideas
            tag.insert(0, " In ")
        if tag.name in ("h2", "h3", "p") and tag.find_parent("a"):  # it holds no blocks
            tag.name = "span" if tag.name == "p" else "strong"
            tag.append(" ")


def language(block: Any) -> str:
    """The language that a block of code says it is in."""
    return str(block.get("aria-label", "")).partition(", ")[2]
