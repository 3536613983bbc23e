"""Drift and decay

The model was right on the day it shipped. When does it stop, and when do you find out?

Model: two classes, equally frequent. A linear classifier adds many weak inputs up to a
score; along the score the classes are N(±separation/2, 1), and it cuts in the middle. A
shift moves every input by s standard deviations, and the score by s as well (weights of
both signs that sum to one). A rotation turns the axis between the class means by θ
about their midpoint and leaves (separation/2) cos θ of each along the score. One input
carries so little of the class that its own law is N(s, 1), whatever θ is: exact as the
inputs grow in number, and with 400 of them a rotation moves their PSI by less than
0.0001. So a shift changes the inputs, and a rotation changes only what they mean.

PSI compares a day of one input, in the deciles of its law at training, with a training
sample of the same size. The labels of a day arrive after a delay, and ring when fewer
were right than on a held-out set of the same size, by more than four standard errors.
Retraining takes over the world of the last labelled day, for the classifier and for the
reference of PSI; the world then drifts on from there, at the same pace.

Kinder than the world: drift is slow and steady, every label arrives and is right, and
only one input is watched. Of a hundred monitors, one cries wolf far more often.

Harsher than the world: PSI on the score itself would feel a rotation, because turned
classes overlap more. At separation 2 it passes 0.25 only after 83 degrees, when the
model is right in 55 % of cases; at separation 4 after 43, when it is right in 93 %.

Source: [@mclachlan1992] for the accuracy of the linear classifier; [@yurdakul2020] for
the law of PSI without drift, and for thresholds that came without error rates.
"""

import math
from statistics import NormalDist
from types import SimpleNamespace

import numpy as np

from figures._contract import Choice, Measure, Parameter, quantity

PARAMETERS = (
    Parameter("shift_per_day_sd", "Inputs shift by", "sd/day", 0, 0.05, 0.001, 0.01),
    Parameter("rotation_per_day_deg", "Classes rotate by", "°/day", 0, 3, 0.1, 0.5),
    Parameter("label_delay_days", "Labels take", "days", 0, 60, 1, 14, whole=True),
    Choice(
        "retrain",
        "Retrain",
        {"never": "never", "monthly": "every 30 days", "on_alarm": "on an alarm"},
        "never",
        more=True,
    ),
    Parameter(
        "requests_per_day",
        "Requests per day",
        "requests",
        100,
        20_000,
        100,
        2000,
        scale="log",
        whole=True,
        more=True,
    ),
    Parameter("psi_alarm", "PSI rings above", "", 0.05, 0.5, 0.01, 0.25, more=True),
    Parameter("separation", "Separation of classes", "sd", 1, 4, 0.1, 2, more=True),
)
MEASURES = (
    Measure("accuracy_day_0", "Accuracy on day 0", "%"),
    Measure("accuracy_day_180", "Accuracy on day 180", "%"),
    Measure("days_to_80_percent", "Days until accuracy is below 80 %", "days"),
    Measure("psi_alarm_day", "Day on which PSI rings", ""),
    Measure("accuracy_alarm_day", "Day on which the labels ring", ""),
    Measure("days_degraded_unseen", "Days below 80 % with no alarm yet", "days"),
    Measure("false_alarm_share", "Days PSI would ring without drift", "%"),
    Measure("retrainings", "Times retrained", ""),
)
CHECKED_AT = (
    {},
    {"shift_per_day_sd": 0, "rotation_per_day_deg": 1, "requests_per_day": 20_000},
    {"shift_per_day_sd": 0.05, "rotation_per_day_deg": 0, "separation": 3},
    {"shift_per_day_sd": 0, "rotation_per_day_deg": 3, "separation": 4},
    {"retrain": "monthly", "label_delay_days": 60, "requests_per_day": 20_000},
    {"separation": 1, "requests_per_day": 100, "psi_alarm": 0.1},
)
DAYS = 180  # length of a run
EVERY_DAY = np.arange(DAYS + 1, dtype=np.int64)  # from shipping to the last
MONTH = 30  # days between monthly retrainings
DEGRADED = 0.8  # accuracy under which the model is of no use
BINS = 10  # deciles
EMPTY = 0.5  # an empty bin counts as half a request: its logarithm is infinite
ERRORS = 4  # standard errors of a fall that is not chance: 1 day in 30,000
PANEL = 100_000  # requests asked again every day, to know the true accuracy
NOISE = np.linspace(-6, 6, 2401)  # where the panel's scores are counted, in sd
QUIET_DAYS = 1000  # days without drift, each with a training sample of its own
BAND = (-0.4, -0.14)  # where the chart draws PSI, below the axis of accuracy
BAND_TOP = 2  # PSI at the top of the band, in alarms
FLAGS = (1.25, 1.12)  # where the chart names the alarms, above the axis of accuracy
FLAG_FITS = 120  # until this day, the name of an alarm fits to the right of it
WORTH_A_NAME = 0.08  # accuracy lost by the last day that the chart names


def simulate(params, rng):
    """Each day's accuracy and PSI, and when the model fell and the alarms rang.

    A day is drawn as counts: how many requests were right (binomial) and how many fell
    in each decile (multinomial). Counted one by one, requests have the same law. The
    counts are independent: one weak input of many says nothing about the score.
    """
    served, panel, quiet = rng.spawn(3)
    run, true_accuracy = _serve(params, served), _panel(params, panel)
    unseen = _unseen(run, true_accuracy(run.age) < DEGRADED)
    columns = {
        "day": EVERY_DAY,
        "accuracy": run.right / params.requests_per_day,
        "accuracy_theory": _accuracy(params, run.age),
        "unmoved": np.full(DAYS + 1, _accuracy(params, 0)),
        "shift_alone": _accuracy(_still(params, "rotation_per_day_deg"), run.age),
        "unseen": unseen,
        "psi": run.psi,
        "psi_of_alarm": run.psi / params.psi_alarm,
        "psi_of_alarm_theory": _drifted_psi(params, run.age) / params.psi_alarm,
    }
    measures = {
        "accuracy_day_0": columns["accuracy"][0],
        "accuracy_day_180": columns["accuracy"][DAYS],
        "days_to_80_percent": _day_below(true_accuracy, run.age),
        "psi_alarm_day": _first(run.psi_rings),
        "accuracy_alarm_day": _first(run.labels_ring),
        "days_degraded_unseen": unseen.sum(),
        "false_alarm_share": _false_alarms(params, quiet),
        "retrainings": len(run.starts) - 1,
    }
    return columns, measures


def closed_form(params):
    """Accuracy by age of the model; of an alarm's day theory has no exact law.

    Retrained on alarms, the age of the model is itself a matter of chance.
    """
    theory = {"accuracy_day_0": _accuracy(params, 0)}
    if params.retrain != "on_alarm":
        ages, retrainings = _planned(params)
        accuracy = _accuracy(params, ages)
        theory |= {
            "accuracy_day_180": accuracy[DAYS],
            "days_to_80_percent": _day_below(lambda age: _accuracy(params, age), ages),
            "retrainings": retrainings,
        }
    return theory


def takeaway(params, measures):
    """When the model falls, who says so and when, and how often PSI cries wolf."""
    fall, unseen = measures["days_to_80_percent"], measures["days_degraded_unseen"]
    times = measures["retrainings"]
    model = "The model"
    if times:
        model = f"Retrained {'once' if times == 1 else f'{times} times'}, the model"
    if math.isinf(fall):
        story = f"{model} stays above 80 % for {DAYS} days"
    elif fall == 0:
        story = f"{model} is below 80 % from the first day"
    else:
        story = f"{model} falls below 80 % on day {math.ceil(fall)}"
    story += f"; {_alarms(measures['psi_alarm_day'], measures['accuracy_alarm_day'])}"
    if unseen == 1:
        story += ", and 1 day below 80 % passes unseen"
    elif unseen:
        story += f", and {unseen} days below 80 % pass unseen"
    if measures["false_alarm_share"] >= 0.01:
        share = quantity(measures["false_alarm_share"], "%", 2)
        story += f"; without any drift PSI would ring on {share} of days"
    return f"{story}."


def chart():
    """Accuracy day by day, what each drift took of it, the alarms, and PSI below."""
    import altair as alt

    from figures import _theme as theme

    days = theme.columns().encode(
        alt.X("day:Q", title="Days since the model shipped")
        .scale(domain=[0, DAYS], nice=False)
        .axis(values=[0, 60, 120, 180])
    )

    def height(y):
        place = alt.Y(f"{y}:Q") if isinstance(y, str) else alt.Y(datum=y)
        return place.scale(domain=[BAND[0], FLAGS[0]], nice=False).axis(
            format="%", values=[0, 0.5, DEGRADED, 1], title="Accuracy"
        )

    def level(y):
        return theme.measures().encode(y=height(y))

    def lost(top, bottom, colour):
        wedge = days.encode(y=height(top), y2=bottom)
        return wedge.mark_area(color=colour, opacity=0.25)

    def name(y, text, colour, **place):
        last = days.transform_filter(f"datum.day == {DAYS}").transform_calculate(y=y)
        named = last.transform_filter("isValid(datum.y)")
        named = named.encode(y=height("y"), text=alt.value(text))
        place = {"align": "right", "dx": -4, "lineBreak": "\n", **place}
        return theme.label(named, colour, **place)

    def band(field):
        inside = f"{BAND[0]} + {BAND[1] - BAND[0]} * min(1, datum.{field} / {BAND_TOP})"
        return days.transform_calculate(y=inside).encode(y=height("y"))

    def known(field):
        return theme.measures().transform_filter(f"isValid(datum.{field})")

    def flag(field, before, other, low, text, colour):
        """A rule and its name. The rule of the other alarm stays clear of the name."""
        here = (
            known(field)
            .transform_calculate(
                other=f"isValid(datum.{other}) ? datum.{other} : -{DAYS}",
                first=f"datum.{field} {before} datum.other || datum.other < 0",
                apart=f"abs(datum.{field} - datum.other)",
                both=f"max(datum.{field}, datum.other) > {FLAG_FITS}"
                f" && datum.apart < {DAYS - FLAG_FITS}",
                late=f"datum.{field} > {FLAG_FITS} || datum.both",
                y=f"datum.first != datum.both ? {FLAGS[0]} : {FLAGS[1]}",
                text=f"'{text}' + datum.{field}",
            )
            .encode(x=f"{field}:Q", y=height("y"))
        )
        named = here.encode(text="text:N")
        left = theme.label(
            named.transform_filter("!datum.late"),
            colour,
            baseline="top",
            align="left",
            dx=5,
        )
        right = theme.label(
            named.transform_filter("datum.late"),
            colour,
            baseline="top",
            align="right",
            dx=-5,
        )
        rule = here.mark_rule(color=colour, strokeWidth=1.5)
        return rule.encode(y2=alt.datum(low)) + left + right

    fallen = known("days_to_80_percent").encode(
        x="days_to_80_percent:Q", y=height(DEGRADED)
    )
    unseen = days.transform_filter("datum.unseen").transform_calculate(
        until=f"min(datum.day + 1, {DAYS})"
    )
    limit = level(BAND[1] / 2).transform_calculate(
        text="'PSI rings above ' + format(datum.psi_alarm, '.2~f')"
    )
    limit = limit.encode(x=alt.datum(DAYS), text="text:N")
    watched = band("psi_of_alarm")
    psi_day, labels_day = ("psi_alarm_day", "accuracy_alarm_day")
    return alt.layer(
        lost("unmoved", "shift_alone", theme.WAITING),
        lost("shift_alone", "accuracy_theory", theme.FAILING),
        watched.mark_area(color=theme.WAITING, opacity=0.2).encode(
            y2=alt.datum(BAND[0])
        ),
        watched.mark_line(color=theme.WAITING, strokeWidth=1.5),
        theme.theory(band("psi_of_alarm_theory")),
        level((BAND[0] + BAND[1]) / 2).mark_rule(color=theme.WAITING),
        level(DEGRADED).mark_rule(color=theme.INK, opacity=0.5),
        days.encode(y=height("accuracy")).mark_line(
            color=theme.STEADY, strokeWidth=1.5
        ),
        theme.theory(days.encode(y=height("accuracy_theory"))),
        unseen.mark_rule(color=theme.FAILING, strokeWidth=5).encode(
            y=height(DEGRADED), x2="until:Q"
        ),
        fallen.mark_point(color=theme.FAILING, opacity=1),
        flag(psi_day, "<=", labels_day, BAND[0], "PSI: day ", theme.WAITING),
        flag(labels_day, "<", psi_day, 0.5, "labels: day ", theme.STEADY),
        theme.label(limit, theme.WAITING, align="right", dx=-4),
        name(
            f"datum.unmoved - datum.shift_alone > {WORTH_A_NAME}"
            " ? (datum.unmoved + datum.shift_alone) / 2 : null",
            "lost to the shift",
            theme.WAITING,
        ),
        name(
            f"datum.shift_alone - datum.accuracy_theory > {WORTH_A_NAME}"
            " ? datum.accuracy_theory > 0.36 ? datum.accuracy_theory - 0.07 : 0.5"
            " : null",
            "lost to rotation,\nunseen by PSI",
            theme.FAILING,
            baseline="top",
        ),
    )


def psi(expected, actual):
    """Population stability index of two rows of counts of the same total."""
    total = expected.sum(axis=-1)
    expected, actual = np.maximum(expected, EMPTY), np.maximum(actual, EMPTY)
    return ((actual - expected) * np.log(actual / expected)).sum(axis=-1) / total


def _serve(params, rng):
    """A run of DAYS: age of the model, requests right, PSI and alarms of each day.

    A model is drawn as if it stayed to the end; the next one then takes over its days.
    """
    n, delay, run = params.requests_per_day, params.label_delay_days, _blank_run()
    inputs, labels = rng.spawn(2)
    accuracy, shares = _accuracy(params, EVERY_DAY), _bin_shares(params, EVERY_DAY)
    trained_on = 0
    while True:
        days = EVERY_DAY[run.starts[-1] :]
        age, judged = days - trained_on, days[delay:]  # days with labels of this model
        reference, held_out = (
            inputs.multinomial(n, shares[0]),
            labels.binomial(n, accuracy[0]),
        )
        run.age[days], run.right[days] = age, labels.binomial(n, accuracy[age])
        run.psi[days] = psi(reference, inputs.multinomial(n, shares[age]))
        run.psi_rings[days] = run.psi[days] > params.psi_alarm
        run.labels_ring[days] = False
        run.labels_ring[judged] = _is_worse(run.right[judged - delay], held_out, n)
        rings = run.psi_rings[days] | run.labels_ring[days]
        due = days[(days - delay > trained_on) & _is_due(params.retrain, days, rings)]
        if not len(due):
            return run
        run.starts.append(due[0] + 1)
        trained_on = due[0] - delay


def _blank_run():
    """A run before its first day: a value for each day, and the days of new models."""
    days = {"age": np.int64, "right": np.int64, "psi": np.float64}
    days |= {"psi_rings": np.bool_, "labels_ring": np.bool_}
    empty = {name: np.zeros(DAYS + 1, dtype=kind) for name, kind in days.items()}
    return SimpleNamespace(**empty, starts=[0])


def _is_worse(right, held_out, n):
    """Whether `right` of n is below `held_out` of n by more than chance explains."""
    pooled = (right + held_out) / (2 * n)
    return held_out - right > ERRORS * np.sqrt(2 * n * pooled * (1 - pooled))


def _is_due(retrain, day, rings):
    """Whether the model is retrained at the end of the day; on the last, for nobody."""
    due = {"never": False, "monthly": day % MONTH == 0, "on_alarm": rings}
    return due[retrain] & (day < DAYS)


def _planned(params):
    """Ages of the model day by day, and how often it is retrained, without alarms."""
    if params.retrain == "never":
        return EVERY_DAY, 0
    labelled = (EVERY_DAY - 1) // MONTH * MONTH - params.label_delay_days
    trained_on = np.maximum(labelled, 0)
    return EVERY_DAY - trained_on, len(np.unique(trained_on)) - 1


def _accuracy(params, age):
    """P(right) of a model that is so many days old."""
    mean, shift = _moved(params, age)
    return (_normal(mean - shift) + _normal(mean + shift)) / 2


def _still(params, drift):
    """The same parameters without that drift."""
    return SimpleNamespace(**{**vars(params), drift: 0})


def _moved(params, age):
    """The class means along the score, and the shift, after so many days."""
    turned = np.radians(params.rotation_per_day_deg * age)
    return params.separation / 2 * np.cos(turned), params.shift_per_day_sd * age


def _bin_shares(params, ages):
    """Shares of an input in its deciles at training, a row for each age."""
    edges = [NormalDist().inv_cdf(k / BINS) for k in range(1, BINS)]
    below = _normal(np.array(edges) - params.shift_per_day_sd * ages[:, None])
    return np.diff(below, axis=1, prepend=0, append=1)


def _drifted_psi(params, ages):
    """PSI of endless samples at each age of the model: what drift alone would show."""
    actual, expected = _bin_shares(params, ages), 1 / BINS
    return ((actual - expected) * np.log(actual / expected)).sum(axis=1)


def _normal(z):
    """Standard normal distribution function."""
    return _erfc(-z / math.sqrt(2)) / 2


def _erfc(z):
    """`math.erfc` of every element."""
    return np.array(list(map(math.erfc, z.ravel().tolist()))).reshape(z.shape)


def _panel(params, rng):
    """Share of a panel of requests that a model gets right, as a function of its age.

    The shift carries one half of it away from the cut and the other, its mirror image,
    towards it. The same requests are asked at every age, so the share falls smoothly.
    """
    noise = (rng.standard_normal(PANEL // 2) - NOISE[0]) / (NOISE[1] - NOISE[0])
    cells = noise.astype(np.intp).clip(0, len(NOISE) - 2)
    below = np.append(0, np.bincount(cells, minlength=len(NOISE) - 1).cumsum())

    def accuracy(age):
        mean, shift = _moved(params, age)
        wrong = np.interp(shift - mean, NOISE, below)
        return 0.5 + (np.interp(mean + shift, NOISE, below) - wrong) / PANEL

    return accuracy


def _day_below(accuracy, ages):
    """When `accuracy` of the model's age is first below DEGRADED; inf if never."""
    below = np.flatnonzero(accuracy(ages) < DEGRADED)
    if not len(below) or below[0] == 0:
        return 0.0 if len(below) else math.inf
    before, after = ages[below[0] - 1 : below[0] + 1]
    low, high = 0.0, 1.0
    for _ in range(30):
        middle = (low + high) / 2
        fallen = accuracy(before + middle * (after - before)) < DEGRADED
        low, high = (low, middle) if fallen else (middle, high)
    return below[0] - 1 + high


def _first(rings):
    """The first day on which an alarm rings; inf if it never does."""
    days = np.flatnonzero(rings)
    return float(days[0]) if len(days) else math.inf


def _unseen(run, degraded):
    """Whether a day was degraded and no alarm had rung yet about its model."""
    rung = np.append(0, np.cumsum(run.psi_rings | run.labels_ring))
    model = np.searchsorted(run.starts, EVERY_DAY, side="right") - 1
    about_earlier_models = rung[np.array(run.starts)[model]]
    return degraded & (rung[1:] == about_earlier_models)


def _false_alarms(params, rng):
    """Share of days on which PSI rings though nothing has drifted."""
    n, shares = params.requests_per_day, np.full(BINS, 1 / BINS)
    expected, actual = rng.multinomial(n, shares, size=(2, QUIET_DAYS))
    return (psi(expected, actual) > params.psi_alarm).mean()


def _alarms(psi_day, labels_day):
    """Which alarms ring and when, as a clause."""
    if math.isinf(psi_day) and math.isinf(labels_day):
        return "neither PSI nor the labels ring"
    if math.isinf(psi_day):
        return f"PSI stays silent and the labels ring on day {labels_day:.0f}"
    if math.isinf(labels_day):
        return f"PSI rings on day {psi_day:.0f} and the labels stay silent"
    return f"PSI rings on day {psi_day:.0f} and the labels on day {labels_day:.0f}"
