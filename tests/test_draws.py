"""Our draws have the law of NumPy's."""

import numpy as np
import pytest
from scipy import stats

from figures import _contract as contract
from figures._draws import FEW, grouped_poisson, poisson

SIZE = (300, 400)


@pytest.mark.parametrize("mean", [0.003, 0.5, 1, FEW, FEW + 1e-9, 30])
def test_counts_are_poisson_and_independent(mean):
    counts = poisson(contract.generator(7), mean, SIZE)
    assert counts.shape == SIZE and counts.dtype == np.int64
    assert chance_of(counts, mean) > 1e-4
    for axis in (0, 1):  # the sums along an axis vary as sums of independent counts do
        sums = counts.sum(axis=axis)
        spread = ((sums - sums.mean()) ** 2).sum() / (mean * SIZE[axis])
        assert 1e-4 < stats.chi2(len(sums) - 1).cdf(spread) < 1 - 1e-4


@pytest.mark.parametrize("mean", [0.003, 1, 30, 1e5])
def test_grouped_counts_are_poisson(mean):
    counts = grouped_poisson(contract.generator(7), mean, SIZE)
    assert counts.shape == SIZE and counts.dtype == np.int64
    assert chance_of(counts, mean) > 1e-4


def test_without_a_mean_nothing_is_counted():
    for draw in (poisson, grouped_poisson):
        assert not draw(contract.generator(7), 0, SIZE).any()


def chance_of(counts, mean):
    """P(counts that are farther from the Poisson law than these), by chi squared."""
    law = stats.poisson(mean)
    most = int(law.ppf(1 - 100 / counts.size))  # from here on, in one class
    found = np.bincount(counts.ravel().clip(0, most), minlength=most + 1)
    expected = np.append(law.pmf(range(most)), law.sf(most - 1)) * counts.size
    likely = expected >= 10
    _, chance = stats.chisquare(
        [*found[likely], found[~likely].sum()] if not likely.all() else found,
        [*expected[likely], expected[~likely].sum()] if not likely.all() else expected,
    )
    return chance
