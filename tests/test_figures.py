"""Every figure keeps its promises; a new file in `figures/` is tested by being there."""

import inspect
import itertools
import math
import os
import re

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from figures import _contract as contract
from figures import _theme as theme

REPLICATIONS = 30
SMALL = 1e-9  # relative error of a measure that does not depend on the seed


def replications(figure, params):
    """The measures of 30 independent runs."""
    streams = contract.generator(contract.SEED).spawn(REPLICATIONS)
    return [figure.simulate(params, stream)[1] for stream in streams]


def test_figure_agrees_with_its_closed_form(figure):
    """The mean of 30 replications is within 4 standard errors of theory."""
    tolerances = getattr(figure, "TOLERANCE", {})
    for values in figure.CHECKED_AT:
        params = contract.bind(figure.PARAMETERS, values)
        runs = replications(figure, params)
        theory = figure.closed_form(params)
        assert theory, f"theory says nothing at {values}"
        for name, exact in theory.items():
            measured = np.array([run[name] for run in runs], dtype=np.float64)
            where = f"{name} at {values}"
            if math.isinf(exact):
                assert np.isinf(measured).all(), f"{where}: theory says never"
                continue
            mean, error = (
                measured.mean(),
                measured.std(ddof=1) / math.sqrt(REPLICATIONS),
            )
            slack = tolerances.get(name, SMALL * abs(exact)) + 4 * error
            assert error <= 0.05 * abs(exact), f"{where}: too noisy to check"
            assert abs(mean - exact) <= slack, (
                f"{where}: simulated {mean:.6g}, theory says {exact:.6g} ± {slack:.2g}"
            )


def any_values(figure):
    """Any setting that the controls of `figure` can reach."""
    return st.fixed_dictionaries({p.name: any_value(p) for p in figure.PARAMETERS})


def any_value(parameter):
    """Any value of one parameter, its ends more often than the rest."""
    if isinstance(parameter, contract.Choice):
        return st.sampled_from(list(parameter.options))
    low, high = parameter.minimum, parameter.maximum
    ends = st.sampled_from([low, high, parameter.default])
    if parameter.whole:
        return ends | st.integers(int(low), int(high))
    return ends | st.floats(low, high)


def test_figure_holds_over_its_whole_parameter_space(figure):
    """The same search each time, wider where FUZZ says so: `FUZZ=2000 make test-fast`."""
    search = {"max_examples": int(os.environ.get("FUZZ", "120")), "deadline": None}

    @settings(**search, derandomize="FUZZ" not in os.environ, database=None)
    @given(any_values(figure), st.integers(0, 2**32))
    def holds(values, seed):
        run = contract.run(figure, values, seed)
        for column_name, column in run.columns.items():
            assert np.isfinite(column).all(), f"{column_name} at {values}"
        for measure, value in run.measures.items():
            assert not math.isnan(value), f"{measure} at {values}"
        assert_is_a_sentence(run.takeaway)
        assert_units_are_possible(figure, run)
        again = contract.run(figure, values, seed)
        assert again.measures == run.measures and again.takeaway == run.takeaway
        for column_name, column in run.columns.items():
            assert np.array_equal(column, again.columns[column_name])

    holds()


def assert_is_a_sentence(text):
    """One grammatical line that ends in a full stop and shows no machine's word."""
    assert re.fullmatch(r"[A-Z0-9].*\.", text), text
    assert not re.search(
        r"\b(nan|inf|None|null|True|False)\b|[{}]|\d\.\d{7}|  ", text
    ), text
    assert not re.search(
        r"(?<![\d.,])1 (calls|users|days|times|seconds|requests|failures)\b", text
    ), text


def assert_units_are_possible(figure, run):
    """Shares lie between 0 and 1, times and counts are not negative."""
    for measure in figure.MEASURES:
        value = run.measures[measure.name]
        assert value >= 0, (measure.name, value)
        if measure.unit == "%" and measure.name.endswith("_share"):
            assert value <= 1 + 1e-12 or measure.name == "extra_calls_share", (
                measure.name
            )


def test_another_seed_is_another_run(figure):
    runs = [contract.run(figure, {}, seed) for seed in (1, 2)]
    assert any(
        not np.array_equal(runs[0].columns[name], runs[1].columns[name])
        for name in runs[0].columns
    )


def test_both_ends_of_every_control_are_drawn(figure):
    for parameter in figure.PARAMETERS:
        ends = (
            list(parameter.options)
            if isinstance(parameter, contract.Choice)
            else [parameter.minimum, parameter.maximum]
        )
        for value in ends:
            run = contract.run(figure, {parameter.name: value})
            assert_is_a_sentence(run.takeaway)


def test_every_field_of_the_chart_is_a_column_a_measure_or_a_parameter(figure):
    spec = theme.spec(figure.chart())
    run = contract.run(figure)
    known = {*run.columns, *run.measures, *vars(run.params)}
    made = re.findall(r"'as': '(\w+)'", str(spec))
    made += [
        x
        for pair in re.findall(r"'as': \[([^\]]+)\]", str(spec))
        for x in re.findall(r"\w+", pair)
    ]
    fields = set(re.findall(r"'field': '(\w+)'", str(spec)))
    assert fields, "the chart encodes nothing"
    assert fields <= known | set(made)


def test_the_axes_of_the_chart_stay_still(figure):
    """Every quantitative position scale has its domain written down."""
    spec = theme.spec(figure.chart())
    fixed = re.findall(r"'domain': \[", str(spec))
    assert len(fixed) >= 2
    assert not {"hconcat", "vconcat", "concat", "facet", "params"} & spec.keys()


def marks_of(part):
    """The mark of each layer, whatever stands around it."""
    if "layer" in part:
        return [mark for layer in part["layer"] for mark in marks_of(layer)]
    return [part["mark"]]


def test_a_label_is_one_mark_with_its_outline_and_nothing_else_is_changed(figure):
    """Letters that follow their own outline are left out, for as many as there are."""
    chart = figure.chart()
    made = marks_of(chart.to_dict())
    labels = [over | theme.OUTLINE == under for under, over in itertools.pairwise(made)]
    kept = [
        mark
        for mark, is_over in zip(made, [False, *labels], strict=True)
        if not is_over
    ]
    assert marks_of(theme.spec(chart)) == kept


def test_names_and_labels_are_in_order(figure):
    names = [p.name for p in (*figure.PARAMETERS, *figure.MEASURES)]
    assert len(names) == len(set(names))
    for parameter in figure.PARAMETERS:
        assert parameter.label[0].isupper() and not parameter.label.endswith(".")
        assert parameter.bind(parameter.default) == parameter.default
    shown = [p for p in figure.PARAMETERS if not p.more]
    assert 1 <= len(shown) <= 4, "the few controls that matter come first"


def test_simulate_reads_nothing_but_its_arguments(figure):
    source = inspect.getsource(figure)
    assert not re.search(
        r"np\.random\.(?!default_rng)\w+\(|import (scipy|random|time)\b", source
    )
    assert "open(" not in source


def test_card_names_the_model_its_direction_and_its_source(figure):
    card = figure.__doc__
    title, question, *_ = card.strip().split("\n\n")
    assert "\n" not in title and question.rstrip().endswith("?")
    for part in ("Model:", "Kinder than the world:", "Source:"):
        assert part in card, part
    constants = re.findall(r"(?m)^([A-Z][A-Z0-9_]+) = ", inspect.getsource(figure))
    uncommented = [
        name
        for name in constants
        if name not in ("PARAMETERS", "MEASURES", "CHECKED_AT")
        and not re.search(rf"(?m)^{name} = .*  # ", inspect.getsource(figure))
    ]
    assert uncommented == [], "a constant says what it is, in a comment behind it"
