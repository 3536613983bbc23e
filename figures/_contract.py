"""What every figure promises, and the one way to run it.

The same file runs under `build.py`, in the tests and in the reader's browser; it
needs nothing but NumPy. A figure is a module that defines the names in `PARTS`.
"""

from __future__ import annotations

import difflib
import importlib
import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

SEED = 20_260_101  # one seed for the whole book; never chosen for its picture
FOLDER = Path(__file__).parent
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
PARTS = (
    "PARAMETERS",  # what the reader may change
    "MEASURES",  # the named numbers a run produces; the only ones prose may quote
    "CHECKED_AT",  # settings at which theory is tested
    "simulate",  # (params, rng) -> columns, measures
    "closed_form",  # (params) -> what theory says of the measures it knows
    "takeaway",  # (params, measures) -> one sentence, true at every setting
    "chart",  # () -> an Altair chart over the named data `columns` and `measures`
)


class Refused(ValueError):
    """A value or a name that a figure does not accept; the message is one line."""


@dataclass(frozen=True)
class Parameter:
    """A number the reader may change.

    `unit` is what stands behind the number; a parameter in "%" is a fraction here,
    in links and in JSON, and per cent on the page. `whole` refuses fractions.
    `more` puts the control behind "More". `aliases` are names it had before.
    """

    name: str
    label: str
    unit: str
    minimum: float
    maximum: float
    step: float
    default: float
    scale: str = "linear"  # or "log"
    whole: bool = False
    more: bool = False
    aliases: tuple[str, ...] = ()

    def bind(self, value: Any) -> float:
        """`value` as a number in range, or `Refused`."""
        try:
            if isinstance(value, str) and not NUMBER.fullmatch(value.strip()):
                raise ValueError
            number = float(value)
        except (TypeError, ValueError):
            raise Refused(
                f"{self.name} must be a number {self.allowed}, got {value!r}"
            ) from None
        if not self.minimum <= number <= self.maximum:  # also refuses nan
            raise Refused(f"{self.name} must be {self.allowed}, got {value}")
        if self.whole and number != int(number):
            raise Refused(f"{self.name} must be a whole number, got {value}")
        return int(number) if self.whole else number

    @property
    def allowed(self) -> str:
        """The range in words: "from 0 to 0.2 (a fraction: 0.01 is 1 %)"."""
        note = {"": "", "%": " (a fraction: 0.01 is 1 %)"}
        unit = note.get(self.unit, f" {self.unit}")
        return f"from {self.minimum:.10g} to {self.maximum:.10g}{unit}"


@dataclass(frozen=True)
class Choice:
    """One of a few named options; `options` maps each name to its label."""

    name: str
    label: str
    options: Mapping[str, str]
    default: str
    more: bool = False
    aliases: tuple[str, ...] = ()

    def bind(self, value: Any) -> str:
        """`value` if it is an option, or `Refused`."""
        if not isinstance(value, str) or value not in self.options:
            raise Refused(f"{self.name} must be {self.allowed}, got {value!r}")
        return str(value)

    @property
    def allowed(self) -> str:
        """The options in words: "one of off, p90, p95, p99"."""
        return "one of " + ", ".join(self.options)


def switch(name: str, label: str, default: str = "off", **rest: Any) -> Choice:
    """A choice between off and on."""
    return Choice(name, label, {"off": "off", "on": "on"}, default, **rest)


@dataclass(frozen=True)
class Measure:
    """A named number that a run produces; `inf` means "never"."""

    name: str
    label: str
    unit: str


def did_you_mean(word: str, known: Any) -> str:
    """ " Did you mean 'fan_out'?", or an empty string."""
    close = difflib.get_close_matches(str(word), list(known), n=1)
    return f" Did you mean '{close[0]}'?" if close else ""


def names() -> list[str]:
    """Every figure, in alphabetical order: the directory is the registry."""
    files = [name for name in os.listdir(FOLDER) if name.endswith(".py")]
    return sorted(name[:-3] for name in files if not name.startswith("_"))


@cache
def load(name: str) -> ModuleType:
    """The figure of that name, with all its parts, or `Refused`."""
    if name not in names():
        raise Refused(f"no figure named {name!r}.{did_you_mean(name, names())}")
    return complete(importlib.import_module(f"figures.{name}"), f"figures/{name}.py")


def complete(figure: ModuleType, where: str) -> ModuleType:
    """`figure`, if it has all its parts, or `Refused`."""
    for part in PARTS:
        if not hasattr(figure, part):
            raise Refused(
                f"{where}: {part} is missing. A figure defines {', '.join(PARTS)}"
            )
    return figure


def bind(parameters: tuple[Any, ...], values: Mapping[str, Any]) -> SimpleNamespace:
    """All parameters: `values` (by name or alias), checked, over the defaults."""
    known = {name: p for p in parameters for name in (p.name, *p.aliases)}
    params = {p.name: p.default for p in parameters}
    for name, value in values.items():
        if name not in known:
            raise Refused(f"no parameter named {name!r}.{did_you_mean(name, known)}")
        params[known[name].name] = known[name].bind(value)
    return SimpleNamespace(**params)


def run(
    figure: ModuleType, values: Mapping[str, Any] | None = None, seed: int = SEED
) -> SimpleNamespace:
    """One run: `params`, `seed`, `columns` (1-D, one length), `measures`, `takeaway`."""
    import numpy as np  # heavy: what only reads a figure's words does without

    params = bind(figure.PARAMETERS, values or {})
    columns, measures = figure.simulate(params, generator(seed))
    shapes = {name: np.shape(column) for name, column in columns.items()}
    if any(len(shape) != 1 for shape in shapes.values()):
        raise ValueError(f"columns must be 1-D, got shapes {shapes}")
    lengths = {name: length for name, (length,) in shapes.items()}
    if len(set(lengths.values())) != 1:
        raise ValueError(f"columns must have one length, got {lengths}")
    declared = [measure.name for measure in figure.MEASURES]
    if list(measures) != declared:
        raise ValueError(f"measures must be {declared}, got {list(measures)}")
    takeaway = figure.takeaway(params, measures)
    if not isinstance(takeaway, str):
        raise ValueError(f"takeaway must be a sentence, got {takeaway!r}")
    return SimpleNamespace(
        params=params,
        seed=seed,
        columns={n: np.asarray(c, dtype=np.float64) for n, c in columns.items()},
        measures={name: float(value) for name, value in measures.items()},
        takeaway=takeaway,
    )


def generator(seed: int) -> Any:
    """A NumPy `Generator`, and one that does well in WebAssembly: SFC64.

    PCG64, which `default_rng` gives, multiplies numbers of 128 bits. WebAssembly has
    none of that kind, and draws with SFC64 in two thirds of the time.
    """
    import numpy as np

    return np.random.Generator(np.random.SFC64(seed))


def readings(figure: ModuleType, numbers: Mapping[str, float]) -> dict[str, str]:
    """`numbers` as a reader sees them, with their units."""
    units = {measure.name: measure.unit for measure in figure.MEASURES}
    return {name: quantity(value, units[name]) for name, value in numbers.items()}


def report(figure: Any, run: SimpleNamespace, theory: Mapping[str, float]) -> str:
    """The numbers of one run beside theory, and its takeaway, as text."""
    here, exact = readings(figure, run.measures), readings(figure, theory)
    width = max(len(measure.label) for measure in figure.MEASURES)
    lines = [f"{'':{width}}  {'this run':>14}  {'theory':>14}"]
    for measure in figure.MEASURES:
        there = exact.get(measure.name, "—")
        lines.append(f"{measure.label:{width}}  {here[measure.name]:>14}  {there:>14}")
    return "\n".join((*lines, "", run.takeaway))


def quantity(value: float, unit: str, figures: int = 3) -> str:
    """ "9.56 %", "1,020 ms", "never": `value` to so many figures, and its unit."""
    if math.isinf(value):
        return "never"
    shown = significant(value * 100 if unit == "%" else value, figures)
    if shown == "1" and re.fullmatch(r"[a-z]{2,}s", unit) and unit != "ms":
        unit = unit[:-1]  # one call, one day
    return f"{shown}{unit}" if unit.startswith("/") else f"{shown} {unit}".strip()


def significant(value: float, figures: int = 3) -> str:
    """`value` to so many significant figures, never in scientific notation."""
    if value == 0 or not math.isfinite(value):
        return f"{value:.0f}"
    decimals = figures - 1 - math.floor(math.log10(abs(value)))
    rounded = f"{round(value, decimals):,.{min(max(decimals, 0), 6)}f}"
    return rounded.rstrip("0").rstrip(".") if "." in rounded else rounded


def finite(numbers: Mapping[str, float]) -> dict[str, float | None]:
    """`numbers` for JSON, which has no infinity: "never" is null."""
    return {n: v if math.isfinite(v) else None for n, v in numbers.items()}
