"""Canary exposure

The new version is broken for 2 % of requests. How many people find out before you do?

Model: requests arrive at random (Poisson), each from another user, and a fixed share
of users gets the new version. Some requests fail at either version (the baseline). Of
the others the new version fails a share, and these users are harmed. A rule watches the
failures of the new version. `count` rolls back as soon as they are so many more than
the baseline predicts. `sequential` rolls back as soon as they are twenty times likelier
at a version that is broken just so than at a healthy one; the end of the bake is its
only all-clear. A rollback takes effect after the reaction time. Harm is counted until
then or, where the rule stays silent, until the bake ends; a release that is not stopped
goes on to everyone, and whom it harms from there on is not counted. The same rule
watches a release to everyone at once, and blue-green, which is that with the old
version kept warm: switching back takes a second.

Kinder than the world: failures are independent, equally likely for every user and seen
at once; the baseline is known and stands still; the sequential rule knows how broken a
broken version is. A bug that corrupts data harms after the rollback too.

Harsher than the world: no user comes twice. Where users stay with their version, the
same few fail again and again, and fewer people are harmed more.

Source: [@sre2018] for harm in proportion to exposure; [@wald1945] for the likelihood
ratio, and for the identity that splits harm into noticing and reacting; [@takacs1967]
for the ballot theorem, which says how often a healthy version is rolled back.
"""

import math
from functools import lru_cache

import numpy as np

from figures._contract import Choice, Measure, Parameter, quantity

RULES = {"count": "a count", "sequential": "a sequential test"}  # see Model
PARAMETERS = (
    Parameter(
        "canary_share", "Users on the canary", "%", 1e-3, 1, 1e-3, 0.05, scale="log"
    ),
    Parameter("reaction_s", "Reaction time", "s", 0, 600, 1, 60),
    Parameter(
        "failure_share", "Requests it breaks", "%", 1e-4, 1, 1e-4, 0.02, scale="log"
    ),
    Choice("rule", "Roll back by", RULES, "count", more=True),
    Parameter(
        "stop_after",
        "Failures above the baseline to stop at",
        "",
        1,
        100,
        1,
        10,
        whole=True,
        more=True,
    ),
    Parameter(
        "requests_per_s", "Traffic", "/s", 1, 10_000, 1, 1000, scale="log", more=True
    ),
    Parameter(
        "baseline_failure_share", "Failures anyway", "%", 0, 0.02, 1e-4, 1e-3, more=True
    ),
    Parameter("bake_min", "Bake", "min", 1, 240, 1, 30, more=True),
)
MEASURES = (
    Measure("users_harmed", "Users harmed, canary", "users"),
    Measure("detect_s", "Until rolled back, canary", "s"),
    Measure("detected_share", "Noticed within the bake, canary", "%"),
    Measure("false_rollback_share", "Healthy versions rolled back, canary", "%"),
    Measure("users_harmed_big_bang", "Users harmed, everyone at once", "users"),
    Measure("detect_s_big_bang", "Until rolled back, everyone at once", "s"),
    Measure(
        "detected_share_big_bang", "Noticed within the bake, everyone at once", "%"
    ),
    Measure("users_harmed_blue_green", "Users harmed, blue-green", "users"),
    Measure("harmed_to_notice", "Users harmed when it is noticed", "users"),
)
CHECKED_AT = (
    {},
    {"baseline_failure_share": 0},
    {"baseline_failure_share": 0, "canary_share": 0.01},
    {"baseline_failure_share": 0, "canary_share": 0.003, "bake_min": 3},
    {"baseline_failure_share": 0.02, "failure_share": 0.005, "bake_min": 3},
    {"rule": "sequential", "failure_share": 0.003},
    {"rule": "sequential", "baseline_failure_share": 0, "reaction_s": 0},
)
ALPHA = 0.05  # share of healthy versions that the sequential rule may roll back
SWITCH_BACK_S = 1  # blue-green: the router returns to the version that is still warm
RELEASES = 600  # of each kind in one run
KEY_TOP = 3e8  # of the chart: no curve is so high that it meets the names at the top
TIME_S = np.geomspace(0.01, 20_000, 121)  # where the curves are read
FAR = 5  # standard deviations; not one jump in a million skips over a rollback
AT_ONCE = 8192  # failures to draw at a time
NEVER = 1e-30  # a failure share so small that no traffic shows it
INTERVALS = 1000  # theory follows the line past so many whole failures
NEGLIGIBLE = 1e-16  # a chance that theory leaves out
RARE = 1e-6  # what happens less often, a run does not see
ACCOUNT = ("users_harmed", "detect_s", "detected_share")  # also with _big_bang


def simulate(params, rng):
    """Mean users harmed by each time in TIME_S, by way of releasing."""
    per_s = _per_s(params)  # of the canary, of everyone
    broken, healthy = _failing(params), max(params.baseline_failure_share, NEVER)
    fails = np.repeat([broken, broken, healthy], RELEASES)
    limit = np.repeat(60 * params.bake_min * per_s[[0, 1, 0]], RELEASES)
    watched = _watch(_rule(params), fails, limit, rng)
    seen, failed, noticed = (x.reshape(3, RELEASES) for x in watched)
    to_notice = rng.binomial(failed[:2].astype(np.int64), _harming(params) / broken)
    ways = [0, 1, 1]  # blue-green is everyone at once with a faster reaction
    harmed_per_s = _harming(params) * per_s[ways]
    react_s = _reactions(params) * noticed[ways]
    end_s = seen[ways] / per_s[ways] + react_s
    harmed = to_notice[ways] + rng.poisson(harmed_per_s * react_s)
    curves = [
        rate * np.minimum(TIME_S[:, None], end).mean(axis=1)
        for rate, end in zip(harmed_per_s, end_s, strict=True)
    ]
    columns = {
        "time_s": TIME_S,
        "canary": curves[0],
        "everyone": curves[1],
        "blue_green": curves[2],
        "canary_theory": _fluid(params, per_s[0]),
        "everyone_theory": _fluid(params, per_s[1]),
    }
    measures = {
        "users_harmed": harmed[0].mean(),
        "detect_s": _mean(end_s[0][noticed[0]]),
        "detected_share": noticed[0].mean(),
        "false_rollback_share": noticed[2].mean(),
        "users_harmed_big_bang": harmed[1].mean(),
        "detect_s_big_bang": _mean(end_s[1][noticed[1]]),
        "detected_share_big_bang": noticed[1].mean(),
        "users_harmed_blue_green": harmed[2].mean(),
        "harmed_to_notice": _mean(to_notice[1][noticed[1]]),
    }
    return columns, measures


def closed_form(params):
    """The same measures, from the chance that the failures cross the rule's line.

    Harm has the mean of the requests exposed times their share that is harmed (Wald).
    """
    rule, bake_s, react_s = _rule(params), 60 * params.bake_min, _reactions(params)
    theory = {}
    for way, (per_s,) in zip(("", "_big_bang"), _per_s(params), strict=True):
        passage = _passage(rule, _failing(params), per_s * bake_s)
        if passage is None:
            continue
        seen, failed, noticed = passage
        harmed = _harming(params) * (seen + noticed * per_s * react_s[:, 0])
        theory[f"users_harmed{way}"] = harmed[0]
        theory[f"detected_share{way}"] = noticed
        if noticed > RARE:
            notice_s = (seen / per_s - bake_s * (1 - noticed)) / noticed
            theory[f"detect_s{way}"] = notice_s + params.reaction_s
        if way:
            theory["users_harmed_blue_green"] = harmed[2]
        if way and noticed > RARE:
            harmful = _harming(params) / _failing(params)
            theory["harmed_to_notice"] = harmful * failed / noticed
    limit = _per_s(params)[0, 0] * bake_s
    _, slope = rule
    if slope * limit <= INTERVALS:
        healthy = max(params.baseline_failure_share, NEVER)
        theory["false_rollback_share"] = _false_alarm(rule, healthy, limit)
    return theory


def takeaway(params, measures):
    """Whom the canary harms, and for how long, against a release to everyone."""
    bake = quantity(params.bake_min, "min")
    everyone = _account(bake, *(measures[f"{name}_big_bang"] for name in ACCOUNT))
    if params.canary_share == 1:
        return f"With everyone at once, {everyone}."
    canary = _account(bake, *(measures[name] for name in ACCOUNT))
    sentence = (
        f"With a canary of {quantity(params.canary_share, '%')}, {canary};"
        f" with everyone at once, {everyone}"
    )
    if measures["detected_share"] < 1 or measures["detected_share_big_bang"] < 1:
        return f"{sentence}."
    if params.reaction_s == 0:
        return (
            f"{sentence}: with no time lost, the share decides only how soon you know."
        )
    notice = _count(measures["harmed_to_notice"])
    return f"{sentence}: noticing takes {notice} of them either way, reacting the rest."


def chart():
    """Users harmed against time since the release, by way of releasing."""
    import altair as alt

    from figures import _theme as theme

    time = alt.Scale(type="log", domain=[0.01, 20_000], nice=False, clamp=True)
    users = alt.Scale(type="log", domain=[0.3, KEY_TOP], nice=False, clamp=True)
    words = "datum.value < 60 ? datum.value + ' s' : datum.value < 3600"
    words += " ? datum.value / 60 + ' min' : datum.value / 3600 + ' h'"
    clock = alt.Axis(values=[0.01, 0.1, 1, 10, 60, 600, 3600, 14_400], labelExpr=words)
    people = alt.Axis(values=[1, 100, 1e4, 1e6], format="~s")
    run = _readings(theme.measures())

    def at(base, x, y, where):
        return base.transform_filter(where).encode(
            alt.X(f"{x}:Q", scale=time, axis=clock, title="Time since the release"),
            alt.Y(f"{y}:Q", scale=users, axis=people, title="Users harmed so far"),
        )

    def curve(name):
        return at(theme.columns(), "time_s", name, f"datum.{name} > 0.3")

    def noticed(x):
        return at(run, x, "harmed_to_notice", f"datum.{x} > 0.01")

    def label(text, colour, x, y, where="true", dx=7, dy=4):
        named = at(run, x, y, where).encode(text=f"{text}:N")
        return theme.label(named, colour, align="left", baseline="top", dx=dx, dy=dy)

    def total(name, colour, line, where="true"):
        """A way's line of the account at the top, where no curve comes."""
        return label(name, colour, "first_s", "key_top", where, 4, 1 + 17 * line)

    both = ("canary_s", "harmed_to_notice", "datum.noticed_fits")
    return alt.layer(
        curve("blue_green").mark_line(color=theme.WAITING),
        curve("everyone").mark_line(color=theme.FAILING),
        curve("canary").mark_line(color=theme.STEADY),
        theme.theory(curve("everyone_theory")),
        theme.theory(curve("canary_theory")),
        noticed("canary_s").mark_rule(color=theme.INK).encode(x2="everyone_s:Q"),
        noticed("canary_s").mark_point(color=theme.INK, opacity=1),
        noticed("everyone_s").mark_point(color=theme.INK, opacity=1),
        total("everyone", theme.FAILING, 0),
        total("canary", theme.STEADY, 1, "datum.canary_share < 1"),
        total("blue_green", theme.WAITING, 2),
        label("noticed", theme.INK, *both),
    )


def _per_s(params):
    """Requests a second that the new version gets: of the canary, of everyone."""
    return params.requests_per_s * np.array([[params.canary_share], [1.0]])


def _reactions(params):
    """Seconds from noticing to rolled back: canary, everyone at once, blue-green."""
    fast = min(SWITCH_BACK_S, params.reaction_s)
    return np.array([[params.reaction_s], [params.reaction_s], [fast]], dtype=float)


def _harming(params):
    """Share of requests that fail and would not have failed at the old version."""
    return params.failure_share * (1 - params.baseline_failure_share)


def _failing(params):
    """Share of the broken version's requests that fail, for either reason."""
    return params.baseline_failure_share + _harming(params)


def _rule(params):
    """Roll back at `start + slope * requests` failures: the two numbers of either rule.

    With r the ratio of the two failure shares, n failures in x requests multiply the
    likelihood ratio by r^n exp(-(broken - healthy) x): a straight line again.
    """
    healthy, broken = params.baseline_failure_share, _failing(params)
    if params.rule == "count":
        return params.stop_after, healthy
    if healthy < NEVER:
        return 1, 0.0  # a healthy version never fails, so one failure is proof
    log_ratio = math.log(broken / healthy)
    return math.log(1 / ALPHA) / log_ratio, (broken - healthy) / log_ratio


def _watch(rule, fails, limit, rng):
    """Requests seen, failures among them, and whether the rule fired, by release.

    A release that is n failures short of the line needs n more to cross it, so they are
    drawn at once; far from the line, so many that only a deviation of FAR could cross.
    Where that leaves few to draw, each failure is drawn, and many of them at a time.
    """
    start, slope = rule
    noise = slope / fails  # of the distance to the line, by one failure
    seen, failed = np.zeros(len(fails)), np.zeros(len(fails))
    noticed = np.zeros(len(fails), dtype=bool)
    going = np.arange(len(fails))
    while len(going):
        more = _safe_jump(start + slope * seen[going] - failed[going], noise[going])
        now = seen[going], failed[going], fails[going], limit[going]
        few = more.sum() < AT_ONCE / 2
        drawn = _each(rule, *now, rng) if few else _jump(rule, *now, more, rng)
        seen[going], failed[going], ends = drawn
        noticed[going] = ends & (seen[going] < limit[going])
        going = going[~ends]
    return seen, failed, noticed


def _each(rule, seen, failed, fails, limit, rng):
    """Requests seen, failures and whether it ended, after many failures of each release."""
    start, slope = rule
    gaps = rng.standard_exponential((len(seen), AT_ONCE // len(seen)))
    then = seen[:, None] + gaps.cumsum(axis=1) / fails[:, None]
    count = failed[:, None] + np.arange(1, then.shape[1] + 1)
    ends = (count >= start + slope * then) | (then > limit[:, None])
    at = np.where(ends.any(axis=1), ends.argmax(axis=1), then.shape[1] - 1)
    row = np.arange(len(seen))
    then, over = then[row, at], then[row, at] > limit
    return np.where(over, limit, then), count[row, at] - over, ends[row, at]


def _jump(rule, seen, failed, fails, limit, more, rng):
    """The same after `more` failures of each release, of which only the last may end it."""
    start, slope = rule
    then = seen + rng.standard_gamma(more) / fails
    over = then > limit
    part = (limit[over] - seen[over]) / (then[over] - seen[over])
    until = failed + more
    until[over] = failed[over] + rng.binomial(more[over].astype(np.int64) - 1, part)
    then = np.where(over, limit, then)
    return then, until, over | (until >= start + slope * then)


def _safe_jump(short, noise):
    """How many failures may be drawn at once, `short` failures from the line."""
    pull, spread = np.maximum(1 - noise, 0), FAR * noise
    root = 2 * short / (spread + np.sqrt(spread**2 + 4 * pull * short))
    return np.maximum(np.ceil(short), np.floor(root**2))


def _mean(values):
    """Their mean, or inf where there are none: it never happened."""
    return values.mean() if len(values) else math.inf


def _fluid(params, per_s):
    """Users harmed by each time in TIME_S if nothing were left to chance."""
    start, slope = _rule(params)
    notice_s = start / (_failing(params) - slope) / per_s
    bake_s = 60 * params.bake_min
    end_s = np.where(notice_s <= bake_s, notice_s + params.reaction_s, bake_s)
    return per_s * _harming(params) * np.minimum(TIME_S, end_s)


@lru_cache(maxsize=8)
def _passage(rule, fails, limit):
    """Mean requests seen, mean failures where the rule fires (else 0), P(it fires).

    The line passes one whole number of failures after another. The rule fires when the
    failures get there first: a Markov chain over those moments, exact but slow, so None
    where it does not end within INTERVALS.
    """
    start, slope = rule
    expected = start / (fails - slope) if fails > slope else math.inf
    if slope * min(expected, limit) > INTERVALS:
        return None
    goal, seen, failed, waits = math.ceil(start), 0.0, 0.0, 1.0
    counts = np.zeros(goal)  # P(n failures short of the goal, and not fired), n falling
    counts[0] = 1
    left, interval = limit, (goal - start) / slope if slope else limit
    for _ in range(INTERVALS):
        interval = min(interval, left)
        new, within = _poisson(fails * interval)
        seen += counts @ within[-len(counts) :] / fails
        counts = np.convolve(counts, new)[: len(counts)]
        waited, waits = waits, counts.sum()
        failed += goal * (waited - waits)
        left, goal = left - interval, goal + 1
        if left <= 0 or waits < 1e-13:
            return seen, failed, 1 - waits
        counts = np.append(counts[int(counts[0] < NEGLIGIBLE) :], 0)
        interval = 1 / slope
    return None


def _false_alarm(rule, fails, limit):
    """P(the rule fires) where failures are no more frequent than its line is steep.

    Either they are on the line at the limit, or the line met them for the last time at
    a whole number of them and has been ahead since.
    """
    start, slope = rule
    end = start + slope * limit
    law, _ = _poisson(fails * limit)
    ahead = law[math.ceil(end) :].sum()
    met = np.arange(math.ceil(start), math.ceil(end))
    if len(met) == 0:
        return ahead
    ratio = fails / slope
    behind = _law(met, ratio * (met - start)) * _stays_below(end - met, ratio)
    return ahead + behind.sum()


def _stays_below(room, ratio):
    """P(a Poisson count stays below a line from 0 to `room`), by ratio of their slopes.

    Given n < room at the end that is 1 - n / room (ballot theorem); here its mean over n.
    """
    most, mean = np.ceil(room).astype(int) - 1, ratio * room
    last = _law(most, mean)
    if ratio == 1:
        return last
    after = np.arange(1, 21 + math.ceil(8 * math.sqrt(mean.max())))
    beyond = last * (mean[:, None] / (most[:, None] + after)).cumprod(axis=1).sum(
        axis=1
    )
    return last + (1 - ratio) * (1 - last - beyond)


@lru_cache(maxsize=8)
def _poisson(mean):
    """P(exactly i) of a Poisson count, where it can be; mean of its first n, n falling."""
    law = _law(np.arange(math.ceil(mean + 8 * math.sqrt(mean) + 20)), mean)
    first = np.cumsum(1 - np.cumsum(law))
    within = np.pad(first, (0, 2 * INTERVALS), "edge")[::-1]
    return np.trim_zeros(np.where(law < NEGLIGIBLE, 0, law), "b"), within


def _law(count, mean):
    """P(exactly `count`, an array) of Poisson counts with these means."""
    log_factorial = np.log(np.maximum(np.arange(count.max() + 1), 1)).cumsum()
    log_mean = np.log(np.maximum(mean, NEVER))
    return np.exp(count * log_mean - mean - log_factorial[count])


def _account(bake, harmed, detect_s, detected):
    """What became of the releases of one way: harmed, after how long, how often."""
    count = _count(harmed)
    people = (
        f"{count} user is" if count in ("1", "less than one") else f"{count} users are"
    )
    after = quantity(detect_s, "s") if detect_s > 0.001 else "less than 0.001 s"
    share = quantity(detected, "%")
    if detected == 0:
        return f"the bug stays hidden for the bake of {bake} and {people} harmed in it"
    if detected == 1:
        return f"{people} harmed in {after}"
    return (
        f"{share} of releases are rolled back, after {after},"
        f" and on average {people} harmed"
    )


def _count(mean):
    """ "70", "1,210", "less than one": in whole people, to three figures."""
    return f"{float(f'{mean:.3g}'):,.0f}" if mean >= 0.5 else "less than one"


def _readings(run):
    """The run with the words of its labels, and where they do not meet each other."""
    words = {
        "canary": _tag("canary: ", "users_harmed", "detect_s"),
        "everyone": _tag("everyone: ", "users_harmed_big_bang", "detect_s_big_bang"),
        "blue_green": _tag("blue-green: ", "users_harmed_blue_green"),
        "noticed": "datum.canary_share < 0.9 ? 'noticed later' : 'noticed'",
    }
    times = {
        "canary_s": "datum.detect_s - datum.reaction_s",
        "everyone_s": "datum.detect_s_big_bang - datum.reaction_s",
        "back_s": f"datum.everyone_s + min({SWITCH_BACK_S}, datum.reaction_s)",
        "first_s": str(TIME_S[0]),
    }
    places = {
        "key_top": str(KEY_TOP),
        "noticed_fits": "datum.canary_s > 0.01"
        " && datum.users_harmed > 4 * datum.harmed_to_notice",
    }
    for name, expression in (words | times | places).items():
        run = run.transform_calculate(**{name: expression})
    return run


def _tag(name, harmed, seconds=None):
    """A Vega expression for a name, how many are harmed and, if given, in what time."""
    people = f"format(toNumber(format(datum.{harmed}, '.3r')), ',.0f')"
    people = f"(datum.{harmed} < 0.5 ? 'less than one' : {people})"
    many = f"'{name}' + {people} + ' harmed'"
    if not seconds:
        return many
    time = f"' in ' + format(datum.{seconds}, ',.3~r') + ' s'"
    return f"{many} + (datum.{seconds} === null ? ', not noticed' : {time})"
