"""Security and ownership

The alert fires at 03:00. Whose is it?

Model: alerts arrive at random, independently of each other. One that somebody owns is
acknowledged in minutes; one that nobody owns waits until somebody comes to work. From
then on the repair takes the same time, half of it with a runbook. Each of these times
is lognormal around its mean. Availability is that of one system that cannot break
again while it is down; all clear is the share of time with no incident open anywhere.

A known flaw is raced by its exploiter. The patch is Weibull around the half-life, with
the shape of two published points, half by day 55 and 92 % by day 365: the slow ones are
very slow. The exploit is exponential with a mean of five days, which is our assumption.
A system is orphaned when the last of those who know it has left.

Kinder than the world: times vary by a third, where real repairs have a long tail; any
number of incidents is repaired at once; an owned alert always finds its owner awake;
and people leave one by one, never a team at a time. The mean, the availability and the
share all clear do not depend on the law of the times, only on their means.

Harsher than the world: every flaw finds its exploiter, though few do, and nobody who
leaves hands anything over.

Source: [@takacs1962] for any number of open incidents at once; [@dbir2024] for the pace
of patching. The rest is arithmetic of ours.
"""

import math
from functools import lru_cache
from statistics import NormalDist

import numpy as np

from figures._contract import Measure, Parameter, quantity, switch

PARAMETERS = (
    Parameter("unowned_share", "Alerts nobody owns", "%", 0, 1, 0.01, 0.1),
    Parameter("unowned_h", "An unowned alert waits", "h", 1, 72, 1, 8),
    Parameter(
        "alerts_per_week", "Alerts per week", "/week", 0.1, 100, 0.1, 10, scale="log"
    ),
    Parameter("repair_min", "Repair takes", "min", 5, 480, 5, 60, more=True),
    Parameter("acknowledge_min", "An owner answers in", "min", 1, 60, 1, 5, more=True),
    switch("runbook", "Runbook, which halves the repair", more=True),
    Parameter(
        "patch_half_life_days",
        "Half of the flaws patched in",
        "days",
        1,
        180,
        1,
        55,
        more=True,
    ),
    Parameter(
        "owners", "People who know a system", "", 1, 4, 1, 1, whole=True, more=True
    ),
)
MEASURES = (
    Measure("mean_down_min", "Mean time down", "min"),
    Measure("mean_down_all_owned_min", "Mean time down, were every alert owned", "min"),
    Measure("unowned_down_share", "Time down that belongs to unowned alerts", "%"),
    Measure("availability", "Availability", "%"),
    Measure("all_clear_share", "Time with no incident open", "%"),
    Measure("exploited_first_share", "Flaws exploited before they are patched", "%"),
    Measure("orphaned_after_3y_share", "Systems nobody knows after 3 years", "%"),
)
CHECKED_AT = (
    {},
    {"unowned_share": 0, "runbook": "on"},
    {"unowned_share": 0.5, "owners": 2},
    {"alerts_per_week": 100, "repair_min": 120, "patch_half_life_days": 180},
    {"unowned_share": 1, "unowned_h": 72, "alerts_per_week": 5, "owners": 4},
    {"unowned_share": 0.01, "unowned_h": 72, "alerts_per_week": 0.1},
    {"acknowledge_min": 60, "unowned_h": 1, "patch_half_life_days": 1},
)
WEEK_MIN = 7 * 24 * 60  # minutes
ALERTS = 60_000  # in one run
SPREAD = 0.3  # sigma of every lognormal time: a third more or less
FLAWS = 20_000  # races of patch and exploit in one run
EXPLOIT_DAYS = 5  # mean time to an exploit
STILL_OPEN = 0.08  # of flaws on day 365, when half are closed by day 55
PATCH_SHAPE = math.log(math.log(STILL_OPEN) / math.log(0.5)) / math.log(365 / 55)  # k
SYSTEMS = 20_000  # whose people leave, in one run
TURNOVER = 0.15  # share of people who leave within a year
YEARS = 3  # after which we count the orphans
BINS = 30  # to a factor of ten in time
EDGES_MIN = 10 ** (np.arange(4.3 * BINS + 1) / BINS)  # 1 minute to two weeks
TIME_MIN = np.sqrt(EDGES_MIN[1:] * EDGES_MIN[:-1])  # the middle of each bin
NORMAL = NormalDist()  # the law that tables below hold
NORMAL_Z = np.linspace(-8, 8, 2001)  # where its law is tabulated
NORMAL_LAW = np.array([NORMAL.cdf(z) for z in NORMAL_Z.tolist()])  # P(Z <= z)
NORMAL_RANKS = np.array([NORMAL.inv_cdf((i + 0.5) / 100) for i in range(100)])  # a law
THIN = 0.0002  # a share in a bin that is not drawn: half a hair above the line
ROOM = (-0.21, 0.22)  # of the chart: no hump is higher than 0.145, above or below
LABEL_MIN = (32, 500)  # where labels on a narrow chart still have room to the side


def simulate(params, rng):
    """Share of incidents, and of the time they take, by how long each was down."""
    unowned, down, owned_down = _incidents(params, rng)
    gaps = rng.exponential(WEEK_MIN / params.alerts_per_week, ALERTS)
    measures = {
        "mean_down_min": down.mean(),
        "mean_down_all_owned_min": owned_down.mean(),
        "unowned_down_share": down[unowned].sum() / down.sum(),
        "availability": gaps.sum() / (gaps.sum() + down.sum()),
        "all_clear_share": _all_clear(gaps, down),
        "exploited_first_share": _exploited_first(params, rng),
        "orphaned_after_3y_share": _orphaned(params, rng),
    }
    owned, unowned, owned_time, unowned_time = _binned(unowned, down)
    columns = {
        "time_min": TIME_MIN,
        "owned": owned,
        "unowned": unowned,
        "owned_time": owned_time,
        "unowned_time": unowned_time,
    }
    return columns | _laws(params), measures


def closed_form(params):
    """The same measures: means, an M/G/infinity queue, and two races."""
    owned, unowned = _mean_down(params)
    share = params.unowned_share
    mean = (1 - share) * owned + share * unowned
    open_incidents = params.alerts_per_week / WEEK_MIN * mean  # Little's law
    return {
        "mean_down_min": mean,
        "mean_down_all_owned_min": owned,
        "unowned_down_share": share * unowned / mean,
        "availability": 1 / (1 + open_incidents),
        "all_clear_share": math.exp(-open_incidents),
        "exploited_first_share": exploited_first(params.patch_half_life_days),
        "orphaned_after_3y_share": all_left(params.owners, YEARS),
    }


def takeaway(params, measures):
    """What the unowned alerts do to the mean, and who wins the race for a flaw."""
    mean = quantity(measures["mean_down_min"], "min")
    owned = quantity(measures["mean_down_all_owned_min"], "min")
    share, took = params.unowned_share, measures["unowned_down_share"]
    if share == 0:
        story = f"With an owner for every alert, an incident lasts {mean} on average"
    elif share == 1:
        story = f"With an owner for no alert, an incident lasts {mean} on average"
    else:
        story = (
            f"With {_percent(share)} of alerts unowned, an incident lasts {mean} on"
            f" average, and {_percent(took)} of all time down belongs to the unowned"
        )
    if mean != owned:
        story += f"; were every alert owned, it would be {owned}"
    raced = _percent(measures["exploited_first_share"])
    return f"{story}; {raced} of flaws are exploited before they are patched."


def chart():
    """Incidents by time down, and below the line the time that they take."""
    import altair as alt

    from figures import _theme as theme

    words = "datum.value < 60 ? datum.value + ' min' : datum.value < 1440"
    words += " ? datum.value / 60 + ' h' : datum.value / 1440 + ' d'"
    scale = alt.Scale(type="log", domain=[1, EDGES_MIN[-1]], nice=False)
    clock = alt.Axis(values=[1, 10, 60, 480, 1440, 10_080], labelExpr=words)
    bare = alt.Axis(labels=False, grid=False, minExtent=4, maxExtent=4)
    bare.title = "Incidents, and below the line the time they take"
    run = _readings(theme.measures())

    def at(base, x, y):
        height = alt.Y(y) if isinstance(y, str) else alt.Y(datum=y)
        height = height.scale(domain=ROOM, nice=False).axis(bare)
        return base.encode(alt.X(x, scale=scale, axis=clock, title="Time down"), height)

    def curve(field, sign):
        law = field if field.endswith("_theory") else f"{field}_theory"
        seen = theme.columns().transform_filter(f"datum.{law} > {THIN}")
        signed = seen.transform_calculate(height=f"{sign} * datum.{field}")
        return at(signed, "time_min:Q", "height:Q")

    def hump(field, sign, colour):
        area = curve(field, sign).mark_area(color=colour, opacity=0.22)
        return area.encode(y2=alt.datum(0)) + curve(field, sign).mark_line(color=colour)

    def label(text, colour, x, y, where, **place):
        place = {"baseline": "top", "lineBreak": "\n", **place}
        named = at(run.transform_filter(where), f"{x}:Q", f"{y}:Q")
        return theme.label(named.encode(text=f"{text}:N"), colour, **place)

    def names(kind, colour, where, **place):
        x, top, bottom = (f"{kind}_{part}" for part in ("x", "top", "bottom"))
        count = label(kind, colour, x, top, where, dy=-34, **place)
        return count + label(f"{kind}_time", colour, x, bottom, where, dy=5, **place)

    mean = at(run, "mean_down_min:Q", ROOM[1]).encode(y2=alt.datum(ROOM[0]))
    zero = theme.measures().encode(y=alt.Y(datum=0).scale(domain=ROOM).axis(bare))
    left, right = {"align": "right", "dx": -6}, {"align": "left", "dx": 6}
    near = "datum.near"
    mixed = "datum.unowned_share > 0 && datum.unowned_share < 1"
    early, late = (f"{mixed} && datum.mean_down_min {x} 300" for x in ("<", ">="))
    return alt.layer(
        hump("owned", 1, theme.STEADY),
        hump("owned_time", -1, theme.STEADY),
        hump("unowned", 1, theme.FAILING),
        hump("unowned_time", -1, theme.FAILING),
        theme.theory(curve("owned_theory", 1)),
        theme.theory(curve("owned_time_theory", -1)),
        theme.theory(curve("unowned_theory", 1)),
        theme.theory(curve("unowned_time_theory", -1)),
        zero.mark_rule(color=theme.INK),
        mean.mark_rule(color=theme.INK, strokeWidth=1.5),
        names("owned", theme.STEADY, "datum.unowned_share < 1", **left),
        names("unowned", theme.FAILING, f"datum.unowned_share > 0 && !{near}", **right),
        names(
            "unowned",
            theme.FAILING,
            f"datum.unowned_share > 0 && {near}",
            align="right",
        ),
        label("mean", theme.INK, "mean_down_min", "top", early, **right),
        label("mean", theme.INK, "mean_down_min", "top", late, **left),
    )


def exploited_first(half_life_days):
    """P(a flaw is exploited before it is patched): Weibull against exponential.

    Integrated over x = log of the time to the exploit, in means: smooth, and all but
    zero at both ends, so the plain sum is exact to ten digits.
    """
    x = np.arange(-40, 5, 0.02)
    exploit_days = EXPLOIT_DAYS * np.exp(x)
    unpatched = np.exp(-((exploit_days / _patch_days(half_life_days)) ** PATCH_SHAPE))
    return float((np.exp(x - np.exp(x)) * unpatched).sum()) * 0.02


def all_left(people, years):
    """P(all of so many people have left after so many years), each on their own."""
    return (1 - (1 - TURNOVER) ** years) ** people


def _patch_days(half_life_days):
    """The Weibull scale whose median is the half-life."""
    return half_life_days / math.log(2) ** (1 / PATCH_SHAPE)


def _repair_min(params):
    """Mean minutes of a repair."""
    return params.repair_min / (2 if params.runbook == "on" else 1)


def _waits(params):
    """Mean minutes until somebody starts on an alert: owned, unowned."""
    return params.acknowledge_min, 60 * params.unowned_h


def _mean_down(params):
    """Mean minutes down: owned, unowned."""
    return [wait + _repair_min(params) for wait in _waits(params)]


def _incidents(params, rng):
    """Of each alert: nobody owns it, minutes down, minutes down if it were owned."""
    unowned = rng.random(ALERTS) < params.unowned_share
    wait, repair = _varied(rng), _repair_min(params) * _varied(rng)
    answer, arrival = (mean * wait for mean in _waits(params))
    return unowned, np.where(unowned, arrival, answer) + repair, answer + repair


def _varied(rng):
    """Lognormal times whose mean is one."""
    return rng.lognormal(-(SPREAD**2) / 2, SPREAD, ALERTS)


def _all_clear(gaps, down):
    """Share of time with no incident open.

    The weeks are closed into a ring, so that there is no quiet start to throw away:
    what is still open at the end is open at the beginning.
    """
    starts = np.cumsum(gaps)
    reached = np.maximum.accumulate(starts + down)
    before = np.maximum(np.append(0, reached[:-1]), reached[-1] - starts[-1])
    return np.maximum(starts - before, 0).sum() / starts[-1]


def _exploited_first(params, rng):
    """Share of flaws whose exploit comes before their patch."""
    patch = _patch_days(params.patch_half_life_days) * rng.weibull(PATCH_SHAPE, FLAWS)
    return (rng.exponential(EXPLOIT_DAYS, FLAWS) < patch).mean()


def _orphaned(params, rng):
    """Share of systems that everybody who knew them has left."""
    mean_years = -1 / math.log(1 - TURNOVER)
    leaving = rng.exponential(mean_years, (SYSTEMS, params.owners))
    return (leaving.max(axis=1) < YEARS).mean()


def _binned(unowned, minutes):
    """Share of incidents, owned and unowned, and of time down, in each bin of time."""
    bins = (BINS * np.log10(minutes)).astype(np.intp).clip(0, len(TIME_MIN) - 1)
    bins += len(TIME_MIN) * unowned
    counts, time = (np.bincount(bins, w, 2 * len(TIME_MIN)) for w in (None, minutes))
    return *np.split(counts / len(minutes), 2), *np.split(time / time.sum(), 2)


def _laws(params):
    """What theory says of the columns."""
    share = params.unowned_share
    means, shares = _mean_down(params), (1 - share, share)
    mean = shares[0] * means[0] + shares[1] * means[1]
    columns = {}
    for name, wait, part in zip(
        ("owned", "unowned"), _waits(params), shares, strict=True
    ):
        law = part * np.diff(_law(wait, _repair_min(params)))
        columns[f"{name}_theory"] = law
        columns[f"{name}_time_theory"] = law * TIME_MIN / mean
    return columns


@lru_cache(maxsize=8)
def _law(wait_min, repair_min):
    """P(wait and repair are over) by each of EDGES_MIN: a mean over the shorter one."""
    short, long = sorted((wait_min, repair_min))
    left = EDGES_MIN[:, None] - short * np.exp(SPREAD * NORMAL_RANKS - SPREAD**2 / 2)
    z = np.log(np.maximum(left, 1e-9) / long) / SPREAD + SPREAD / 2
    return np.interp(z, NORMAL_Z, NORMAL_LAW).mean(axis=1)


def _percent(share):
    """ "10 %", or in words what rounds to none or all but is not."""
    if 0 < share < 0.001:
        return "less than 0.1 %"
    if 0.999 < share < 1:
        return "more than 99.9 %"
    return quantity(share, "%")


def _readings(run):
    """The run with the words of its labels and their places beside their humps."""
    repair = "(datum.runbook == 'on' ? datum.repair_min / 2 : datum.repair_min)"
    waits = {"owned": "datum.acknowledge_min", "unowned": "60 * datum.unowned_h"}
    shares = {
        "owned": ("1 - datum.unowned_share", "1 - datum.unowned_down_share"),
        "unowned": ("datum.unowned_share", "datum.unowned_down_share"),
    }
    readings = {
        "mean": "'mean ' + format(datum.mean_down_min, ',.3~r') + ' min'",
        "top": f"{ROOM[1]}",
    }
    for name, wait in waits.items():
        count, time = (f"format(100 * ({x}), '.3~r') + ' %" for x in shares[name])
        middle = f"({wait} + {repair})"
        spread = f"{SPREAD} * sqrt(pow({wait}, 2) + pow({repair}, 2)) / {middle}"
        peak = f"{math.log(10) / BINS / math.sqrt(2 * math.pi)} / ({spread})"
        aside = {"owned": f"max({LABEL_MIN[0]}", "unowned": f"min({LABEL_MIN[1]}"}
        minutes = f"format({middle}, ',.3~r') + ' min"
        readings |= {
            name: f"'{name}, ' + {minutes}\\n' + {count} of incidents'",
            f"{name}_time": f"{time} of\\ntime down'",
            f"{name}_x": f"{aside[name]}, {middle})",
            f"{name}_top": f"({shares[name][0]}) * {peak}",
            f"{name}_bottom": f"-({shares[name][1]}) * {peak}",
        }
    owned, unowned = (f"({wait} + {repair})" for wait in waits.values())
    near = f"{unowned} > {LABEL_MIN[1]} && {unowned} < 3 * {owned}"
    right_edge = f"datum.near ? {EDGES_MIN[-1]} : {readings['unowned_x']}"
    readings = {"near": near} | readings | {"unowned_x": right_edge}
    for name, expression in readings.items():
        run = run.transform_calculate(**{name: expression})
    return run
