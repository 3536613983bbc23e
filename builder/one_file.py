"""A figure as one file of HTML that asks the network for nothing: still, or live.

A live file holds what the site has in many: Python, NumPy and the figures as blocks of
base64, and the site's own modules in two bundles. Altair alone is left out.
"""

from __future__ import annotations

import base64
import hashlib
import json
import posixpath
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

from markupsafe import Markup

from builder import assets, markdown, pages, publication, runtime
from builder.content import Book
from builder.drawing import Drawing
from builder.output import zipped
from builder.states import State
from builder.templates import Templates
from figures import _contract as contract

SHEETS = ("tokens.css", "prose.css", "figure.css", "alone.css")
FACES = ("text", "label")  # the rest falls back on these, code on the reader's own
STILL = (
    "default-src 'none'",
    "img-src data:",
    "font-src data:",
    "base-uri 'none'",
    "form-action 'none'",
)
LIVE = ("worker-src data: blob:", "connect-src data:")
MODULES = ("worker.js", "pyodide.mjs", "pyodide.asm.mjs")  # imported as they stand
PACKED = (  # unpacked by who reads them
    "pyodide-lock.json",
    "pyodide.asm.wasm",
    "python_stdlib.zip",
    "libraries.tar",
    "numpy.tar",
    "figures.tar",
    *runtime.SNAPSHOT,
)
AS_IT_IS = (
    "!$&'()*+,-./:;<=>?@[]^_`{|}~"  # what `data:` takes besides letters and digits
)
PARTS_GO_HERE = "<!-- parts -->"
PLACES = re.compile(r' (d|transform)="[^"]*"')
DIGITS = re.compile(r"\d+\.\d{3,}")
HOME_LINK = re.compile(r'<a href="/[^"]*">(.*?)</a>', re.DOTALL)


def still(state: State, book: Book, source: Path) -> str:
    """The figure as a picture, its sentence, its numbers and its model."""
    return page(state, book, source, STILL)


def live(state: State, book: Book, source: Path) -> str:
    """The same with controls, and with Python to run when they are moved."""
    files = runtime.files(source / "figures") | assets.bundles(source)
    parts = "".join(block(name, files[name]) for name in (*MODULES, *PACKED))
    script = f'<script type="module">{files["alone.js"].decode()}</script>'
    file = shell(state, book, source)
    return file.replace(PARTS_GO_HERE, parts + script)


def shell(state: State, book: Book, source: Path) -> str:
    """A live file without its parts."""
    script = hashed(assets.bundles(source)["alone.js"].decode())
    rules = (*STILL, f"script-src {script} data: 'wasm-unsafe-eval'", *LIVE)
    chart = quote(state.drawn.live, safe=AS_IT_IS)
    figure = (
        templates(source)
        .get_template("figure.html")
        .render(
            drawn=state.drawn,
            caption=caption(state.drawn.name, book),
            rows=pages.numbers(state.drawn),
            settings=pages.settings(state.drawn),
            live=f"data:application/json,{chart}",
            page="",
            keep="",
            embed="",
            is_figure_page=True,
            control=pages.control,
            contract=contract,
        )
    )
    return page(state, book, source, rules, Markup(figure))


def page(
    state: State, book: Book, source: Path, rules: tuple[str, ...], figure: str = ""
) -> str:
    """The file around `figure`, or around a still."""
    drawn, style = rounded(state.drawn), styles(source)
    text = text_page(drawn.name, drawn.card, book)
    card = markdown.render(pages.emphasise(drawn.card), text)
    return (
        templates(source)
        .get_template("alone.html")
        .render(
            drawn=drawn,
            csp="; ".join((*rules, f"style-src {hashed(style)}")),
            css=Markup(style),
            figure=figure,
            caption=caption(drawn.name, book),
            rows=pages.numbers(drawn),
            reading=pages.reading,
            card=Markup(HOME_LINK.sub(r"\1", card)),
            sources_keys=text.sources,
            cited=text.cited,
            references=book.references,
            state=state,
            code=posixpath.join(state.page.partition("?")[0], f"{drawn.name}.py"),
            version=publication.read(source).newest.version,
            numpy=version("numpy"),
            parts=Markup(PARTS_GO_HERE) if figure else "",
        )
    )


@cache
def templates(source: Path) -> Templates:
    """The book's templates."""
    return Templates(source / "templates")


def text_page(name: str, text: str, book: Book) -> markdown.Page:
    """The Markdown context of a text that will stand alone."""
    return markdown.Page(
        path=f"figures/{name}.py",
        root="/",
        documents=book.documents,
        sources=pages.cited_by(text, book),
    )


def caption(name: str, book: Book) -> Markup:
    """What the idea that shows the figure says below it."""
    fence = re.compile(rf"(?ms)^```figure {name}\n(.*?)^```$")
    found = (fence.search(idea.document.body) for idea in book.ideas)
    text = next((match[1] for match in found if match), "")
    made = markdown.render(text, text_page(name, text, book))
    return Markup(HOME_LINK.sub(r"\1", re.sub(r"<sup.*?</sup>", "", made)))


def rounded(drawn: Drawing) -> Drawing:
    """The drawing with its places to a hundredth of a pixel: half the bytes."""

    def shorter(svg: str) -> str:
        return PLACES.sub(
            lambda m: DIGITS.sub(lambda n: f"{float(n[0]):.2f}", m[0]), svg
        )

    return replace(drawn, wide=shorter(drawn.wide), narrow=shorter(drawn.narrow))


@cache
def styles(source: Path) -> str:
    """The book's styles that a figure needs, with its typefaces in them."""
    texts = [(source / "static/css" / sheet).read_text() for sheet in SHEETS]
    text = re.sub(
        r"/\*.*?\*/|@font-face \{.*?\}", "", "\n".join(texts), flags=re.DOTALL
    )
    for name in FACES:
        data = base64.b64encode(assets.font(source, name)).decode()
        text += f'@font-face {{ font-family: "{name.title()}"; font-weight: 400 600;'
        text += f' src: url("data:font/woff2;base64,{data}"); }}\n'
    return re.sub(r"\n\s*", "\n", text)


def hashed(text: str) -> str:
    """How a policy allows one script or style: 'sha256-…'."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def block(name: str, data: bytes) -> str:
    """A part of a live file, as an element that nobody runs."""
    kind = "text/javascript" if name in MODULES else "application/octet-stream"
    held = named(name, data) if name in MODULES else zipped(data)
    text = base64.b64encode(held).decode()
    about = f'data-part="{name}" data-kind="{kind}" data-bytes="{len(held)}"'
    return f'<script type="text/plain" {about}>{text}</script>\n'


def size_of_parts(site: Mapping[str, bytes]) -> int:
    """Bytes that a live file has beyond its shell, from the files of the site."""
    stated = json.loads(site[runtime.manifest_path(site)])
    held = [int(stated[name]["sent"]) for name in PACKED]
    held += [int(stated[name]["bytes"]) for name in MODULES if name in stated]
    held.append(len(site[assets.path_of(site, "one-file-worker.js")]))
    plain = ("one-file.js", "one-file.css")
    text = sum(len(site[assets.path_of(site, name)]) for name in plain)
    return text + sum(4 * -(-size // 3) for size in held)


def named(name: str, module: bytes) -> bytes:
    """A module that errors tell by its name: a `data:` address would fill pages."""
    return module + f"\n//# sourceURL={name}\n".encode()
