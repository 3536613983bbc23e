"""On call: means, open incidents on a ring, two races, and who is left to ask."""

import math

import numpy as np
import pytest
from scipy import integrate

from figures import _contract as contract
from figures import on_call as figure


def theory(**values):
    """The closed form at these values."""
    return figure.closed_form(contract.bind(figure.PARAMETERS, values))


@pytest.mark.parametrize(
    ("unowned_share", "expected"),
    [
        pytest.param(0.0, 65.0, id="10.10"),
        pytest.param(0.1, 112.5, id="10.12"),
        pytest.param(0.5, 302.5, id="10.14"),
    ],
)
def test_mean_time_down_is_the_mean_of_owned_and_unowned(unowned_share, expected):
    found = theory(unowned_share=unowned_share)["mean_down_min"]
    assert found == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("unowned_share", "expected"),
    [
        pytest.param(0.0, 0.937550995905781, id="10.11"),
        pytest.param(0.1, 0.894395558173918, id="science-10"),
        pytest.param(0.5, 0.7407447304560273, id="10.15"),
    ],
)
def test_share_all_clear_is_that_of_an_infinity_of_servers(unowned_share, expected):
    found = theory(unowned_share=unowned_share)["all_clear_share"]
    assert found == pytest.approx(expected, abs=1e-10)


def test_open_incidents_follow_littles_law():
    """Oracle 10.17: they are Poisson, so none is open with probability exp(-mean)."""
    clear = theory(unowned_share=0.5)["all_clear_share"]
    assert -math.log(clear) == pytest.approx(0.30009920634920634, abs=1e-12)


def test_a_spell_with_something_open_is_longer_than_one_incident():
    """Oracle 10.16: clear spells last as long as the gaps between alerts."""
    clear = theory(unowned_share=0.5)["all_clear_share"]
    spell_min = 1008 * (1 - clear) / clear
    assert spell_min == pytest.approx(352.7926706133184, abs=1e-7)


def test_availability_is_time_up_between_failures_over_all_time():
    """Oracle 10.1, in units of 65 minutes: 999 up, 1 down."""
    found = theory(unowned_share=0, alerts_per_week=figure.WEEK_MIN / (999 * 65))
    assert found["availability"] == pytest.approx(0.999, abs=1e-12)


@pytest.mark.parametrize(
    ("people", "years", "expected"),
    [
        pytest.param(1, 1, 0.15, id="10.21"),
        pytest.param(2, 1, 0.0225, id="10.22"),
        pytest.param(3, 1, 0.003375, id="three-people"),
        pytest.param(1, 3, 15.435 / 40, id="forty-single-owner-systems"),
    ],
)
def test_a_system_is_orphaned_when_all_who_know_it_have_left(people, years, expected):
    assert figure.all_left(people, years) == pytest.approx(expected, abs=1e-12)


def test_two_people_keep_a_system_for_nine_years():
    """Oracle 10.25: the mean of the later of two departures."""
    mean, _ = integrate.quad(lambda t: 1 - figure.all_left(2, t), 0, np.inf)
    assert mean == pytest.approx(9.229694070933052, abs=1e-7)


def unpatched(days, half_life_days=55):
    """Share of flaws still open after so many days."""
    scale = figure._patch_days(half_life_days)
    return math.exp(-((days / scale) ** figure.PATCH_SHAPE))


def test_patches_have_the_shape_of_the_two_published_points():
    """Oracles 10.27 and 10.29."""
    shape = figure.PATCH_SHAPE
    assert shape == pytest.approx(0.6832225481742413, abs=1e-8)
    assert figure._patch_days(55) == pytest.approx(94.04567120305433, abs=1e-8)
    assert unpatched(55) == pytest.approx(0.5, abs=1e-12)
    assert unpatched(365) == pytest.approx(0.08, abs=1e-12)


def test_a_flaw_is_exploited_first_in_eight_cases_of_nine():
    """Oracle 10.31, and the same integral by another road."""
    assert figure.exploited_first(55) == pytest.approx(0.8882613937884278, abs=1e-8)
    for half_life in (1, 180):
        found, _ = integrate.quad(
            lambda t, h=half_life: math.exp(-t / 5) / 5 * unpatched(t, h), 0, 300
        )
        assert figure.exploited_first(half_life) == pytest.approx(found, abs=1e-6)


def test_exponential_patches_would_look_better_after_a_year_and_lose_more(monkeypatch):
    """Oracles 10.28 and 10.30: what the Weibull shape is for."""
    monkeypatch.setattr(figure, "PATCH_SHAPE", 1.0)
    assert unpatched(365) == pytest.approx(0.010052069515698684, abs=1e-12)
    assert figure.exploited_first(55) == pytest.approx(0.9407219314136134, abs=1e-10)


@pytest.mark.parametrize(
    ("gaps", "down", "expected"),
    [
        pytest.param([4.0], [1.0], 0.75, id="one"),
        pytest.param([4.0], [9.0], 0.0, id="longer-than-the-ring"),
        pytest.param([2.0, 2.0], [1.0, 1.0], 0.5, id="two-apart"),
        pytest.param([2.0, 2.0], [1.0, 3.0], 0.25, id="one-goes-on-past-the-end"),
        pytest.param([1.0, 1.0, 2.0], [3.0, 0.5, 0.5], 0.125, id="one-hides-another"),
    ],
)
def test_time_is_clear_when_nothing_is_open_on_the_ring(gaps, down, expected):
    assert figure._all_clear(np.array(gaps), np.array(down)) == pytest.approx(expected)


@pytest.mark.parametrize("law", ["constant", "exponential", "heavy"])
def test_share_all_clear_does_not_depend_on_the_law_of_the_times(law):
    rng = np.random.default_rng(1)
    gaps = rng.exponential(1.0, 400_000)
    down = {
        "constant": lambda: np.ones(gaps.size),
        "exponential": lambda: rng.exponential(1.0, gaps.size),
        "heavy": lambda: 1.5 * rng.pareto(2.5, gaps.size),
    }[law]()
    assert figure._all_clear(gaps, down) == pytest.approx(math.exp(-1), rel=0.015)


def test_owning_nine_alerts_of_ten_still_nearly_doubles_the_mean():
    """The surprise: a tenth of the incidents is half of the time down."""
    run = contract.run(figure)
    assert 1.6 < run.measures["mean_down_min"] / 65 < 1.8
    assert 0.45 < run.measures["unowned_down_share"] < 0.5


def test_the_mean_stands_where_hardly_an_incident_is():
    run = contract.run(figure)
    mean, time = run.measures["mean_down_min"], run.columns["time_min"]
    incidents = run.columns["owned"] + run.columns["unowned"]
    near = abs(time / mean - 1) < 0.1
    assert near.any() and incidents[near].sum() < 0.05
    above = time > mean
    assert 0.1 < incidents[above].sum() < 0.15


def test_an_owner_for_the_tenth_saves_more_than_a_runbook_for_all():
    mean = theory()["mean_down_min"]
    assert theory(runbook="on")["mean_down_min"] == pytest.approx(mean - 30)
    assert theory(unowned_share=0)["mean_down_min"] == pytest.approx(mean - 47.5)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"unowned_share": 0.5, "unowned_h": 1, "acknowledge_min": 60},
        {"unowned_share": 0.9, "unowned_h": 72, "repair_min": 5, "runbook": "on"},
    ],
    ids=str,
)
def test_each_bin_holds_what_the_law_says(values):
    runs = [contract.run(figure, values, seed).columns for seed in range(20)]
    columns = runs[0]
    for kind in ("owned", "unowned"):
        law = columns[f"{kind}_theory"]
        error = np.sqrt(np.maximum(law, 10 / figure.ALERTS) / figure.ALERTS)
        assert (abs(columns[kind] - law) < 5 * error).all()
        time = np.mean([run[f"{kind}_time"].sum() for run in runs])
        assert columns[f"{kind}_time_theory"].sum() == pytest.approx(time, rel=0.02)


def test_every_incident_and_every_minute_is_in_a_bin():
    slowest = {"unowned_share": 0.5, "unowned_h": 72, "repair_min": 480}
    fastest = {"acknowledge_min": 1, "repair_min": 5, "runbook": "on"}
    for values in (slowest, fastest):
        columns = contract.run(figure, values).columns
        for end in ("", "_time", "_theory", "_time_theory"):
            total = columns[f"owned{end}"].sum() + columns[f"unowned{end}"].sum()
            assert total == pytest.approx(1, abs=2e-3 if "theory" in end else 1e-9)


def test_no_hump_leaves_the_chart():
    for values in (
        {"unowned_share": 0, "acknowledge_min": 60},
        {"unowned_share": 1, "unowned_h": 8, "repair_min": 480},
    ):
        columns = contract.run(figure, values).columns
        highest = max(column.max() for n, column in columns.items() if n != "time_min")
        assert 0.13 < highest < 0.15 < min(-figure.ROOM[0], figure.ROOM[1])


def test_a_slower_patch_loses_more_races_and_more_people_lose_fewer_systems():
    races = [theory(patch_half_life_days=d)["exploited_first_share"] for d in (1, 55)]
    orphans = [theory(owners=n)["orphaned_after_3y_share"] for n in (1, 2, 3, 4)]
    assert races[0] < 0.4 and races == sorted(races)
    assert orphans == sorted(orphans, reverse=True) and orphans[-1] < 0.03


@pytest.mark.parametrize(
    ("values", "start"),
    [
        ({}, "With 10 % of alerts unowned, an incident lasts 11"),
        ({"unowned_share": 0}, "With an owner for every alert, an incident lasts 65"),
        ({"unowned_share": 1}, "With an owner for no alert, an incident lasts 5"),
        ({"unowned_share": 1e-8}, "With less than 0.1 % of alerts unowned, an inc"),
    ],
    ids=str,
)
def test_takeaway_names_the_mean(values, start):
    assert contract.run(figure, values).takeaway.startswith(start)


def test_takeaway_does_not_compare_a_mean_with_itself():
    assert "were every alert owned" in contract.run(figure).takeaway
    alone = contract.run(figure, {"unowned_share": 0}).takeaway
    assert "were every alert owned" not in alone
