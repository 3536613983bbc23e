"""What is particular to the figure of drift and decay."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import chi2, norm

from figures import _contract as contract
from figures import drift_decay as figure

INPUTS = 400  # what "many weak inputs" means where each one is drawn


def bound(**values):
    return contract.bind(figure.PARAMETERS, values)


def measures_over(seeds, **values):
    return [contract.run(figure, values, seed).measures for seed in range(seeds)]


def moved(separation=2.0, shift=0.0, degrees=0.0):
    """Parameters of a world that has moved so far on its first day."""
    return SimpleNamespace(
        separation=separation, shift_per_day_sd=shift, rotation_per_day_deg=degrees
    )


@pytest.mark.parametrize(
    ("world", "expected"),
    [
        pytest.param({"separation": 1}, 0.6914624612740131, id="3.1"),
        pytest.param({"separation": 3}, 0.9331927987311419, id="3.3"),
        pytest.param({"shift": 0.5}, 0.8123276300025775, id="3.4"),
        pytest.param({"shift": 2}, 0.5786526779499135, id="3.6"),
        pytest.param({"separation": 3, "shift": 1}, 0.8426263979741184, id="3.7"),
        pytest.param({"degrees": 30}, 0.8067618846143836, id="3.9"),
        pytest.param({"degrees": 90}, 0.5, id="3.11"),
    ],
)
def test_accuracy_is_that_of_the_moved_classes(world, expected):
    assert figure._accuracy(moved(**world), 1) == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param(
            {"shift_per_day_sd": 0, "rotation_per_day_deg": 1},
            32.68828406561417,
            id="3.13",
        ),
        pytest.param(
            {"shift_per_day_sd": 0.01, "rotation_per_day_deg": 0},
            0.6024150208098459 / 0.01,
            id="3.14",
        ),
    ],
)
def test_the_model_is_below_80_percent_on_the_day_theory_says(values, expected):
    fall = figure.closed_form(bound(**values))["days_to_80_percent"]
    assert fall == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize(
    ("shift", "expected", "within"),
    [
        pytest.param(0.1, 0.009587276462951936, 1e-9, id="3.18"),
        pytest.param(0.2, 0.038310781311668686, 1e-9, id="3.19"),
        pytest.param(1.0, 0.9261424242616794, 1e-9, id="3.21"),
        pytest.param(0.5128342421934114, 0.25, 1e-8, id="3.23"),
    ],
)
def test_psi_in_deciles_of_a_shifted_input(shift, expected, within):
    (found,) = figure._drifted_psi(moved(shift=shift), np.array([1]))
    assert found == pytest.approx(expected, abs=within)


@pytest.mark.parametrize(
    ("expected", "actual", "index"),
    [
        pytest.param(
            [20, 20, 20, 20, 20], [10, 15, 20, 25, 30], 0.13540251005511048, id="3.24"
        )
    ],
)
def test_psi_of_counts(expected, actual, index):
    assert figure.psi(np.array(expected), np.array(actual)) == pytest.approx(
        index, abs=1e-12
    )


def test_psi_of_an_empty_bin_is_large_and_finite():
    index = figure.psi(np.array([50, 50]), np.array([0, 100]))
    assert 1 < index < 4


@pytest.mark.parametrize(
    ("n", "alarm", "exact", "asymptotic"),
    [
        pytest.param(100, 0.1, 0.85191, 0.8343082601934075, id="3.26"),
        pytest.param(500, 0.1, 0.00339, 0.002971180485917624, id="3.27"),
    ],
)
def test_psi_cries_wolf_as_often_as_its_law_without_drift(n, alarm, exact, asymptotic):
    params = bound(requests_per_day=n, psi_alarm=alarm)
    rng = np.random.default_rng(1)
    share = np.mean([figure._false_alarms(params, rng) for _ in range(30)])
    error = math.sqrt(exact * (1 - exact) / (30 * figure.QUIET_DAYS))
    assert abs(share - exact) < 5 * error
    assert asymptotic == pytest.approx(chi2.sf(alarm * n / 2, 9), rel=1e-9)
    assert abs(share / asymptotic - 1) < 0.35  # the law for many requests is near


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [
        pytest.param(np.mean, 0.018, id="3.29"),
        pytest.param(lambda psi: np.quantile(psi, 0.95), 0.0338379552092409, id="3.30"),
    ],
)
def test_psi_without_drift_is_noise_of_a_known_size(statistic, expected):
    counts = np.random.default_rng(2).multinomial(1000, [0.1] * 10, size=(2, 40_000))
    assert statistic(figure.psi(*counts)) == pytest.approx(expected, rel=0.02)


def test_the_monitor_of_a_run_is_the_monitor_whose_false_alarms_are_counted():
    still = {"shift_per_day_sd": 0, "rotation_per_day_deg": 0}
    few = {"requests_per_day": 100, "psi_alarm": 0.1}
    runs = [contract.run(figure, still | few, seed) for seed in range(60)]
    rung = [(run.columns["psi"] > 0.1).mean() for run in runs]
    error = np.std(rung, ddof=1) / math.sqrt(len(rung))
    assert abs(np.mean(rung) - 0.852) < 4 * error


def requests_one_by_one(n, rng, separation=2.0, shift=0.0, degrees=0.0):
    """Every input of n requests, and which of them the frozen classifier gets right."""
    root = math.isqrt(INPUTS)
    plus = (INPUTS + root) // 2  # so that the weights have length one and sum to one
    weights = np.where(np.arange(INPUTS) < plus, 1, -1) / root
    across = weights * np.where(np.arange(INPUTS) % 2, 1, -1)
    assert abs(weights @ weights - 1) + abs(weights.sum() - 1) < 1e-12
    assert abs(weights @ across) < 1e-12
    turned = math.radians(degrees)
    axis = weights * math.cos(turned) + across * math.sin(turned)
    label = rng.choice([-1, 1], n)
    inputs = rng.standard_normal((n, INPUTS)) + shift
    inputs += np.outer(label * separation / 2, axis)
    return inputs, np.sign(inputs @ weights) == label


@pytest.mark.parametrize(
    "world",
    [
        {"shift": 0.5},
        {"degrees": 60},
        {"shift": 0.4, "degrees": 35, "separation": 3},
    ],
)
def test_counts_of_right_answers_have_the_law_of_requests_drawn_one_by_one(world):
    n = 10_000
    _, right = requests_one_by_one(n, np.random.default_rng(3), **world)
    exact = figure._accuracy(moved(**world), 1)
    assert abs(right.mean() - exact) < 4 * math.sqrt(exact * (1 - exact) / n)


@pytest.mark.parametrize("world", [{"shift": 0.5}, {"shift": 0.2, "degrees": 50}])
def test_counts_in_deciles_have_the_law_of_requests_drawn_one_by_one(world):
    n = 10_000
    inputs, _ = requests_one_by_one(n, np.random.default_rng(4), **world)
    deciles = norm.ppf(np.arange(1, 10) / 10)
    found = np.bincount(np.searchsorted(deciles, inputs[:, 7]), minlength=10)
    (shares,) = figure._bin_shares(moved(**world), np.array([1]))
    assert np.all(np.abs(found - n * shares) < 4.5 * np.sqrt(n * shares * (1 - shares)))


def test_days_vary_as_days_of_requests_drawn_one_by_one_do():
    values = {"shift_per_day_sd": 0, "rotation_per_day_deg": 0, "requests_per_day": 100}
    days = [
        contract.run(figure, values, seed).columns["accuracy"] for seed in range(20)
    ]
    right = norm.cdf(1)
    assert np.var(days) == pytest.approx(right * (1 - right) / 100, rel=0.1)
    # neighbouring days share nothing but the model
    assert abs(np.mean((np.array(days) - right)[:, 1:] * (days - right)[:, :-1])) < 1e-4


def labels_ring_one_by_one(n, degrees_per_day, rng):
    """The day on which the labels ring, from every request's class and score."""
    turned = np.radians(degrees_per_day * np.arange(figure.DAYS + 1))[:, None]
    label = rng.choice([-1, 1], (figure.DAYS + 1, n))
    score = rng.standard_normal(label.shape) + label * np.cos(turned)
    right = (np.sign(score) == label).mean(axis=1)
    held_out = (rng.standard_normal(n) + 1 > 0).mean()
    pooled = (right + held_out) / 2
    rings = held_out - right > 4 * np.sqrt(2 * pooled * (1 - pooled) / n)
    return np.flatnonzero(rings)[0]


def test_labels_ring_when_those_of_requests_drawn_one_by_one_do():
    n, degrees = 300, 1
    values = {"shift_per_day_sd": 0, "requests_per_day": n, "label_delay_days": 0}
    runs = measures_over(200, rotation_per_day_deg=degrees, **values)
    found = np.array([measures["accuracy_alarm_day"] for measures in runs])
    rng = np.random.default_rng(7)
    drawn = np.array([labels_ring_one_by_one(n, degrees, rng) for _ in range(400)])
    error = math.hypot(found.std() / math.sqrt(200), drawn.std() / math.sqrt(400))
    assert abs(found.mean() - drawn.mean()) < 4 * error
    assert found.std() == pytest.approx(drawn.std(), rel=0.2)


def test_a_rotation_of_every_request_leaves_psi_of_every_input_where_it_was():
    n, rng = 10_000, np.random.default_rng(5)
    deciles = norm.ppf(np.arange(1, 10) / 10)

    def counts(**world):
        bins = np.searchsorted(deciles, requests_one_by_one(n, rng, **world)[0])
        return np.array([(bins == k).sum(axis=0) for k in range(10)]).T

    index = figure.psi(counts(), counts(degrees=90))
    noise = chi2(9, scale=2 / n)
    assert abs(index.mean() - noise.mean()) < 5 * noise.std() / math.sqrt(INPUTS)
    assert index.max() < noise.ppf(1 - 1e-4 / INPUTS) < 0.25


@pytest.mark.parametrize("separation", [2, 4])
def test_400_inputs_are_many_enough_for_the_model_in_the_docstring(separation):
    def law(x, mean):
        return (norm.cdf(x - mean) + norm.cdf(x + mean)) / 2

    def turned_psi(before, after):
        deciles = [brentq(lambda x, q=q: law(x, before) - q, -9, 9) for q in QS]
        shares = np.diff(law(np.array(deciles), after), prepend=0, append=1)
        return ((shares - 0.1) * np.log(shares / 0.1)).sum()

    QS = np.arange(1, 10) / 10
    half, one = separation / 2, separation / 2 / math.sqrt(INPUTS)
    assert turned_psi(one, 0) < 1e-4
    assert turned_psi(one, one * math.sqrt(2)) < 1e-4
    rings = brentq(lambda t: turned_psi(half, half * math.cos(t)) - 0.25, 0.1, 1.57)
    assert (round(math.degrees(rings)), f"{norm.cdf(half * math.cos(rings)):.0%}") == {
        2: (83, "55%"),
        4: (43, "93%"),
    }[separation]
    for number in (round(math.degrees(rings)), "0.0001", INPUTS):
        assert str(number) in figure.__doc__


@pytest.mark.parametrize("rotation", [0.5, 3])
def test_pure_rotation_ruins_the_model_and_psi_stays_silent(rotation):
    values = {"shift_per_day_sd": 0, "rotation_per_day_deg": rotation}
    for seed in range(60):
        run = contract.run(figure, values, seed)
        assert run.measures["psi_alarm_day"] == math.inf
        assert run.columns["accuracy"].min() < 0.6
        assert run.measures["days_to_80_percent"] < 75


@pytest.mark.parametrize("shift", [0, 0.02])
def test_psi_is_the_same_however_much_the_classes_rotate(shift):
    psi = [
        contract.run(
            figure, {"shift_per_day_sd": shift, "rotation_per_day_deg": r}
        ).columns["psi"]
        for r in (0, 1, 3)
    ]
    assert np.array_equal(psi[0], psi[1])
    assert np.array_equal(psi[0], psi[2])


def test_pure_shift_rings_psi_while_accuracy_is_nearly_what_it_was():
    params, runs = (
        bound(rotation_per_day_deg=0),
        measures_over(40, rotation_per_day_deg=0),
    )
    early = [m["psi_alarm_day"] < m["accuracy_alarm_day"] for m in runs]
    assert sum(early) >= 36  # the labels of one day are few: some ring by luck
    for measures in runs:
        rings = measures["psi_alarm_day"]
        assert figure._accuracy(params, 0) - figure._accuracy(params, rings) < 0.04
        assert rings < measures["days_to_80_percent"]
        assert measures["days_degraded_unseen"] == 0


def test_with_many_requests_psi_rings_when_the_shift_has_reached_its_threshold():
    runs = measures_over(20, rotation_per_day_deg=0, requests_per_day=20_000)
    days = [measures["psi_alarm_day"] for measures in runs]
    assert np.mean(days) == pytest.approx(0.5128342421934114 / 0.01, abs=1.5)


@pytest.mark.parametrize("delay", [1, 14, 60])
def test_labels_that_come_later_ring_later_by_as_much(delay):
    at_once, late = (
        contract.run(figure, {"label_delay_days": d}).measures["accuracy_alarm_day"]
        for d in (0, delay)
    )
    assert late == at_once + delay


@pytest.mark.parametrize("requests", [100, 2000])
@pytest.mark.parametrize("separation", [1, 4])
def test_labels_hardly_ever_ring_without_drift(requests, separation):
    runs = measures_over(
        40,
        shift_per_day_sd=0,
        rotation_per_day_deg=0,
        requests_per_day=requests,
        separation=separation,
    )
    rung = sum(math.isfinite(measures["accuracy_alarm_day"]) for measures in runs)
    assert rung <= 4  # 40 x 181 days at 1 in 30,000, and one held-out set a run


def test_labels_ring_at_four_standard_errors():
    # 840 of 1000 held out; the standard error of the difference is near 17
    assert not figure._is_worse(775, 840, 1000)
    assert figure._is_worse(765, 840, 1000)
    assert not figure._is_worse(1000, 1000, 1000)


def served(**values):
    return figure._serve(bound(**values), np.random.default_rng(6))


@pytest.mark.parametrize("delay", [0, 14, 29, 60])
@pytest.mark.parametrize("retrain", ["never", "monthly"])
def test_the_age_of_the_model_follows_its_plan(retrain, delay):
    run = served(retrain=retrain, label_delay_days=delay)
    ages, retrainings = figure._planned(bound(retrain=retrain, label_delay_days=delay))
    assert np.array_equal(run.age, ages)
    assert len(run.starts) - 1 == retrainings


def test_a_new_model_is_as_old_as_its_labels():
    run = served(retrain="on_alarm", label_delay_days=20)
    assert len(run.starts) > 2
    assert all(run.age[start] == 20 + 1 for start in run.starts[1:])


def test_a_new_model_is_not_blamed_for_the_answers_of_the_old_one():
    drifting = {"shift_per_day_sd": 0, "rotation_per_day_deg": 1}
    run = served(retrain="on_alarm", label_delay_days=20, **drifting)
    assert run.labels_ring.sum() >= 2
    assert len(run.starts) == run.labels_ring.sum() + 1
    for start in run.starts[1:]:
        assert not run.labels_ring[start : start + 20].any()


def test_each_model_is_compared_with_a_training_sample_of_its_own_world():
    run = served(retrain="monthly", label_delay_days=0, rotation_per_day_deg=0)
    assert run.psi.max() < 0.25 < served(rotation_per_day_deg=0).psi.max()


@pytest.mark.parametrize("retrain", ["monthly", "on_alarm"])
def test_retraining_keeps_what_never_retraining_loses(retrain):
    kept = contract.run(figure, {"retrain": retrain}).columns["accuracy"][-30:].mean()
    lost = contract.run(figure, {}).columns["accuracy"][-30:].mean()
    assert lost < 0.55 < 0.77 < kept


def test_retraining_on_old_labels_cannot_follow_a_fast_world():
    values = {"rotation_per_day_deg": 2, "shift_per_day_sd": 0.05}
    old = contract.run(figure, values | {"retrain": "on_alarm", "label_delay_days": 60})
    new = contract.run(figure, values | {"retrain": "on_alarm", "label_delay_days": 0})
    assert old.measures["retrainings"] > 50
    assert old.columns["accuracy"][60:].max() < 0.6 < new.columns["accuracy"].min()


@pytest.mark.parametrize(
    ("psi_days", "labels_days", "starts", "expected"),
    [
        ([50], [57], [0], range(45, 50)),
        ([], [57, 90], [0], range(45, 57)),
        ([40], [57], [0], range(0)),
        ([45], [], [0], range(0)),
        ([], [], [0], range(45, figure.DAYS + 1)),
        ([10, 50], [], [0, 31], range(45, 50)),  # day 10 was about another model
    ],
)
def test_a_degraded_day_is_unseen_until_an_alarm_about_its_model(
    psi_days, labels_days, starts, expected
):
    psi_rings, labels_ring = np.zeros((2, figure.DAYS + 1), dtype=bool)
    psi_rings[psi_days] = True
    labels_ring[labels_days] = True
    run = SimpleNamespace(psi_rings=psi_rings, labels_ring=labels_ring, starts=starts)
    unseen = figure._unseen(run, np.arange(figure.DAYS + 1) >= 45)
    assert list(np.flatnonzero(unseen)) == list(expected)


def test_the_panel_finds_the_day_however_slowly_the_model_falls():
    params = bound(shift_per_day_sd=0, rotation_per_day_deg=0.2)
    ages = np.arange(figure.DAYS + 1)
    falls = [
        figure._day_below(figure._panel(params, contract.generator(seed)), ages)
        for seed in range(30)
    ]
    assert np.mean(falls) == pytest.approx(5 * 32.68828406561417, abs=1.2)


def test_without_drift_nothing_changes():
    theory = figure.closed_form(bound(shift_per_day_sd=0, rotation_per_day_deg=0))
    assert theory["accuracy_day_0"] == theory["accuracy_day_180"]
    assert theory["days_to_80_percent"] == math.inf


def test_a_full_turn_brings_the_model_back():
    theory = figure.closed_form(bound(shift_per_day_sd=0, rotation_per_day_deg=2))
    assert theory["accuracy_day_180"] == pytest.approx(theory["accuracy_day_0"])


def test_neither_drift_ever_gives_back_what_the_other_took():
    for values in ({}, {"rotation_per_day_deg": 3, "shift_per_day_sd": 0.03}):
        columns = contract.run(figure, values).columns
        assert np.all(columns["unmoved"] >= columns["shift_alone"])
        assert np.all(columns["shift_alone"] >= columns["accuracy_theory"])


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "falls below 80 % on day"),
        ({"shift_per_day_sd": 0}, "PSI stays silent and the labels ring on day"),
        ({"shift_per_day_sd": 0, "rotation_per_day_deg": 0}, "stays above 80 %"),
        ({"separation": 1}, "below 80 % from the first day"),
        (
            {"retrain": "monthly", "label_delay_days": 0},
            "Retrained 5 times, the model stays above 80 % for 180 days; neither",
        ),
        (
            {"requests_per_day": 100, "psi_alarm": 0.1},
            "without any drift PSI would ring on 8",
        ),
        ({"label_delay_days": 60, "requests_per_day": 20_000}, "80 % pass unseen"),
        ({"separation": 4, "shift_per_day_sd": 0.05}, "PSI rings on day 1"),
    ],
)
def test_takeaway_says_what_happened(values, said):
    assert said in contract.run(figure, values).takeaway
