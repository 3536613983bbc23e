"""A figure's pictures, made at build time: stills as SVG, and the Vega spec."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from types import ModuleType, SimpleNamespace
from typing import Any

from builder.cache import kept, place
from builder.mistakes import Collector, told
from builder.runs import code_of, run
from figures import _contract as contract


@dataclass(frozen=True)
class Drawing:
    """One figure at its defaults: the run, what theory says, and the pictures."""

    name: str
    figure: ModuleType
    run: SimpleNamespace
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
    prepare(contract.names())
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


def prepare(names: list[str]) -> None:
    """Have all cores fill the cache, if it lacks the pictures of several figures."""
    lacking = [name for name in names if not place(*pictures(name)).exists()]
    if len(lacking) > 1:
        with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
            list(pool.map(fill, lacking))


def fill(name: str) -> None:
    """Keep all that pages show of a figure; what fails is told when it fails again."""
    with suppress(Exception, SystemExit), redirect_stdout(sys.stderr):
        for values in draw(name).figure.CHECKED_AT:
            run(name, values)


@cache
def draw(name: str) -> Drawing:
    """The figure of that name, run at its defaults and drawn."""
    figure = contract.load(name)
    wide, narrow, spec = json.loads(kept(*pictures(name)))
    return Drawing(name, figure, run(name), wide, narrow, spec.encode())


def pictures(name: str) -> tuple[str, Callable[[], bytes], bytes]:
    """How the cache finds the two stills and the spec of a figure, or makes them."""

    def drawn() -> bytes:
        from figures import _theme as theme

        figure = contract.load(name)
        spec = vega(theme.spec(figure.chart())).decode()
        return json.dumps((*stills(name, figure, contract.run(figure)), spec)).encode()

    return "pictures", drawn, code_of(name)


def stills(name: str, figure: ModuleType, run: SimpleNamespace) -> tuple[str, str]:
    """One run drawn wide, and drawn narrow."""
    from figures import _theme as theme

    wide = theme.spec(figure.chart())
    narrow = wide | {"width": theme.NARROW}
    return (
        still(name, with_data(wide, run), "wide"),
        still(name, with_data(narrow, run), "narrow"),
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
        import vl_convert

        return vl_convert.vegalite_to_svg(text, vl_version=vega_lite()).encode()

    drawn = rounded(kept("stills", picture, text).decode())
    return own_names(drawn, f"{name}-{size}")


def rounded(svg: str) -> str:
    """`svg` with its lengths to a tenth of a pixel: what is finer is bytes, not ink."""

    def shorter(attribute: re.Match[str]) -> str:
        fine = r"\d+\.\d{2,}(?!\d*e)"
        return re.sub(
            fine, lambda m: f"{float(m[0]):.1f}".rstrip("0").rstrip("."), attribute[0]
        )

    return re.sub(r' (?:d|transform|width|height|[xy][12]?)="[^"]*"', shorter, svg)


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
        import vl_convert

        made = vl_convert.vegalite_to_vega(text, vl_version=vega_lite())
        return json.dumps(made, separators=(",", ":")).encode()

    return kept("specs", compiled, text)


def vega_lite() -> str:
    """The version of Vega-Lite that Altair writes for."""
    import altair

    return ".".join(altair.SCHEMA_VERSION.lstrip("v").split(".")[:2])


def picture(svg: str, scheme: str, background: bool = True) -> str:
    """A still that can leave the page: its colours are written out for one scheme."""
    from figures import _theme as theme

    colours = theme.PALETTES[scheme]
    for name, value in colours.items():
        svg = svg.replace(name, value)
    if background:
        paper = f'<rect width="100%" height="100%" fill="{colours[theme.PAPER]}"/>'
        svg = re.sub(r"(<svg [^>]*>)", rf"\1{paper}", svg, count=1)
    return svg
