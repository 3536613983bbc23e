"""Independent runs of one figure, and whether they agree with theory."""

import math

import numpy as np

from figures import _contract as contract

REPLICATIONS = 30


def bound(figure, **values):
    """The parameters of `figure` at these values."""
    return contract.bind(figure.PARAMETERS, values)


def theory(figure, **values):
    """What the closed form says at these values."""
    return figure.closed_form(bound(figure, **values))


def runs(figure, name, replications=REPLICATIONS, **values):
    """One measure in many replications."""
    params = bound(figure, **values)
    streams = contract.generator(contract.SEED).spawn(replications)
    return np.array([figure.simulate(params, rng)[1][name] for rng in streams])


def close(samples, exact, errors=4):
    """The mean of the samples is within so many standard errors."""
    error = samples.std(ddof=1) / math.sqrt(len(samples))
    assert error < 0.05 * abs(exact)
    return abs(samples.mean() - exact) < errors * error
