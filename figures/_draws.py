"""Random draws with the law of NumPy's own, and sooner made."""

import math

import numpy as np

FEW = 4  # on average; up to there, letting all of them fall is the quicker way


def poisson(rng, mean, size):
    """Poisson counts of this mean, in an array of this size.

    All of them are counted at once and fall where chance has them fall, as in a Poisson
    process, which is quicker than a count for each place, unless there are many.
    """
    if mean > FEW:
        return rng.poisson(mean, size)
    places = math.prod(size)
    fallen = rng.integers(places, size=rng.poisson(mean * places))
    return np.bincount(fallen, minlength=places).reshape(size).astype(np.int64)
