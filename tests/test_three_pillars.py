"""The observability figure: against oracles, limits, and slower roads to its laws."""

import math
from functools import partial

import numpy as np
import pytest
from scipy import stats

from figures import _contract as contract
from figures import three_pillars as figure
from tests import replications

FIXES = {"alert_on": "p999", "sampling": "tail", "request_id_in_logs": "on"}

bound = partial(replications.bound, figure)
theory = partial(replications.theory, figure)
runs = partial(replications.runs, figure)


# Oracles: what a sample of share s catches. They count k affected requests, we let k be
# Poisson with that mean: the two differ by at most k s^2 exp(-k s) / 2.

CAUGHT = [
    pytest.param(0.01, 100, 0.6339676587267705, id="9.2"),
    pytest.param(0.001, 100, 0.09520785288629095, id="9.3"),
    pytest.param(0.01, 299, 0.95, id="9.5"),
    pytest.param(0.0009765625, 3067, 0.95, id="9.6"),
]


def affecting(requests, **values):
    """Values at which so many requests are affected in ten minutes, on average."""
    traffic = {"requests_per_minute": 10_000, "minutes": 10}
    return traffic | {"affected_share": requests / 100_000} | values


@pytest.mark.parametrize("share, k, expected", CAUGHT)
def test_a_sample_catches_the_fault_as_often_as_the_oracle_says(share, k, expected):
    values = affecting(k, trace_share=share)
    exact = theory(**values)["where_share"]
    gap = k * share**2 * math.exp(-k * share) / 2
    assert exact == pytest.approx(expected, abs=1.1 * gap + 1e-4 * (expected == 0.95))
    assert replications.close(runs("where_share", **values), exact)


@pytest.mark.parametrize("share", [0.001, 0.01, 0.3])
@pytest.mark.parametrize("mean", [10, 30, 300])
def test_the_share_caught_is_the_binomial_law_averaged_over_a_poisson_count(
    share, mean
):
    k = np.arange(int(mean + 20 * math.sqrt(mean) + 20))
    averaged = stats.poisson.pmf(k, mean) @ (1 - (1 - share) ** k)
    laws = figure._laws(bound(**affecting(mean, trace_share=share)))
    assert laws[1][10] == pytest.approx(averaged, rel=1e-9)


def test_nine_seven_tail_sampling_keeps_the_interesting_and_a_share_of_the_rest():
    interesting, healthy = 0.002, figure._above(figure.TAIL_MS)
    affected = (interesting - healthy) / (1 - healthy)
    values = {"affected_share": affected, "sampling": "tail", "trace_share": 0.01}
    exact = theory(**values)["kept_share"]
    assert exact == pytest.approx(0.011980000000000001, abs=1e-12)
    assert replications.close(runs("kept_share", **values), exact)


@pytest.mark.parametrize("slow_ms", [100, 1000, 10_000])
def test_nine_twelve_the_p99_of_all_lies_between_those_of_its_parts(slow_ms):
    healthy = figure._healthy_quantile(0.99)
    for share in (0.0001, 0.003, 0.02, 0.1):
        p99 = figure._quantile(bound(affected_share=share, slow_ms=slow_ms), 0.99)
        assert healthy < p99 < healthy + slow_ms


# The surprise.


def test_at_the_defaults_the_mean_hardly_moves_and_never_rings():
    exact = theory()
    assert exact["mean_ms"] == pytest.approx(31)
    assert exact["that_share"] == 0 and runs("that_share", 5).max() == 0
    assert theory(minutes=120)["that_share"] == 0


def test_at_the_defaults_one_per_cent_misses_the_incident_more_often_than_not():
    assert theory()["where_share"] == pytest.approx(1 - math.exp(-0.3))
    assert replications.close(runs("where_share"), 1 - math.exp(-0.3))


def test_the_p99_is_as_deaf_as_the_mean_and_the_p999_hears():
    assert theory(alert_on="p99")["that_share"] < 1e-3
    assert theory(alert_on="p999", minutes=5)["that_share"] > 0.9
    assert replications.close(runs("that_share", alert_on="p999", minutes=2), 0.6966, 5)


@pytest.mark.parametrize("missing", FIXES)
def test_two_pillars_of_three_still_leave_you_guessing(missing):
    two = {name: value for name, value in FIXES.items() if name != missing}
    assert theory(**two)["answered_share"] < 0.3
    assert runs("answered_share", 3, **two).max() < 0.35


def test_three_pillars_answer_every_incident():
    assert theory(**FIXES)["answered_share"] == 1
    assert runs("answered_share", 5, **FIXES).min() > 0.99


def test_hearing_more_costs_false_alarms():
    alarms = [
        theory(alert_on="p999", alert_factor=factor)["false_alarms_per_day"]
        for factor in (1.1, 1.5, 2)
    ]
    assert alarms[0] > 100 > alarms[1] > 1 > alarms[2]
    assert theory()["false_alarms_per_day"] == 0
    assert replications.close(runs("false_alarms_per_day", alert_on="p999"), alarms[1])


# Limits.


def test_a_sample_of_everything_finds_what_tail_sampling_finds():
    shares = [
        theory(minutes=1, **values)["where_share"]
        for values in ({"sampling": "tail"}, {"trace_share": 1})
    ]
    assert shares[0] == pytest.approx(shares[1])
    assert shares[0] == pytest.approx(1 - math.exp(-1))


def test_with_an_id_the_log_says_why_wherever_a_trace_says_where():
    run = contract.run(figure, {"request_id_in_logs": "on"})
    assert np.array_equal(run.columns["why"], run.columns["where"])
    assert run.measures["why_share"] > 0.2


def test_without_an_id_the_clock_does_for_a_demo_and_not_for_production():
    quiet = affecting(30, sampling="tail", slow_ms=100)
    quiet |= {"requests_per_minute": 10, "affected_share": 0.1, "minutes": 30}
    assert theory(**quiet)["why_share"] > 0.99
    assert runs("why_share", 3, **quiet).min() > 0.99
    busy = quiet | {"requests_per_minute": 10_000}
    assert theory(**busy)["why_share"] < 0.01
    assert runs("why_share", 3, **busy).max() < 0.01


def test_theory_has_no_p99_on_a_cliff():
    assert "p99_ms" not in theory(affected_share=0.01)
    assert {"p99_ms"} <= theory(affected_share=0.004).keys() & theory().keys()


def test_no_answer_comes_before_its_parts():
    for values in ({}, FIXES, {"requests_per_minute": 20, "affected_share": 0.1}):
        run = contract.run(figure, values)
        for end in ("", "_theory"):
            that, where, why, all_three = (
                run.columns[f"{name}{end}"] for name in figure.PILLARS
            )
            assert (why <= where + 1e-12).all()
            assert (all_three <= np.minimum(that, why) + 1e-12).all()
            assert (np.diff(all_three) >= -1e-12).all() and all_three[0] == 0


def test_the_measures_are_the_curves_at_the_chosen_minute():
    run = contract.run(figure, {"minutes": 77, "alert_on": "p999"})
    for name in figure.PILLARS:
        assert run.measures[f"{name}_share"] == run.columns[name][77]


# Slower roads to the same laws.


@pytest.mark.parametrize("level", [0.99, 0.999])
def test_a_healthy_latency_is_the_sum_of_five_times(level):
    law = stats.gamma(figure.SERVICES, scale=figure.STEP_MS)
    assert figure._healthy_quantile(level) == pytest.approx(law.ppf(level))
    assert figure._above(0) == figure._above(-50) == 1
    assert figure._above(figure.TAIL_MS) == pytest.approx(law.sf(figure.TAIL_MS))


@pytest.mark.parametrize(
    "limit_ms, affected, healthy, slow_ms",
    [
        pytest.param(33, 0, 10, 1000, id="nothing wrong, hardly any traffic"),
        pytest.param(45, 1, 9, 10_000, id="one slow request shows"),
        pytest.param(45, 1, 999, 1000, id="the defaults"),
        pytest.param(33, 3, 97, 100, id="on the edge"),
        pytest.param(60, 0.001, 10, 10_000, id="seldom and far away"),
        pytest.param(33, 12, 400, 300, id="many at once"),
    ],
)
def test_the_law_of_the_mean_is_the_sum_over_all_counts(
    limit_ms, affected, healthy, slow_ms
):
    found = figure._mean_is_above(limit_ms, affected, healthy, slow_ms)
    slow = np.arange(int(affected + 12 * math.sqrt(affected) + 12))[:, None]
    rest = np.arange(int(healthy + 12 * math.sqrt(healthy) + 12))
    beyond = limit_ms * (slow + rest) - slow_ms * slow
    services = figure.SERVICES * np.maximum(slow + rest, 1)
    above = stats.gamma.sf(beyond, services, scale=figure.STEP_MS)
    above[0, 0] = 0  # an empty minute
    weight = stats.poisson.pmf(slow, affected) * stats.poisson.pmf(rest, healthy)
    assert found == pytest.approx((weight * above).sum(), abs=2e-7)


@pytest.mark.parametrize("affected", [0.0, 3.0, 3000.0])
@pytest.mark.parametrize("slow_ms", [100, 10_000])
def test_the_law_of_the_mean_holds_in_heavy_traffic(affected, slow_ms):
    """A hundred thousand latencies are as good as normal."""
    mean = affected * (slow_ms - 2) - 2 * 97_000  # beyond a limit of 32
    square = affected * (180 + (slow_ms - 2) ** 2) + 97_000 * (180 + 4)
    normal = stats.norm.sf(-mean / math.sqrt(square))
    found = figure._mean_is_above(32, affected, 97_000, slow_ms)
    assert found == pytest.approx(normal, abs=0.005)


@pytest.mark.parametrize(
    "values",
    [
        {"alert_on": "mean", "requests_per_minute": 100, "affected_share": 0.02},
        {"alert_on": "p99", "requests_per_minute": 300, "affected_share": 0.008},
        {"alert_on": "p999", "requests_per_minute": 1500, "affected_share": 5e-4},
        {"alert_on": "p99", "requests_per_minute": 150, "affected_share": 0.05}
        | {"slow_ms": 100, "alert_factor": 2.2},
    ],
    ids=lambda values: f"{values['alert_on']} at {values['requests_per_minute']}/min",
)
def test_a_metric_rings_as_often_as_one_that_sorts_every_latency(values):
    params, rng = bound(**values), np.random.default_rng(5)
    limit, minutes = figure._limit(params), 1500
    rung = np.mean([reading(params, rng) > limit for _ in range(minutes)])
    exact = figure._chance(params, figure._affected(params), figure._healthy(params))
    assert 0.05 < exact < 0.95
    assert abs(rung - exact) < 4 * math.sqrt(exact * (1 - exact) / minutes)


def reading(params, rng):
    """The metric of one minute, from latencies drawn one by one."""
    n = rng.poisson(params.requests_per_minute)
    latency_ms = rng.exponential(figure.STEP_MS, (figure.SERVICES, n)).sum(axis=0)
    latency_ms += params.slow_ms * (rng.random(n) < params.affected_share)
    if params.alert_on == "mean":
        return latency_ms.mean()
    thousandths = {"p99": 990, "p999": 999}[params.alert_on]
    return np.sort(latency_ms)[-(-thousandths * n // 1000) - 1]


@pytest.mark.parametrize("alert_on, level", [("p99", 0.99), ("p999", 0.999)])
def test_a_percentile_is_above_what_too_few_are_below(alert_on, level):
    """The smallest latency that a share `level` does not exceed, by its rank."""
    times = figure._times_more(bound(alert_on=alert_on))
    assert times / (1 + times) == pytest.approx(level, rel=1e-12)
    above, below = np.arange(40)[:, None], np.arange(4000)
    rank = -(-times * (above + below) // (1 + times))
    weight = stats.poisson.pmf(above, 1.3) * stats.poisson.pmf(below, times)
    found = figure._is_outnumbered(1.3, times, times)
    assert found == pytest.approx((weight * (below < rank)).sum(), abs=1e-9)


def test_a_run_counts_ranks_as_theory_does():
    """At a hundred requests a minute, one rank too many would ring in 1.5 % more."""
    values = {"alert_on": "p99", "requests_per_minute": 100, "affected_share": 0.01}
    values |= {"minutes": 1, "slow_ms": 10_000}
    assert replications.close(
        runs("that_share", 100, **values), theory(**values)["that_share"]
    )


def test_the_clock_finds_a_request_when_no_other_started_meanwhile():
    params = bound(requests_per_minute=40, slow_ms=1000)
    gaps_ms = np.random.default_rng(3).exponential(60_000 / 40, 20_000)
    alone = (gaps_ms > 1000).mean()
    exact = figure._matched(params)
    assert abs(alone - exact) < 4 * math.sqrt(exact * (1 - exact) / 20_000)


def test_metric_and_trace_are_not_independent_and_theory_knows():
    """A minute with many affected requests rings, and is likelier to be sampled."""
    values = {"alert_on": "p999", "requests_per_minute": 4000, "minutes": 1}
    values |= {"request_id_in_logs": "on", "trace_share": 0.2, "affected_share": 8e-4}
    exact = theory(**values)
    product = exact["that_share"] * exact["why_share"]
    assert exact["answered_share"] > 1.15 * product
    assert replications.close(runs("answered_share", **values), exact["answered_share"])


# The sentence.


@pytest.mark.parametrize(
    "values, phrases",
    [
        ({}, ["After 30 min, the mean has rung in 0 %", "answer in 0 %", "30 ms."]),
        (FIXES, ["the p99.9 has rung in 100 %", "logs why in 100 %", "answer in 100"]),
        ({"minutes": 1}, ["After 1 min,"]),
        ({"affected_share": 1e-4, "slow_ms": 100}, ["the mean still reads 30 ms."]),
        ({"affected_share": 0.1}, ["the mean reads 1", "ms, healthy is 30 ms."]),
    ],
)
def test_the_sentence_says_what_each_pillar_knows(values, phrases):
    sentence = contract.run(figure, values, seed=1).takeaway
    assert all(phrase in sentence for phrase in phrases), sentence
