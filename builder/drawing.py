"""A figure's pictures, made at build time: stills as SVG, and the Vega spec."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from types import ModuleType, SimpleNamespace
from typing import Any

import vl_convert

from builder.cache import kept
from builder.mistakes import Collector, told
from figures import _contract as contract
from figures import _theme as theme

VEGA_LITE = ".".join(theme.alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])
STAMP = f"vl-convert {version('vl-convert-python')}, Vega-Lite {VEGA_LITE}"


@dataclass(frozen=True)
class Drawing:
    """One figure at its defaults: the run, what theory says, and the pictures."""

    name: str
    figure: ModuleType
    run: SimpleNamespace
    theory: dict[str, float]
    wide: str
    narrow: str
    spec: bytes

    @property
    def title(self) -> str:
        """The first line of the docstring."""
        return (self.figure.__doc__ or "").strip().split("\n")[0]

    @property
    def question(self) -> str:
        """The paragraph below the title."""
        return (self.figure.__doc__ or "").strip().split("\n\n")[1].replace("\n", " ")

    @property
    def card(self) -> str:
        """The rest of the docstring: the model and its assumptions, as Markdown."""
        return "\n\n".join((self.figure.__doc__ or "").strip().split("\n\n")[2:])


def draw_all() -> list[Drawing]:
    """Every figure, or a line for each that does not keep the contract."""
    found, drawings = Collector(), []
    for name in contract.names():
        try:
            drawings.append(draw(name))
        except contract.Refused as refused:
            found.add(
                f"figures/{name}.py", str(refused).removeprefix(f"figures/{name}.py: ")
            )
        except (Exception, SystemExit) as error:
            found.lines.append(told(error, "figures", f"{name}.py"))
    found.done()
    return drawings


@lru_cache(maxsize=64)
def draw(name: str) -> Drawing:
    """The figure of that name, run at its defaults and drawn."""
    figure = contract.load(name)
    run = contract.run(figure)
    chart = figure.chart()
    return Drawing(
        name=name,
        figure=figure,
        run=run,
        theory=dict(figure.closed_form(run.params)),
        wide=still(name, with_data(theme.spec(chart, theme.WIDE), run), "wide"),
        narrow=still(name, with_data(theme.spec(chart, theme.NARROW), run), "narrow"),
        spec=vega(theme.spec(chart, theme.WIDE)),
    )


def with_data(spec: dict[str, Any], run: SimpleNamespace) -> dict[str, Any]:
    """`spec` with the rows of one run in it."""
    rows = zip(*(column.tolist() for column in run.columns.values()), strict=True)
    columns = [dict(zip(run.columns, row, strict=True)) for row in rows]
    measures = {**vars(run.params), **contract.finite(run.measures)}
    return {**spec, "datasets": {"columns": columns, "measures": [measures]}}


def still(name: str, spec: dict[str, Any], size: str) -> str:
    """The picture as SVG that takes its colours and its type from the page."""
    text = json.dumps(spec, sort_keys=True)

    def picture() -> bytes:
        return vl_convert.vegalite_to_svg(text, vl_version=VEGA_LITE).encode()

    return own_names(kept("stills", picture, STAMP, text).decode(), f"{name}-{size}")


def own_names(svg: str, prefix: str) -> str:
    """`svg` with ids that no other picture on the page has, and no wider than it."""
    ids = dict.fromkeys(re.findall(r'\bid="([^"]+)"', svg))
    for count, old in enumerate(ids):
        new = f"{prefix}-{count}"
        svg = svg.replace(f'id="{old}"', f'id="{new}"').replace(f"#{old})", f"#{new})")
    svg = re.sub(r' xmlns:xlink="[^"]*"| version="1.1"| aria-hidden="true"', "", svg)
    svg = re.sub(r' (role|aria-label|aria-roledescription)="[^"]*"', "", svg)
    return svg.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)


def vega(spec: dict[str, Any]) -> bytes:
    """The Vega spec of a chart, without data: what the reader's browser draws with."""
    text = json.dumps(spec, sort_keys=True)

    def compiled() -> bytes:
        made = vl_convert.vegalite_to_vega(text, vl_version=VEGA_LITE)
        return json.dumps(made, separators=(",", ":")).encode()

    return kept("specs", compiled, STAMP, text)


def picture(svg: str, scheme: str, background: bool = True) -> str:
    """A still that can leave the page: its colours are written out for one scheme."""
    colours = theme.PALETTES[scheme]
    for name, value in colours.items():
        svg = svg.replace(name, value)
    if background:
        paper = f'<rect width="100%" height="100%" fill="{colours[theme.PAPER]}"/>'
        svg = re.sub(r"(<svg [^>]*>)", rf"\1{paper}", svg, count=1)
    return svg
