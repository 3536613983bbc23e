"""Numbers as a person reads them: medians with their range, ratios, verdicts."""

import math
from collections.abc import Mapping, Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of them does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered) - 1e-9) - 1)]


def median(values: Sequence[float]) -> float:
    """The middle value, or the mean of the two in the middle."""
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(values) % 2 else sum(ordered[half - 1 : half + 1]) / 2


def figures(value: float) -> str:
    """ "1,234", "56.7", "8.90", "0.123": three figures, or thousandths."""
    size = abs(value)
    if not size:
        return "0"
    decimals = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3
    return f"{value:,.{decimals}f}"


def spread(values: Sequence[float]) -> str:
    """ "5.91 (5.60–6.20)": median and range; a single value stands alone."""
    if not values:
        return "—"
    if len(values) == 1:
        return figures(values[0])
    low, high = figures(min(values)), figures(max(values))
    return f"{figures(median(values))} ({low}–{high})"


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Median to median."""
    return median(ours) / median(theirs)


def verdict(value: float, goal: float) -> str:
    """ "met" or "not met", for something that should not be larger than its goal."""
    return "met" if value <= goal else "**not met**"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; every column but the first is numbers."""
    rule = ["---"] + ["---:"] * (len(header) - 1)
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, rule, *rows))


def headings(names: Sequence[str]) -> list[str]:
    """A column for the first name, and two for each other: its own and its ratio."""
    return [names[0], *(x for name in names[1:] for x in (name, "ratio"))]


def compared(values: Mapping[str, Sequence[float]]) -> list[str]:
    """The cells below `headings`: spreads, and ratios to the first."""
    (_, first), *others = values.items()
    cells = [spread(first)]
    for _, other in others:
        cells += [spread(other), figures(ratio(other, first)) if median(first) else "—"]
    return cells
