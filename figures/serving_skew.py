"""Training/serving skew

The same model, two code paths. How much of it is left in production?

Model: a request asks which of two classes a customer belongs to; both are equally
frequent. It carries the customer's purchases, each with an amount, a kind and an hour
of the day. A purchase adds its standardised amount times the weight of its kind times
the cosine of its hour, on a clock of 24 hours whose hand points at the signal. Over
many purchases the score is N(±separation/2, 1), and its sign is the answer.

Training takes the latest purchases that have an amount and a kind in its vocabulary.
Serving takes the latest purchases. It reads the hour from a clock that is shifted, puts
a number where the amount is missing, and leaves a kind that it does not know out or
takes the index of another one for it. With one transform it does what training does.
Both paths judge the same requests. A request counts as right with the probability that
its class is the one answered, given all that training sees of it: the mean is that of
classes drawn one by one, with less noise.

Kinder than the world: the day has no busy hours and the classes mirror each other, so
no skew moves the scores of both classes the same way, past the threshold. Every request
has the same clock and the same share of missing amounts.

Harsher than the world: the whole signal passes through hour, amount and kind, so each
skew reaches all of it. In most models a feature carries a part, and its skew costs less.

Source: [@zinkevich2018] for the ways in which two paths part; [@mclachlan1992] for the
accuracy of a linear rule on inputs that it was not made for.
"""

import math

import numpy as np

from figures._contract import Choice, Measure, Parameter, quantity, switch

PARAMETERS = (
    Parameter("timezone_shift_h", "Serving’s clock is ahead by", "h", -12, 12, 0.25, 3),
    Choice(
        "null_fill",
        "Serving fills a missing amount with",
        {"train_mean": "the training mean", "zero": "zero"},
        "train_mean",
    ),
    switch("shared_transform", "One transform for both"),
    Parameter("null_share", "Amounts missing", "%", 0, 0.5, 0.01, 0.1, more=True),
    Parameter("unknown_share", "Kinds unknown", "%", 0, 0.5, 0.01, 0, more=True),
    Choice(
        "unknown_as",
        "Serving takes an unknown kind",
        {"other_kind": "for another kind", "left_out": "out of the sum"},
        "other_kind",
        more=True,
    ),
    Parameter("separation", "Separation of the classes", "sd", 1, 4, 0.1, 3, more=True),
)
MEASURES = (
    Measure("accuracy_offline", "Right answers, offline", "%"),
    Measure("accuracy_online", "Right answers, online", "%"),
    Measure("accuracy_lost", "Right answers lost", "%"),
    Measure("changed_share", "Answers that differ", "%"),
    Measure("wrong_day_share", "Purchases dated on another day", "%"),
)
CHECKED_AT = (
    {},
    {"timezone_shift_h": 8, "null_share": 0},
    {"timezone_shift_h": 0, "null_share": 0.5, "null_fill": "zero"},
    {"timezone_shift_h": 0, "null_share": 0, "unknown_share": 0.2},
    {"null_share": 0.3, "unknown_share": 0.5, "unknown_as": "left_out"},
    {"timezone_shift_h": -7.5, "unknown_share": 0.3, "null_fill": "zero"},
    {"timezone_shift_h": 12, "null_share": 0, "separation": 1},
    {"shared_transform": "on", "unknown_share": 0.5, "separation": 4},
)
REQUESTS = 40_000  # judged by both paths in one run
SHIFT_H = np.linspace(-12, 12, 49)  # where the curve is read: every half-hour
MIDDLE_H = SHIFT_H[:-1] + 0.25  # the middle of each half-hour of direction
SIDE = np.sign(np.cos(math.pi / 12 * (MIDDLE_H + SHIFT_H[:, None])))  # turned so far
MEAN_AMOUNT = 2.0  # mean of the amount, in its standard deviations: how far off zero is
NODES, WEIGHTS = np.polynomial.legendre.leggauss(64)  # to integrate over a correlation
NAME_FITS = 0.085  # accuracy lost that leaves room for a name below the offline line
COIN = 0.005  # this close to one half, a run cannot tell the model from a coin


def simulate(params, rng):
    """Accuracy online with the clock shifted by each of SHIFT_H, and as it is set."""
    score, along, across = _two_paths(params, rng)
    # P(class | score) is 1 / (1 + exp(-separation * score)): its lead over a coin.
    lead = 0.5 - 1 / (1 + np.exp(params.separation * score))
    offline, shared = 0.5 + np.abs(lead).mean(), params.shared_transform == "on"
    turned = math.pi / 12 * params.timezone_shift_h
    served = math.cos(turned) * along - math.sin(turned) * across
    served = score if shared else served
    changed = (served > 0) != (score > 0)
    lost = 2 * np.abs(lead[changed]).sum() / REQUESTS
    columns = {
        "shift_h": SHIFT_H,
        "online": np.full(len(SHIFT_H), offline)
        if shared
        else _online(lead, along, across),
        "online_theory": _accuracy(params, SHIFT_H),
    }
    measures = {
        "accuracy_offline": offline,
        "accuracy_online": offline - lost,
        "accuracy_lost": lost,
        "changed_share": changed.mean(),
        "wrong_day_share": _wrong_day(params, rng),
    }
    return columns, measures


def closed_form(params):
    """The same measures, from the joint law of the two scores of one request."""
    shared = params.shared_transform == "on"
    offline = _normal(params.separation / 2)
    (online,) = _accuracy(params, np.array([params.timezone_shift_h]))
    return {
        "accuracy_offline": offline,
        "accuracy_online": online,
        "accuracy_lost": offline - online,
        "changed_share": _changed(params),
        "wrong_day_share": 0.0 if shared else abs(params.timezone_shift_h) / 24,
    }


def takeaway(params, measures):
    """What the two paths do differently, and what it leaves of the accuracy."""
    offline, online = measures["accuracy_offline"], measures["accuracy_online"]
    if params.shared_transform == "on":
        return (
            f"With one transform for both, the model is right for {_share(online)}"
            " of requests online, as it was offline."
        )
    skews = _skews(params)
    causes = f"With {' and '.join(skews)}, a" if skews else "A"
    sentence = (
        f"{causes} model that is right for {_share(offline)} of requests offline"
        f" is right for {_share(online)} online"
    )
    if online < 0.5 - COIN:
        return f"{sentence}: a coin would do better."
    if online <= 0.5 + COIN:
        return f"{sentence}: a coin would do as well."
    return f"{sentence}; {_share(measures['changed_share'])} of its answers differ."


def chart():
    """Accuracy online against the shift of the clock, between offline and a coin."""
    import altair as alt

    from figures import _theme as theme

    hours = alt.Scale(domain=[-12, 12], nice=False)
    signed = "format(datum.value, datum.value ? '+d' : 'd')"
    clock = alt.Axis(values=[-12, -6, 0, 6, 12], labelExpr=signed)
    share = alt.Scale(domain=[0, 1], nice=False)
    right = alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1])
    run, curve = _words(theme.measures()), theme.columns()

    def at(base, x, y):
        across = alt.X(f"{x}:Q") if isinstance(x, str) else alt.X(datum=x)
        up = alt.Y(f"{y}:Q") if isinstance(y, str) else alt.Y(datum=y)
        return base.encode(
            across.scale(hours)
            .axis(clock)
            .title("Hours that serving’s clock is ahead"),
            up.scale(share).axis(right).title("Right answers"),
        )

    def label(text, colour, x, y, where="true", align="center", **place):
        here = at(run.transform_filter(where), x, y).encode(text=f"{text}:N")
        return theme.label(here, colour, align=align, lineBreak="\n", **place)

    def level(y, **look):
        return at(run, -12, y).mark_rule(**look).encode(x2=alt.datum(12))

    def here(colour, where):
        now = at(run.transform_filter(where), "timezone_shift_h", "accuracy_online")
        fallen = now.mark_rule(color=colour, strokeWidth=3)
        return fallen.encode(y2="accuracy_offline:Q") + now.mark_point(
            color=colour, opacity=1, size=90
        )

    under = curve.transform_calculate(under="min(datum.online, 0.5)")
    now, ahead = ("timezone_shift_h", "accuracy_online"), "datum.timezone_shift_h >= 0"
    top, left = ("accuracy_offline", ahead), f"!({ahead})"
    apart, close = (
        f"datum.beside && datum.accuracy_lost {x} {NAME_FITS}" for x in (">=", "<")
    )
    red, green = theme.FAILING, theme.STEADY
    return alt.layer(
        at(under, "shift_h", "under")
        .mark_area(color=red, opacity=0.16)
        .encode(y2=alt.datum(0.5)),
        level(0.5, color=theme.INK, opacity=0.5),
        at(curve, "shift_h", "online").mark_line(color=red),
        level("accuracy_offline", color=green, strokeWidth=2.25),
        theme.theory(at(curve, "shift_h", "online_theory")),
        here(red, "!datum.shared"),
        here(green, "datum.shared"),
        label("offline", green, -12, *top, "left", dx=4, dy=14),
        label("offline", green, 12, top[0], left, "right", dx=-4, dy=14),
        label("online", red, *now, f"{apart} && {ahead}", "left", dx=8, dy=-9),
        label("online", red, *now, f"{apart} && {left}", "right", dx=-8, dy=-9),
        label("online", red, *now, f"{close} && {ahead}", "right", dx=-2, dy=15),
        label("online", red, *now, f"{close} && {left}", "left", dx=2, dy=15),
        label("online", red, 0, 0.5, "datum.inside", dy=-13),
        label("below", red, 0, 0.5, dy=15),
    )


def _two_paths(params, rng):
    """What training and serving make of REQUESTS requests.

    Training's score; and serving's sum of purchases before the clock is shifted, along
    the signal and across it. A sum over a share of many purchases is normal, with that
    share of the mean and of the variance.
    """
    kept, spread = _kept(params), max(_spread(params), _kept(params))
    half = (rng.integers(2, size=REQUESTS) - 0.5) * params.separation
    noise = rng.standard_normal((4, REQUESTS))
    along = kept * half + math.sqrt(kept) * noise[0]
    older = (1 - kept) * half + math.sqrt(1 - kept) * noise[1]  # training reads on
    astray = math.sqrt(spread - kept) * noise[2]
    return along + older, along + astray, math.sqrt(spread) * noise[3]


def _online(lead, along, across):
    """Share of right answers online, with the clock shifted by each of SHIFT_H.

    A shift turns serving's sum, and the side on which it ends is the answer: the same
    for all sums whose directions lie in one half-hour.
    """
    half_hour = (24 + 24 / math.pi * np.arctan2(across, along)).astype(np.intp)
    return 0.5 + SIDE @ np.bincount(half_hour % 48, lead, 48) / REQUESTS


def _wrong_day(params, rng):
    """Share of purchases, at any hour, that serving's calendar puts on another day."""
    hour = rng.uniform(0, 24, REQUESTS)
    shift_h = 0 if params.shared_transform == "on" else params.timezone_shift_h
    return ((hour + shift_h) // 24 != 0).mean()


def _kept(params):
    """Share of purchases that both paths read alike, but for the clock."""
    return (1 - params.null_share) * (1 - params.unknown_share)


def _spread(params):
    """Variance of serving's score within a class; training's is 1.

    A zero stands MEAN_AMOUNT below the training mean. It adds that much in a direction
    that depends on nothing but the hour, and a kind taken for another its own amount.
    """
    filled = MEAN_AMOUNT**2 if params.null_fill == "zero" else 0.0
    known = 1 - params.unknown_share if params.unknown_as == "left_out" else 1.0
    return known * (1 - params.null_share + params.null_share * filled)


def _mean(params, shift_h):
    """Mean of serving's score of the upper class."""
    turned = np.cos(2 * math.pi * shift_h / 24)
    return _kept(params) * turned * params.separation / 2


def _accuracy(params, shift_h):
    """P(the answer is right) online, for each shift of the clock."""
    if params.shared_transform == "on":
        return np.full(len(shift_h), _normal(params.separation / 2))
    z = _mean(params, shift_h) / math.sqrt(_spread(params))
    return np.array([_normal(x) for x in z.tolist()])


def _changed(params):
    """P(the two answers to one request differ): the scores differ in sign."""
    shift_h, spread = params.timezone_shift_h, math.sqrt(_spread(params))
    if params.shared_transform == "on" or (shift_h == 0 and _kept(params) == 1):
        return 0.0
    offline, online = params.separation / 2, float(_mean(params, shift_h)) / spread
    correlation = _kept(params) * math.cos(2 * math.pi * shift_h / 24) / spread
    both = _both_positive(offline, online, correlation)
    return _normal(offline) + _normal(online) - 2 * both


def _both_positive(a, b, correlation):
    """P(X > 0 and Y > 0) of two normal variables with means a and b and variance 1.

    Its derivative by the correlation is the joint density at the origin (Plackett).
    """
    end = math.asin(max(-1.0, min(1.0, correlation)))
    angle = end * (1 + NODES) / 2
    distance = a * a + b * b - 2 * a * b * np.sin(angle)
    density = np.exp(-distance / (2 * np.cos(angle) ** 2)) / (2 * math.pi)
    return _normal(a) * _normal(b) + end / 2 * (WEIGHTS @ density)


def _normal(z):
    """P(a standard normal variable is below z)."""
    return 0.5 * math.erfc(-z / math.sqrt(2))


def _skews(params):
    """What serving does differently, in words, as far as it is worth a word."""
    shift_h, skews = round(params.timezone_shift_h, 2), []
    if shift_h:
        way = "ahead" if shift_h > 0 else "behind"
        skews.append(f"serving’s clock {quantity(abs(shift_h), 'h')} {way}")
    if _share(params.null_share) != "0 %":
        filled = "zero" if params.null_fill == "zero" else "their mean"
        skews.append(f"{_share(params.null_share)} of amounts filled with {filled}")
    if _share(params.unknown_share) != "0 %":
        taken = {"other_kind": "taken for others", "left_out": "left out"}
        kinds = f"{_share(params.unknown_share)} of kinds"
        skews.append(f"{kinds} {taken[params.unknown_as]}")
    return skews


def _share(share):
    """ "93.3 %": to a tenth of a per cent, which is what one run supports."""
    return quantity(round(share, 3), "%")


def _words(run):
    """The run with the words of its labels, and where they do not meet the curve."""
    online = "'online ' + format(datum.accuracy_online, '.0%')"
    fields = {
        "shared": "datum.shared_transform === 'on'",
        "sunk": "datum.accuracy_online < 0.495",
        "beside": "!datum.shared && !datum.sunk && datum.accuracy_lost >= 0.06"
        " && abs(datum.timezone_shift_h) <= 4.5",
        "inside": "!datum.shared && !datum.sunk && !datum.beside",
        "offline": "(datum.shared ? 'offline and online ' : 'offline ')"
        " + format(datum.accuracy_offline, '.0%')",
        "online": online,
        "below": f"(datum.sunk ? {online} + ',\\n' : '') + 'worse than a coin'",
    }
    for name, expression in fields.items():
        run = run.transform_calculate(**{name: expression})
    return run
