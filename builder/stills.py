"""The pictures of figures that leave home, at addresses that stay; each made once.

Colours are written out, text is outlines, and nothing is asked of anybody else, so a
picture is the same wherever it is seen.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from types import SimpleNamespace
from typing import Any

from builder.cache import code, kept
from builder.content import Book
from builder.publication import Publication
from builder.runs import code_of
from figures import _contract as contract

HERE = Path(__file__).parent
SOURCES = [  # what a picture is made with besides the figure
    *(
        HERE / f"{name}.py"
        for name in ("asks", "card", "drawing", "motif", "typefaces")
    ),
    HERE / "outline.mjs",  # the last step: text as outlines, and dots
    HERE.parent / "package-lock.json",
    contract.FOLDER / "_theme.py",
]
SCHEMES = {"light": "", "dark": "-dark"}  # and what it adds to the name
ONE_AT_A_TIME = Lock()  # Altair knows of no threads
COVER = "cover"  # beside `stills/`, where it is in no figure's way


def stills(book: Book, published: Publication) -> dict[str, bytes]:
    """Site path -> picture: each figure at its defaults, and the book itself."""

    def made(name: str) -> dict[str, bytes]:
        return figure(name, published.at(f"figures/{name}/"))

    names, meta = contract.names(), book.cover.meta
    with ThreadPoolExecutor() as pool:
        found = dict(zip(map(path_of, names), pool.map(made, names), strict=True))
    found[COVER] = cover(meta.title, meta.summary, published.url)
    return {
        f"{path}{ending}": data
        for path, pictures in found.items()
        for ending, data in pictures.items()
    }


def path_of(name: str) -> str:
    """The site path of a figure's picture, without its ending."""
    return f"stills/{name}"


def figure(
    name: str,
    url: str,
    values: Mapping[str, Any] | None = None,
    seed: int = contract.SEED,
) -> dict[str, bytes]:
    """Ending -> picture of a figure at one setting; `url` is where people find it."""

    def laid_out() -> str:
        from builder import card

        run = contract.run(contract.load(name), values, seed)
        return card.figure(name, run, chart(name, run), shown(url))

    return pictures(laid_out, code_of(name), repr((name, values or {}, seed, url)))


def cover(title: str, thesis: str, url: str) -> dict[str, bytes]:
    """Ending -> picture of the book itself."""

    def laid_out() -> str:
        from builder import card

        return card.cover(title, thesis, shown(url))

    return pictures(laid_out, repr((title, thesis, url)))


def chart(name: str, run: SimpleNamespace) -> str:
    """The chart alone, as it is in a pane beside the editor."""
    from builder import drawing
    from figures import _theme as theme

    figure = contract.load(name)
    if (run.params, run.seed) == (contract.bind(figure.PARAMETERS, {}), contract.SEED):
        return drawing.draw(name).narrow  # which pages show, and Altair takes a second
    spec = theme.spec(figure.chart(), theme.NARROW)
    return drawing.still(name, drawing.with_data(spec, run), "still")


def shown(url: str) -> str:
    """An address for people: "example.org/book/figures/tail_latency/"."""
    return url.partition("://")[2]


def pictures(lay_out: Callable[[], str], *hang_on: bytes | str) -> dict[str, bytes]:
    """`.svg`, `.png`, `-dark.svg`, `-dark.png` of what `lay_out` gives."""

    def make() -> bytes:
        with ONE_AT_A_TIME:
            svg = lay_out()
        return json.dumps(outlined(svg)).encode()

    made = json.loads(kept("cards", make, *map(code, SOURCES), *hang_on))
    return {ending: base64.b64decode(data) for ending, data in made.items()}


def outlined(svg: str) -> dict[str, str]:
    """The picture in each scheme: as SVG whose text is outlines, and as PNG; base64."""
    from builder import drawing, typefaces

    coloured = [drawing.picture(svg, scheme, background=False) for scheme in SCHEMES]
    asked = json.dumps({"fonts": typefaces.files(), "pictures": coloured}).encode()
    command = ["node", str(HERE / "outline.mjs")]
    done = subprocess.run(command, input=asked, stdout=subprocess.PIPE, check=True)
    made: dict[str, str] = {}
    for ending, drawn in zip(SCHEMES.values(), json.loads(done.stdout), strict=True):
        told = named(drawn["svg"], svg).encode()
        made[f"{ending}.svg"] = base64.b64encode(told).decode()
        made[f"{ending}.png"] = drawn["png"]
    return made


def named(outlines: str, svg: str) -> str:
    """The outlines with the words of `svg` to read them aloud by."""
    words = re.search("<title>.*</desc>", svg)
    assert words
    return (
        re.sub("(<svg [^>]*)>", rf'\1 role="img">{words[0]}', outlines, count=1) + "\n"
    )
