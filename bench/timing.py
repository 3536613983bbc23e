"""Time of a figure's simulation: the same lines run natively and in the browser."""

import time

import numpy as np

from figures import _contract as contract

RUNS = 5


def milliseconds(name):
    """Each of a few runs of `simulate` at the defaults, after one to warm up."""
    figure = contract.load(name)
    params = contract.bind(figure.PARAMETERS, {})
    took = []
    for _ in range(RUNS + 1):
        began = time.perf_counter()
        figure.simulate(params, np.random.default_rng(contract.SEED))
        took.append(1000 * (time.perf_counter() - began))
    return took[1:]
