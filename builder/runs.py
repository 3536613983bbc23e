"""The one place that knows what figures say: each setting is simulated once, and kept."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from types import SimpleNamespace
from typing import Any

from builder.cache import code, kept
from figures import _contract as contract


def run(name: str, values: Mapping[Any, Any] | None = None) -> SimpleNamespace:
    """One run at the book's seed: `seed`, `measures`, `theory`, `takeaway`."""

    def simulated() -> bytes:
        figure = contract.load(name)
        run = contract.run(figure, values)
        theory = figure.closed_form(run.params)
        said = {
            "seed": run.seed,
            "measures": run.measures,
            "theory": {measure: float(value) for measure, value in theory.items()},
            "takeaway": run.takeaway,
        }
        return json.dumps(said).encode()

    said = kept("runs", simulated, code_of(name), repr(values or {}))
    return SimpleNamespace(**json.loads(said))


@cache
def code_of(name: str) -> bytes:
    """What stands for all code that a run of the figure may depend on.

    That is its own file, each figure that a file of these names, and every helper.
    """
    files = [contract.FOLDER / f"{name}.py", *sorted(contract.FOLDER.glob("_*.py"))]
    for file in files:  # grows on the way
        words = set(re.findall(r"\w+", file.read_text(encoding="utf-8")))
        named = (contract.FOLDER / f"{n}.py" for n in contract.names() if n in words)
        files += [other for other in named if other not in files]
    return b"".join(file.name.encode() + code(file) for file in files)
