"""Time of a figure's simulation: the same lines run natively and in the browser."""

import time

from figures import _contract as contract

RUNS = 5
WARM_S = 0.2  # until a browser has compiled what runs often as well as it can


def milliseconds(name):
    """Each of a few runs of `simulate` at the defaults, once it is warm."""
    figure = contract.load(name)
    params = contract.bind(figure.PARAMETERS, {})
    took = []
    warm = time.perf_counter() + WARM_S
    while time.perf_counter() < warm or len(took) < RUNS:
        began = time.perf_counter()
        figure.simulate(params, contract.generator(contract.SEED))
        took.append(1000 * (time.perf_counter() - began))
    return took[-RUNS:]
