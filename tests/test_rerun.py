"""Re-running: orders of cells, sums of floats, every release drawn, the last habit."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from figures import _contract as contract
from figures import rerun as figure
from figures._draws import poisson

ALL = dict.fromkeys(figure.HABITS, "on")
BUSIEST = {
    "dependencies": 60,
    "releases_per_year": 12,
    "breaking_share": 0.2,
    "data_updates_per_month": 30,
}


def bound(**values):
    return contract.bind(figure.PARAMETERS, values)


def all_but(habit, **values):
    return {**ALL, habit: "off", **values}


def theory(**values):
    return figure.closed_form(bound(**values))


def count_orders(n, needs):
    """How many orders respect `needs`, by the sets of what has run: the other road."""
    ways = {0: 1}
    for _ in range(n):
        more = {}
        for done, count in ways.items():
            for cell in range(n):
                needed = [a for a, b in needs if b == cell]
                if not done >> cell & 1 and all(done >> a & 1 for a in needed):
                    after = done | 1 << cell
                    more[after] = more.get(after, 0) + count
        ways = more
    return sum(ways.values())


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        pytest.param(10, 3628800, id="5.4"),
        pytest.param(15, 1307674368000, id="5.5"),
        pytest.param(20, 2432902008176640000, id="5.6"),
    ],
)
def test_free_cells_can_run_in_n_factorial_orders(n, expected):
    assert math.factorial(n) == expected
    if n <= 10:
        assert count_orders(n, ()) == expected
        assert 1 / expected == pytest.approx(2.755731922398589e-07, abs=1e-18)  # 5.7


TREE = [(0, 1), (0, 2), (1, 3), (1, 4), (2, 5), (2, 6)]
CHAINS = [(i, i + 1) for i in (0, 1, 2, 3, 5, 6, 7, 8)]


@pytest.mark.parametrize(
    ("n", "needs", "expected"),
    [
        pytest.param(7, TREE, 80, id="5.9"),
        pytest.param(8, figure.NEEDS, 6, id="5.10"),
        pytest.param(10, CHAINS, 252, id="two-chains-of-five"),
        pytest.param(5, [], 120, id="five-free-cells"),
        pytest.param(3, [(0, 1), (1, 0)], 0, id="a-circle-never-runs"),
    ],
)
def test_runnable_orders_are_the_linear_extensions(n, needs, expected):
    orders = figure.runnable_orders(range(n), needs)
    assert len(orders) == len(set(orders)) == expected == count_orders(n, needs)
    for order in orders:
        assert all(order.index(a) < order.index(b) for a, b in needs)


def test_a_blind_shuffle_of_the_notebook_hardly_ever_runs():
    """Oracle 5.11."""
    orders = figure.runnable_orders(range(8), figure.NEEDS)
    share = len(orders) / math.factorial(8)
    assert share == pytest.approx(0.00014880952380952382, abs=1e-15)


def test_you_ran_the_cells_in_an_order_that_works_and_is_not_the_one_on_the_page():
    assert figure.YOURS in figure.runnable_orders(range(8), figure.NEEDS)
    assert list(figure.YOURS) != sorted(figure.YOURS)


def test_no_two_orders_of_the_cells_print_the_same_four_digits():
    moves = np.sort(figure._every_order())
    assert np.diff(moves).min() > figure.CELL / figure.CENTRE
    assert (moves == 0).sum() == 1


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        pytest.param((1e16 + 1.0) - 1e16, 0.0, id="5.16"),
        pytest.param((0.1 + 0.2) + 0.3, 0.6000000000000001, id="left-first"),
        pytest.param(0.1 + (0.2 + 0.3), 0.6, id="right-first"),
    ],
)
def test_addition_of_floats_depends_on_the_brackets(expression, expected):
    assert expression == expected


def test_four_numbers_have_three_sums():
    """Oracle 5.17."""
    orders = itertools.permutations([1e16, 1.0, -1e16, 1.0])
    sums = {((a + b) + c) + d for a, b, c, d in orders}
    assert sums == {0.0, 1.0, 2.0}


def test_a_million_tenths_depend_on_who_adds_them():
    """Oracle 5.20: one after another, and in pairs; 5.22 and 5.23 bound the errors."""
    tenths = np.full(10**6, 0.1, dtype=np.float32)
    in_order, in_pairs = np.cumsum(tenths)[-1], tenths.sum()
    assert in_order == 100958.34375
    assert in_pairs == pytest.approx(100000.0078125, abs=0.05)
    exact = 10**6 * float(tenths[0])
    assert abs(in_order / exact - 1) == pytest.approx(0.009583, abs=1e-5)
    assert abs(in_order / exact - 1) < 0.05960458517074585
    assert abs(in_pairs / exact - 1) < 1.1920928955078125e-06


def test_packages_survive_like_the_product_over_months():
    """Oracle 5.13, (1 - b)^(m t); a Poisson stream differs by a share of b m t b / 2."""
    survive = figure._kept(
        bound(
            **all_but("pin_dependencies"),
            dependencies=50,
            releases_per_year=12,
            breaking_share=0.001,
        ),
        np.array([24.0]),
    )
    assert survive[0] == pytest.approx(0.3010134290933991, rel=0.001)
    assert survive[0] == pytest.approx(math.exp(-1.2), abs=1e-12)


def every_release_drawn(params, rng, colleagues):
    """Whether each colleague's number is yours as printed: the long road, no NumPy."""
    same = []
    moves = list(figure._every_order()) if params.run_in_order == "off" else [0.0]
    for _ in range(colleagues):
        z = rng.standard_normal()
        off = figure.SEED_SD * (z if params.pin_seed == "on" else rng.standard_normal())
        off += moves[rng.integers(len(moves))]
        if params.pin_dependencies == "off":
            for _ in range(params.dependencies):
                t = rng.exponential(12 / params.releases_per_year)
                while t < params.months_later:
                    if rng.random() < params.breaking_share:
                        off += figure.MOVE_SD * rng.standard_normal()
                    t += rng.exponential(12 / params.releases_per_year)
        if params.pin_data == "off":
            t = rng.exponential(1 / params.data_updates_per_month)
            while t < params.months_later:
                off += figure.MOVE_SD * rng.standard_normal()
                t += rng.exponential(1 / params.data_updates_per_month)
        yours = figure.CENTRE * (1 + figure.SEED_SD * z)
        same.append(f"{figure.CENTRE * (1 + off):.4g}" == f"{yours:.4g}")
    return np.array(same)


@pytest.mark.parametrize(
    "values",
    [
        all_but("pin_dependencies"),
        {"pin_seed": "on", "run_in_order": "on", "months_later": 1},
        all_but("pin_seed"),
        all_but("run_in_order"),
        {"months_later": 2},
    ],
)
def test_share_is_what_it_is_when_every_release_is_drawn_and_numbers_are_printed(
    values,
):
    params = bound(**values)
    same = every_release_drawn(params, np.random.default_rng(5), 6000)
    exact = figure.closed_form(params)["reproduced_share"]
    assert abs(same.mean() - exact) < 4 * math.sqrt(exact * (1 - exact) / len(same))


def test_luck_of_two_seeds_is_the_chance_that_both_fall_into_one_cell():
    params = bound(**all_but("pin_seed"))
    edges = np.arange(1000, 1401) * figure.CELL + figure.CELL / 2
    law = stats.norm(figure.CENTRE, figure.CENTRE * figure.SEED_SD)
    exact = (np.diff(law.cdf(edges)) ** 2).sum()
    lucky = figure.closed_form(params)["lucky_share"]
    assert lucky == pytest.approx(exact, rel=1 / 800)
    assert lucky != pytest.approx(exact, rel=1 / 2000)  # the docstring's error is real


@pytest.mark.parametrize("habit", figure.HABITS)
def test_three_habits_of_four_leave_you_unreproducible(habit):
    run = contract.run(figure, all_but(habit, months_later=36))
    assert run.measures["reproduced_share"] < 0.2
    assert run.columns["reproduced"][-1] == run.measures["reproduced_share"]


@pytest.mark.parametrize("order", list(itertools.permutations(figure.HABITS)))
def test_whichever_habit_comes_last_matters_more_than_the_three_before_it(order):
    shares = [
        theory(**dict.fromkeys(order[:kept], "on"), months_later=24)["reproduced_share"]
        for kept in range(5)
    ]
    assert shares[4] - shares[3] > 4 * (shares[3] - shares[0])


@pytest.mark.parametrize("months", [0, 6, 36])
def test_with_all_four_habits_everybody_gets_the_number(months):
    run = contract.run(figure, {**ALL, **BUSIEST, "months_later": months})
    assert np.all(run.columns["reproduced"] == 1)
    assert run.measures["spread"] == 0
    assert run.measures["lucky_share"] == 0
    assert run.measures["half_life_months"] == math.inf


def test_half_life_is_when_the_product_has_fallen_to_a_half():
    values = {"pin_seed": "on", "run_in_order": "on", "data_updates_per_month": 0.5}
    half_life = theory(**values)["half_life_months"]
    assert half_life == pytest.approx(math.log(2) / (12 * 4 * 0.02 / 12 + 0.5))
    assert figure._kept(bound(**values), np.array([half_life])) == pytest.approx(0.5)


@pytest.mark.parametrize("habit", ["pin_seed", "run_in_order"])
def test_without_a_seed_or_an_order_half_have_lost_it_before_they_start(habit):
    assert theory(**all_but(habit))["half_life_months"] == 0
    assert contract.run(figure, all_but(habit)).measures["half_life_months"] == 0


@pytest.mark.parametrize(
    "rare_or_often",
    [
        {"dependencies": 1, "releases_per_year": 1, "breaking_share": 0.01},
        {"dependencies": 12, "releases_per_year": 4, "breaking_share": 0.02},
        {"dependencies": 60, "releases_per_year": 12, "breaking_share": 0.2},
    ],
)
def test_the_first_move_comes_after_an_exponential_time(rare_or_often):
    """Within a month, in later months and beyond the last one."""
    params = bound(**all_but("pin_dependencies"), **rare_or_often)
    per_month = figure._moves_per_month(params)
    rng = np.random.default_rng(11)
    count = poisson(rng, per_month, (len(figure.MONTHS), figure.COLLEAGUES))
    count[0] = 0
    lost_at = figure._lost_at(params, count, rng)
    assert stats.kstest(lost_at, stats.expon(scale=1 / per_month).cdf).pvalue > 1e-4


@pytest.mark.parametrize(
    ("still", "habit"),
    [
        ({"dependencies": 0}, "pin_dependencies"),
        ({"releases_per_year": 0}, "pin_dependencies"),
        ({"breaking_share": 0}, "pin_dependencies"),
        ({"data_updates_per_month": 0}, "pin_data"),
        ({"months_later": 0}, "pin_data"),
    ],
)
def test_holding_still_what_does_not_move_changes_nothing(still, habit):
    shares = [
        contract.run(figure, {**all_but(habit), **still, **switched}).measures
        for switched in ({}, {habit: "on"})
    ]
    assert shares[0]["reproduced_share"] == shares[1]["reproduced_share"] == 1


@pytest.mark.parametrize("habit", ["pin_seed", "run_in_order"])
def test_waiting_does_not_make_a_missing_seed_or_order_worse(habit):
    """What these lose is lost on the first day: the curves are flat."""
    early, late = (theory(**all_but(habit, months_later=m)) for m in (0, 36))
    assert early == late


def test_what_is_reproduced_without_order_is_reproduced_by_one_in_six():
    found = theory(**all_but("run_in_order"))
    assert found["reproduced_share"] == pytest.approx(1 / 6, abs=1e-12)
    assert found["lucky_share"] == 0


def test_at_the_defaults_whoever_gets_the_number_gets_it_by_luck():
    measures = contract.run(figure).measures
    assert 0 < measures["reproduced_share"] == measures["lucky_share"] < 0.01


def test_the_picture_has_theory_for_these_habits_for_all_but_one_and_for_all():
    columns = contract.run(figure, all_but("pin_data")).columns
    assert np.array_equal(columns["reproduced_theory"], columns["without_pin_data"])
    assert np.all(columns["with_all"] == 1)
    for habit in figure.HABITS:
        assert np.all(columns[f"without_{habit}"] <= columns["with_all"])


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "With none of the four habits, "),
        ({}, "; one habit more makes it 1.3 % at most, all four 100 %."),
        ({"months_later": 0}, "on the same day; one habit more makes it 17 % at most"),
        ({"pin_data": "on", "months_later": 1}, "With a snapshot of the data, "),
        ({"pin_data": "on", "months_later": 1}, "after 1 month; one habit more"),
        (all_but("pin_seed"), "With every habit but a set seed, "),
        (all_but("pin_dependencies"), " after 6 months; the last habit makes it 100 %"),
        (all_but("pin_data", months_later=0), "the last habit has nothing to add yet"),
        (ALL, "With all four habits, every colleague gets your number after 6 months"),
    ],
)
def test_takeaway_says_which_habits_are_kept_and_what_one_more_would_do(values, said):
    assert said in contract.run(figure, values).takeaway
