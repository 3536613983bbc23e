"""Re-running an analysis

If a colleague re-runs this analysis in some months, do they get your number?

Model: an analysis loses its number in four ways. Its packages have releases at random
(Poisson), and a fixed share of them move the result. Its data is updated at random, and
every update moves the result. Each move is normal, one per cent of the number. A step
draws random numbers, and without a seed each run is half a per cent off, yours too. And
you ran its eight cells out of order. A colleague finds an order in which every cell has
what it needs, one of six, each as likely; two pairs of cells then clean the same values
in place, and the clean values differ. A habit takes away one way: pinning the packages,
keeping a snapshot of the data, setting a seed, running the cells in order. A colleague
has your number when both round to the same four significant digits; some do by luck.

Kinder than the world: every run ends without an error, every package can still be
installed, and nothing else differs, neither hardware nor threads nor time zone. A habit
that is kept is kept perfectly.

Harsher than the world: every update of the data shows, and a colleague knows nothing of
the order you used. Most would run the cells from top to bottom, and so might you.

Source: our own model; [@pimentel2019] for how often notebooks give the same result,
[@goldberg1991] for why the order of operations moves it.
"""

import math
from functools import lru_cache
from types import SimpleNamespace

import numpy as np

from figures._contract import Measure, Parameter, quantity, switch
from figures._draws import poisson

PARAMETERS = (
    switch("pin_dependencies", "Pin the packages"),
    switch("pin_data", "Keep a snapshot of the data"),
    switch("pin_seed", "Set the seed"),
    switch("run_in_order", "Run the cells in order"),
    Parameter(
        "months_later", "Re-run after", "months", 0, 36, 1, 6, whole=True, more=True
    ),
    Parameter("dependencies", "Packages", "", 0, 60, 1, 12, whole=True, more=True),
    Parameter(
        "releases_per_year", "Releases of each", "per year", 0, 12, 0.5, 4, more=True
    ),
    Parameter(
        "breaking_share", "Releases that move it", "%", 0, 0.2, 0.005, 0.02, more=True
    ),
    Parameter(
        "data_updates_per_month", "Data updates", "per month", 0, 30, 0.5, 1, more=True
    ),
)
MEASURES = (
    Measure("reproduced_share", "Colleagues who get your number", "%"),
    Measure("lucky_share", "Colleagues who get it by luck", "%"),
    Measure("spread", "Spread of their numbers around yours", "%"),
    Measure("half_life_months", "Half have lost it after", "months"),
)
CHECKED_AT = (
    {},
    {"pin_data": "on", "pin_seed": "on", "run_in_order": "on"},
    {"pin_dependencies": "on", "pin_seed": "on", "run_in_order": "on"},
    {"pin_dependencies": "on", "pin_data": "on", "run_in_order": "on"},
    {"pin_dependencies": "on", "pin_data": "on", "pin_seed": "on"},
    {
        "pin_dependencies": "on",
        "pin_data": "on",
        "pin_seed": "on",
        "run_in_order": "on",
        "months_later": 36,
    },
    {
        "pin_seed": "on",
        "run_in_order": "on",
        "dependencies": 60,
        "releases_per_year": 12,
        "breaking_share": 0.1,
        "months_later": 4,
    },
)
HABITS = {  # as the takeaway names them
    "pin_dependencies": "pinned packages",
    "pin_data": "a snapshot of the data",
    "pin_seed": "a set seed",
    "run_in_order": "cells run in order",
}
COLLEAGUES = 4000  # in one run, each with an analysis of this kind
MONTHS = np.arange(37, dtype=np.int64)  # when they re-run it
CENTRE = 1.2  # what the analysis finds
CELL = 0.001  # width of the fourth digit of a number between 1 and 10
MOVE_SD = 0.01  # a release or an update moves the number by so much of itself
SEED_SD = 0.005  # a run without a seed is so far off, as a share of the number
NEEDS = ((0, 1), (1, 2), (2, 3), (1, 4), (4, 5), (3, 6), (5, 6), (6, 7))  # a before b
SOON = 24  # the last month at which a curve is named where it falls
YOURS = (0, 1, 4, 2, 5, 3, 6, 7)  # the order in which you happened to run the cells


def simulate(params, rng):
    """Share of colleagues who get your number, by month, and how far off the rest are.

    Each colleague's analysis is followed month by month; the numbers are rounded.
    """
    seeds, orders, moves, waits = rng.spawn(4)
    yours = seeds.standard_normal(COLLEAGUES)
    seeded = params.pin_seed == "on"
    theirs = yours if seeded else seeds.standard_normal(COLLEAGUES)
    order = orders.choice(_orders(params), COLLEAGUES)
    count = poisson(moves, _moves_per_month(params), (len(MONTHS), COLLEAGUES))
    count[0] = 0
    walk = moves.standard_normal(count.shape) * np.sqrt(count) * MOVE_SD
    off = SEED_SD * theirs + order + walk.cumsum(axis=0)
    number, published = CENTRE * (1 + off), CENTRE * (1 + SEED_SD * yours)
    same = np.rint(number / CELL) == np.rint(published / CELL)
    lost_at = _lost_at(params, count, waits)
    lost_at[(order != 0) | (not seeded)] = 0  # it is not the same run to begin with
    now = params.months_later
    columns = {"month": MONTHS, "reproduced": same.mean(axis=1)} | _curves(params)
    measures = {
        "reproduced_share": same[now].mean(),
        "lucky_share": (same[now] & (lost_at <= now)).mean(),
        "spread": (number[now] - published).std() / CENTRE,
        "half_life_months": np.median(lost_at),
    }
    return columns, measures


def closed_form(params):
    """The same measures: a product of chances, what luck adds, and a half-life."""
    now = np.array([params.months_later], dtype=np.float64)
    lucky, moves = _lucky(params, now)[0], _moves_per_month(params)
    at_once = _kept(params, np.zeros(1))[0]
    half_life = 0.0
    if at_once > 0.5:
        half_life = math.log(2 * at_once) / moves if moves else math.inf
    return {
        "reproduced_share": _kept(params, now)[0] + lucky,
        "lucky_share": lucky,
        "spread": math.sqrt(_variance(params, moves * now[0]) + _orders(params).var()),
        "half_life_months": half_life,
    }


def takeaway(params, measures):
    """How many get the number with these habits, and what one habit more would do."""
    missing = [habit for habit in HABITS if getattr(params, habit) == "off"]
    months = params.months_later
    when = f"after {months} month{'' if months == 1 else 's'}"
    when = when if months else "on the same day"
    if not missing:
        return (
            f"With all four habits, every colleague gets your number {when},"
            " and would at any other time."
        )
    share = quantity(measures["reproduced_share"], "%", 2)
    sentence = f"{_kept_habits(missing)}, {share} of colleagues get your number {when}"
    if len(missing) == 1:
        if share == "100 %":
            return f"{sentence}, and the last habit has nothing to add yet."
        return f"{sentence}; the last habit makes it 100 %."
    more = [_switched(params, habit, "on") for habit in missing]
    best = max(closed_form(one_more)["reproduced_share"] for one_more in more)
    best = quantity(max(best, measures["reproduced_share"]), "%", 2)
    return f"{sentence}; one habit more makes it {best} at most, all four 100 %."


def chart():
    """Share who get the number against months: these habits, all but one, and all."""
    import altair as alt

    from figures import _theme as theme

    months = alt.Scale(domain=[0, int(MONTHS[-1])], nice=False)
    share = alt.Scale(domain=[-0.13, 1.12], nice=False)
    quarters = alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1])
    years = alt.Axis(values=[0, 12, 24, 36])

    def at(base, x, y):
        y = alt.Y(f"{y}:Q") if isinstance(y, str) else alt.Y(datum=y)
        return base.encode(
            alt.X(f"{x}:Q", scale=months, axis=years, title="Months until re-run"),
            y.scale(share).axis(quarters).title("Colleagues who get your number"),
        )

    def curve(field, where="true"):
        run = theme.columns().transform_joinaggregate(worst="min(reproduced)")
        return at(run.transform_filter(where), "month", field)

    def mine(where, colour):
        line = curve("reproduced", where)
        area = line.mark_area(color=colour, opacity=0.12).encode(y2=alt.datum(0))
        return area + line.mark_line(color=colour)

    def reference(field, colour):
        return curve(field).mark_line(
            color=colour, strokeDash=theme.DASH, strokeWidth=1.5
        )

    def name(text, field, month, y=None, colour=theme.WAITING, run=None, **place):
        here = (run or theme.columns()).transform_filter(f"datum.month == {month}")
        named = at(here, "month", field if y is None else y)
        return theme.label(named.encode(text=alt.value(text)), colour, **place)

    def falling(text, field, level):
        """Named where it falls through the level, or at the end if it falls slowly."""
        fallen = theme.columns().transform_filter(f"datum.{field} <= {level}")
        fallen = fallen.transform_joinaggregate(first="min(month)")
        slow = theme.columns().transform_filter(
            f"datum.{field} > 0.35 && datum.{field} < 0.9"
        )
        soon = f"min({SOON}, datum.first)"
        return name(text, field, soon, level, run=fallen, align="left", dx=6) + name(
            text, field, 36, run=slow, align="right", dx=-3, dy=14
        )

    def reading(where, y="reproduced_share", **place):
        text = "replace(format(datum.reproduced_share, '.2~p'), '%', ' %')"
        text += " + ' after ' + datum.months_later"
        text += " + (datum.months_later == 1 ? ' month' : ' months')"
        run = theme.measures().transform_filter(where).transform_calculate(text=text)
        return theme.label(at(run, "months_later", y).encode(text="text:N"), **place)

    early, late = "datum.months_later <= 18", "datum.months_later > 18"
    low = "datum.reproduced_share < 0.25"
    high = "datum.reproduced_share > 0.9"
    beside = f"{early} && !({low}) && !({high})"
    under, over = {"baseline": "top", "dy": 9}, {"baseline": "bottom", "dy": -8}
    return alt.layer(
        *(reference(f"without_{habit}", theme.WAITING) for habit in HABITS),
        reference("with_all", theme.STEADY),
        mine("datum.worst > 0.99", theme.STEADY),
        mine("datum.worst <= 0.99", theme.FAILING),
        theme.theory(curve("reproduced_theory")),
        falling("all but the pins", "without_pin_dependencies", 0.5),
        falling("all but the snapshot", "without_pin_data", 0.23),
        name("all but the seed", "without_pin_seed", 24, align="right", dy=-9),
        name("all but the order", "without_run_in_order", 36, align="right", dy=-9),
        name(
            "all four habits", "with_all", 36, None, theme.STEADY, align="right", dy=-10
        ),
        at(theme.measures(), "months_later", "reproduced_share").mark_point(
            color=theme.INK, opacity=1
        ),
        reading(f"{low} && {early}", 0, align="left", dx=-2, **under),
        reading(f"{late} && !({high})", 0, align="right", dx=2, **under),
        reading(beside, align="left", dx=7, **over),
        reading(f"{high} && {early}", align="left", dx=2, **over),
        reading(f"{high} && {late}", align="right", dx=-2, **under),
    )


def runnable_orders(cells, needs):
    """Every order of the cells in which each comes after all that it needs."""
    if not cells:
        return [()]
    waiting = {after for before, after in needs if before in cells}
    return [
        (first, *rest)
        for first in cells
        if first not in waiting
        for rest in runnable_orders([c for c in cells if c != first], needs)
    ]


def number_after(order):
    """What the notebook prints when its cells have been run in that order."""
    cleaning = {2: _drop_outliers, 3: _fill_gaps, 4: _scale, 5: np.log1p}
    values = np.exp(np.linspace(-1.5, 1.5, 200))
    values[::8] = np.nan  # what was never measured
    for cell in order:
        values = cleaning.get(cell, _as_it_is)(values)
    return np.nanmean(values)


def _drop_outliers(values):
    """The values without those more than two standard deviations above the mean."""
    return values[~(values > np.nanmean(values) + 2 * np.nanstd(values))]


def _fill_gaps(values):
    """The values with their mean where one is missing."""
    return np.where(np.isnan(values), np.nanmean(values), values)


def _scale(values):
    """The values in medians."""
    return values / np.nanmedian(values)


def _as_it_is(values):
    """The values: the cells that load, look, take the mean and print change none."""
    return values


@lru_cache(maxsize=1)
def _every_order():
    """How far each order of the cells moves the number from yours, as a share of it."""
    cells = sorted(YOURS)
    numbers = np.array([number_after(o) for o in runnable_orders(cells, NEEDS)])
    return numbers / number_after(YOURS) - 1


def _orders(params):
    """The moves among which a colleague's order is drawn."""
    return np.zeros(1) if params.run_in_order == "on" else _every_order()


def _moves_per_month(params):
    """Releases and updates a month that move the number, of what is not held still."""
    releases = params.dependencies * params.releases_per_year / 12
    packages = releases * params.breaking_share * (params.pin_dependencies == "off")
    return packages + params.data_updates_per_month * (params.pin_data == "off")


def _lost_at(params, count, rng):
    """The month of each colleague's first move, beyond the last month too."""
    per_month = _moves_per_month(params)
    if per_month == 0:
        return np.full(COLLEAGUES, math.inf)
    moved = count > 0
    month = moved.argmax(axis=0)
    first = count[month, np.arange(COLLEAGUES)]
    # The earliest of so many moves in a month; without any, the wait goes on.
    within = month - rng.random(COLLEAGUES) ** (1 / np.maximum(first, 1))
    beyond = MONTHS[-1] + rng.exponential(1 / per_month, COLLEAGUES)
    return np.where(moved.any(axis=0), within, beyond)


def _kept(params, months):
    """P(nothing has moved the number) after so many months."""
    at_once = (_orders(params) == 0).mean() * (params.pin_seed == "on")
    return at_once * np.exp(-_moves_per_month(params) * months)


def _variance(params, moves):
    """Variance of a re-run's distance from yours, from its seed and so many moves."""
    seeds = 0 if params.pin_seed == "on" else 2 * SEED_SD**2
    return seeds + MOVE_SD**2 * moves


def _lucky(params, months):
    """P(something has moved the number, and it rounds to yours all the same).

    The last digit is so narrow that this is its width times the density at no distance,
    to one part in 800.
    """
    mean = _moves_per_month(params) * months
    count = np.arange(math.ceil(mean.max() + 12 * math.sqrt(mean.max()) + 20))
    log_factorial = np.cumsum(np.log(np.maximum(count, 1)))
    log_mean = np.log(np.where(mean > 0, mean, 1))[:, None]
    chance = np.exp(count * log_mean - mean[:, None] - log_factorial)
    chance[mean == 0] = count == 0
    variance = _variance(params, count)
    if variance[0] == 0:  # no move, no seed: nothing here is left to luck
        chance, variance = chance[:, 1:], variance[1:]
    distance = _orders(params)[:, None]
    density = np.exp(-(distance**2) / (2 * variance)) / np.sqrt(2 * math.pi * variance)
    return CELL / CENTRE * (chance @ density.mean(axis=0))


def _share(params):
    """P(a colleague gets your number), by month."""
    return _kept(params, MONTHS) + _lucky(params, MONTHS)


def _switched(params, habit, to):
    """The same parameters with that habit switched."""
    return SimpleNamespace(**{**vars(params), habit: to})


def _curves(params):
    """What theory says of these habits, of all but one, and of all."""
    every = SimpleNamespace(**{**vars(params), **dict.fromkeys(HABITS, "on")})
    curves = {"reproduced_theory": _share(params), "with_all": _share(every)}
    for habit in HABITS:
        curves[f"without_{habit}"] = _share(_switched(every, habit, "off"))
    return curves


def _kept_habits(missing):
    """ "With pinned packages and a set seed": the habits that are not missing."""
    kept = [words for habit, words in HABITS.items() if habit not in missing]
    if not kept:
        return "With none of the four habits"
    if len(missing) == 1:
        return f"With every habit but {HABITS[missing[0]]}"
    return f"With {' and '.join(kept)}"
