"""The same file gives the same numbers natively and in the reader's browser."""

import math

import numpy as np
import pytest

from figures import _contract as contract
from tests.python_in_the_browser import ask_python

pytestmark = pytest.mark.browser

ALL = """Promise.all(%s.map(async ([values, seed]) => {
  const run = await python.run("%s", values, seed);
  const columns = Object.entries(run.columns).map(([n, c]) => [n, [...c]]);
  return {...run, columns: Object.fromEntries(columns)};
}))"""


def settings(figure):
    """The defaults, both ends of every control, and the settings that theory checks."""
    values = [{}, *figure.CHECKED_AT]
    for parameter in figure.PARAMETERS:
        if isinstance(parameter, contract.Choice):
            values += [{parameter.name: option} for option in parameter.options]
        else:
            ends = (parameter.minimum, parameter.maximum)
            values += [{parameter.name: end} for end in ends]
    return values


def test_browser_and_native_agree_to_1e_12(reader, name, figure):
    asked = [(values, contract.SEED + at) for at, values in enumerate(settings(figure))]
    reader.goto(f"/figures/{name}/")
    import json

    found = reader.evaluate(ask_python(ALL % (json.dumps(asked), name)))
    assert isinstance(found, list), found
    for (values, seed), there in zip(asked, found, strict=True):
        here = contract.run(figure, values, seed)
        assert there["takeaway"] == here.takeaway, values
        assert there["parameters"] == vars(here.params)
        for column, numbers in here.columns.items():
            np.testing.assert_allclose(
                there["columns"][column],
                numbers,
                rtol=1e-12,
                atol=1e-12,
                err_msg=column,
            )
        for measure, value in here.measures.items():
            other = there["measures"][measure]
            other = math.inf if other is None else other
            assert other == pytest.approx(value, rel=1e-12, abs=1e-12), (
                measure,
                values,
            )
        theory = figure.closed_form(here.params)
        assert there["closed_form"].keys() == theory.keys()
        for measure, value in theory.items():
            other = there["closed_form"][measure]
            other = math.inf if other is None else other
            assert other == pytest.approx(value, rel=1e-9, abs=1e-9), (measure, values)
