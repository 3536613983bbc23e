"""The contract itself: binding, refusing, formatting."""

import math
from types import SimpleNamespace

import pytest

from figures import _contract as contract
from figures._contract import Choice, Measure, Parameter, Refused

CALLS = Parameter("calls", "Calls", "calls", 1, 100, 1, 10, whole=True, aliases=("n",))
SHARE = Parameter("share", "Share", "%", 0, 0.2, 0.01, 0.05)
MODE = Choice("mode", "Mode", {"slow": "slow", "fast": "fast"}, "slow")
ALL = (CALLS, SHARE, MODE)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"calls": 101}, "calls must be from 1 to 100 calls, got 101"),
        ({"calls": "x"}, "calls must be a number from 1 to 100 calls, got 'x'"),
        ({"calls": 1.5}, "calls must be a whole number, got 1.5"),
        ({"calls": math.nan}, "calls must be from 1 to 100 calls, got nan"),
        ({"share": 1}, "share must be from 0 to 0.2 (a fraction: 0.01 is 1 %), got 1"),
        ({"mode": "fats"}, "mode must be one of slow, fast, got 'fats'"),
        ({"cals": 1}, "no parameter named 'cals'. Did you mean 'calls'?"),
        ({"zzz": 1}, "no parameter named 'zzz'."),
    ],
)
def test_a_value_that_does_not_fit_is_refused_in_one_line(values, message):
    with pytest.raises(Refused) as refused:
        contract.bind(ALL, values)
    assert str(refused.value) == message


def test_an_alias_is_the_parameter_it_was():
    assert contract.bind(ALL, {"n": "7"}).calls == 7


def test_what_is_not_set_stands_at_its_default():
    assert vars(contract.bind(ALL, {})) == {"calls": 10, "share": 0.05, "mode": "slow"}


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (0.095618, "%", "9.56 %"),
        (1020.4, "ms", "1,020 ms"),
        (math.inf, "s", "never"),
        (0, "users", "0 users"),
        (0.00012, "%", "0.012 %"),
        (1_234_567, "users", "1,230,000 users"),
        (0.634, "", "0.634"),
        (560, "/s", "560/s"),
        (99.99, "%", "10,000 %"),
    ],
)
def test_a_quantity_is_shown_with_its_unit_and_three_figures(value, unit, shown):
    assert contract.quantity(value, unit) == shown


def figure_with(columns, measures):
    """A figure that returns just these."""
    return SimpleNamespace(
        PARAMETERS=(),
        MEASURES=(Measure("a", "A", ""),),
        simulate=lambda params, rng: (columns, measures),
        takeaway=lambda params, measures: "So.",
    )


def test_columns_of_different_lengths_are_refused():
    figure = figure_with({"x": [1, 2], "y": [1]}, {"a": 1})
    with pytest.raises(ValueError, match=r"one length, got \{'x': 2, 'y': 1\}"):
        contract.run(figure)


def test_columns_of_more_dimensions_are_refused():
    figure = figure_with({"x": [[1], [2]]}, {"a": 1})
    with pytest.raises(ValueError, match=r"must be 1-D, got shapes \{'x': \(2, 1\)\}"):
        contract.run(figure)


def test_a_takeaway_that_is_no_sentence_is_refused():
    figure = figure_with({"x": [1]}, {"a": 1})
    figure.takeaway = lambda params, measures: None
    with pytest.raises(ValueError, match="takeaway must be a sentence, got None"):
        contract.run(figure)


def test_measures_that_were_not_declared_are_refused():
    figure = figure_with({"x": [1]}, {"b": 1})
    with pytest.raises(ValueError, match=r"measures must be \['a'\], got \['b'\]"):
        contract.run(figure)


def test_never_is_null_in_json():
    assert contract.finite({"a": math.inf, "b": 2.0}) == {"a": None, "b": 2.0}
