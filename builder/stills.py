"""The pictures of figures that leave home, at addresses that stay; each made once.

Colours are written out, text is outlines, and nothing is asked of anybody else, so a
picture is the same wherever it is seen.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from builder import programs
from builder.cache import code, keep, kept, place
from builder.content import Book
from builder.publication import Publication
from builder.runs import code_of
from figures import _contract as contract

HERE = Path(__file__).parent
OUTLINE = HERE / "outline.mjs"  # the last step: text as outlines, and dots
SOURCES = [  # what a picture is made with besides the figure
    *(
        HERE / f"{name}.py"
        for name in ("asks", "card", "drawing", "motif", "typefaces")
    ),
    OUTLINE,
    HERE.parent / "package-lock.json",
    contract.FOLDER / "_theme.py",
]
SCHEMES = {"light": "", "dark": "-dark"}  # and what it adds to the name
COVER = "cover"  # beside `stills/`, where it is in no figure's way


@dataclass(frozen=True)
class Picture:
    """A picture that leaves home: how it is laid out, and all that it hangs on."""

    lay_out: Callable[[], bytes]  # as SVG; text is text, and colours have names
    hangs_on: tuple[bytes | str, ...]

    def layout(self) -> str:
        """It, laid out."""
        sources = map(code, SOURCES)
        return kept("layouts", self.lay_out, *sources, *self.hangs_on).decode()

    def place(self) -> Path:
        """Where the cache keeps it, drawn."""
        return place("cards", self.lay_out, *map(code, SOURCES), *self.hangs_on)


def stills(book: Book, published: Publication) -> dict[str, bytes]:
    """Site path -> picture: each figure at its defaults, and the book itself."""
    wanted = {
        path_of(name): of_figure(name, published.at(f"figures/{name}/"))
        for name in contract.names()
    }
    wanted[COVER] = of_cover(book, published)
    return {
        f"{path}{ending}": data
        for path, forms in zip(wanted, drawn(list(wanted.values())), strict=True)
        for ending, data in forms.items()
    }


def path_of(name: str) -> str:
    """The site path of a figure's picture, without its ending."""
    return f"stills/{name}"


def figure(
    name: str, url: str, values: Mapping[str, Any], seed: int
) -> dict[str, bytes]:
    """Ending -> picture of a figure at one setting; `url` is where people find it."""
    return drawn([of_figure(name, url, values, seed)])[0]


def of_figure(
    name: str,
    url: str,
    values: Mapping[str, Any] | None = None,
    seed: int = contract.SEED,
) -> Picture:
    """A figure at one setting."""

    def lay_out() -> bytes:
        from builder import card

        run = contract.run(contract.load(name), values, seed)
        return card.figure(name, run, chart(name, run), shown(url)).encode()

    return Picture(lay_out, (code_of(name), repr((name, values or {}, seed, url))))


def of_cover(book: Book, published: Publication) -> Picture:
    """The book itself."""
    title, thesis, url = book.cover.meta.title, book.cover.meta.summary, published.url

    def lay_out() -> bytes:
        from builder import card

        return card.cover(title, thesis, shown(url)).encode()

    return Picture(lay_out, (repr((title, thesis, url)),))


def chart(name: str, run: SimpleNamespace) -> str:
    """The chart alone, as it is in a pane beside the editor."""
    from builder import drawing

    return drawing.still(name, drawing.draw(name).spec, run, "still")


def shown(url: str) -> str:
    """An address for people: "example.org/book/figures/tail_latency/"."""
    return url.partition("://")[2]


def drawn(pictures: list[Picture]) -> list[dict[str, bytes]]:
    """Each as `.svg`, `.png`, `-dark.svg` and `-dark.png`; one program draws them all."""
    lacking = [picture for picture in pictures if not picture.place().exists()]
    layouts = [picture.layout() for picture in lacking]
    for picture, forms in zip(lacking, outlined(layouts), strict=True):
        keep(picture.place(), json.dumps(forms).encode())
    return [
        {ending: base64.b64decode(data) for ending, data in json.loads(made).items()}
        for made in (picture.place().read_bytes() for picture in pictures)
    ]


def outlined(layouts: list[str]) -> list[dict[str, str]]:
    """Each in both schemes: as SVG whose text is outlines, and as PNG; base64."""
    from builder import drawing, typefaces

    if not layouts:
        return []
    coloured = [
        drawing.picture(layout, scheme, background=False)
        for layout in layouts
        for scheme in SCHEMES
    ]
    asked = json.dumps({"fonts": typefaces.files(), "pictures": coloured}).encode()
    answers = iter(json.loads(programs.run(OUTLINE.name, "node", OUTLINE, given=asked)))
    made = []
    for layout in layouts:
        forms: dict[str, str] = {}
        for ending in SCHEMES.values():
            answer = next(answers)
            told = named(answer["svg"], layout).encode()
            forms[f"{ending}.svg"] = base64.b64encode(told).decode()
            forms[f"{ending}.png"] = answer["png"]
        made.append(forms)
    return made


def named(outlines: str, svg: str) -> str:
    """The outlines with the words of `svg` to read them aloud by."""
    words = re.search("<title>.*</desc>", svg)
    assert words
    return (
        re.sub("(<svg [^>]*)>", rf'\1 role="img">{words[0]}', outlines, count=1) + "\n"
    )
