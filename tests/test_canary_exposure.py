"""The canary figure: against oracles, limits, and a slower road to the same numbers."""

import math
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from figures import _contract as contract
from figures import canary_exposure as figure
from tests import replications

SLOW = {"failure_share": 0.004, "baseline_failure_share": 0.02, "stop_after": 5}
SLOW |= {"requests_per_s": 50, "bake_min": 10}

bound = partial(replications.bound, figure)
theory = partial(replications.theory, figure)
runs = partial(replications.runs, figure)


def watch(rule, fails, limit, releases, seed=1):
    """The figure's own watching, of so many releases alike."""
    rng = contract.generator(seed)
    full = np.full(releases, 1.0)
    seen, failed, noticed = figure._watch(rule, fails * full, limit * full, rng)
    return SimpleNamespace(seen=seen, failed=failed, noticed=noticed)


# Oracles: harm, and time until rolled back, of the rule that counts.

HARM_AND_TIME = [
    pytest.param(0.01, [22.0, 110.0], id="4.12"),
    pytest.param(0.05, [70.0, 70.0], id="4.13"),
]


@pytest.mark.parametrize("share, expected", HARM_AND_TIME)
def test_theory_gives_the_oracles_harm_and_time(share, expected):
    exact = theory(canary_share=share, baseline_failure_share=0)
    found = [exact["users_harmed"], exact["detect_s"]]
    assert found == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("share, expected", HARM_AND_TIME)
def test_releases_give_the_oracles_harm_and_time(share, expected):
    for name, exact in zip(("users_harmed", "detect_s"), expected, strict=True):
        assert replications.close(
            runs(name, canary_share=share, baseline_failure_share=0), exact
        )


def test_everyone_at_once_is_harmed_as_the_oracle_says():
    exact = theory(baseline_failure_share=0)
    assert exact["users_harmed_big_bang"] == pytest.approx(1210, rel=1e-9)
    assert exact["detect_s_big_bang"] == pytest.approx(60.5, rel=1e-9)


# Oracles: how many requests show one failure. They count requests one by one, we let
# them arrive at random: the two differ by at most n p^2 exp(-n p) / 2.


@pytest.mark.parametrize(
    "p, n, expected",
    [
        pytest.param(0.001, 1000, 0.6323045752290359, id="4.1"),
        pytest.param(0.001, 3000, 0.9502876060019637, id="4.2"),
        pytest.param(0.01, 100, 0.6339676587267705, id="4.3"),
        pytest.param(0.001, 2995, 0.95, id="4.4"),
        pytest.param(0.01, 299, 0.95, id="4.5"),
        pytest.param(0.0029912495450953314, 1000, 0.95, id="4.8"),
    ],
)
def test_a_bake_of_so_many_requests_shows_the_bug_as_often_as_the_oracle_says(
    p, n, expected
):
    values = {
        "failure_share": p,
        "requests_per_s": n / 60,
        "bake_min": 1,
        "canary_share": 1,
        "baseline_failure_share": 0,
        "stop_after": 1,
    }
    gap = n * p**2 * math.exp(-n * p) / 2 + p**2 + 1e-4 * (expected == 0.95)
    assert theory(**values)["detected_share"] == pytest.approx(expected, abs=1.1 * gap)
    assert replications.close(
        runs("detected_share", **values), theory(**values)["detected_share"]
    )


# Oracles: harm in proportion to exposure, while nobody reacts.


def test_four_ten_a_fifth_of_errors_for_a_twentieth_of_users_is_one_per_cent():
    unseen = {"stop_after": 100, "requests_per_s": 10, "bake_min": 1}
    unseen |= {"canary_share": 0.05, "failure_share": 0.2}
    exact = theory(**unseen, baseline_failure_share=0)["users_harmed"]
    assert exact / (10 * 60) == pytest.approx(0.01, rel=1e-9)
    assert replications.close(
        runs("users_harmed", **unseen, baseline_failure_share=0), 6.0
    )


def test_four_fifteen_a_fixed_bake_harms_in_proportion_to_its_length():
    unseen = {"stop_after": 100, "bake_min": 1, "baseline_failure_share": 0}
    assert replications.close(10 * runs("users_harmed", **unseen), 600.0)


# Oracles: the sequential rule.


@pytest.mark.parametrize("share", [0.001, 0.02, 0.3])
@pytest.mark.parametrize("baseline", [0.0001, 0.005, 0.02])
def test_four_twenty_four_the_sequential_rule_rarely_stops_a_healthy_version(
    share, baseline
):
    values = {"failure_share": share, "baseline_failure_share": baseline}
    stopped = runs("false_rollback_share", 5, rule="sequential", **values)
    error = math.sqrt(0.05 * 0.95 / (len(stopped) * figure.RELEASES))
    assert stopped.mean() < 0.05 + 4 * error
    assert theory(rule="sequential", **values).get("false_rollback_share", 0) < 0.05


def test_wald_tells_how_many_requests_the_sequential_rule_needs():
    """Oracles 4.16 and 4.17 give E1[z]; evidence ends within one failure of 1/alpha."""
    upper, lower = 2.8903717578961645, -2.251291798606495  # 4.16
    requests = 607.16310203928  # 4.17, p0 = 0.01, p1 = 0.02
    per_request = (0.9 * upper + 0.1 * lower) / requests
    needed, one_failure = math.log(1 / figure.ALPHA), math.log(2)
    values = {"rule": "sequential", "baseline_failure_share": 0.01}
    params = bound(**values, failure_share=0.01 / 0.99, canary_share=1, reaction_s=0)
    seen = figure.closed_form(params)["detect_s"] * params.requests_per_s
    assert needed < seen * per_request < needed + one_failure


def test_the_sequential_rule_stops_when_the_evidence_is_twenty_to_one():
    params = bound(rule="sequential", failure_share=0.003)
    healthy, broken = params.baseline_failure_share, figure._failing(params)
    release = watch(figure._rule(params), broken, 1e9, 2000)
    one_failure = math.log(broken / healthy)
    evidence = release.failed * one_failure - (broken - healthy) * release.seen
    assert release.noticed.all()
    assert evidence.min() >= math.log(20) - 1e-9
    assert evidence.max() < math.log(20) + one_failure


def test_one_failure_is_proof_where_a_healthy_version_never_fails():
    exact = theory(rule="sequential", baseline_failure_share=0, reaction_s=0)
    assert exact["users_harmed"] == pytest.approx(1, rel=1e-9)


# The surprise.


def test_the_smaller_the_canary_the_later_it_is_noticed():
    shares = [0.001, 0.01, 0.05, 0.3, 1]
    times = [theory(canary_share=share, bake_min=240)["detect_s"] for share in shares]
    assert times == sorted(times, reverse=True)
    assert times[0] - 60 == pytest.approx(1000 * (times[-1] - 60))


def test_without_a_reaction_time_the_share_decides_nothing():
    for share in (0.005, 0.05, 0.5):
        exact = theory(canary_share=share, reaction_s=0)
        assert exact["users_harmed"] == pytest.approx(exact["users_harmed_big_bang"])
        assert exact["users_harmed"] == pytest.approx(
            exact["harmed_to_notice"], rel=0.01
        )


def test_a_second_of_reaction_harms_as_many_as_meet_the_bug_in_it():
    exact = [theory(reaction_s=s)["users_harmed"] for s in (60, 61)]
    assert exact[1] - exact[0] == pytest.approx(1000 * 0.05 * 0.02 * 0.999)
    samples = runs("users_harmed", reaction_s=600)
    assert replications.close(samples, exact[0] + 540 * (exact[1] - exact[0]))


def test_a_canary_of_everyone_is_everyone_at_once():
    exact = theory(canary_share=1)
    assert exact["users_harmed"] == exact["users_harmed_big_bang"]
    assert exact["detect_s"] == exact["detect_s_big_bang"]


def test_blue_green_pays_for_one_second_and_never_for_more_than_the_reaction():
    exact = theory(baseline_failure_share=0)["users_harmed_blue_green"]
    assert exact == pytest.approx(10 + 1000 * 0.02 * 1)
    instant = theory(baseline_failure_share=0, reaction_s=0)
    assert instant["users_harmed_blue_green"] == instant["users_harmed_big_bang"]


def test_counting_stops_more_healthy_versions_the_more_traffic_it_watches():
    shares = [theory(canary_share=f)["false_rollback_share"] for f in (0.01, 0.05, 0.2)]
    assert shares == sorted(shares) and shares[0] < 0.05 < 0.25 < shares[1]
    assert replications.close(runs("false_rollback_share", canary_share=0.2), shares[2])


def test_a_version_that_never_fails_is_never_rolled_back():
    for rule in figure.RULES:
        values = {"rule": rule, "baseline_failure_share": 0, "stop_after": 1}
        assert runs("false_rollback_share", **values).max() == 0


# A slower road: one failure after another.


@pytest.mark.parametrize(
    "rule, fails, limit",
    [
        pytest.param((5, 0.02), 0.024, 20_000, id="a weak bug in a noisy baseline"),
        pytest.param((40, 0.02), 0.0205, 100_000, id="a healthy version, nearly"),
        pytest.param((600, 0.02), 0.0206, 400_000, id="jumps far from the line"),
        pytest.param((10, 0.0), 0.02, 500, id="no baseline, a short bake"),
        pytest.param((1.2, 0.03), 0.01, 5000, id="drifting away"),
    ],
)
def test_jumping_and_stepping_come_to_the_same(rule, fails, limit):
    jumped = watch(rule, fails, limit, 3000)
    stepped = step(rule, fails, limit, 600, np.random.default_rng(2))
    for name in ("seen", "failed", "noticed"):
        a, b = getattr(jumped, name), getattr(stepped, name)
        error = math.hypot(a.std() / len(a) ** 0.5, b.std() / len(b) ** 0.5)
        assert abs(a.mean() - b.mean()) <= 4 * error, name
    late = jumped.noticed & (jumped.failed < rule[0] + rule[1] * jumped.seen)
    assert not late.any() and (jumped.seen <= limit).all()


def step(rule, fails, limit, releases, rng):
    """The same as `figure._watch`, one failure at a time."""
    seen, failed, noticed = (np.zeros(releases) for _ in range(3))
    steps = int(fails * limit + 8 * math.sqrt(fails * limit) + 20)
    for i in range(releases):
        at = rng.exponential(1 / fails, steps).cumsum()
        count = np.arange(1, steps + 1)
        over = (count >= rule[0] + rule[1] * at) & (at <= limit)
        noticed[i] = over.any()
        last = over.argmax() if over.any() else np.searchsorted(at, limit) - 1
        seen[i] = at[last] if over.any() else limit
        failed[i] = last + 1
    return SimpleNamespace(seen=seen, failed=failed, noticed=noticed)


def test_theory_follows_a_weak_bug_in_a_noisy_baseline():
    exact = theory(**SLOW)
    assert 0.1 < exact["detected_share"] < 0.95
    for name in ("users_harmed", "detect_s", "detected_share", "harmed_to_notice"):
        assert replications.close(runs(name, **SLOW), exact[name]), name


def test_theory_is_silent_where_it_would_take_too_long():
    exact = theory(**SLOW | {"failure_share": 1e-4, "requests_per_s": 10_000})
    assert "users_harmed_big_bang" not in exact and "detected_share" not in exact


# Curves and sentence.


def test_the_curves_rise_to_the_mean_harm_and_the_canary_stays_below_everyone():
    run = contract.run(figure)
    curves = [run.columns[name] for name in ("canary", "everyone", "blue_green")]
    assert all((np.diff(curve) >= 0).all() for curve in curves)
    ends = ("users_harmed", "users_harmed_big_bang", "users_harmed_blue_green")
    for curve, name in zip(curves, ends, strict=True):
        assert curve[-1] == pytest.approx(run.measures[name], rel=0.05)
    assert (curves[0] <= curves[1] + 1e-9).all()
    assert (curves[2] <= curves[1] + 1e-9).all()


def test_without_chance_the_curve_ends_where_theory_says():
    columns = contract.run(figure, {"baseline_failure_share": 0}).columns
    assert columns["canary_theory"][-1] == pytest.approx(70)
    assert columns["everyone_theory"][-1] == pytest.approx(1210)


@pytest.mark.parametrize(
    "values, phrases",
    [
        ({}, ["canary of 5 %", "users are harmed in 70.", "1,210 users", "either way"]),
        ({"reaction_s": 0}, ["the share decides only how soon"]),
        ({"canary_share": 1}, ["With everyone at once, 1,2"]),
        ({"requests_per_s": 10, "canary_share": 0.001}, ["stays hidden", "30 min"]),
        (
            {"canary_share": 0.003, "bake_min": 3},
            ["% of releases", "on average"],
        ),
        (
            {"stop_after": 1, "baseline_failure_share": 0, "reaction_s": 0},
            ["1 user is harmed in"],
        ),
        (
            {"rule": "sequential", "reaction_s": 0, "requests_per_s": 10_000}
            | {"failure_share": 1, "baseline_failure_share": 0},
            ["less than 0.001 s"],
        ),
    ],
)
def test_the_sentence_says_who_is_harmed_and_for_how_long(values, phrases):
    sentence = contract.run(figure, values).takeaway
    assert all(phrase in sentence for phrase in phrases), sentence


def test_a_bug_that_the_bake_does_not_show_is_never_rolled_back():
    values = {"requests_per_s": 1, "canary_share": 0.001, "failure_share": 0.0001}
    measures = contract.run(figure, values).measures
    assert measures["detected_share"] == 0 and math.isinf(measures["detect_s"])
