"""The look of every chart: one Altair theme for stills and live charts.

Colours are the page's own custom properties, so a chart follows the reader's light or
dark page without being drawn again. `PALETTES` gives their values for pictures that
leave the page. What was simulated is drawn through; what theory says is dashed.
"""

import altair as alt

STEADY = "var(--steady)"  # it holds
FAILING = "var(--failing)"  # it does not
WAITING = "var(--waiting)"  # uncertain, or not yet
INK = "currentColor"
FAINT = "var(--faint)"
PAPER = "var(--paper)"
DASH = [5, 4]  # theory: possible, not yet shown
OUTLINE = {"stroke": PAPER, "strokeWidth": 4, "strokeJoin": "round"}  # of letters
HEIGHT = 320
NARROW = 328  # a pane beside the editor
WIDE = 680  # the text column

PALETTES = {
    "light": {
        STEADY: "#0b6e69",
        FAILING: "#c23b16",
        WAITING: "#8a6100",
        FAINT: "#6b6a64",
        PAPER: "#fbfaf7",
        INK: "#1d1d1b",
    },
    "dark": {
        STEADY: "#5fc4b8",
        FAILING: "#f08a66",
        WAITING: "#d9ae55",
        FAINT: "#9b988f",
        PAPER: "#17181a",
        INK: "#e9e6df",
    },
}

FONT = "Label, Inter, system-ui, sans-serif"


@alt.theme.register("durable", enable=True)
def durable():
    """Few lines, direct labels, no boxes."""
    return alt.theme.ThemeConfig(
        {
            "config": {
                "background": None,
                "font": FONT,
                "padding": {"left": 2, "right": 12, "top": 8, "bottom": 4},
                "view": {"stroke": None},
                "mark": {
                    "aria": False
                },  # the picture has one description, its takeaway
                "axis": {
                    "aria": False,
                    "domainColor": FAINT,
                    "gridColor": INK,
                    "gridOpacity": 0.09,
                    "labelColor": FAINT,
                    "labelFontSize": 12,
                    "labelFlush": True,
                    "labelOverlap": True,
                    "tickColor": FAINT,
                    "tickSize": 4,
                    "titleColor": INK,
                    "titleFontSize": 12.5,
                    "titleFontWeight": 400,
                    "titlePadding": 8,
                },
                "axisX": {
                    "grid": False,
                    "tickCount": 6,
                    "minExtent": 20,
                    "maxExtent": 20,
                },
                "axisY": {
                    "minExtent": 42,  # the same with every typeface: nothing jumps
                    "maxExtent": 42,
                    "domain": False,
                    "ticks": False,
                    "tickCount": 5,
                    "titleAlign": "left",
                    "titleAnchor": "start",
                    "titleAngle": 0,
                    "titleBaseline": "bottom",
                    "titleX": 0,
                    "titleY": -12,
                },
                "line": {"strokeWidth": 2.25, "strokeJoin": "round"},
                "rule": {"strokeWidth": 1},
                "text": {"font": FONT, "fontSize": 12.5, "color": INK},
                "point": {"size": 46, "filled": True},
            }
        }
    )


def columns():
    """The run's columns as chart data."""
    return alt.Chart(alt.NamedData("columns"))


def measures():
    """The run's measures and parameters as chart data: one row, a field each."""
    return alt.Chart(alt.NamedData("measures"))


def theory(line):
    """`line` as theory: thinner and dashed."""
    return line.mark_line(strokeDash=DASH, strokeWidth=1.5, color=INK, opacity=0.75)


def label(base, colour=INK, **place):
    """Text beside a mark, with the paper behind it so that lines do not cross it."""
    letters = {"color": colour, "fontWeight": 500, **place}
    return base.mark_text(**OUTLINE, **letters) + base.mark_text(**letters)


def spec(chart, width=WIDE, validate=True):
    """Finished Vega-Lite of `chart` at `width` px, axes and all.

    To validate it takes Altair longer than to make it: for charts known to be right.
    """
    size = {"width": width, "height": HEIGHT}
    autosize = {"type": "fit", "contains": "padding"}
    made = _labels_in_one(chart.to_dict(validate=validate))
    return made | size | {"autosize": autosize}


def _labels_in_one(part):
    """`part` with each label as one mark: pages paint its outline below its letters."""
    if "layer" not in part:
        return part
    kept = []
    for layer in map(_labels_in_one, part["layer"]):
        mark = layer.get("mark")
        outlined = layer | {"mark": mark | OUTLINE} if isinstance(mark, dict) else None
        if outlined not in kept[-1:]:
            kept.append(layer)
    return part | {"layer": kept}
