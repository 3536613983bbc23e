"""The three pillars

Something is slow for one user in a thousand. Which of your signals tells you that,
where, and why?

Model: requests arrive at random (Poisson) and pass five services in turn, each for an
exponential time. For a fixed share of requests, one step in one service takes
`slow_ms` longer. *That* something is wrong is known when a metric rings: once a minute
it is compared with so many times its healthy value. *Where* is known when the trace
of an affected request has been kept. Head sampling decides at the first service, by
lot; tail sampling decides at the end, keeps all that took longer than 100 ms, which
includes every affected request, and the same lot of the rest. *Why* is known when the
lines in the log can be matched with such a trace: by their id or, without one, by the
clock, which takes a request during whose slow step no other request started.

Kinder than the world: traffic is steady and its healthy level is known, the metric is
made of all requests and not averaged over instances, one trace is enough and is found
at once, every line is kept, and who holds trace and lines understands them.

Harsher than the world: nobody complains, no alarm looks back further than a minute, and
without an id nobody searches the log for the words of the error.

Source: the chance that a sample of share s holds one of k affected requests is
1 - (1 - s)^k; here k is a Poisson count. [@masson2019] for percentiles that can be
merged over instances.
"""

import math
from functools import lru_cache

import numpy as np

from figures._contract import Choice, Measure, Parameter, quantity, switch
from figures._draws import FAR, grouped_poisson, poisson, poisson_law

METRICS = {"mean": "the mean", "p99": "the p99", "p999": "the p99.9"}  # alert_on
PARAMETERS = (
    Choice("alert_on", "Alert on", METRICS, "mean"),
    Choice(
        "sampling",
        "Keep a trace",
        {"head": "by lot, at the start", "tail": "if slow, at the end"},
        "head",
    ),
    switch("request_id_in_logs", "Request id in logs"),
    Parameter(
        "affected_share", "Affected", "%", 1e-4, 0.1, 1e-4, 1e-3, scale="log", more=True
    ),
    Parameter(
        "trace_share", "Traces kept by lot", "%", 1e-4, 1, 1e-4, 0.01, "log", more=True
    ),
    Parameter("minutes", "Time to answer", "min", 1, 120, 1, 30, whole=True, more=True),
    Parameter(
        "requests_per_minute", "Traffic", "/min", 10, 1e5, 10, 1000, "log", more=True
    ),
    Parameter("slow_ms", "Slower by", "ms", 100, 10_000, 100, 1000, more=True),
    Parameter("alert_factor", "Ring above", "× healthy", 1.1, 5, 0.1, 1.5, more=True),
)
MEASURES = (
    Measure("that_share", "Incidents in which a metric tells that", "%"),
    Measure("where_share", "Incidents in which a trace tells where", "%"),
    Measure("why_share", "Incidents in which a log tells why", "%"),
    Measure("answered_share", "Incidents with all three answers", "%"),
    Measure("mean_ms", "Mean latency in the incident", "ms"),
    Measure("p99_ms", "p99 latency in the incident", "ms"),
    Measure("affected_requests", "Requests affected by then", "requests"),
    Measure("kept_share", "Traces kept", "%"),
    Measure("false_alarms_per_day", "Alarms with nothing wrong", "/day"),
)
CHECKED_AT = (
    {},
    {"alert_on": "p999", "request_id_in_logs": "on", "minutes": 6},
    {"alert_on": "p99", "affected_share": 0.004, "minutes": 10, "sampling": "tail"},
    {"requests_per_minute": 10, "affected_share": 0.02, "slow_ms": 3000}
    | {"sampling": "tail", "minutes": 5},
    {"alert_on": "p99", "requests_per_minute": 20, "alert_factor": 1.1, "minutes": 2}
    | {"affected_share": 0.1, "slow_ms": 3000, "trace_share": 0.3},
    {"requests_per_minute": 1e5, "slow_ms": 100, "alert_factor": 1.1, "minutes": 3}
    | {"affected_share": 0.03, "trace_share": 5e-4, "request_id_in_logs": "on"},
)
SERVICES = 5  # in turn, so that a healthy latency is the sum of five times
STEP_MS = 6  # mean time in one service
TAIL_MS = 100  # tail sampling keeps what is slower; no slow step is shorter
INCIDENTS = 400  # in one run
MINUTE = np.arange(121, dtype=np.int64)  # since an incident began
QUIET_MINUTES = 20_160  # two weeks with nothing wrong
REQUESTS = 30_000  # whose latencies are looked at one by one
P99_RANK = REQUESTS * 99 // 100 - 1  # the smallest that 99 % do not exceed
RARE = 1e-5  # what happens less often, a run does not see
DIGITS = 9  # of a chance; the rest are rounding errors, other on another machine
CLIFF = 0.001  # theory leaves out a p99 that moves a lot if its level moves by this
SMOOTH = 4  # the law of a mean has no finer detail than a service's time over this
BOTTOM = -0.14  # of the chart: room below 0 % for those that never answer
EVER = 0.02  # a curve that stays below this is named there
TOP = 1.22  # of the chart: room above 100 % for the names, and for what is known
PILLARS = ("that", "where", "why", "answered")  # the curves


def simulate(params, rng):
    """Share of incidents in which each pillar has answered by each minute.

    A minute is drawn as counts. Each request is affected, kept and matched by chance,
    so requests of each kind are Poisson counts of their own.
    """
    looked_at, traced, served, quiet = rng.spawn(4)
    size = (len(MINUTE) - 1, INCIDENTS)
    affected = _affected(params)
    kept = affected * _kept_of_affected(params)
    tied = poisson(traced, kept * _matched(params), size)
    seen = tied + poisson(traced, kept * (1 - _matched(params)), size)
    every = seen + poisson(traced, affected - kept, size)
    that = _by_then(_rings(params, every, _healthy(params), served))
    why = _by_then(tied > 0)
    reached = (that, _by_then(seen > 0), why, that & why)
    columns = {"minute": MINUTE}
    for name, found, exact in zip(PILLARS, reached, _laws(params), strict=True):
        columns[name] = found.mean(axis=1)
        columns[f"{name}_theory"] = exact
    latency_ms = _latencies(params, looked_at)
    none = np.zeros(QUIET_MINUTES, dtype=np.int64)
    rung = _rings(params, none, params.requests_per_minute, quiet, grouped_poisson)
    measures = {f"{name}_share": columns[name][params.minutes] for name in PILLARS}
    measures |= {
        "mean_ms": latency_ms.mean(),
        "p99_ms": np.partition(latency_ms, P99_RANK)[P99_RANK],
        "affected_requests": every[: params.minutes].sum() / INCIDENTS,
        "kept_share": _kept(params, latency_ms, looked_at).mean(),
        "false_alarms_per_day": 24 * 60 * rung.mean(),
    }
    return columns, measures


def closed_form(params):
    """The same measures from the laws of counts and means, none of them drawn.

    A quantile on a cliff (the p99 while 1 % are slow) has no useful value and is left
    out.
    """
    healthy_slow, share = _above(TAIL_MS), params.affected_share
    interesting = share + (1 - share) * healthy_slow if _by_end(params) else 0.0
    false_alarm = _chance(params, 0, params.requests_per_minute)
    theory = {
        f"{name}_share": _as_seen(law[params.minutes])
        for name, law in zip(PILLARS, _laws(params), strict=True)
    }
    theory |= {
        "mean_ms": SERVICES * STEP_MS + share * params.slow_ms,
        "affected_requests": _affected(params) * params.minutes,
        "kept_share": interesting + (1 - interesting) * params.trace_share,
        "false_alarms_per_day": 24 * 60 * _as_seen(false_alarm),
    }
    before, at, after = (_quantile(params, 0.99 + d) for d in (-CLIFF, 0, CLIFF))
    if after < 1.5 * before:
        theory["p99_ms"] = at
    return theory


def takeaway(params, measures):
    """How often each pillar has answered, and what the mean has to say."""
    that, where, why, answered = (
        quantity(measures[f"{name}_share"], "%") for name in PILLARS
    )
    mean, healthy = f"{measures['mean_ms']:,.0f} ms", f"{SERVICES * STEP_MS} ms"
    moved = f"reads {mean}, healthy is {healthy}"
    if mean == healthy:
        moved = f"still reads {mean}"
    return (
        f"After {quantity(params.minutes, 'min')}, {METRICS[params.alert_on]} has rung"
        f" in {that} of incidents, traces have shown where in {where} and logs why in"
        f" {why}: you have the whole answer in {answered}; the mean {moved}."
    )


def chart():
    """Share of incidents answered against time: by each pillar, and by all."""
    import altair as alt

    from figures import _theme as theme

    minutes = alt.Scale(domain=[0, MINUTE[-1].item()], nice=False)
    clock = alt.Axis(values=[0, 30, 60, 90, 120])
    share = alt.Scale(domain=[BOTTOM, TOP], nice=False)
    title = "Incidents answered by then"
    axis = alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1], title=title)
    base = theme.columns().encode(
        alt.X("minute:Q", scale=minutes, axis=clock, title="Minutes since it began")
    )

    def curve(field):
        return base.encode(y=alt.Y(f"{field}:Q", scale=share, axis=axis))

    def line(field, colour, width):
        return curve(field).mark_line(color=colour, strokeWidth=width)

    def name(field, text, colour, minute):
        """Each name has a stretch of the clock to itself, so that no two meet."""
        seen = curve(field).transform_joinaggregate(most=f"max({field})")
        here = seen.transform_filter(
            f"datum.minute == {minute} && datum.most >= {EVER}"
        )
        return theme.label(
            here.encode(text=alt.value(text)), colour, baseline="bottom", dy=-5
        )

    def theory(field):
        return theme.theory(curve(f"{field}_theory"))

    silent = theme.columns().transform_joinaggregate(
        **{f"most_{field}": f"max({field})" for field in PILLARS}
    )
    named = " + ".join(
        f"(datum.most_{field} < {EVER} ? ', {text}' : '')"
        for field, text in zip(
            PILLARS, ("that", "where", "why", "all three"), strict=True
        )
    )
    most = " + ".join(
        f"(datum.most_{f} < {EVER} ? datum.most_{f} : 0)" for f in PILLARS
    )
    silent = silent.transform_filter("datum.minute == 0").transform_calculate(
        named=named,
        words=f"slice(datum.named, 2) + ({most} > 0 ? ': hardly ever' : ': never')",
    )
    silent = silent.transform_filter("datum.named").encode(
        alt.X("minute:Q", scale=minutes),
        alt.YDatum(BOTTOM / 2, scale=share),
        text="words:N",
    )
    by = theme.measures().encode(alt.X("minutes:Q", scale=minutes))
    words = (
        "datum.minutes + ' min: mean "
        f"{SERVICES * STEP_MS} to ' + format(datum.mean_ms, ',.0f') + ' ms, answered '"
        " + format(100 * datum.answered_share, '.3~r') + ' %'"
    )
    so_far = theme.measures().transform_calculate(words=words)
    so_far = so_far.encode(alt.XDatum(0, scale=minutes), text="words:N")
    return alt.layer(
        curve("answered")
        .mark_area(color=theme.STEADY, opacity=0.2)
        .encode(y2=alt.datum(0)),
        curve("answered")
        .mark_area(color=theme.FAILING, opacity=0.1)
        .encode(y2=alt.datum(1)),
        by.mark_rule(color=theme.INK).encode(
            y=alt.datum(0, scale=share), y2=alt.datum(1)
        ),
        line("answered", theme.STEADY, 6),
        line("that", theme.INK, 2.5),
        line("where", theme.WAITING, 2.5),
        line("why", theme.FAINT, 1.5),
        theory("answered"),
        theory("that"),
        theory("where"),
        theory("why"),
        name("that", "that", theme.INK, 15),
        name("where", "where", theme.WAITING, 45),
        name("why", "why", theme.FAINT, 75),
        name("answered", "all three", theme.STEADY, 105),
        theme.label(silent, theme.FAILING, align="left", baseline="middle", dx=4),
        theme.label(
            so_far.encode(y=alt.datum(TOP, scale=share)), align="left", baseline="top"
        ),
    )


def _affected(params):
    """Affected requests a minute."""
    return params.requests_per_minute * params.affected_share


def _healthy(params):
    """The other requests a minute."""
    return params.requests_per_minute * (1 - params.affected_share)


def _by_end(params):
    """Whether the trace is kept or dropped when its end is known."""
    return params.sampling == "tail"


def _kept_of_affected(params):
    """Share of the traces of affected requests that are kept."""
    return 1.0 if _by_end(params) else params.trace_share


def _matched(params):
    """Share of the kept traces whose lines can be told from those of other requests."""
    if params.request_id_in_logs == "on":
        return 1.0
    return math.exp(-params.requests_per_minute * params.slow_ms / 60_000)


def _by_then(answered):
    """Whether the answer has come by each minute in MINUTE, for each incident."""
    before = np.zeros((1, answered.shape[1]), dtype=np.bool_)
    return np.vstack([before, np.logical_or.accumulate(answered, axis=0)])


def _rings(params, affected, healthy_per_minute, rng, counted=poisson):
    """Whether the metric rings in minutes with so many affected requests."""
    limit_ms = _limit(params)
    if params.alert_on == "mean":
        requests = affected + counted(rng, healthy_per_minute, affected.shape)
        total_ms = STEP_MS * rng.standard_gamma(SERVICES * requests)
        return total_ms + params.slow_ms * affected > limit_ms * requests
    late = _above(limit_ms - params.slow_ms)  # share of the affected; drawn if need be
    above = rng.binomial(affected, late) if late < 1 else affected
    slow = healthy_per_minute * _above(limit_ms)
    above, below = above + poisson(rng, slow, affected.shape), affected - above
    below += counted(rng, healthy_per_minute - slow, affected.shape)
    return below < _times_more(params) * above


def _limit(params):
    """The metric's value (ms) above which it rings."""
    healthy = {
        "mean": SERVICES * STEP_MS,
        "p99": _healthy_quantile(0.99),
        "p999": _healthy_quantile(0.999),
    }
    return params.alert_factor * healthy[params.alert_on]


def _times_more(params):
    """A p99 is above what fewer than 99 times as many requests are below as above."""
    return {"p99": 99, "p999": 999}[params.alert_on]


def _above(ms):
    """P(a healthy request takes longer): fewer than five services are done by then."""
    steps = max(ms, 0) / STEP_MS
    done = sum(steps**i / math.factorial(i) for i in range(SERVICES))
    return min(1.0, math.exp(-steps) * done)


@lru_cache(maxsize=8)
def _healthy_quantile(level):
    """The time (ms) that this share of healthy requests does not exceed."""
    return _inverse(_above, level)


def _quantile(params, level):
    """The same of all requests in an incident."""
    share = params.affected_share
    return _inverse(
        lambda ms: share * _above(ms - params.slow_ms) + (1 - share) * _above(ms), level
    )


def _inverse(above, level):
    """Where `above`, which falls with time (ms), comes down to 1 - level."""
    low, high = 0.0, 20_000.0
    for _ in range(45):  # to a millionth of a millisecond
        middle = (low + high) / 2
        low, high = (middle, high) if above(middle) > 1 - level else (low, middle)
    return high


def _latencies(params, rng):
    """Latencies (ms) of REQUESTS requests in an incident."""
    slow = params.slow_ms * (rng.random(REQUESTS) < params.affected_share)
    return slow + STEP_MS * rng.standard_gamma(SERVICES, REQUESTS)


def _kept(params, latency_ms, rng):
    """Whether the trace of each request is kept."""
    by_lot = rng.random(len(latency_ms)) < params.trace_share
    return by_lot | (latency_ms > TAIL_MS) if _by_end(params) else by_lot


def _laws(params):
    """P(answered by each minute) of that, where, why, and all three.

    Whoever can tell why can tell where. Of that and why, at least one is missing unless
    neither is: with no matched request in a minute, the others are as they were.
    """
    affected, healthy = _affected(params), _healthy(params)
    seen = affected * _kept_of_affected(params)
    tied = seen * _matched(params)
    no_metric = (1 - _chance(params, affected, healthy)) ** MINUTE
    no_trace, no_log = np.exp(-seen * MINUTE), np.exp(-tied * MINUTE)
    neither = no_log * (1 - _chance(params, affected - tied, healthy)) ** MINUTE
    all_three = (1 - no_metric - no_log + neither).clip(0, 1)
    return 1 - no_metric, 1 - no_trace, 1 - no_log, all_three


def _as_seen(chance):
    """A chance as a run sees it: what is rare never happens, and its reverse always."""
    return 0.0 if chance < RARE else 1.0 if chance > 1 - RARE else chance


def _chance(params, affected, healthy):
    """P(the metric rings in one minute), given mean counts of requests."""
    limit_ms, slow_ms = _limit(params), params.slow_ms
    if params.alert_on == "mean":
        chance = _mean_is_above(limit_ms, affected, healthy, slow_ms)
    else:
        above = healthy * _above(limit_ms) + affected * _above(limit_ms - slow_ms)
        below = affected + healthy - above
        chance = _is_outnumbered(above, below, _times_more(params))
    return round(chance, DIGITS)


def _is_outnumbered(above, below, times):
    """P(fewer than `times` as many below as above), both Poisson with that mean."""
    (m, p), (u, q) = poisson_law(above), poisson_law(below)
    fewer = np.append(0, q.cumsum())[np.searchsorted(u, times * m)]
    return min(1.0, p @ fewer)


def _mean_is_above(limit_ms, affected, healthy, slow_ms):
    """P(the latencies of a minute exceed the limit on the average).

    What all requests take beyond the limit is a compound Poisson sum, whose
    characteristic function is known and inverted. It comes no farther than `reach`.
    """
    spread = math.sqrt((affected + healthy) * (SERVICES * STEP_MS**2 + limit_ms**2))
    jumps = affected + FAR * math.sqrt(affected) + FAR * (affected > 0)
    reach = limit_ms * (affected + healthy) + FAR * spread + slow_ms * jumps
    fades = max(1 - 18 / healthy, SMOOTH**-SERVICES)  # e^-18 is nothing
    until = math.sqrt(fades ** (-2 / SERVICES) - 1) / STEP_MS
    u = (np.arange(math.ceil(until * reach / math.pi)) + 0.5) * math.pi / reach
    one = np.exp(-1j * u * limit_ms) * (1 - 1j * STEP_MS * u) ** -SERVICES
    slower = affected * np.exp(1j * u * slow_ms)
    sums = np.exp(one * (healthy + slower) - healthy - affected)
    none = math.exp(-healthy - affected)  # in an empty minute nothing rings
    chance = 0.5 - none / 2 + (sums.imag / u).sum() / reach
    return min(1.0, max(0.0, chance))
