"""Tail latency: the paper's numbers, order statistics, hedges, and every call drawn."""

import math

import numpy as np
import pytest
from scipy import stats

from figures import _contract as contract
from figures import tail_latency as figure


def theory(**values):
    """The closed form at these values."""
    return figure.closed_form(contract.bind(figure.PARAMETERS, values))


@pytest.mark.parametrize(
    ("slow_share", "fan_out", "expected"),
    [
        pytest.param(0.01, 100, 0.6339676587267705, id="1.1"),
        pytest.param(0.01, 10, 0.09561792499119552, id="1.5"),
    ],
)
def test_share_of_requests_that_wait_is_one_minus_the_power(
    slow_share, fan_out, expected
):
    found = theory(slow_share=slow_share, fan_out=fan_out)["slow_requests_share"]
    assert found == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("k", "n", "q", "expected"),
    [
        pytest.param(100, 100, 0.99, 0.9998995016917583, id="1.9"),
        pytest.param(1000, 1000, 0.99, 0.9999899497146509, id="1.12"),
        pytest.param(95, 100, 0.5, 0.9434879787108043, id="1.21"),
        pytest.param(95, 100, 0.99, 0.9818525478262189, id="1.22"),
        pytest.param(99, 100, 0.99, 0.9985080817687696, id="1.23"),
    ],
)
def test_quantile_of_a_call_behind_a_quantile_of_the_request(k, n, q, expected):
    assert figure.call_level(n, k, q) == pytest.approx(expected, abs=1e-10)
    assert stats.beta.ppf(q, k, n - k + 1) == pytest.approx(expected, abs=1e-10)


def test_median_request_of_a_hundred_calls_is_the_p99_3_of_a_call():
    sentence = contract.run(figure, {"fan_out": 100}).takeaway
    assert sentence.endswith("the median request takes as long as the p99.3 of a call.")


def test_a_fixed_call_hedged_at_its_p95_costs_five_per_cent_more_calls():
    """Oracle 1.30: the extra share is the survival at the hedge."""
    assert theory(hedge_at="p95")["extra_calls_share"] == pytest.approx(0.05, abs=1e-12)


def test_a_hedge_leaves_about_a_hundredth_of_the_slow_requests():
    """Oracle 1.37 for two-valued calls is 0.00995; lognormal spread adds a little."""
    hedged = theory(fan_out=100, hedge_at="p95")["slow_requests_share"]
    assert 0.00995 <= hedged < 0.0105


def every_call_drawn(params, rng, requests):
    """Slow share and quantiles of requests whose every call is drawn: the long road."""
    size = (requests, params.fan_out)
    slow = rng.random(size) < params.slow_share

    def latency(slow):
        z = rng.standard_normal(slow.shape)
        sigma = np.where(slow, figure.SLOW_SIGMA, figure.FAST_SIGMA)
        return np.where(slow, params.slow_ms, params.median_ms) * np.exp(sigma * z)

    call = latency(slow)
    if params.hedge_at != "off":
        level = int(params.hedge_at[1:]) / 100
        after = figure._times_at(figure._unhedged(params), [level])[0]
        second_slow = rng.random(size) < params.slow_share
        second = after + latency(second_slow)
        wins = (call > after) & (second < call)
        call, slow = np.where(wins, second, call), np.where(wins, second_slow, slow)
    awaited = max(1, math.ceil(params.wait_for * params.fan_out - 1e-9))
    request = np.sort(call, axis=1)[:, awaited - 1]
    return (slow & (call <= request[:, None])).any(axis=1), request


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"fan_out": 100},
        {"fan_out": 50, "hedge_at": "p90", "slow_share": 0.05},
        {"fan_out": 40, "wait_for": 0.9, "slow_share": 0.1},
        {"fan_out": 20, "wait_for": 0.8, "slow_share": 0.2, "hedge_at": "p95"},
        {"fan_out": 5, "median_ms": 200, "slow_ms": 100, "slow_share": 0.2},
    ],
    ids=str,
)
def test_one_draw_for_a_request_is_as_good_as_drawing_every_call(values):
    params = contract.bind(figure.PARAMETERS, values)
    requests = 20_000
    waited, request = every_call_drawn(params, np.random.default_rng(1), requests)
    run = contract.run(figure, values, seed=2)
    share = run.measures["slow_requests_share"]
    error = math.sqrt(
        max(share * (1 - share), 1e-4) * (1 / requests + 1 / figure.REQUESTS)
    )
    assert abs(waited.mean() - share) < 5 * error
    for level, name in ((0.5, "p50_ms"), (0.95, "p95_ms")):
        below = (request <= run.measures[name]).mean()
        error = math.sqrt(level * (1 - level) * (1 / requests + 1 / figure.REQUESTS))
        assert abs(below - level) < 5 * error, name


def test_no_slow_call_means_that_nobody_waits():
    run = contract.run(figure, {"slow_share": 0, "fan_out": 2000})
    assert run.measures["slow_requests_share"] == 0


def test_a_request_of_one_call_is_that_call():
    run = contract.run(figure, {"fan_out": 1, "slow_share": 0.2})
    assert run.measures["p50_ms"] == pytest.approx(
        run.measures["call_p50_ms"], rel=0.02
    )


def test_waiting_for_fewer_answers_never_takes_longer():
    shares = [1, 0.99, 0.95, 0.8, 0.5]
    found = [theory(fan_out=100, slow_share=0.02, wait_for=s) for s in shares]
    for name in ("slow_requests_share", "p50_ms"):
        assert sorted((f[name] for f in found), reverse=True) == [
            f[name] for f in found
        ]


def test_a_mistake_of_one_per_cent_in_a_rate_would_be_seen():
    """The standard error of 100 runs is small enough to tell 1 % from 1.01 %."""
    params = contract.bind(figure.PARAMETERS, {})
    streams = contract.generator(contract.SEED).spawn(100)
    runs = [figure.simulate(params, s)[1]["slow_requests_share"] for s in streams]
    error = np.std(runs, ddof=1) / math.sqrt(100)
    wrong = theory(slow_share=0.0101)["slow_requests_share"]
    assert abs(np.mean(runs) - wrong) > 2 * error
