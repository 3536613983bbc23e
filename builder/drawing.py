"""A figure's pictures, made at build time: stills as SVG, and the Vega spec."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from types import ModuleType, SimpleNamespace
from typing import Any
from urllib.parse import quote

from builder.cache import kept
from builder.dataflow import dataflow
from builder.mistakes import Collector, told
from builder.runs import code_of, run
from figures import _contract as contract

DIGITS = 4  # of a number that a browser draws before its own run is there


@dataclass(frozen=True)
class Drawing:
    """One figure at its defaults: the run, what theory says, and the pictures."""

    name: str
    figure: ModuleType
    run: SimpleNamespace
    wide: str
    narrow: str
    spec: bytes  # Vega's, without data
    live: bytes  # what a browser draws, as JSON: the dataflow of the spec, and rows

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


@cache
def draw(name: str) -> Drawing:
    """The figure of that name, run at its defaults and drawn."""
    figure = contract.load(name)
    wide, narrow, *parts = json.loads(kept(*pictures(name)))
    spec, live = (part.encode() for part in parts)
    return Drawing(name, figure, run(name), wide, narrow, spec, live)


def pictures(name: str) -> tuple[str, Callable[[], bytes], bytes]:
    """How the cache finds the stills, the spec and the rest of a figure, or makes them."""

    def drawn() -> bytes:
        figure = contract.load(name)
        spec, run = vega(valid(figure.chart())), contract.run(figure)
        with ThreadPoolExecutor(1) as beside:
            parsed = beside.submit(live, spec, run)
            drawn = stills(name, spec, run)
        return json.dumps((*drawn, spec.decode(), parsed.result())).encode()

    return "pictures", drawn, code_of(name)


def valid(chart: Any) -> dict[str, Any]:
    """The chart's Vega-Lite, or what Altair finds wrong with it, which takes it longer."""
    from figures import _theme as theme

    spec: dict[str, Any] = theme.spec(chart, validate=False)
    own = {key: value for key, value in spec.items() if key != "config"}
    return spec if vega_lite_schema().is_valid(own) else dict(theme.spec(chart))


@cache
def vega_lite_schema() -> Any:
    """What Altair validates a chart with."""
    import jsonschema_rs
    from altair.vegalite.v6.schema.core import load_schema

    def quoted(part: dict[str, Any]) -> dict[str, Any]:
        """Names of definitions hold signs that no reference may."""
        return part | {"$ref": quote(part["$ref"], "#/")} if "$ref" in part else part

    def told() -> bytes:
        schema = json.loads(json.dumps(load_schema()), object_hook=quoted)
        return json.dumps(schema).encode()

    schema = kept("schema", told).decode()
    return jsonschema_rs.validator_for(schema, validate_formats=False)


def stills(name: str, spec: bytes, run: SimpleNamespace) -> tuple[str, str]:
    """One run drawn wide, and drawn narrow, as the Vega `spec` has it."""
    return still(name, spec, run, "wide"), still(name, spec, run, "narrow")


def live(spec: bytes, run: SimpleNamespace) -> str:
    """What a browser draws before its own run: numbers are as fine as a picture needs."""

    def short(value: Any) -> Any:
        if not isinstance(value, float):
            return value
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None

    rows = {
        name: [{field: short(value) for field, value in row.items()} for row in table]
        for name, table in data_of(run).items()
    }
    flow = dataflow(spec, contract.FOLDER.parent)
    return f'{{"flow":{flow},"rows":{json.dumps(rows, separators=(",", ":"))}}}'


def data_of(run: SimpleNamespace) -> dict[str, list[dict[str, Any]]]:
    """The rows of one run, by the names that charts know them by."""
    rows = zip(*(column.tolist() for column in run.columns.values()), strict=True)
    columns = [dict(zip(run.columns, row, strict=True)) for row in rows]
    measures = {**vars(run.params), **contract.finite(run.measures)}
    return {"columns": columns, "measures": [measures]}


def still(name: str, spec: bytes, run: SimpleNamespace, size: str) -> str:
    """The picture as SVG that takes its colours and its type from the page."""
    from figures import _theme as theme

    chart, data = json.loads(spec), data_of(run)
    chart["width"] = theme.WIDE if size == "wide" else theme.NARROW
    for table in chart["data"]:
        if table["name"] in data:
            table["values"] = data[table["name"]]
    text = json.dumps(chart, sort_keys=True)

    def picture() -> bytes:
        import vl_convert

        return vl_convert.vega_to_svg(text).encode()

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
    svg = re.sub(r"<text (?=[^>]* stroke=)", '<text paint-order="stroke" ', svg)
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
