"""`build.py export`: a figure in one file, whose ending says of which kind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from builder import alone, one_file
from builder.content import Book
from builder.mistakes import Mistakes
from builder.states import State, drawn_anew

Maker = Callable[[State, Book, Path], str]


def script(state: State, book: Book, source: Path) -> str:
    """The figure as a script."""
    return alone.script(state.drawn.name, state.taken, book.references)


def notebook(state: State, book: Book, source: Path) -> str:
    """The figure as a notebook."""
    return alone.notebook(state.drawn.name, state.taken, book.references)


def still(state: State, book: Book, source: Path) -> str:
    """The figure as a page with a picture."""
    return one_file.still(drawn_anew(state), book, source)


def live(state: State, book: Book, source: Path) -> str:
    """The figure as a page that runs."""
    return one_file.live(drawn_anew(state), book, source)


MAKERS: dict[str, Maker] = {".html": still, ".ipynb": notebook, ".py": script}


def maker(file: str, is_live: bool) -> Maker:
    """What writes a file of that ending."""
    ending = Path(file).suffix
    if ending not in MAKERS:
        raise Mistakes(f"--output: must end in {', '.join(MAKERS)}, got {file!r}")
    if is_live and ending != ".html":
        raise Mistakes(f"--live: needs an --output that ends in .html, got {file!r}")
    return live if is_live else MAKERS[ending]
