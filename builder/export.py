"""`build.py export`: a figure in one file, whose ending says of which kind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from builder import alone, one_file
from builder.content import Book
from builder.mistakes import Mistakes
from builder.states import State

Maker = Callable[[State, Book, Path], str]
MAKERS: dict[str, Maker] = {
    ".html": one_file.still,
    ".ipynb": lambda state, book, _: alone.notebook(
        state.drawn.name, state.taken, book.references
    ),
    ".py": lambda state, book, _: alone.script(
        state.drawn.name, state.taken, book.references
    ),
}


def maker(file: str, live: bool) -> Maker:
    """What writes a file of that ending."""
    ending = Path(file).suffix
    if ending not in MAKERS:
        raise Mistakes(f"--output: must end in {', '.join(MAKERS)}, got {file!r}")
    if live and ending != ".html":
        raise Mistakes(f"--live: needs an --output that ends in .html, got {file!r}")
    return one_file.live if live else MAKERS[ending]
