"""How a picture that leaves home is laid out: words, the chart, and whose it is.

What is made here still has its text as text and its colours by name: `stills.py` makes
of it what any host can show.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from types import ModuleType, SimpleNamespace

from builder import drawing, motif
from builder.asks import reading
from builder.typefaces import balanced, check, width
from figures import _theme as theme

SIZE = WIDTH, HEIGHT = 1200, 630  # px, as hosts ask of the picture beside a link
MARGIN = 60  # px
WORDS = 520  # px, the width of the column of words
CHART = 1.56  # how much larger than in a pane beside the editor the chart is shown
FOOT = 532  # px from the top
TITLE = (
    "On the difference between ",
    '<tspan font-family="Text Italic">possible</tspan> and '
    '<tspan font-family="Text Italic">durable</tspan>',
)


@dataclass(frozen=True)
class Style:
    """How words are set: size in px, leading in sizes."""

    family: str
    size: float
    leading: float = 1.0
    colour: str = theme.INK
    weight: int = 400


SMALL = Style("Label", 19, colour=theme.FAINT)


def figure(name: str, run: SimpleNamespace, chart: str, where: str) -> str:
    """The figure as `run` has it: its question and its finding beside its chart."""
    drawn = drawing.draw(name)
    told = settings(drawn.figure, run)
    for text in (drawn.title, drawn.question, run.takeaway, told, *texts(chart)):
        check(text)
    return whole(
        drawn.question,
        run.takeaway,
        line(html.escape(drawn.title), SMALL, MARGIN, 66),
        *words(drawn.question, run.takeaway),
        placed(chart, WIDTH - 44 - CHART * theme.NARROW, 20),
        *foot(told, where),
    )


def cover(title: str, thesis: str, where: str) -> str:
    """The book itself: its title, its line, and what it says."""
    said, large = Style("Text", 30, 1.4), Style("Display", 80, weight=480)
    reach = WIDTH - 2 * MARGIN
    first, second = (part.replace("Text", "Display") for part in TITLE)
    return whole(
        title,
        thesis,
        line(first, large, MARGIN, 132),
        line(second, large, MARGIN, 226),
        long_line(MARGIN, 262, reach),
        *paragraph(balanced(thesis, said.family, said.size, reach), said, 440),
        line(html.escape(where), SMALL, MARGIN, HEIGHT - 42),
    )


def settings(figure: ModuleType, run: SimpleNamespace) -> str:
    """What the run was made with: "Calls per request: 10 calls · … · seed 3"."""
    values = vars(run.params)
    told = [
        f"{p.label}: {reading(p, values[p.name])}"
        for p in figure.PARAMETERS
        if not p.more or values[p.name] != p.default
    ]
    return " · ".join([*told, f"seed {run.seed}"])


def texts(chart: str) -> list[str]:
    """All that is written in a chart."""
    return [html.unescape(text) for text in re.findall(r">([^<>]+)<", chart)]


def words(question: str, takeaway: str) -> list[str]:
    """The question and the finding, as large as they fit above the foot."""
    for size in range(46, 24, -1):
        asked = Style("Display", size, 1.16, weight=480)
        said = Style("Text", 0.6 * size, 1.36)
        ask = balanced(question, asked.family, size, WORDS)
        say = balanced(takeaway, said.family, said.size, WORDS)
        below = 84 + asked.leading * size * len(ask) + 20
        if below + said.leading * said.size * len(say) < FOOT - 24:
            break
    return [*paragraph(ask, asked, 84), *paragraph(say, said, below)]


def paragraph(told: list[str], style: Style, top: float) -> list[str]:
    """Lines one below the other."""
    first = top + style.size * (0.76 + (style.leading - 1) / 2)  # the baseline
    return [
        line(html.escape(text), style, MARGIN, first + at * style.leading * style.size)
        for at, text in enumerate(told)
    ]


def line(told: str, style: Style, x: float, y: float, anchor: str = "start") -> str:
    """A line of SVG text on the baseline `y`."""
    return (
        f'<text x="{x:g}" y="{y:.1f}" text-anchor="{anchor}" fill="{style.colour}"'
        f' font-family="{style.family}" font-weight="{style.weight}"'
        f' font-size="{style.size:g}">{told}</text>'
    )


def placed(chart: str, x: float, y: float) -> str:
    """A chart as Vega drew it, larger, at its place."""
    inside = re.sub("^<svg [^>]*>|</svg>$", "", chart.strip())
    return f'<g transform="translate({x:g},{y:g}) scale({CHART})">{inside}</g>'


def foot(told: str, where: str) -> list[str]:
    """The book's line, dashed and then drawn through; the settings; whose picture it is."""
    right, shown = WIDTH - MARGIN, MARGIN + motif.SHOWN_FROM * (WIDTH - 2 * MARGIN)
    size = min(19, 19 * (right - MARGIN) / width(told, "Label", 19))
    return [
        f'<g fill="none" stroke="{theme.STEADY}" stroke-width="2"><path stroke-dasharray="7 6"'
        f' d="M{MARGIN},{FOOT}H{shown:g}"/><path d="M{shown:g},{FOOT}H{right}"/></g>',
        line(
            html.escape(told),
            Style("Label", size, colour=theme.FAINT),
            MARGIN,
            FOOT + 34,
        ),
        line("".join(TITLE), Style("Text", 23), MARGIN, FOOT + 70),
        line(html.escape(where), SMALL, right, FOOT + 70, "end"),
    ]


def long_line(x: float, y: float, reach: float) -> str:
    """The cover's line, with the failure in it."""
    stroke = {
        "possible": f'stroke="{theme.INK}" stroke-dasharray="8 7"',
        "failing": f'stroke="{theme.FAILING}"',
        "durable": f'stroke="{theme.STEADY}"',
    }
    paths = "".join(re.findall("<path .*?/>", motif.line()))
    for name, drawn in stroke.items():
        paths = paths.replace(f'class="{name}"', drawn)
    scale = f"translate({x:g},{y:g}) scale({reach / motif.WIDTH:g})"
    return f'<g transform="{scale}" fill="none" stroke-width="3">{paths}</g>'


def whole(title: str, text: str, *parts: str) -> str:
    """The picture, to be read aloud as `title` and `text`."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}"'
        f' viewBox="0 0 {WIDTH} {HEIGHT}"><title>{html.escape(title)}</title>'
        f'<desc>{html.escape(text)}</desc><rect width="{WIDTH}" height="{HEIGHT}"'
        f' fill="{theme.PAPER}"/>{"".join(parts)}</svg>'
    )
