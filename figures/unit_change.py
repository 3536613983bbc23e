"""A silent change of units

Upstream starts sending kilograms. When do you notice, and what did it cost by then?

Model: each day brings a batch of 1,000 orders, give or take 15 %. Weights in grams are
lognormal, and an order costs in proportion to its weight. From day 20 on a share of the
rows arrives divided by a factor, or without a weight. Without a contract a missing
weight counts as zero, and the total of the day is booked as it comes. The range
promises what the feed was measured to be: all but one row in a thousand on either side.
A row outside it, or without a weight, is put aside and reported, and if that happens to
more than a tenth of a batch, the whole batch is refused. The batch check also refuses a
batch whose mean logarithm is more than four standard errors from its usual value.

Whatever the contract, somebody charts the mean of what was booked in the last seven
days, and an alarm rings when it is three standard errors below the usual. What was lost
in silence by the first alarm is counted in days of takings; the bad rows go on.

Kinder than the world: the law of a healthy feed is known exactly and stands still: no
season, no growth. The rows that change are chosen by lot, where a supplier changes all
of its own. An alarm is understood on the day it rings.

Harsher than the world: nobody counts what is put aside, short of the tenth at which the
batch is refused. Whoever does has a check of the whole batch already, and a good one.

Source: [@shewhart1931] for control charts; the rest is the normal law of the logarithm.
"""

import math
from statistics import NormalDist
from types import SimpleNamespace

import numpy as np

from figures._contract import Choice, Measure, Parameter, quantity

PARAMETERS = (
    Parameter("affected_share", "Rows in the other unit", "%", 0, 1, 0.01, 0.2),
    Parameter("spread_sigma", "Spread of the weights, σ", "", 0.25, 3, 0.05, 0.5),
    Choice(
        "contract",
        "Contract",
        {
            "none": "none",
            "row_range": "a range for each row",
            "row_range_and_batch": "a range, and the batch",
        },
        "none",
    ),
    Parameter(
        "factor", "Units differ by", "×", 1.1, 1000, 0.1, 1000, scale="log", more=True
    ),
    Parameter("null_share", "Rows without a weight", "%", 0, 0.5, 0.01, 0, more=True),
)
MEASURES = (
    Measure("silent_error_share", "Of a day's takings, lost in silence", "%"),
    Measure("caught_share", "Bad rows refused", "%"),
    Measure("false_refusal_share", "Good rows refused", "%"),
    Measure("refused_takings_share", "Takings in good rows refused", "%"),
    Measure("days_to_notice", "Days booked before an alarm", "days"),
    Measure("loss_so_far", "Lost by then, in usual days", "days"),
)
CHECKED_AT = (
    {},
    {"affected_share": 1, "factor": 1.1, "spread_sigma": 1, "null_share": 0.5},
    {"contract": "row_range", "affected_share": 0.5, "factor": 2.2},
    {"contract": "row_range", "null_share": 0.02, "affected_share": 0.03, "factor": 10},
    {"spread_sigma": 3},
    {"spread_sigma": 3, "contract": "row_range"},
    {"spread_sigma": 3, "contract": "row_range_and_batch"},
)
DAYS = 60  # length of a run
CHANGE = 20  # the first day with bad rows
ORDERS = 1000  # on a usual day
BUSY = 0.15  # standard deviation of a day's orders, as a share of them
OUTSIDE = 0.001  # share of good rows beyond either edge of the range
EDGE = NormalDist().inv_cdf(1 - OUTSIDE)  # the edges, in sigma around the median
TOLERATED = 0.1  # share of a batch that may be put aside: `mostly=0.9` of a validator
BATCH_ERRORS = 4  # standard errors of a mean that is not chance: one batch in 16,000
CHART_ERRORS = 3  # Shewhart's limit: a healthy mean is below it one time in 740
WEEK = 7  # days in the mean that is charted: weekdays differ, weeks hardly
SURE = 6  # standard errors from a limit beyond which chance plays no part
BIAS = 0.01  # theory leaves out the ratio of sums where it is off by more than this
BAND = (-0.44, -0.12)  # where the chart draws the nearest alarm, below the takings
BAND_TOP = 1.6  # the nearest alarm at the top of the band: at 1 it rings
FLAGS = (1.17, 1.3)  # where the chart names the change and the alarm
ALARM_FITS = 30  # until this day, the name of the alarm fits to the right of it
LOSS_FITS = 40  # and until this one, that of a loss, in two lines
WORTH_A_NAME = 0.08  # share of the takings refused that the chart names
NO_ALARM = "!isValid(datum.noticed) && datum.silent_error_share > 0"  # Vega, as below
KEPT = "'nothing lost in silence'"  # what the chart says of that
SILENT = f"'no alarm in {DAYS - CHANGE} days'"  # and of that
RINGS = (  # what it says of an alarm
    "datum.days_to_notice == 0 ? 'refused at once' : 'alarm after '"
    " + datum.days_to_notice + (datum.days_to_notice == 1 ? ' day' : ' days')"
)
SPLIT = f"(isValid(datum.noticed) && datum.noticed > {ALARM_FITS} ? '\\n' : ' ')"  # a line ends
LOST = (  # and of a loss
    f"datum.loss + (datum.loss == '1' ? ' day’s' : ' days’') + {SPLIT} + 'takings lost'"
    " + (datum.contract == 'row_range' ? '\\n' + format(1 - datum.caught_share, '.0%')"
    f" + ' of bad' + {SPLIT} + 'rows pass' : '')"
)


def simulate(params, rng):
    """What became of each day's takings, and how near the nearest alarm was.

    Every row is drawn and judged. An error is a share of what its day is truly worth.
    """
    rows = _rows(params, rng)
    judged = _judge(params, rows)
    true, right = _by_day(rows, rows.worth), _by_day(rows, judged.booked)
    silent = _by_day(rows, np.where(judged.held, 0, rows.worth) - judged.booked)
    silent, right = silent / true, right / true
    days, alarm = _notice(params, rows, judged)
    known = np.arange(DAYS) >= CHANGE + days
    columns = {
        "day": np.arange(DAYS, dtype=np.int64),
        "right": right,
        "accepted": 1 - silent,
        "silent": np.where(known, 0, silent),
        "known": np.where(known, silent, 0),
        "accepted_theory": _accepted(params),
        "nearest_alarm": alarm,
    }
    bad, good = rows.bad, rows.day < CHANGE
    measures = {
        "silent_error_share": silent[CHANGE:].mean(),
        "caught_share": judged.held[bad].mean() if bad.any() else 0.0,
        "false_refusal_share": judged.held[good].mean(),
        "refused_takings_share": 1 - right[:CHANGE].mean(),
        "days_to_notice": days,
        "loss_so_far": columns["silent"].sum(),
    }
    return columns, measures


def closed_form(params):
    """What the normal law of the logarithm says of rows, takings and alarms.

    A share of a sum has the mean of the rows exactly if whether a row is refused does
    not depend on its weight; if it does, up to the variance of the sum. How often a
    batch close to a limit is refused, and on which day an alarm rings, is left out.
    """
    theory, stopped = {}, _surely_stopped(params)
    if params.contract != "row_range_and_batch":  # it refuses a rare good batch too
        theory["false_refusal_share"] = _refused(params, 0)
    if stopped is None:
        return theory
    narrow = math.exp(params.spread_sigma**2) < BIAS * ORDERS
    if stopped or params.contract == "none" or narrow:
        theory["silent_error_share"] = 0.0 if stopped else _silent(params)
    if params.contract == "none" or (params.contract == "row_range" and narrow):
        theory["refused_takings_share"] = 1 - _kept(params, 1)
    changed, null = _shares(params)
    if changed + null > 0:
        caught = changed * _refused(params, _shift(params)) + null * _checks(params)
        theory["caught_share"] = 1.0 if stopped else caught / (changed + null)
    if stopped:
        theory |= {"days_to_notice": 0.0, "loss_so_far": 0.0}
    elif params.contract == "none" and _usual(params)[1] <= 0:
        loss = (DAYS - CHANGE) * theory["silent_error_share"]
        theory |= {"days_to_notice": math.inf, "loss_so_far": loss}
    return theory


def takeaway(params, measures):
    """What share is lost in silence, who says so and when, and what is gone by then."""
    silent, caught = measures["silent_error_share"], measures["caught_share"]
    days, loss = measures["days_to_notice"], _gone(measures["loss_so_far"])
    if silent == caught == 0:
        return "No bad row arrives, so there is nothing to notice."
    if days == 0 or silent == 0:
        told = "Every bad row is refused and reported"
        if days == 0:
            told = "The first batch after the change is refused as it arrives"
        return f"{told}, and nothing is lost in silence{_price(measures)}."
    check = "Without a contract"
    if params.contract != "none":
        refused = _percent(caught) if caught else "none"
        check = f"Though {refused} of the bad rows are refused"
    story = f"{check}, {_percent(silent)} of a day's takings are lost in silence"
    if math.isinf(days):
        return f"{story}; no alarm rings in {DAYS - CHANGE} days, and {loss}."
    after = "1 day" if days == 1 else f"{days:.0f} days"
    return f"{story}; an alarm rings after {after}, when {loss}."


def chart():
    """Each day's takings, right, refused or lost, and below them the nearest alarm."""
    import altair as alt

    from figures import _theme as theme

    time = alt.Scale(domain=[0, DAYS], nice=False)
    height = alt.Scale(domain=[BAND[0], FLAGS[1]], nice=False)
    share = alt.Axis(format="%", values=[0, 0.5, 1], title="Takings of the day")

    def placed(base, x, y):
        x = alt.X(f"{x}:Q") if isinstance(x, str) else alt.X(datum=x)
        y = alt.Y(f"{y}:Q") if isinstance(y, str) else alt.Y(datum=y)
        return base.encode(x.scale(time).title("Day"), y.scale(height).axis(share))

    marks = theme.measures().transform_calculate(
        change=str(CHANGE),
        noticed=f"isValid(datum.days_to_notice) ? {CHANGE} + datum.days_to_notice"
        " : null",
        loss="format(datum.loss_so_far, '.2~r')",
        lost_x=f"isValid(datum.noticed) && datum.noticed <= {LOSS_FITS}"
        " ? datum.noticed : datum.change",
        lost_y="max(0.3, 0.95 - datum.silent_error_share)",
    )
    limit = BAND[0] + (BAND[1] - BAND[0]) / BAND_TOP
    level = placed(marks, 0, limit).encode(x2=alt.datum(DAYS))
    days = theme.columns().transform_calculate(
        until="datum.day + 1",
        middle="datum.day + 0.5",
        top="datum.accepted + datum.known",
        full="1",
        alarm=f"{BAND[0]} + {BAND[1] - BAND[0]}"
        f" * max(0, min(1, datum.nearest_alarm / {BAND_TOP}))",
    )

    def bars(low, high, colour, opacity):
        low = low if isinstance(low, str) else alt.datum(low)
        day = placed(days, "day", high).encode(x2="until", y2=low)
        return day.mark_bar(color=colour, opacity=opacity, x2Offset=-1)

    def name(text, colour, x, y, where="true", **place):
        run = marks.transform_filter(where).transform_calculate(text=text)
        named = placed(run, x, y).encode(text="text:N")
        return theme.label(named, colour, lineBreak="\n", **place)

    def rule(x, y, colour):
        there = placed(marks.transform_filter(f"isValid(datum.{x})"), x, y)
        there = there.encode(y2=alt.datum(BAND[0]))
        return there.mark_rule(color=colour, strokeWidth=1.5)

    left, right = {"align": "left", "dx": 5}, {"align": "right", "dx": -5}
    top, bottom = {"baseline": "top"}, {"baseline": "bottom", "dy": -3}
    early, late = f"datum.noticed <= {ALARM_FITS}", f"datum.noticed > {ALARM_FITS}"
    lost = "datum.loss_so_far > 0"
    refused = days.transform_filter(
        f"datum.day == {DAYS - 1} && datum.accepted - datum.right > {WORTH_A_NAME}"
    ).transform_calculate(y="(datum.right + datum.accepted) / 2")
    refused = placed(refused, "until", "y").encode(text=alt.value("refused"))
    expected = placed(days, "middle", "accepted_theory")
    expected = expected.transform_filter(f"datum.day >= {CHANGE}")
    return alt.layer(
        bars(0, "right", theme.STEADY, 0.28),
        bars("right", "accepted", theme.WAITING, 0.4),
        bars("accepted", "top", theme.FAILING, 0.3),
        bars("top", "full", theme.FAILING, 0.95),
        bars(BAND[0], "alarm", theme.INK, 0.4),
        theme.theory(expected),
        rule("change", FLAGS[0], theme.INK),
        rule("noticed", FLAGS[1], theme.FAILING),
        level.mark_rule(color=theme.FAILING),
        name("'an alarm rings'", theme.FAILING, 0, limit, **left, **bottom),
        name("'right'", theme.STEADY, 0, 0.06, **left),
        name("'unit changes'", theme.INK, "change", FLAGS[0], **right, **top),
        name(RINGS, theme.FAILING, "noticed", FLAGS[1], early, **left, **top),
        name(RINGS, theme.FAILING, "noticed", FLAGS[1], late, **right, **top),
        name(SILENT, theme.FAILING, DAYS, FLAGS[1], NO_ALARM, **right, **top),
        name(LOST, theme.FAILING, "lost_x", "lost_y", lost, **left, **top),
        name(KEPT, theme.STEADY, "change", "lost_y", f"!({lost})", **left, **top),
        theme.label(refused, theme.WAITING, **right),
    )


def _rows(params, rng):
    """Every row of the run: day, true worth, what is sent, and what is wrong with it.

    Worth is in mean orders; `sent` is the logarithm of the weight, in sigma around the
    median of a healthy feed.
    """
    orders = np.rint(ORDERS * (1 + BUSY * rng.standard_normal(DAYS))).astype(np.intp)
    # intp: NumPy counts and repeats by the machine's word, which is 32 bits in a browser.
    day = np.repeat(np.arange(DAYS, dtype=np.intp), np.maximum(orders, 1))
    z, lot = rng.standard_normal(len(day)), rng.random(len(day))
    changed, null = _shares(params)
    bad_day = day >= CHANGE
    null, bad = bad_day & (lot < null), bad_day & (lot < null + changed)
    sigma = params.spread_sigma
    worth = np.exp(sigma * z - sigma**2 / 2)
    sent = z - _shift(params) * (bad & ~null)
    return SimpleNamespace(day=day, worth=worth, sent=sent, null=null, bad=bad)


def _judge(params, rows):
    """Which rows are held back, what the others are booked at, and refused batches."""
    orders = _by_day(rows)
    aside = rows.null | (np.abs(rows.sent) > EDGE)
    aside &= params.contract != "none"
    nearest = _by_day(rows, aside) / orders / TOLERATED
    if params.contract == "row_range_and_batch":
        present = np.maximum(orders - _by_day(rows, rows.null), 1)
        errors = _by_day(rows, np.where(rows.null, 0, rows.sent)) / np.sqrt(present)
        nearest = np.maximum(nearest, np.abs(errors) / BATCH_ERRORS)
    held = aside | (nearest > 1)[rows.day]
    wrong = np.where(rows.null, 0, 1 / params.factor)
    booked = rows.worth * np.where(rows.bad, wrong, 1) * ~held
    return SimpleNamespace(held=held, booked=booked, nearest=nearest)


def _notice(params, rows, judged):
    """Days booked between the change and an alarm, and each day's nearest alarm."""
    usual, limit = _usual(params)
    short = usual - _by_day(rows, judged.booked)  # before the run, days were as usual
    below = np.convolve(short, np.full(WEEK, 1 / WEEK))[:DAYS] / (usual - limit)
    stopped = judged.nearest > 1
    alarm = np.where(stopped, judged.nearest, np.maximum(judged.nearest, below))
    rings = np.flatnonzero(alarm[CHANGE:] > 1)
    if not len(rings) or not rows.bad.any():
        return math.inf, alarm
    # a refused batch is not booked; a total is charted once it has been
    return float(rings[0] + (not stopped[CHANGE + rings[0]])), alarm


def _by_day(rows, values=None):
    """The sum of `values` of each day's rows, or their number."""
    return np.bincount(rows.day, values, DAYS)


def _shares(params):
    """Shares of the rows that are sent in the other unit, and without a weight."""
    return params.affected_share * (1 - params.null_share), params.null_share


def _shift(params):
    """How far a change of units moves the logarithm of a weight, in sigma."""
    return math.log(params.factor) / params.spread_sigma


def _checks(params):
    """1 if there is a contract, 0 if there is none."""
    return int(params.contract != "none")


def _refused(params, shift):
    """P(a row whose logarithm has moved down by so many sigma is out of range)."""
    return _checks(params) * (_below(shift - EDGE) + _below(-shift - EDGE))


def _kept(params, power, shift=0.0):
    """E[worth^power] of the rows so shifted that are in range, as a share of all.

    A lognormal weighted by its own power is a lognormal, moved up by power x sigma.
    """
    if params.contract == "none":
        return 1.0
    moved = shift - power * params.spread_sigma
    return _below(EDGE + moved) - _below(moved - EDGE)


def _silent(params):
    """Share of the takings lost in accepted rows, where no batch is refused."""
    changed, null = _shares(params)
    lost = changed * (1 - 1 / params.factor) * _kept(params, 1, _shift(params))
    return lost + null * (1 - _checks(params))


def _usual(params):
    """Mean of the total of a usual day, and the lower limit of a week's mean."""
    mean = _kept(params, 1)
    square = _kept(params, 2) * math.exp(params.spread_sigma**2)
    deviation = math.sqrt(ORDERS * (square - mean**2) + (BUSY * ORDERS * mean) ** 2)
    return ORDERS * mean, ORDERS * mean - CHART_ERRORS * deviation / math.sqrt(WEEK)


def _stop_errors(params):
    """By how many standard errors a batch is above each limit that refuses it."""
    if params.contract == "none":
        return [-math.inf]
    (changed, null), shift = _shares(params), _shift(params)
    aside = null + changed * _refused(params, shift)
    aside += (1 - changed - null) * _refused(params, 0)
    one = math.sqrt(max(aside * (1 - aside), 1e-12) / ORDERS)  # 0 if all are
    errors = [(aside - TOLERATED) / one]
    if params.contract == "row_range_and_batch":
        share = params.affected_share
        mean = share * shift * math.sqrt(ORDERS * (1 - null))
        errors.append(
            (mean - BATCH_ERRORS) / math.sqrt(1 + share * (1 - share) * shift**2)
        )
    return errors


def _surely_stopped(params):
    """Whether every bad batch is refused, or none is; None where chance decides."""
    errors = _stop_errors(params)
    if max(errors) > SURE:
        return True
    return False if max(errors) < -SURE else None


def _accepted(params):
    """Share of each day's takings that theory expects not to be lost in silence."""
    passes = math.prod(_below(-error) for error in _stop_errors(params))
    lost = _silent(params) * passes
    return np.where(np.arange(DAYS) < CHANGE, 1.0, 1 - lost)


def _below(z):
    """Standard normal distribution function."""
    return math.erfc(-z / math.sqrt(2)) / 2


def _price(measures):
    """What the range costs while all is well, where that is worth a clause."""
    takings = measures["refused_takings_share"]
    if takings < 0.01:
        return ""
    rows = quantity(measures["false_refusal_share"], "%", 2)
    takings = quantity(takings, "%", 2)
    return (
        f"; before it, {rows} of the good rows were refused, and {takings} of the"
        " takings with them"
    )


def _percent(share):
    """ "20 %", and what to say near nothing and near everything."""
    if share >= 0.9995:
        return "almost 100 %"
    return quantity(share, "%") if share >= 1e-4 else "less than 0.01 %"


def _gone(days):
    """ "1.84 usual days of takings are gone", and what to say of one and of little."""
    number = quantity(days, "") if days >= 0.01 else "less than 0.01"
    if number == "1":
        return "1 usual day of takings is gone"
    return f"{number} usual days of takings are gone"
