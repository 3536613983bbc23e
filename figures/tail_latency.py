"""Tail latency and fan-out

One call in a hundred is slow. How many of your users wait?

Model: a request sends `fan_out` calls at once and is done when the share it waits for
has answered. A call is fast (lognormal around the median) or, with a fixed probability,
slow (lognormal around the slow time). A hedge sends a second copy of a call that has
taken longer than a quantile of its own distribution, and takes whichever answers first.

Kinder than the world: calls are independent, and a second copy is as likely to be
fast as the first. A slow disk, a full queue or an expensive query slows both copies,
and then a hedge buys little. Hedges cost nothing here but their count; near saturation
they are load.

Harsher than the world: all calls start at once and none is cached.

Source: [@dean2013] for fan-out and hedging; [@david2003] for order statistics.
"""

import math
from functools import lru_cache
from types import SimpleNamespace

import numpy as np

from figures._contract import Choice, Measure, Parameter, quantity

PARAMETERS = (
    Parameter(
        "fan_out", "Calls per request", "calls", 1, 2000, 1, 10, scale="log", whole=True
    ),
    Parameter("slow_share", "Slow calls", "%", 0, 0.2, 0.001, 0.01),
    Choice(
        "hedge_at",
        "Send a second copy after",
        {"off": "never", "p90": "the p90", "p95": "the p95", "p99": "the p99"},
        "off",
    ),
    Parameter("wait_for", "Answers to wait for", "%", 0.5, 1, 0.01, 1, more=True),
    Parameter("median_ms", "Median of a fast call", "ms", 1, 200, 1, 10, more=True),
    Parameter("slow_ms", "Median of a slow call", "ms", 100, 5000, 50, 1000, more=True),
)
MEASURES = (
    Measure("slow_requests_share", "Requests that wait for a slow call", "%"),
    Measure("p50_ms", "Request, p50", "ms"),
    Measure("p95_ms", "Request, p95", "ms"),
    Measure("p99_ms", "Request, p99", "ms"),
    Measure("call_p50_ms", "One call, p50", "ms"),
    Measure("call_p99_ms", "One call, p99", "ms"),
    Measure("extra_calls_share", "Extra calls", "%"),
)
CHECKED_AT = (
    {},
    {"fan_out": 100},
    {"fan_out": 2000, "slow_share": 0.0005},
    {"fan_out": 100, "hedge_at": "p95", "slow_share": 0.02},
    {"fan_out": 100, "wait_for": 0.95, "slow_share": 0.05},
    {"fan_out": 1, "slow_share": 0.2, "median_ms": 200, "slow_ms": 100},
)
FAST_SIGMA = 0.4  # spread of a fast call: its p95 is about twice its median
SLOW_SIGMA = 0.25  # spread of a slow call
CALLS = 20_000  # single calls in one run
REQUESTS = 30_000  # requests in one run
TIME_MS = np.geomspace(1, 10_000, 161)  # where the curves are read
CALL_FITS_MS = 8  # from here on, a narrow chart has room to the left of a call's curve
NAME_FITS_MS = 3500  # up to here, it has room to the right of a quantile
CLIFF = 0.002  # quantiles that jump within this much of their level are not checked
GRID_MS = np.geomspace(0.05, 50_000, 1001)  # where the law of one call is tabulated
HALVINGS = 40  # of an interval that holds a quantile: one part in 10^12 is left


def simulate(params, rng):
    """Share of calls and of requests that take longer than each time in TIME_MS.

    A request is done with the k-th of its n answers. The rank of that answer among all
    calls has a Beta(k, n - k + 1) law, so one draw stands for n calls.
    """
    n, k = params.fan_out, _awaited(params)
    call, extra = _calls(params, rng)  # logarithms, like the request
    request, all_fast = _requests(params, _ranks(rng, n, k))
    waited = rng.random(REQUESTS) > all_fast
    law = _call_law(params, TIME_MS)
    columns = {
        "time_ms": TIME_MS,
        "call": _share_above(call),
        "request": _share_above(request),
        "call_theory": 1 - law,
        "request_theory": 1 - _at_least(n, k, law),
    }
    p50, p95, p99 = _quantiles(request, (0.5, 0.95, 0.99))
    call_p50, call_p99 = _quantiles(call, (0.5, 0.99))
    measures = {
        "slow_requests_share": waited.mean(),
        "p50_ms": p50,
        "p95_ms": p95,
        "p99_ms": p99,
        "call_p50_ms": call_p50,
        "call_p99_ms": call_p99,
        "extra_calls_share": extra,
    }
    return columns, measures


def closed_form(params):
    """The same measures from the law of one call and its order statistics.

    A quantile on a cliff (at the defaults exactly 1 % of calls are slow, so the p99 of
    a call is anywhere between fast and slow) has no useful value and is left out.
    """
    n, k = params.fan_out, _awaited(params)
    hedged = params.hedge_at != "off"
    theory = {
        "slow_requests_share": 1 - _none_slow(params),
        "extra_calls_share": 1 - _level(params.hedge_at) if hedged else 0.0,
    }
    quantiles = {
        "p50_ms": (n, k, 0.5),
        "p95_ms": (n, k, 0.95),
        "p99_ms": (n, k, 0.99),
        "call_p50_ms": (1, 1, 0.5),
        "call_p99_ms": (1, 1, 0.99),
    }
    levels = [
        call_level(n_, k_, level + near)
        for n_, k_, level in quantiles.values()
        for near in (0, -CLIFF, CLIFF)
    ]
    times = _times_at(params, levels).reshape(-1, 3).tolist()
    for name, (at, before, after) in zip(quantiles, times, strict=True):
        if after < 1.5 * before:
            theory[name] = at
    return theory


def takeaway(params, measures):
    """How many wait, and which quantile of a call the median request sees."""
    waiting = quantity(measures["slow_requests_share"], "%")
    calls = "1 call" if params.fan_out == 1 else f"{params.fan_out:,} calls"
    sentence = (
        f"With {calls} per request and {quantity(params.slow_share, '%')} of calls"
        f" slow, {waiting} of users wait for a slow one"
    )
    if params.hedge_at != "off":
        extra = quantity(measures["extra_calls_share"], "%", 2)
        return f"{sentence}; the second copies cost {extra} more calls."
    if params.fan_out == 1:
        return f"{sentence}: a request is as fast as its only call."
    (level,) = _call_law(params, np.array([measures["p50_ms"]]))
    return (
        f"{sentence}; the median request takes as long as the {_name(level)} of a call."
    )


def chart():
    """Share still waiting against time: one call, and the request made of many."""
    import altair as alt

    from figures import _theme as theme

    share = alt.Scale(domain=[0, 1])
    time = alt.X("time_ms:Q", title="Time since the request was sent (ms)")
    time = time.scale(type="log", domain=[1, 10_000], nice=False)
    base = theme.columns().encode(
        time.axis(values=[1, 10, 100, 1000, 10_000], format=",")
    )

    def curve(field):
        axis = alt.Axis(format="%", title="Still waiting")
        return base.encode(y=alt.Y(f"{field}:Q", scale=share, axis=axis))

    plateau = curve("request").transform_filter(
        "abs(log(datum.time_ms / 79)) < 0.03"  # between the two humps
    )
    half = {"y": alt.datum(0.5, scale=share), "text": alt.value("one call")}
    left = theme.measures().transform_filter(f"datum.call_p50_ms >= {CALL_FITS_MS}")
    left = left.encode(x="call_p50_ms:Q", **half)
    aside = theme.measures().transform_filter(f"datum.call_p50_ms < {CALL_FITS_MS}")
    aside = aside.transform_calculate(  # beyond the request, if that is near
        named_ms="datum.p50_ms < 10 * datum.call_p50_ms"
        " ? 1.4 * max(datum.p50_ms, datum.call_p50_ms) : 1.4 * datum.call_p50_ms"
    )
    leader = aside.encode(x="call_p50_ms:Q", x2="named_ms:Q", y=half["y"])
    quantiles = (
        theme.measures()
        .transform_fold(["p50_ms", "p95_ms", "p99_ms"], as_=["measure", "at_ms"])
        .transform_calculate(
            late=f"datum.at_ms > {NAME_FITS_MS}",
            all_late=f"datum.p50_ms > {NAME_FITS_MS}",  # beside the falling request
            name="!datum.all_late ? slice(datum.measure, 0, 3)"
            " : datum.measure == 'p50_ms' ? 'p50, p95, p99' : ''",
            name_ms="datum.all_late ? 0.6 * datum.p50_ms : datum.at_ms",
            early_top="{p50_ms: 0.97, p95_ms: 0.88, p99_ms: 0.79}[datum.measure]",
            late_top="{p50_ms: 0.79, p95_ms: 0.88, p99_ms: 0.97}[datum.measure]",
            top="datum.late ? datum.late_top : datum.early_top",
        )
        .encode(x="at_ms:Q", y=alt.Y("top:Q", scale=share))
    )
    named = quantiles.encode(x="name_ms:Q", text="name:N")
    return alt.layer(
        curve("request").mark_area(color=theme.FAILING, opacity=0.12),
        curve("request").mark_line(color=theme.FAILING),
        curve("call").mark_line(color=theme.STEADY),
        theme.theory(curve("request_theory")),
        theme.theory(curve("call_theory")),
        quantiles.mark_rule(color=theme.INK, opacity=0.5).encode(y2=alt.datum(0)),
        theme.label(named.transform_filter("!datum.late"), align="left", dx=4),
        theme.label(named.transform_filter("datum.late"), align="right", dx=-4),
        theme.label(
            plateau.encode(text=alt.value("the request")),
            theme.FAILING,
            align="left",
            dy=-11,
        ),
        leader.mark_rule(color=theme.STEADY),
        theme.label(  # below half, where a prediction waits to be dragged
            left, theme.STEADY, align="right", dx=-7, dy=14
        ),
        theme.label(
            aside.encode(x="named_ms:Q", **half), theme.STEADY, align="left", dx=3
        ),
    )


@lru_cache(maxsize=32)
def call_level(n, k, q):
    """The quantile of one call that is quantile `q` of the k-th of `n` answers."""
    if k == n:
        return q ** (1 / n)
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        below = _at_least(n, k, np.array([middle]))[0] < q
        low, high = (middle, high) if below else (low, middle)
    return high


def _calls(params, rng):
    """Logarithms of the latencies (ms) of CALLS calls; the share sent twice."""
    call = _draw(params, rng, CALLS)
    if params.hedge_at == "off":
        return call, 0.0
    after = _hedge_after(params)
    late = np.flatnonzero(call > math.log(after))
    second = np.log(after + np.exp(_draw(params, rng, len(late))))
    call[late] = np.minimum(call[late], second)
    return call, len(late) / CALLS


def _draw(params, rng, size):
    """Logarithms of the latencies (ms) of `size` calls, each fast or slow."""
    slow = rng.random(size) < params.slow_share
    log_ms = rng.standard_normal(size)
    log_ms *= np.where(slow, SLOW_SIGMA, FAST_SIGMA)
    log_ms += np.where(slow, math.log(params.slow_ms), math.log(params.median_ms))
    return log_ms


def _awaited(params):
    """How many of a request's calls it waits for."""
    return max(1, math.ceil(params.wait_for * params.fan_out - 1e-9))


def _ranks(rng, n, k):
    """Share of calls later than the k-th of n answers, of REQUESTS requests, falling.

    Counted from the late end, where a rank close to 1 would lose its digits.
    """
    if k < n:
        return 1 - np.sort(rng.beta(k, n - k + 1, REQUESTS))
    # Beta(n, 1) is exp(-E / n), and E in order are sums of ever longer gaps (Rényi).
    ordered = (rng.standard_exponential(REQUESTS) / np.arange(REQUESTS, 0, -1)).cumsum()
    return -np.expm1(ordered[::-1] / -n)


def _requests(params, late):
    """Log of when each request ends (ms), by its rank; P(none it awaited was slow).

    The last answer is fast, and so is each of those before it.
    """
    waiting, fast = _still_waiting(params, GRID_MS), _fast_answers(params)
    request = np.interp(-late, -waiting, np.log(GRID_MS))
    fast_before = np.interp(-late, -waiting, fast)
    ended = np.searchsorted(-late, -waiting, side="right")  # by each time
    ended[[0, -1]] = 0, len(late)
    width = np.maximum(-np.diff(waiting), 1e-300)
    last_fast = np.repeat((np.diff(fast) / width).clip(0, 1), np.diff(ended))
    share = (fast_before / (1 - late)).clip(0, 1)
    return request, last_fast * share ** (_awaited(params) - 1)


def _share_above(log_ms):
    """Share of latencies, given as logarithms, above each time in TIME_MS."""
    steps = (log_ms - math.log(TIME_MS[0])) / math.log(TIME_MS[1] / TIME_MS[0])
    first = np.ceil(steps).clip(0, len(TIME_MS)).astype(np.intp)  # that is not below
    at = np.bincount(first, minlength=len(TIME_MS) + 1)
    return 1 - at[:-1].cumsum() / len(log_ms)


def _quantiles(log_ms, levels):
    """Quantiles (ms) of the same: the smallest that this share is not above."""
    ranks = [math.ceil(level * len(log_ms)) - 1 for level in levels]
    return np.exp(np.partition(log_ms, ranks)[ranks])


def _level(hedge_at):
    """0.95 for "p95"."""
    return int(hedge_at[1:]) / 100


def _name(level):
    """ "p99.3" for 0.993: one figure of the part that is missing to one."""
    missing = max(1 - level, 1e-9)
    decimals = max(0, math.ceil(-math.log10(missing)) - 2)
    return f"p{100 * level:.{decimals}f}"


def _unhedged(params):
    """The same parameters without the hedge."""
    return SimpleNamespace(**{**vars(params), "hedge_at": "off"})


def _hedge_after(params):
    """When the second copy is sent (ms): a quantile of a call without a hedge."""
    call = (params.slow_share, params.median_ms, params.slow_ms)
    return _quantile_of_a_call(*call, _level(params.hedge_at))


@lru_cache(maxsize=8)
def _quantile_of_a_call(slow_share, median_ms, slow_ms, level):
    """The time (ms) by which a call without a hedge has answered, kept: it is slow."""
    call = SimpleNamespace(
        slow_share=slow_share, median_ms=median_ms, slow_ms=slow_ms, hedge_at="off"
    )
    return _times_at(call, [level])[0]


def _lognormal(median_ms, sigma, times):
    """P(X <= t) of a lognormal, for each of `times` (ms); with -sigma, P(X > t)."""
    return _lognormal_at(times.tobytes(), median_ms, sigma)


@lru_cache(maxsize=256)
def _lognormal_at(times, median_ms, sigma):
    """The same, kept: it is slow, and most changes leave most of the laws as they are."""
    z = np.log(np.maximum(np.frombuffer(times), 1e-9) / median_ms)
    return 0.5 * np.array(list(map(math.erfc, (z / (-sigma * math.sqrt(2))).tolist())))


def _fast_law(params, times):
    """P(the call is fast and has answered by t), without a hedge."""
    return (1 - params.slow_share) * _lognormal(params.median_ms, FAST_SIGMA, times)


def _still_waiting(params, times):
    """P(the call has not answered by t), hedge included."""
    fast, slow = 1 - params.slow_share, params.slow_share
    waiting = fast * _lognormal(params.median_ms, -FAST_SIGMA, times)
    waiting += slow * _lognormal(params.slow_ms, -SLOW_SIGMA, times)
    if params.hedge_at == "off":
        return waiting
    plain, after = _unhedged(params), _hedge_after(params)
    return waiting * _still_waiting(plain, times - after)


def _call_law(params, times):
    """P(the call has answered by t), hedge included."""
    return 1 - _still_waiting(params, times)


def _times_at(params, levels):
    """The time (ms) by which a call has answered with each probability."""
    low, high = np.full(len(levels), -3.0), np.full(len(levels), 13.0)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        below = _call_law(params, np.exp(middle)) < levels
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.exp(high)


def _at_least(n, k, law):
    """P(at least k of n calls have answered), where each has with probability `law`."""
    if k == n:
        return law**n
    j = np.arange(k, n + 1)
    law = np.clip(law, 1e-300, 1 - 1e-16)[:, None]
    terms = _log_choose(n, k) + j * np.log(law) + (n - j) * np.log1p(-law)
    return np.exp(terms).sum(axis=1).clip(0, 1)


@lru_cache(maxsize=8)
def _log_choose(n, k):
    """Logarithm of the number of ways to choose j of n, for each j from k to n."""
    log_factorial = np.cumsum(np.log(np.maximum(np.arange(n + 1), 1)))
    return log_factorial[n] - log_factorial[k:] - log_factorial[n - k :: -1]


def _none_slow(params):
    """P(no awaited call was slow): the k-th answer is fast and so are those before."""
    n, k = params.fan_out, _awaited(params)
    fast = _fast_answers(params)
    if k == n:
        return fast[-1] ** n
    call = _call_law(params, GRID_MS)
    middle_call, middle_fast = (call[1:] + call[:-1]) / 2, (fast[1:] + fast[:-1]) / 2
    log_ways = math.lgamma(n + 1) - math.lgamma(k) - math.lgamma(n - k + 1)
    log_rest = (n - k) * np.log1p(-middle_call.clip(0, 1 - 1e-16))
    log_before = (k - 1) * np.log(middle_fast.clip(1e-300))
    return (np.exp(log_ways + log_before + log_rest) * np.diff(fast)).sum()


def _fast_answers(params):
    """P(the copy that answers first is fast, and has answered) at each of GRID_MS."""
    first = _fast_law(params, GRID_MS)
    if params.hedge_at == "off":
        return first
    plain, after = _unhedged(params), _hedge_after(params)
    middle = (GRID_MS[1:] + GRID_MS[:-1]) / 2
    second = _fast_law(params, GRID_MS - after)
    wins = np.diff(first) * (1 - _call_law(plain, middle - after))
    wins += np.diff(second) * (1 - _call_law(plain, middle))
    return np.append(0, wins.cumsum())
