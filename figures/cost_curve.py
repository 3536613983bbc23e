"""Cost curve

It works on a thousand rows and it costs 0.2 cents. What does Tuesday cost?

Model: a step whose run time grows with its records as n, n log n or n². A service that
pays a price per call; its calls a day are lognormal around a mean that is kept. In front
of it a cache of the keys last asked for (least recently used goes first): a call that it
answers is free. Each call asks for one of 10,000 keys, independently, the k-th most
popular with a probability in proportion to k to the minus exponent. The cache is warm:
it starts from a draw of its own stationary law.

Kinder than the world: the cache costs nothing, nothing in it goes stale, and the same
keys stay popular. The step never runs out of memory. The exponent is Zipf's own, 1;
requests at web proxies were less uneven than that [@breslau1999].

Harsher than the world: real calls for a key come in bursts, and a cache of recent keys
lives on bursts. With more keys, one per cent of them is also a larger part of the calls.

Source: [@che2002] for the cache in theory, an approximation whose error here is below
0.0001 from 50 keys on; [@mattson1970] for the simulation, which reads every size of
cache off one stream of calls.
"""

import math
from functools import lru_cache
from statistics import NormalDist

import numpy as np

from figures._contract import Choice, Measure, Parameter, quantity

PARAMETERS = (
    Parameter("cache_share", "Keys kept in the cache", "%", 0, 0.5, 0.001, 0),
    Parameter(
        "calls_per_day",
        "Calls per day",
        "calls",
        1000,
        1_000_000_000,
        1000,
        50_000_000,
        scale="log",
        whole=True,
    ),
    Choice(
        "growth",
        "Run time grows as",
        {"n": "n", "n_log_n": "n log n", "n_squared": "n²"},
        "n_squared",
    ),
    Parameter(
        "records",
        "Records",
        "records",
        1000,
        10_000_000,
        1000,
        1_000_000,
        scale="log",
        whole=True,
        more=True,
    ),
    Parameter(
        "seconds_at_1000",
        "Run time of 1,000 records",
        "s",
        0.001,
        10,
        0.001,
        0.2,
        scale="log",
        more=True,
    ),
    Parameter(
        "price_per_call_usd",
        "Price of a call",
        "USD",
        0.00001,
        0.1,
        0.00001,
        0.002,
        scale="log",
        more=True,
    ),
    Parameter(
        "zipf_exponent", "Unevenness of keys (Zipf)", "", 0, 1.5, 0.05, 1, more=True
    ),
)
MEASURES = (
    Measure("run_time_s", "One run takes", "s"),
    Measure("cost_per_day_usd", "Bill of an average day", "USD"),
    Measure("cost_per_day_p95_usd", "Bill of a busy day, p95", "USD"),
    Measure("cache_hit_share", "Calls that the cache answers", "%"),
    Measure("one_percent_hit_share", "The same, of a cache of 1 % of the keys", "%"),
)
CHECKED_AT = (
    {},
    {"cache_share": 0.01, "growth": "n_log_n"},
    {"cache_share": 0.01, "zipf_exponent": 0, "growth": "n", "records": 10_000_000},
    {"cache_share": 0.01, "zipf_exponent": 0.8, "seconds_at_1000": 0.001},
    {"cache_share": 0.01, "zipf_exponent": 1.5, "records": 1000},
    {"cache_share": 0.5, "zipf_exponent": 1.5, "calls_per_day": 1_000_000_000},
    {"cache_share": 0.5, "zipf_exponent": 0.5, "price_per_call_usd": 0.00001},
)
TOLERANCE = {"cache_hit_share": 1e-4, "one_percent_hit_share": 1e-4}  # error of Che
DEMO_RECORDS = 1000  # the size at which the step was timed
DAY_SIGMA = 0.3  # spread of the calls of a day: its p95 is 1.57 times their mean
BUSY = 0.95  # a busy day is busier than so many
DAYS = 10_000  # in one run
KEYS = 10_000  # that calls ask for
CALLS = 2**13  # that the cache sees in one run; the counting needs a power of two
NEWTON_ENDS = 1e-10  # relative step of a root that is found
SIZES = np.unique(np.rint(np.geomspace(1, KEYS / 2, 73)).astype(np.int64))  # drawn
TIMES = 40  # at which theory is tabulated for the drawing
TOP = 2.6  # top of the chart, in bills without a cache: the ruler of time lies above
RULER = 2.2  # where that ruler lies
RULER_FROM, RULER_TO = -4, 10.4  # its ends, in powers of ten of a second
BEND = 0.01  # the axis of the keys is logarithmic above this share, and starts at 0
END = 0.55  # where it ends: room for a mark at the largest cache
UNITS = {"s": 1, "min": 60, "h": 3600, "day": 86_400, "year": 31_557_600}  # in seconds


def simulate(params, rng):
    """The bill against the size of the cache, and the measures at the chosen size."""
    distances = np.sort(_stack_distances(_popularity(params.zipf_exponent), rng))
    calls = _calls_of_days(params, rng)
    mean, busy = calls.mean(), np.quantile(calls, BUSY)
    size = np.concatenate(([0], SIZES))
    miss = 1 - _hits(distances, size)
    miss_theory = np.concatenate(([1.0], 1 - _che_curve(params.zipf_exponent)))
    columns = {
        "cache_share": size / KEYS,
        "bill": miss * mean / params.calls_per_day,
        "bill_theory": miss_theory,
        "alike_bill": 1 - size / KEYS,
    }
    hit, one_percent = _hits(distances, [_kept(params.cache_share), _kept(0.01)])
    run_time_s = params.seconds_at_1000 * _times_more(params)
    measures = {
        "run_time_s": run_time_s,
        "cost_per_day_usd": params.price_per_call_usd * mean * (1 - hit),
        "cost_per_day_p95_usd": params.price_per_call_usd * busy * (1 - hit),
        "cache_hit_share": hit,
        "one_percent_hit_share": one_percent,
    }
    return columns, measures


def closed_form(params):
    """The same measures: growth law, price x calls x misses, Che's approximation."""
    popularity = _popularity(params.zipf_exponent)
    hit = che_hit_share(popularity, _kept(params.cache_share))
    ratio = params.records / DEMO_RECORDS
    times = {
        "n": ratio,
        "n_log_n": ratio * (1 + math.log(ratio) / math.log(DEMO_RECORDS)),
        "n_squared": ratio**2,
    }
    run_time_s = params.seconds_at_1000 * times[params.growth]
    bill = params.price_per_call_usd * params.calls_per_day * (1 - hit)
    return {
        "run_time_s": run_time_s,
        "cost_per_day_usd": bill,
        "cost_per_day_p95_usd": bill * _busy_ratio(),
        "cache_hit_share": hit,
        "one_percent_hit_share": che_hit_share(popularity, _kept(0.01)),
    }


def takeaway(params, measures):
    """How long the step takes, what a day costs, and what a cache takes off."""
    demo = f"{_duration(params.seconds_at_1000)} on {DEMO_RECORDS:,} records"
    step = f"The step takes {demo}"
    if params.records > DEMO_RECORDS:
        step += f" and {_duration(measures['run_time_s'])} on {params.records:,}"
    mean, busy = (measures[f"cost_per_day_{x}usd"] for x in ("", "p95_"))
    bill = f"{_dollars(mean)} on an average day and {_dollars(busy)} on a busy one"
    kept = _kept(params.cache_share) / KEYS
    if kept == 0:
        saved = _percent(measures["one_percent_hit_share"])
        return (
            f"{step}; the calls cost {bill},"
            f" of which a cache of 1 % of the keys would save {saved}."
        )
    saved = _percent(measures["cache_hit_share"])
    cache = f"a cache of {quantity(kept, '%')} of the keys"
    return f"{step}; {cache} saves {saved} of the bill and leaves {bill}."


def chart():
    """The bill against the size of the cache; above it, a ruler of run times."""
    import altair as alt

    from figures import _theme as theme

    def height(y):
        place = alt.Y(f"{y}:Q") if isinstance(y, str) else alt.Y(datum=y)
        title = "Bill of a day (100 %: mean, no cache)"
        return place.scale(domain=[0, TOP], nice=False).axis(
            format="%", values=[0, 0.5, 1, 1.5], title=title, titleY=80
        )

    share = alt.Scale(type="symlog", constant=BEND, domain=[0, END], nice=False)
    ticks = alt.Axis(format="~%", values=[0, 0.01, 0.05, 0.1, 0.2, 0.5])

    def across(x):
        place = alt.X(f"{x}:Q") if isinstance(x, str) else alt.X(datum=x)
        return place.scale(share).axis(ticks).title("Share of the keys in the cache")

    def curve(y):
        return theme.columns().encode(across("cache_share"), height(y))

    run = _readings(theme.measures())

    def at(x, y, where="true"):
        return run.transform_filter(where).encode(across(x), height(y))

    def label(text, x, y, colour, where="true", **place):
        named = at(x, y, where).encode(text=f"{text}:N")
        return theme.label(named, colour, lineBreak="\n", **place)

    def beside(text, x, y, colour):
        left = {"where": "datum.cache_share < 0.065", "align": "left", "dx": 7}
        right = {"where": "datum.cache_share >= 0.065", "align": "right", "dx": -7}
        return label(text, x, y, colour, baseline="bottom", **left) + label(
            text, x, y, colour, baseline="bottom", **right
        )

    below = {"align": "left", "dx": 7}
    return alt.layer(
        curve("alike_bill").mark_line(color=theme.FAINT, strokeWidth=1),
        label("alike", 0.47, 0.85, theme.FAINT, align="right", baseline="bottom"),
        at("at_share", "at_bill")
        .mark_rule(color=theme.STEADY, strokeWidth=7, opacity=0.35)
        .encode(y2=alt.datum(1)),
        curve("bill").mark_line(color=theme.STEADY),
        theme.theory(curve("bill_theory")),
        at("cache_share", "now")
        .mark_rule(color=theme.WAITING, strokeWidth=1.5)
        .encode(y2="now_busy:Q"),
        at("cache_share", "now_busy").mark_point(color=theme.WAITING, opacity=1),
        at("cache_share", "now").mark_point(color=theme.STEADY, opacity=1),
        label(
            "would_save", 0.01, "saving_y", theme.STEADY, "!datum.cache_share", **below
        ),
        beside("saves", "cache_share", 1.36, theme.STEADY),
        beside("busy_text", "cache_share", "busy_y", theme.WAITING),
        beside("mean_text", "cache_share", 1.02, theme.STEADY),
        _ruler(at, label),
    )


def steps(growth, n):
    """How many steps n records take: n, n log2 n or n²."""
    return {"n": n, "n_log_n": n * math.log2(n), "n_squared": n**2}[growth]


def che_hit_share(popularity, kept):
    """Share of calls that a cache of `kept` keys answers, by Che's approximation.

    A key stays for one characteristic time after it was last asked for, the same for
    all: that in which calls ask for as many different keys as the cache keeps.
    """
    time, step = 0.0, float(kept)
    while step > NEWTON_ENDS * time:  # Newton's steps from below, where it is concave
        time += step
        unasked = np.exp(-popularity * time)
        missing = kept - len(popularity) + unasked.sum()
        step = missing / (popularity @ unasked)
    return 1 - float(popularity @ unasked) if time else 0.0


def stack_distances(stack, asked):
    """How many other keys were asked for since the last time, call by call.

    A cache of c keys answers the call if they are fewer than c. `stack` holds every key
    once, the last one asked for first. Between two calls for a key lie as many
    different keys as calls, less one for each call repeated before the second.
    """
    line = np.concatenate([stack[::-1], asked])
    place = np.argsort(line, kind="stable")
    last = np.empty(len(line), dtype=np.int64)
    last[place[1:]] = place[:-1]  # no key starts in `asked`: each has one before
    last = last[len(stack) :]
    now = np.arange(len(stack), len(line), dtype=np.int64)
    is_last = np.zeros(len(line), dtype=np.int64)
    is_last[last] = 1
    return now - last - 1 - greater_before(np.cumsum(is_last)[last] - 1)


def greater_before(ranks):
    """For each place, how many ranks before it are greater (a power of two of them).

    Ranks are split by their highest bit, in order, then each half by the next: a low one
    has before it as many greater ones as high ones.
    """
    before = np.zeros(len(ranks), dtype=np.int64)
    groups, half = ranks.reshape(1, -1), len(ranks) // 2
    while half:
        is_high = (groups & half) > 0
        high_so_far = np.cumsum(is_high, axis=1, dtype=np.int64)
        low, high = groups[~is_high], groups[is_high]
        before[low] += high_so_far[~is_high]
        halves = low.reshape(-1, 1, half), high.reshape(-1, 1, half)
        groups = np.concatenate(halves, axis=1).reshape(-1, half)
        half //= 2
    return before[ranks]


def _ruler(at, label):
    """Run times on a logarithmic ruler: of the demo, and of all records."""
    import altair as alt

    from figures import _theme as theme

    ticks = at(0, RULER).transform_flatten(["unit_x", "unit"])
    ticks = ticks.encode(x="unit_x:Q")
    named = ticks.encode(text="unit:N")
    far = "datum.records >= 5000 && datum.run_x > 3.5 * datum.demo_x"
    run = at("demo_x", RULER).encode(x2="run_x:Q")
    return alt.layer(
        at(0, RULER).mark_rule(color=theme.FAINT).encode(x2=alt.datum(END)),
        ticks.mark_tick(color=theme.FAINT, orient="vertical", size=7),
        theme.label(named, theme.FAINT, baseline="top", dy=7),
        run.mark_rule(color=theme.FAILING, strokeWidth=3),
        at("demo_x", RULER).mark_point(color=theme.FAILING, opacity=1),
        at("run_x", RULER).mark_point(color=theme.FAILING, opacity=1),
        label("heading", 0, TOP, theme.INK, align="left", baseline="top"),
        label("demo_text", "demo_x", RULER, theme.FAILING, far, dy=-12),
        label("run_text", "run_x", RULER, theme.FAILING, dy=-12),
    )


def _readings(run):
    """The run with the words of its labels, and where they stand."""
    bill = "(datum.price_per_call_usd * datum.calls_per_day)"
    places = {
        "now": f"datum.cost_per_day_usd / {bill}",
        "now_busy": f"datum.cost_per_day_p95_usd / {bill}",
        "saving_y": "datum.one_percent_hit_share < 0.6 ? 0.2 : 0.65",
        "busy_y": "datum.cache_share ? 1.19 : datum.now_busy",
        "at_share": "datum.cache_share || 0.01",
        "at_bill": "datum.cache_share ? datum.now : 1 - datum.one_percent_hit_share",
        "demo_x": _on_ruler("datum.seconds_at_1000"),
        "run_x": _on_ruler("datum.run_time_s"),
        "unit_x": "[" + ", ".join(_on_ruler(s) for s in UNITS.values()) + "]",
    }
    growth = "{n: 'n', n_log_n: 'n log n', n_squared: 'n²'}[datum.growth]"
    words = {
        "would_save": "'a cache of 1 % of keys\\nsaves '"
        f" + {_share('one_percent_hit_share')} + ' of the bill'",
        "saves": f"datum.cache_share ? {_share('cache_share')} + ' of keys: −'"
        f" + {_share('cache_hit_share')} : ''",
        "mean_text": f"'mean: ' + {_money('cost_per_day_usd')}",
        "busy_text": f"'busy: ' + {_money('cost_per_day_p95_usd')}",
        "alike": "datum.zipf_exponent > 0.4 ? 'all keys alike' : ''",
        "demo_text": _time("datum.seconds_at_1000"),
        "run_text": _time("datum.run_time_s"),
        "heading": "datum.records > 1000 ? 'One run, 1,000 to '"
        f" + format(datum.records, ',.3~r') + ' records: ' + {growth}"
        " : 'One run of 1,000 records'",
        "unit": str(list(UNITS)),
    }
    for name, expression in (places | words).items():
        run = run.transform_calculate(**{name: expression})
    return run


def _on_ruler(seconds):
    """A Vega expression for where on the axis of the keys so many seconds lie."""
    part = f"(log({seconds}) / LN10 - {RULER_FROM}) / {RULER_TO - RULER_FROM}"
    return f"{BEND} * (pow({1 + END / BEND}, {part}) - 1)"


def _share(field):
    """A Vega expression for a share in per cent."""
    return f"format(datum.{field} * 100, datum.{field} < 0.99 ? '.2~r' : '.3~r') + ' %'"


def _money(field):
    """A Vega expression for dollars."""
    finely = f"datum.{field} < 1e6 ? ',.2~r' : '.2~s'"
    some = f"format(datum.{field}, {finely})"
    return f"(datum.{field} < 0.01 ? '< 0.01' : {some}) + ' USD'"


def _time(seconds):
    """A Vega expression for a duration in the unit that suits it."""
    text = f"format({seconds}, '.2~r') + ' s'"
    for unit, size in list(UNITS.items())[1:]:
        shown = f"format({seconds} / {size}, '.2~r') + ' {unit}'"
        if unit in ("day", "year"):
            shown += f" + ({seconds} < {1.05 * size} ? '' : 's')"
        text = f"{seconds} >= {size} ? {shown} : {text}"
    return text


def _duration(seconds):
    """ "0.2 s", "2.3 days": in the unit that suits it."""
    unit = max((u for u in UNITS if UNITS[u] <= seconds), key=UNITS.get, default="s")
    shown = quantity(seconds / UNITS[unit], "", 2)
    plural = "s" if unit in ("day", "year") and shown != "1" else ""
    return f"{shown} {unit}{plural}"


def _percent(share):
    """ "39 %", "99.5 %": to two figures, to three where two would say all of it."""
    return quantity(share, "%", 2 if share < 0.99 else 3)


def _dollars(usd):
    """ "100,000 USD", "less than 0.01 USD": to two figures."""
    return quantity(usd, "USD", 2) if usd >= 0.01 else "less than 0.01 USD"


def _times_more(params):
    """How many times longer a run takes than that of the demo."""
    size, demo = params.records, DEMO_RECORDS
    return steps(params.growth, size) / steps(params.growth, demo)


def _calls_of_days(params, rng):
    """Calls of DAYS days: lognormal, around the mean that was asked for."""
    spread = DAY_SIGMA * rng.standard_normal(DAYS)
    return params.calls_per_day * np.exp(spread - DAY_SIGMA**2 / 2)


def _busy_ratio():
    """Calls of a busy day, in calls of an average one."""
    return math.exp(DAY_SIGMA * NormalDist().inv_cdf(BUSY) - DAY_SIGMA**2 / 2)


@lru_cache(maxsize=8)
def _popularity(exponent):
    """Share of the calls that ask for each key, the most popular first."""
    weight = np.arange(1, KEYS + 1, dtype=np.float64) ** -exponent
    return weight / weight.sum()


def _stack_distances(popularity, rng):
    """Distances of CALLS calls to a cache that has been in service for ever.

    How long ago each key was last asked for is exponential: keys in that order are an
    exact draw of what the cache holds, so there is no cold start to wait for.
    """
    stack = np.argsort(rng.standard_exponential(KEYS) / popularity)
    law = np.cumsum(popularity)
    asked = np.searchsorted(law / law[-1], rng.random(CALLS), side="right")
    return stack_distances(stack.astype(np.int16), asked.astype(np.int16))


def _hits(distances, sizes):
    """Share of calls that caches of these sizes answer, from sorted distances."""
    return np.searchsorted(distances, sizes) / len(distances)


def _kept(share):
    """How many keys a cache of this share of them keeps."""
    return round(share * KEYS)


@lru_cache(maxsize=8)
def _che_curve(exponent):
    """Hit shares in theory at SIZES, read between TIMES characteristic times."""
    popularity = _popularity(exponent)
    times = np.geomspace(0.5, 1 / popularity[-1], TIMES)
    asked = -np.expm1(-times[:, None] * popularity)
    return np.interp(np.log(SIZES), np.log(asked.sum(axis=1)), asked @ popularity)
