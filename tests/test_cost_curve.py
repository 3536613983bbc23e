"""Cost curve: growth, the bill, a cache kept call by call, and Che against the law."""

import math
from collections import OrderedDict

import numpy as np
import pytest
from scipy import stats

from figures import _contract as contract
from figures import cost_curve as figure


def theory(**values):
    """The closed form at these values."""
    return figure.closed_form(contract.bind(figure.PARAMETERS, values))


@pytest.mark.parametrize(
    ("growth", "small", "large", "ratio"),
    [
        pytest.param("n_squared", 1000, 1_000_000, 1_000_000, id="8.5"),
        pytest.param("n_log_n", 1000, 1_000_000, 2000, id="8.6"),
        ("n", 1000, 1_000_000, 1000),
    ],
)
def test_a_thousand_times_the_records_take_so_many_times_as_long(
    growth, small, large, ratio
):
    found = figure.steps(growth, large) / figure.steps(growth, small)
    assert found == pytest.approx(ratio, abs=1e-9)
    values = {"growth": growth, "records": large, "seconds_at_1000": 0.2}
    seconds = contract.run(figure, values).measures["run_time_s"]
    assert seconds == pytest.approx(0.2 * ratio, rel=1e-12)


def test_n_log_n_counts_in_binary_logarithms():
    """Oracle 8.2."""
    assert figure.steps("n_log_n", 1000) == pytest.approx(9965.784284662088, abs=1e-6)


def test_a_millisecond_becomes_sixteen_minutes_and_forty_seconds():
    """Oracle 8.5, its note."""
    assert theory(seconds_at_1000=0.001)["run_time_s"] == pytest.approx(1000, abs=1e-6)


def test_a_fifth_of_a_cent_becomes_a_hundred_thousand_dollars_a_day():
    """Oracle 8.7."""
    values = {"price_per_call_usd": 0.002, "calls_per_day": 50_000_000}
    bill = theory(**values)["cost_per_day_usd"]
    assert bill == pytest.approx(100_000, abs=1e-6)


def test_the_defaults_tell_of_a_weekend_and_of_a_bill():
    sentence = contract.run(figure).takeaway
    assert "0.2 s on 1,000 records and 2.3 days on 1,000,000" in sentence
    assert "100,000 USD on an average day" in sentence


def kept_call_by_call(stack, asked, size):
    """Whether each call finds its key in a cache of that size: the long road."""
    cache = OrderedDict.fromkeys(reversed(stack[:size]))
    hits = []
    for key in asked:
        hits.append(key in cache)
        cache[key] = None
        cache.move_to_end(key)
        if len(cache) > size:
            cache.popitem(last=False)
    return np.array(hits)


@pytest.mark.parametrize("exponent", [0, 0.8, 1.5])
@pytest.mark.parametrize("size", [1, 7, 60, 300])
def test_distances_hit_when_a_cache_kept_call_by_call_does(exponent, size):
    rng, keys = np.random.default_rng(3), 300
    weight = np.arange(1, keys + 1) ** -float(exponent)
    asked = rng.choice(keys, 2048, p=weight / weight.sum())
    stack = rng.permutation(keys)
    hits = figure.stack_distances(stack, asked) < size
    assert np.array_equal(hits, kept_call_by_call(stack.tolist(), asked.tolist(), size))


@pytest.mark.parametrize("size", [1, 2, 8, 256])
def test_greater_ranks_before_each_place_are_counted(size):
    ranks = np.random.default_rng(size).permutation(size)
    expected = [(ranks[:place] > ranks[place]).sum() for place in range(size)]
    assert figure.greater_before(ranks).tolist() == expected


@pytest.mark.parametrize("exponent", [0.5, 1, 1.5])
def test_the_cache_is_warm_from_the_first_call(exponent):
    popularity = figure._popularity(exponent)
    streams = np.random.default_rng(4).spawn(100)
    first = [figure._stack_distances(popularity, rng)[:40] < 100 for rng in streams]
    shares = np.mean(first, axis=1)
    error = shares.std(ddof=1) / math.sqrt(len(shares))
    expected = figure.che_hit_share(popularity, 100)
    assert abs(shares.mean() - expected) < 4 * error
    assert error < 0.1 * expected, "too noisy to tell a cold cache"


def law_of_the_cache(popularity, size):
    """Hit share when a call finds fewer than `size` other keys since its last.

    The number of different keys within a time is a sum of independent yes or no; with
    so many of them it is normal, and half a key is added for its being whole.
    """
    time = np.geomspace(1e-4, 12 / popularity.min(), 400)
    hits = np.empty(len(time))
    for i, t in enumerate(time):
        asked = -np.expm1(-popularity * t)
        others = asked.sum() - asked
        spread = np.sqrt((asked * (1 - asked)).sum() - asked * (1 - asked))
        found = stats.norm.cdf((size - 0.5 - others) / spread)
        hits[i] = (popularity**2 * np.exp(-popularity * t) * found).sum()
    return np.trapezoid(hits * time, np.log(time))


@pytest.mark.parametrize("exponent", [0, 0.5, 0.8, 1, 1.5])
@pytest.mark.parametrize("size", [50, 100, 1000])
def test_the_approximation_is_as_near_as_it_says(exponent, size):
    popularity = figure._popularity(exponent)
    approximate = figure.che_hit_share(popularity, size)
    exact = law_of_the_cache(popularity, size)
    assert abs(approximate - exact) < figure.TOLERANCE["cache_hit_share"]


@pytest.mark.parametrize("share", [0.001, 0.01, 0.3, 0.5])
def test_when_all_keys_are_alike_a_cache_is_worth_its_share_and_no_more(share):
    found = theory(zipf_exponent=0, cache_share=share)["cache_hit_share"]
    assert found == pytest.approx(share, rel=1e-9)
    run = contract.run(figure, {"zipf_exponent": 0, "cache_share": share})
    error = math.sqrt(share * (1 - share) / figure.CALLS)
    assert abs(run.measures["cache_hit_share"] - share) < 5 * error


def test_one_key_in_a_hundred_saves_more_than_a_third_of_the_bill():
    run = contract.run(figure, {"cache_share": 0.01})
    assert run.measures["cache_hit_share"] > 1 / 3
    assert run.measures["cost_per_day_usd"] < 100_000 * 2 / 3
    assert run.measures["cache_hit_share"] == run.measures["one_percent_hit_share"]


def test_the_bill_falls_by_the_share_of_calls_that_the_cache_answers():
    bare, cached = (contract.run(figure, {"cache_share": s}) for s in (0, 0.05))
    left = 1 - cached.measures["cache_hit_share"]
    for name in ("cost_per_day_usd", "cost_per_day_p95_usd"):
        ratio = cached.measures[name] / bare.measures[name]
        assert ratio == pytest.approx(left, rel=1e-12)


def test_without_a_cache_every_call_is_paid():
    run = contract.run(figure, {"cache_share": 0, "zipf_exponent": 1.5})
    assert run.measures["cache_hit_share"] == 0
    assert theory(zipf_exponent=1.5)["cost_per_day_usd"] == pytest.approx(100_000)


@pytest.mark.parametrize("exponent", [0, 0.3, 1, 1.5])
def test_a_larger_cache_never_costs_more(exponent):
    columns = contract.run(figure, {"zipf_exponent": exponent}).columns
    assert (np.diff(columns["bill"]) <= 0).all()
    assert (np.diff(columns["bill_theory"]) < 0).all()


@pytest.mark.parametrize("exponent", [0, 0.65, 1, 1.5])
def test_the_dashed_line_is_the_approximation(exponent):
    columns = contract.run(figure, {"zipf_exponent": exponent}).columns
    popularity = figure._popularity(exponent)
    for share, bill in zip(columns["cache_share"], columns["bill_theory"], strict=True):
        hit = figure.che_hit_share(popularity, round(share * figure.KEYS))
        assert bill == pytest.approx(1 - hit, abs=0.002)


def test_days_differ_and_their_mean_is_kept():
    params = contract.bind(figure.PARAMETERS, {"calls_per_day": 1_000_000})
    streams = np.random.default_rng(5).spawn(30)
    days = np.concatenate([figure._calls_of_days(params, rng) for rng in streams])
    assert days.mean() == pytest.approx(1_000_000, rel=0.002)
    assert np.log(days).std() == pytest.approx(figure.DAY_SIGMA, rel=0.01)


def test_a_busy_day_is_the_p95_of_a_lognormal_whose_mean_is_one():
    found = theory()
    sigma = figure.DAY_SIGMA
    busy = stats.lognorm.ppf(0.95, sigma, scale=math.exp(-(sigma**2) / 2))
    ratio = found["cost_per_day_p95_usd"] / found["cost_per_day_usd"]
    assert ratio == pytest.approx(busy, rel=1e-9)


def test_growth_moves_the_clock_and_not_the_bill():
    """The step and the price are two troubles: a control of one leaves the other."""
    slow, quick = (contract.run(figure, {"growth": g}) for g in ("n_squared", "n"))
    for name in ("cost_per_day_usd", "cost_per_day_p95_usd", "cache_hit_share"):
        assert slow.measures[name] == quick.measures[name]
    assert slow.measures["run_time_s"] == 1000 * quick.measures["run_time_s"]


def test_a_mistake_of_one_per_cent_in_the_price_would_be_seen():
    params = contract.bind(figure.PARAMETERS, {"cache_share": 0.01})
    streams = contract.generator(contract.SEED).spawn(30)
    runs = [figure.simulate(params, rng)[1]["cost_per_day_usd"] for rng in streams]
    error = np.std(runs, ddof=1) / math.sqrt(30)
    wrong = theory(cache_share=0.01, price_per_call_usd=0.00202)["cost_per_day_usd"]
    assert abs(np.mean(runs) - wrong) > 4 * error


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.001, "0.001 s"),
        (1, "1 s"),
        (90, "1.5 min"),
        (3600, "1 h"),
        (86_400, "1 day"),
        (200_000, "2.3 days"),
        (31_557_600, "1 year"),
        (1e9, "32 years"),
    ],
)
def test_a_duration_is_told_in_the_unit_that_suits_it(seconds, words):
    assert figure._duration(seconds) == words


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"records": 1000}, "The step takes 0.2 s on 1,000 records;"),
        ({"cache_share": 0.5, "zipf_exponent": 1.5}, "saves 99.5 % of the bill"),
        ({"price_per_call_usd": 1e-5, "calls_per_day": 1500}, "cost 0.015 USD on"),
        (
            {
                "price_per_call_usd": 1e-5,
                "calls_per_day": 1000,
                "cache_share": 0.5,
            },
            "leaves less than 0.01 USD on an average day",
        ),
    ],
    ids=str,
)
def test_the_sentence_is_true_at_the_ends(values, words):
    assert words in contract.run(figure, values).takeaway
