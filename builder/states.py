"""A figure in one state: parameters and a seed, with what they give."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from types import ModuleType, SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from builder import drawing
from builder.drawing import Drawing
from builder.mistakes import Mistakes, told
from figures import _contract as contract

SCHEME = "1"  # of permalinks, as in static/js/links.js


@dataclass(frozen=True)
class State:
    """`drawn` in this state, which is where its controls stand; `site` may be ""."""

    drawn: Drawing
    parameters: dict[str, Any]
    site: str = ""

    @property
    def page(self) -> str:
        """The permalink: what differs from the book's own state."""
        name, run = self.drawn.name, self.drawn.run
        usual = {p.name: p.default for p in contract.load(name).PARAMETERS}
        query = {n: linked(v) for n, v in self.parameters.items() if v != usual[n]}
        query |= {"seed": str(run.seed)} if run.seed != contract.SEED else {}
        query |= {"v": SCHEME} if query else {}
        return f"{self.site}/figures/{name}/" + (f"?{urlencode(query)}" * bool(query))

    @property
    def taken(self) -> dict[str, Any]:
        """What a script or a notebook says of its state."""
        seed = self.drawn.run.seed
        return {"page": self.page, "parameters": self.parameters, "seed": seed}


def linked(value: Any) -> str:
    """A parameter's value as links have it."""
    return value if isinstance(value, str) else f"{value:.12g}"


def usual(name: str, site: str = "") -> State:
    """The state in which the book shows a figure."""
    drawn = drawing.draw(name)
    return State(drawn, {p.name: p.default for p in drawn.figure.PARAMETERS}, site)


def at(name: str, values: Mapping[str, Any], seed: int, site: str = "") -> State:
    """The state with these values, run here; its pictures are still to be drawn."""
    figure, run, theory = simulated("export", name, values, seed)
    drawn = replace(
        drawing.draw(name),
        figure=standing(figure, vars(run.params)),
        run=SimpleNamespace(**vars(run), theory=theory),
    )
    return State(drawn, vars(run.params), site)


def drawn_anew(state: State) -> State:
    """The same state with pictures of its own run."""
    drawn = state.drawn
    wide, narrow = drawing.stills(drawn.name, drawn.spec, drawn.run)
    live = drawing.live(drawn.spec, drawn.run).encode()
    return replace(state, drawn=replace(drawn, wide=wide, narrow=narrow, live=live))


def standing(figure: ModuleType, parameters: Mapping[str, Any]) -> ModuleType:
    """The figure with these as the defaults of its parameters."""
    other = ModuleType(figure.__name__)
    moved = tuple(replace(p, default=parameters[p.name]) for p in figure.PARAMETERS)
    vars(other).update(vars(figure), PARAMETERS=moved)
    return other


def simulated(
    command: str, name: str, values: Mapping[str, Any], seed: int
) -> tuple[ModuleType, SimpleNamespace, dict[str, float]]:
    """The figure, one run of it and theory; what it prints goes to standard error."""
    with running(command, name):
        figure = contract.load(name)
        run = contract.run(figure, values, seed)
        theory = {k: float(v) for k, v in figure.closed_form(run.params).items()}
    return figure, run, theory


@contextmanager
def running(command: str, name: str) -> Iterator[None]:
    """Run a figure: what it prints is no part of the answer, what it refuses is told."""
    if name not in contract.names():
        hint = contract.did_you_mean(name, contract.names())
        raise Mistakes(f"figures: no figure named {name!r}.{hint}")
    try:
        with redirect_stdout(sys.stderr):
            yield
    except Mistakes:
        raise
    except contract.Refused as refused:
        raise Mistakes(f"{command} {name}: {refused}") from None
    except (Exception, SystemExit) as error:
        raise Mistakes(told(error, "figures", f"{name}.py")) from None
