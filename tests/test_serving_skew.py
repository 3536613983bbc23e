"""The serving figure: against oracles, and against purchases drawn one by one."""

import math

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from figures import _contract as contract
from figures import serving_skew as figure

ALIKE = {"timezone_shift_h": 0, "null_share": 0, "unknown_share": 0}
PURCHASES = 400  # in one request: many enough for the model in the docstring
SKEWED = [
    {},
    {"timezone_shift_h": 8, "null_share": 0},
    {"timezone_shift_h": 0, "null_share": 0.3, "null_fill": "zero"},
    {"timezone_shift_h": 0, "unknown_share": 0.4, "unknown_as": "left_out"},
    {"timezone_shift_h": -5, "unknown_share": 0.3, "null_fill": "zero"},
    {"unknown_share": 0.3, "unknown_as": "left_out", "null_fill": "zero"},
]


def bound(**values):
    return contract.bind(figure.PARAMETERS, values)


def theory(**values):
    return figure.closed_form(bound(**values))


def runs(name, replications=100, **values):
    """One measure in many replications."""
    params = bound(**values)
    streams = contract.generator(contract.SEED).spawn(replications)
    return np.array([figure.simulate(params, rng)[1][name] for rng in streams])


def close(samples, exact, errors=4):
    """The mean of the samples is within so many standard errors."""
    error = samples.std(ddof=1) / math.sqrt(len(samples))
    assert 0 < error < 0.05 * abs(exact)
    return abs(samples.mean() - exact) < errors * error


# Oracles: each skew alone, at separation 3.

ONE_SKEW = [
    pytest.param({"timezone_shift_h": 1}, 0.9263156718324239, id="7.2"),
    pytest.param({"timezone_shift_h": 3}, 0.8555778168267576, id="7.3"),
    pytest.param({"timezone_shift_h": 5}, 0.6510765530095696, id="7.4"),
    pytest.param({"timezone_shift_h": 6}, 0.5, id="7.5"),
    pytest.param({"timezone_shift_h": 8}, 0.22662735237686826, id="7.6"),
    pytest.param(
        {"unknown_share": 0.1, "unknown_as": "left_out"}, 0.9226355382573107, id="7.15"
    ),
    pytest.param(
        {"unknown_share": 0.2, "unknown_as": "left_out"}, 0.9101437525605001, id="7.17"
    ),
    pytest.param({"unknown_share": 0.2}, 0.8849303297782918, id="7.18"),
    pytest.param({"unknown_share": 0.5}, 0.7733726476231317, id="7.20"),
]


@pytest.mark.parametrize(("skew", "expected"), ONE_SKEW)
def test_theory_of_one_skew_is_the_oracles(skew, expected):
    found = theory(**(ALIKE | skew))["accuracy_online"]
    assert found == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize(("skew", "expected"), ONE_SKEW)
def test_requests_under_one_skew_are_right_as_often_as_the_oracle_says(skew, expected):
    assert close(runs("accuracy_online", **(ALIKE | skew)), expected)


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        pytest.param(1, 0.041666666666666664, id="7.8"),
        pytest.param(8, 0.3333333333333333, id="7.10"),
        pytest.param(-8, 0.3333333333333333, id="7.10 behind"),
    ],
)
def test_as_many_purchases_change_their_day_as_the_oracle_says(hours, expected):
    assert theory(timezone_shift_h=hours)["wrong_day_share"] == pytest.approx(
        expected, abs=1e-12
    )
    assert close(runs("wrong_day_share", timezone_shift_h=hours), expected)


def affine(weights, mean, change, offset):
    """Accuracy of frozen weights on features that serving changes (science 7.1)."""
    weights, change = np.array(weights), np.array(change)
    spread = math.sqrt(weights @ change @ change.T @ weights)
    moved, still = weights @ change @ np.array(mean), weights @ np.array(offset)
    return (norm.cdf((moved + still) / spread) + norm.cdf((moved - still) / spread)) / 2


def test_seven_eleven_holds_for_the_general_form_that_the_next_test_uses():
    half = [1.0, 0.75]
    found = affine(half, half, np.eye(2), [0.5, 0])
    assert found == pytest.approx(0.8764329944218298, abs=1e-10)


@pytest.mark.parametrize("values", SKEWED)
def test_all_skews_together_are_one_linear_change_of_the_features(values):
    """What both read along and across the signal, and then what serving makes up."""
    params = bound(**values)
    kept, turned = figure._kept(params), math.tau * params.timezone_shift_h / 24
    zero, left_out = params.null_fill == "zero", params.unknown_as == "left_out"
    known, whole = 1 - params.unknown_share, 1 - params.null_share
    filled = params.null_share * (known if left_out else 1) * 4 * zero
    taken = 0 if left_out else params.unknown_share * whole
    change = np.zeros((3, 3))
    change[0] = [
        math.sqrt(kept) * math.cos(turned),
        -math.sqrt(kept) * math.sin(turned),
        math.sqrt(filled + taken),
    ]
    mean = [math.sqrt(kept) * params.separation / 2, 0, 0]
    exact = affine([1, 0, 0], mean, change, [0, 0, 0])
    found = figure.closed_form(params)["accuracy_online"]
    assert found == pytest.approx(exact, abs=1e-12)


@pytest.mark.parametrize("measure", ["accuracy_online", "changed_share"])
@pytest.mark.parametrize("values", SKEWED)
def test_requests_under_all_skews_are_judged_as_theory_says(values, measure):
    assert close(runs(measure, **values), theory(**values)[measure])


# A slower road: every purchase of every request, through two real transforms.


def purchases(params, n, rng):
    """Classes and n requests of PURCHASES: amount, missing, kind, unknown, hour.

    The amount of a kind of weight 1 leans towards noon in one class and towards
    midnight in the other; of a kind of weight -1 it leans the other way.
    """
    label = rng.choice([-1, 1], n)
    size = (n, PURCHASES)
    weight, hour = rng.choice([-1.0, 1.0], size), rng.uniform(0, 24, size)
    lean = label[:, None] * params.separation / (2 * math.sqrt(PURCHASES))
    signal = weight * math.sqrt(2) * np.cos(math.tau * hour / 24)
    amount = 10 * (figure.MEAN_AMOUNT + lean * signal + rng.standard_normal(size))
    missing = rng.random(size) < params.null_share
    unknown = rng.random(size) < params.unknown_share
    return label, amount, missing, weight, unknown, hour


def contribution(amount, weight, hour):
    """What one purchase adds to the score."""
    standardised = amount / 10 - figure.MEAN_AMOUNT
    clock = math.sqrt(2) * np.cos(math.tau * hour / 24)
    return weight * standardised * clock / math.sqrt(PURCHASES)


def one_by_one(params, n, rng):
    """Offline right, online right, and answers alike, from purchases one by one."""
    label, amount, missing, weight, unknown, hour = purchases(params, n, rng)
    good = ~missing & ~unknown
    offline = np.where(good, contribution(amount, weight, hour), 0).sum(axis=1)
    _, amount_2, _, weight_2, _, hour_2 = older = purchases(params, n, rng)
    flipped = (older[0] != label)[:, None]  # the older purchases are the same person's
    more = contribution(amount_2, np.where(flipped, -weight_2, weight_2), hour_2)
    offline += np.where(good, 0, more).sum(axis=1)
    fill = 10 * figure.MEAN_AMOUNT if params.null_fill == "train_mean" else 0
    if params.unknown_as == "left_out":
        taken = np.where(unknown, 0, weight)
    else:
        taken = np.where(unknown, rng.permuted(weight, axis=1), weight)
    served = contribution(
        np.where(missing, fill, amount), taken, hour + params.timezone_shift_h
    ).sum(axis=1)
    return (
        np.sign(offline) == label,
        np.sign(served) == label,
        np.sign(served) == np.sign(offline),
    )


@pytest.mark.parametrize("values", SKEWED)
def test_scores_have_the_law_of_purchases_drawn_one_by_one(values):
    n, params = 4000, bound(**values)
    exact = figure.closed_form(params)
    found = one_by_one(params, n, np.random.default_rng(1))
    expected = (
        exact["accuracy_offline"],
        exact["accuracy_online"],
        1 - exact["changed_share"],
    )
    for drawn, share in zip(found, expected, strict=True):
        assert abs(drawn.mean() - share) < 4 * math.sqrt(share * (1 - share) / n)


def test_purchases_are_many_enough_for_a_score_of_variance_one():
    label, amount, _, weight, _, hour = purchases(
        bound(), 4000, np.random.default_rng(2)
    )
    score = label * contribution(amount, weight, hour).sum(axis=1)
    assert score.mean() == pytest.approx(1.5, abs=4 / math.sqrt(4000))
    assert score.var() == pytest.approx(1, abs=4 * math.sqrt(2 / 4000))


@pytest.mark.parametrize("correlation", [-0.999, -0.5, 0, 0.3, 0.9, 0.999])
@pytest.mark.parametrize(("a", "b"), [(1.5, 0.2), (0.5, -1.5), (2.0, 2.0), (1, -1)])
def test_two_scores_are_both_positive_as_often_as_scipy_says(a, b, correlation):
    cov = [[1, correlation], [correlation, 1]]
    exact = multivariate_normal([0, 0], cov).cdf([a, b])
    assert figure._both_positive(a, b, correlation) == pytest.approx(exact, abs=1e-5)


@pytest.mark.parametrize("values", SKEWED)
def test_a_request_is_right_as_often_as_if_its_class_were_drawn(values):
    params, rng = bound(**values), np.random.default_rng(3)
    score, *_ = figure._two_paths(params, rng)
    upper = 1 / (1 + np.exp(-params.separation * score))
    right = (rng.random(len(score)) < upper) == (score > 0)
    exact = norm.cdf(params.separation / 2)
    assert abs(right.mean() - exact) < 4 * math.sqrt(exact * (1 - exact) / len(score))


# Surprises, limits, and what must not happen.


@pytest.mark.parametrize("hours", [7, 8, -8, 12])
@pytest.mark.parametrize("separation", [1, 2, 4])
def test_a_clock_more_than_six_hours_off_is_worse_than_a_coin(hours, separation):
    run = contract.run(figure, {"timezone_shift_h": hours, "separation": separation})
    assert run.measures["accuracy_online"] < 0.495
    assert run.takeaway.endswith(": a coin would do better.")


def test_the_better_the_model_the_worse_it_is_on_a_clock_eight_hours_off():
    online = [
        contract.run(figure, {"timezone_shift_h": 8, "separation": d}).measures
        for d in (1, 2, 3, 4)
    ]
    accuracies = [measures["accuracy_online"] for measures in online]
    assert accuracies == sorted(accuracies, reverse=True)


def test_half_a_day_off_the_model_gives_every_answer_the_other_way_round():
    values = ALIKE | {"timezone_shift_h": 12}
    measures = contract.run(figure, values).measures
    assert measures["changed_share"] == 1
    assert measures["accuracy_online"] == pytest.approx(
        1 - measures["accuracy_offline"]
    )


def test_paths_that_differ_in_nothing_give_the_same_answers():
    measures = contract.run(figure, ALIKE).measures
    assert measures["changed_share"] == measures["accuracy_lost"] == 0
    assert theory(**ALIKE)["changed_share"] == 0


@pytest.mark.parametrize("values", SKEWED)
def test_one_transform_for_both_leaves_nothing_to_differ(values):
    run = contract.run(figure, values | {"shared_transform": "on"})
    assert run.measures["changed_share"] == run.measures["accuracy_lost"] == 0
    assert run.measures["wrong_day_share"] == 0
    assert np.all(run.columns["online"] == run.columns["online"][0])
    assert run.columns["online"][0] == pytest.approx(run.measures["accuracy_offline"])


def test_a_clock_ahead_costs_what_a_clock_behind_costs():
    ahead, behind = (theory(timezone_shift_h=h) for h in (4, -4))
    assert ahead == pytest.approx(behind, abs=1e-12)
    both = [runs("accuracy_online", 8, timezone_shift_h=h).mean() for h in (4, -4)]
    assert both[0] == pytest.approx(both[1], abs=0.005)


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5])
@pytest.mark.parametrize("fill", ["train_mean", "zero"])
def test_filling_costs_something_and_zero_costs_more(share, fill):
    values = ALIKE | {"null_share": share}
    lost = {
        fill: contract.run(figure, values | {"null_fill": fill}).measures[
            "accuracy_lost"
        ]
        for fill in ("train_mean", "zero")
    }
    assert 0 < lost["train_mean"] < lost["zero"]


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5])
def test_an_unknown_kind_is_better_left_out_than_taken_for_another(share):
    lost = [
        contract.run(
            figure, ALIKE | {"unknown_share": share, "unknown_as": way}
        ).measures["accuracy_lost"]
        for way in ("left_out", "other_kind")
    ]
    assert 0 < lost[0] < lost[1]


def test_each_skew_is_some_points_and_all_together_are_another_model():
    alone = (
        {"timezone_shift_h": 3},
        {"null_share": 0.1, "null_fill": "zero"},
        {"unknown_share": 0.2},
    )
    together = ALIKE | alone[0] | alone[1] | alone[2]
    lost = [theory(**(ALIKE | skew))["accuracy_lost"] for skew in alone]
    assert all(0.04 < points < 0.09 for points in lost)
    assert theory(**together)["accuracy_lost"] > 0.17
    assert theory(**together)["changed_share"] > 0.22


@pytest.mark.parametrize("values", SKEWED)
def test_accuracy_lost_is_never_more_than_the_answers_that_differ(values):
    """So the disagreement of two paths, which needs no labels, bounds the damage."""
    measures = contract.run(figure, values).measures
    assert 0 < measures["accuracy_lost"] < measures["changed_share"]


def test_the_curve_passes_through_the_setting():
    for hours in (-12, -3.5, 0, 6, 12):
        run = contract.run(figure, {"timezone_shift_h": hours})
        (point,) = run.columns["online"][run.columns["shift_h"] == hours]
        assert point == pytest.approx(run.measures["accuracy_online"], abs=1e-12)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "With serving’s clock 3 h ahead and 10 % of amounts filled with their"),
        ({"timezone_shift_h": -5.5}, "clock 5.5 h behind"),
        ({"null_fill": "zero"}, "10 % of amounts filled with zero, a model"),
        ({"unknown_share": 0.2}, "and 20 % of kinds taken for others, a model"),
        ({"unknown_share": 0.2, "unknown_as": "left_out"}, "20 % of kinds left out"),
        ({"timezone_shift_h": 6}, "online: a coin would do as well."),
        (ALIKE, "A model that is right"),
        (ALIKE, "; 0 % of its answers differ."),
        ({"shared_transform": "on"}, "With one transform for both, the model"),
    ],
)
def test_takeaway_says_what_serving_does_and_what_it_costs(values, said):
    assert said in contract.run(figure, values).takeaway
