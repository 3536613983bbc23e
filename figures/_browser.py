"""The Python half of the worker: figures, answered for JavaScript. Needs Pyodide.

`answer` and `spec` give JavaScript an object that holds either `result` or `error`: an
exception never crosses by itself. Both take the text of a file that the reader has
edited, which then stands for the figure's own.
"""

from __future__ import annotations

import json
import linecache
import random
import traceback
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np
from pyodide.ffi import jsnull, to_js

from figures import _contract as contract

# Altair, after the largest parts of what it imports: none of them takes long by itself.
ALTAIR = (
    *("ipaddress", "email.message", "http.client", "urllib.request", "zoneinfo"),
    *("jsonschema", "jinja2", "narwhals.stable.v1", "altair", "figures._theme"),
)

random.seed()  # Python comes from a snapshot, and then everybody's is the same
np.random.seed()


def answer(name: str, values: Any, seed: float, edited: str = "") -> Any:
    """One run of a figure: its numbers, as they are and as a reader sees them."""
    return _told(lambda: _run(_figure(name, edited), values.to_py(), int(seed)))


def spec(name: str, width: float, edited: str = "") -> Any:
    """The Vega-Lite JSON that Altair makes of a figure's chart, here and now."""
    return _told(lambda: _spec(_figure(name, edited), width, validate=bool(edited)))


def import_altair() -> Iterator[None]:
    """Import Altair in steps, between which figures can be run."""
    for name in ALTAIR:
        if name == "altair":
            _share_resolvers()
        import_module(name)
        yield


@cache
def _share_resolvers() -> None:
    """One resolver for each schema.

    Altair asks for a new one at each of the hundreds of references into Vega-Lite's
    schema, and each would look through all of it: that is half of what Altair takes.
    """
    resolver = import_module("jsonschema").RefResolver
    new = resolver.from_schema
    made: dict[int, tuple[Any, Any]] = {}  # by id: a schema that is kept keeps its own

    def shared(schema: Any, **how: Any) -> Any:
        if how:
            return new(schema, **how)
        if id(schema) not in made:
            made[id(schema)] = schema, new(schema)
        return made[id(schema)][1]

    resolver.from_schema = shared


def _figure(name: str, edited: str) -> ModuleType:
    """The figure of that name, as the book or as the reader wrote it."""
    return _of_text(name, edited) if edited else contract.load(name)


@lru_cache(maxsize=1)
def _of_text(name: str, text: str) -> ModuleType:
    """A figure from the text of its file; a traceback quotes its lines."""
    file = f"{name}.py"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    figure = ModuleType(f"figures.{name}")
    exec(compile(text, file, "exec"), figure.__dict__)
    return contract.complete(figure, file)


def _run(figure: ModuleType, values: dict[str, Any], seed: int) -> dict[str, Any]:
    """The result of `answer`."""
    run = contract.run(figure, values, seed)
    theory = {n: float(v) for n, v in figure.closed_form(run.params).items()}
    return {
        "parameters": vars(run.params),
        "seed": run.seed,
        "columns": run.columns,
        "measures": _numbers(run.measures),
        "closed_form": _numbers(theory),
        "shown": contract.readings(figure, run.measures),
        "shown_theory": contract.readings(figure, theory),
        "takeaway": run.takeaway,
    }


def _spec(figure: ModuleType, width: float, validate: bool) -> str:
    """The result of `spec`; the book's own charts were validated when it was built."""
    theme: Any = import_module("figures._theme")  # Altair: not there before this
    return json.dumps(theme.spec(figure.chart(), width, validate))


def _numbers(numbers: dict[str, float]) -> dict[str, Any]:
    """Numbers for JavaScript: "never" is null."""
    return {n: jsnull if v is None else v for n, v in contract.finite(numbers).items()}


def _told(work: Callable[[], Any]) -> Any:
    """What `work` returns, or why it did not."""
    try:
        told = {"result": work()}
    except contract.Refused as refused:
        told = {"error": {"reason": "refused", "message": str(refused), "detail": ""}}
    except ImportError as error:
        told = {"error": _described("import", error)}
    except BaseException as error:  # a figure may raise anything, SystemExit as well
        told = {"error": _described("python", error)}
    return to_js(told)


def _described(reason: str, error: BaseException) -> dict[str, str]:
    """An exception: its last line for the reader, the whole for the console."""
    detail = "".join(traceback.format_exception(error)).strip()
    return {"reason": reason, "message": detail.splitlines()[-1], "detail": detail}
