"""What readers take along from a figure's page: `static/js/keep.js` asks for it.

One file for each figure holds the run of the build, the script, the notebook and the
two pages in one file, all at the defaults; the browser puts its reader's state into them.
"""

from __future__ import annotations

import json
import math
import posixpath
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from builder import alone, assets, one_file, publication, states
from builder.cache import code, kept
from builder.content import Book
from builder.runs import code_of
from figures import _contract as contract

STYLE_GOES_HERE = "<!-- style -->"
BOOK = "On the difference between possible and durable"


def assets_of(book: Book, source: Path, site: Mapping[str, bytes]) -> dict[str, bytes]:
    """Site path -> bytes: a file for each figure, and what all live files share."""
    made, paths = shared(source)
    paths["label.woff2"] = assets.path_of(site, "label.woff2")
    common = {
        "book": BOOK,
        "version": publication.read(source).newest.version,
        "numpy": version("numpy"),
        "palettes": palettes(),
        "files": {name: posixpath.basename(path) for name, path in paths.items()},
        "parts": {"modules": one_file.MODULES, "packed": one_file.PACKED},
        # No finer, or a change of one figure would have all of them told anew.
        "liveMegabytes": round(one_file.size_of_parts(made | dict(site)) / 1e6),
    }
    # Beside the figure: all code and words that `about` may put around it.
    around: list[bytes | str] = [
        code(path) for path in sorted(Path(__file__).parent.glob("*.py"))
    ]
    around += [p.read_bytes() for p in sorted((source / "templates").glob("**/*.html"))]
    around += [*made.values(), repr(common)]
    around += [repr(book.references), repr(book.documents)]

    def kept_about(name: str) -> bytes:
        caption = one_file.caption(name, book)

        def told() -> bytes:
            said = about(name, book, source) | common
            return json.dumps(said, ensure_ascii=False, sort_keys=True).encode()

        return kept("keep", told, code_of(name), caption, *around)

    figures = {f"{name}-keep.json": kept_about(name) for name in contract.names()}
    return made | assets.hashed(figures)[0]


def shared(source: Path) -> tuple[dict[str, bytes], dict[str, str]]:
    """What all live files share, as `assets.hashed` gives it."""
    bundles = assets.bundles(source)
    return assets.hashed(
        {
            "one-file.css": one_file.styles(source).encode(),
            "one-file.js": bundles["alone.js"],
            "one-file-worker.js": bundles["worker.js"],
        }
    )


def about(name: str, book: Book, source: Path) -> dict[str, Any]:
    """One figure at its defaults, as all that can be taken along; styles come apart."""
    state = states.usual(name)
    blank = replace(state, drawn=replace(state.drawn, wide="", narrow=""))
    figure, style = state.drawn.figure, f"<style>{one_file.styles(source)}</style>"
    return {
        "title": state.drawn.title,
        "question": state.drawn.question,
        "page": f"../figures/{name}/",  # from where assets are
        "units": {
            part.name: unit(part) for part in (*figure.PARAMETERS, *figure.MEASURES)
        },
        "run": json.loads(run_of(name)),
        "script": alone.script(name, state.taken, book.references),
        "notebook": alone.notebook(name, state.taken, book.references),
        "still": one_file.still(blank, book, source).replace(style, STYLE_GOES_HERE),
        "live": one_file.shell(blank, book, source).replace(style, STYLE_GOES_HERE),
    }


def unit(part: Any) -> str:
    """The unit of a number as data have it: what a page shows in % is a fraction."""
    return {"%": "fraction"}.get(getattr(part, "unit", ""), getattr(part, "unit", ""))


def run_of(name: str) -> bytes:
    """The run of the build, as `static/js/simulator.js` describes a run, as JSON."""

    def made() -> bytes:
        figure = contract.load(name)
        run = contract.run(figure)
        theory = {k: float(v) for k, v in figure.closed_form(run.params).items()}
        said = {
            "parameters": vars(run.params),
            "seed": run.seed,
            "columns": {
                n: numbers(column.tolist()) for n, column in run.columns.items()
            },
            "measures": contract.finite(run.measures),
            "closed_form": contract.finite(theory),
            "shown": contract.readings(figure, run.measures),
            "shown_theory": contract.readings(figure, theory),
            "takeaway": run.takeaway,
        }
        return json.dumps(said).encode()

    return kept("whole-runs", made, code_of(name))


def numbers(column: list[float]) -> list[float | None]:
    """A column for JSON, which knows neither infinity nor what is not a number."""
    return [value if math.isfinite(value) else None for value in column]


@cache
def palettes() -> dict[str, dict[str, str]]:
    """For each scheme, the colour behind each of the page's own names for it."""
    made = kept("palettes", written_palettes, code(contract.FOLDER / "_theme.py"))
    return json.loads(made)  # type: ignore[no-any-return]


def written_palettes() -> bytes:
    """The theme's colours; importing it takes a second."""
    from figures import _theme as theme

    return json.dumps(theme.PALETTES).encode()
