"""The figure of a silent change of units: oracles, limits, and a slower road."""

import math

import numpy as np
import pytest
from scipy.stats import lognorm, norm

from figures import _contract as contract
from figures import unit_change as figure

GRAMS = 500  # a median weight; the figure works in orders of mean worth, without it
WIDE = {"spread_sigma": 3}
RANGE = {"contract": "row_range"}
BATCH = {"contract": "row_range_and_batch"}


def bound(**values):
    return contract.bind(figure.PARAMETERS, values)


def run(seed=contract.SEED, **values):
    return contract.run(figure, values, seed)


def runs(name, replications=30, **values):
    """One measure in many replications."""
    return np.array(
        [run(seed, **values).measures[name] for seed in range(replications)]
    )


def rows_of(seed=1, **values):
    """The rows of one run, and what the figure makes of them."""
    params = bound(**values)
    rows = figure._rows(params, contract.generator(seed))
    return rows, figure._judge(params, rows)


# Oracles: what a range lets pass, and what a batch shows.


@pytest.mark.parametrize(
    ("sigma", "power"),
    [
        pytest.param(0.5, 1.0, id="6.8"),
        pytest.param(1.0, 0.9999326008804877, id="6.9"),
        pytest.param(3.0, 0.215452, id="science 6.3"),
    ],
)
def test_a_range_refuses_kilograms_as_often_as_the_oracle_says(sigma, power):
    params = bound(spread_sigma=sigma, factor=1000, **RANGE)
    assert figure._refused(params, figure._shift(params)) == pytest.approx(
        power, abs=5e-7
    )
    rows, judged = rows_of(spread_sigma=sigma, affected_share=0.02, **RANGE)
    caught = judged.held[rows.bad].mean()
    error = math.sqrt(max(power * (1 - power), 1e-5) / rows.bad.sum())
    assert abs(caught - power) < 4 * error


def test_a_batch_with_one_bad_row_in_a_hundred_shows_one_as_the_oracle_says():
    expected = pytest.approx(0.8843660122014809, abs=0.02)  # 6.11, of 1000 rows each
    shown = []
    for seed in range(30):
        rows, judged = rows_of(seed, affected_share=0.01, **WIDE, **RANGE)
        refused = figure._by_day(rows, judged.held & rows.bad)
        shown.append((refused[figure.CHANGE :] > 0).mean())
    assert np.mean(shown) == expected


@pytest.mark.parametrize(
    ("n", "errors"),
    [
        pytest.param(25, 11.512925464970227, id="6.15"),
        pytest.param(1, 2.3025850929940455, id="6.16"),
    ],
)
def test_the_mean_logarithm_moves_by_as_many_errors_as_the_oracle_says(n, errors):
    shift = figure._shift(bound(factor=1000, **WIDE))
    assert shift * math.sqrt(n) == pytest.approx(errors, rel=1e-9)
    _, judged = rows_of(affected_share=1, **WIDE, **BATCH)
    found = judged.nearest[figure.CHANGE :].mean() * figure.BATCH_ERRORS
    expected = errors * math.sqrt(figure.ORDERS / n)
    assert found == pytest.approx(expected, rel=0.03)


@pytest.mark.parametrize(
    ("edge", "share", "batch"),
    [
        pytest.param(3, 0.0026997960632601866, 0.933026, id="6.12"),
        pytest.param(figure.EDGE, 0.002, 1 - 0.998**1000, id="the range of the figure"),
    ],
)
def test_a_range_for_each_row_refuses_one_in_nearly_every_healthy_batch(
    edge, share, batch
):
    assert 2 * figure._below(-edge) == pytest.approx(share, rel=1e-9)
    assert 1 - (1 - share) ** 1000 == pytest.approx(batch, abs=1e-6)
    healthy = [rows_of(seed, affected_share=0, **RANGE)[0] for seed in range(20)]
    refused = [figure._by_day(rows, np.abs(rows.sent) > edge) > 0 for rows in healthy]
    assert np.mean(refused) == pytest.approx(batch, abs=0.05)


# A slower road: every order in grams, with nothing from the figure but its draws.


def told_in_grams(rows, sigma, factor, contract_):
    """Lost, refused and true takings of each day, from the weights as they are sent."""
    low, high = lognorm.ppf([0.001, 0.999], sigma, scale=GRAMS)
    true = rows.worth * GRAMS * math.exp(sigma**2 / 2)
    sent = np.where(rows.bad & ~rows.null, true / factor, true)
    lost, refused, total = np.zeros((3, figure.DAYS))
    for day in range(figure.DAYS):
        today = rows.day == day
        aside = rows.null[today] | (sent[today] < low) | (sent[today] > high)
        aside &= contract_ != "none"
        stop = aside.sum() > len(aside) / 10
        if contract_ == "row_range_and_batch":
            logs = np.log(sent[today][~rows.null[today]] / GRAMS)
            stop |= abs(logs.mean()) > 4 * sigma / math.sqrt(len(logs))
        aside |= stop
        booked = np.where(rows.null[today], 0, sent[today])
        total[day], refused[day] = true[today].sum(), true[today][aside].sum()
        lost[day] = (true[today] - booked)[~aside].sum()
    return lost / total, refused / total, np.arange(figure.DAYS) >= figure.CHANGE


@pytest.mark.parametrize("contract_", ["none", "row_range", "row_range_and_batch"])
@pytest.mark.parametrize(
    "feed",
    [
        {},
        {"spread_sigma": 3},
        {"spread_sigma": 1, "factor": 2.2, "affected_share": 0.03, "null_share": 0.08},
        {"factor": 1.1, "affected_share": 0.3, "spread_sigma": 0.25},
    ],
)
def test_every_day_is_as_if_told_in_grams(feed, contract_):
    values = feed | {"contract": contract_}
    params = bound(**values)
    rows, _ = rows_of(contract.SEED, **values)
    lost, refused, changed = told_in_grams(
        rows, params.spread_sigma, params.factor, contract_
    )
    columns = run(**values).columns
    found = columns["silent"] + columns["known"]
    np.testing.assert_allclose(found, lost, atol=1e-9)
    np.testing.assert_allclose(
        columns["accepted"] - columns["right"], refused, atol=1e-9
    )
    assert lost[~changed].max() < 1e-9


def test_rows_are_bad_only_from_the_day_of_the_change_and_as_often_as_asked():
    rows, _ = rows_of(affected_share=0.3, null_share=0.2)
    late = rows.day >= figure.CHANGE
    assert not rows.bad[~late].any()
    assert rows.null[late].mean() == pytest.approx(0.2, abs=0.01)
    assert rows.bad[late].mean() == pytest.approx(0.2 + 0.8 * 0.3, abs=0.01)


def test_a_day_is_on_average_worth_as_many_orders_as_it_has():
    rows, _ = rows_of(spread_sigma=0.5)
    assert rows.worth.mean() == pytest.approx(1, abs=0.01)
    orders = figure._by_day(rows)
    assert orders.mean() == pytest.approx(1000, rel=0.06)
    assert orders.std() == pytest.approx(150, rel=0.35)


# What the figure is there to show.


def test_at_the_defaults_a_fifth_of_the_takings_is_lost_for_some_days():
    days, loss = runs("days_to_notice"), runs("loss_so_far")
    assert days.min() >= 2 and np.median(days) <= 10
    np.testing.assert_allclose(loss / days, 0.2, rtol=0.2)


def test_in_a_wide_feed_the_range_misses_four_bad_rows_of_five():
    missed = 1 - runs("caught_share", **WIDE, **RANGE)
    assert missed.mean() == pytest.approx(0.78, abs=0.01)
    assert run(**RANGE).measures["caught_share"] == 1  # and none in a narrow one


def test_what_the_range_misses_in_a_wide_feed_is_nearly_all_of_the_money():
    without = runs("silent_error_share", **WIDE).mean()
    with_range = runs("silent_error_share", **WIDE, **RANGE).mean()
    assert with_range > 0.95 * without
    assert np.median(runs("days_to_notice", **WIDE, **RANGE)) > 7


def test_in_a_wide_feed_the_batch_check_refuses_the_first_bad_batch():
    assert (runs("days_to_notice", **WIDE, **BATCH) == 0).all()
    assert (runs("loss_so_far", **WIDE, **BATCH) == 0).all()


def test_one_bad_row_in_a_hundred_is_hidden_from_the_batch_check_as_well():
    values = WIDE | BATCH | {"affected_share": 0.01}
    assert figure._stop_errors(bound(**values))[1] < -2
    assert np.median(runs("days_to_notice", **values)) > 20
    assert runs("caught_share", **values).mean() < 0.5


def test_in_a_wide_feed_the_range_refuses_good_rows_that_hold_much_of_the_money():
    rows = runs("false_refusal_share", **WIDE, **RANGE).mean()
    takings = runs("refused_takings_share", **WIDE, **RANGE).mean()
    assert rows < 0.0025 and takings > 0.2


def test_a_wide_feed_has_a_total_that_never_rings():
    assert np.isinf(runs("days_to_notice", **WIDE, affected_share=1)).all()
    assert figure._usual(bound(**WIDE))[1] <= 0 < figure._usual(bound())[1]


def test_a_smaller_share_is_lost_for_longer():
    half, whole = (
        np.minimum(runs("days_to_notice", affected_share=share), 40).mean()
        for share in (0.1, 0.2)
    )
    assert half > 2 * whole


def test_rows_without_a_weight_are_lost_without_a_contract_and_told_with_one():
    only = {"affected_share": 0, "null_share": 0.05}
    assert run(**only).measures["silent_error_share"] == pytest.approx(0.05, abs=0.004)
    told = run(**only, **RANGE).measures
    assert told["silent_error_share"] == 0 and told["caught_share"] == 1


# Alarms.


def first_alarm(share, rng):
    """Days booked until the mean of seven normal totals is three errors short."""
    deviation = math.sqrt(0.15**2 + math.expm1(0.25) / 1000)
    days = [1.0] * 6
    for booked in range(1, 41):
        days.append((1 - share) * (1 + deviation * rng.standard_normal()))
        if np.mean(days[-7:]) < 1 - 3 * deviation / math.sqrt(7):
            return booked
    return 41


@pytest.mark.parametrize("share", [0.15, 0.3])
def test_the_total_rings_when_a_chart_of_normal_totals_does(share):
    found = np.minimum(runs("days_to_notice", 60, affected_share=share), 41)
    rng = np.random.default_rng(3)
    drawn = np.array([first_alarm(share, rng) for _ in range(1000)])
    error = math.hypot(found.std() / math.sqrt(60), drawn.std() / math.sqrt(1000))
    # the days before the change are not exactly as usual; drawn ones are
    assert abs(found.mean() - drawn.mean()) < 4 * error


def test_a_healthy_total_hardly_ever_rings():
    rung = [
        (run(seed, affected_share=0).columns["nearest_alarm"] > 1).mean()
        for seed in range(60)
    ]
    assert np.mean(rung) < 4 * norm.sf(3)


@pytest.mark.parametrize("share", [0.001, 0.02])
def test_a_batch_is_refused_by_chance_as_often_as_four_errors_say(share):
    """Healthy batches, against a limit moved to where chance reaches it."""
    level = norm.isf(share / 2) / figure.BATCH_ERRORS
    beyond = []
    for seed in range(40):
        rows, judged = rows_of(seed, affected_share=0, **BATCH)
        aside = figure._by_day(rows, np.abs(rows.sent) > figure.EDGE)
        errors = judged.nearest[judged.nearest * 0.1 > aside / figure._by_day(rows)]
        beyond.append((errors > level).sum() / figure.DAYS)
    error = math.sqrt(share / (40 * figure.DAYS))
    assert abs(np.mean(beyond) - share) < 4 * error


def test_a_missing_weight_has_no_say_in_the_mean_of_its_batch():
    values = BATCH | {"null_share": 0.05, "affected_share": 0.01}
    rows, judged = rows_of(**values)
    rows.sent[rows.null] = math.nan
    again = figure._judge(bound(**values), rows)
    np.testing.assert_array_equal(again.nearest, judged.nearest)


@pytest.mark.parametrize("null", [0, 0.5])
def test_a_batch_is_as_far_from_its_limit_as_theory_says(null):
    values = WIDE | BATCH | {"null_share": null, "affected_share": 0.5}
    rows, _ = rows_of(**values)
    present = (rows.day >= figure.CHANGE) & ~rows.null
    days = figure.DAYS - figure.CHANGE
    errors = -rows.sent[present].mean() * math.sqrt(present.sum() / days)
    spread = math.sqrt(1 + 0.25 * figure._shift(bound(**values)) ** 2)
    expected = figure._stop_errors(bound(**values))[1]
    assert (errors - 4) / spread == pytest.approx(expected, rel=0.08)


def test_the_chart_shows_the_nearest_alarm_before_any_rings():
    values = BATCH | {"factor": 1.1, "affected_share": 0.1}
    _, judged = rows_of(contract.SEED, **values)
    shown = run(**values).columns["nearest_alarm"]
    assert (shown >= judged.nearest).all() and (shown > judged.nearest).any()


@pytest.mark.parametrize("values", [{}, WIDE, WIDE | RANGE, BATCH, {"factor": 1.5}])
def test_the_loss_is_what_was_lost_before_the_first_alarm(values):
    found = run(**values)
    days, alarm = found.measures["days_to_notice"], found.columns["nearest_alarm"]
    rings = np.flatnonzero(alarm[figure.CHANGE :] > 1)
    lost = found.columns["silent"] + found.columns["known"]
    assert math.isinf(days) == (len(rings) == 0)
    until = figure.DAYS if math.isinf(days) else figure.CHANGE + int(days)
    assert found.measures["loss_so_far"] == pytest.approx(lost[:until].sum(), abs=1e-12)
    assert not found.columns["silent"][until:].any()


@pytest.mark.parametrize("contract_", ["none", "row_range", "row_range_and_batch"])
def test_without_a_bad_row_there_is_nothing_to_notice(contract_):
    rung = 0  # by chance, and about nothing
    for seed in range(100):
        found = run(seed, affected_share=0, contract=contract_)
        rung += (found.columns["nearest_alarm"][figure.CHANGE :] > 1).any()
        assert found.measures["days_to_notice"] == math.inf
        assert found.measures["loss_so_far"] == 0
        assert found.measures["silent_error_share"] == 0
    assert rung


def test_the_takings_of_a_day_are_right_or_refused_or_lost():
    for values in ({}, WIDE | RANGE, WIDE | BATCH, RANGE | {"null_share": 0.05}):
        columns = run(**values).columns
        lost = columns["silent"] + columns["known"]
        assert (columns["right"] <= columns["accepted"] + 1e-12).all()
        np.testing.assert_allclose(columns["accepted"] + lost, 1, atol=1e-12)


def test_theory_is_silent_where_chance_decides_about_a_batch():
    near = bound(affected_share=0.1, **RANGE)
    assert figure._surely_stopped(near) is None
    assert set(figure.closed_form(near)) == {"false_refusal_share"}


# Words.


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"affected_share": 0}, "No bad row arrives"),
        ({}, " days, when 1."),
        ({"affected_share": 1}, "after 1 day, when"),
        (WIDE, "no alarm rings in 40 days"),
        (WIDE | RANGE, "Though 21."),
        (WIDE | BATCH, "The first batch after the change is refused as it arrives"),
        (RANGE | {"affected_share": 0.05}, "Every bad row is refused and reported"),
        ({"null_share": 0.5, "affected_share": 1}, "almost 100 % of a day's takings"),
    ],
)
def test_the_sentence_fits_what_happened(values, said):
    assert said in run(**values).takeaway


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (0, "less than 0.01 usual days of takings are gone"),
        (0.9999, "1 usual day of takings is gone"),
        (1.386, "1.39 usual days of takings are gone"),
    ],
)
def test_the_loss_is_counted_in_days(days, said):
    assert figure._gone(days) == said


def test_the_docstring_names_the_constants():
    said = " ".join(figure.__doc__.split())
    assert (
        f"{figure.ORDERS:,} orders, give or take {figure.BUSY:.0%}".replace("%", " %")
        in said
    )
    assert f"From day {figure.CHANGE} on" in said
    words = {0.001: "one row in a thousand", 0.1: "a tenth of a batch"}
    assert words[figure.OUTSIDE] in said and words[figure.TOLERATED] in said
    assert (figure.BATCH_ERRORS, figure.CHART_ERRORS, figure.WEEK) == (4, 3, 7)
