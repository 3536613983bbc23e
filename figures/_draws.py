"""Random draws with the law of NumPy's own, and sooner made."""

import math

import numpy as np

FEW = 4  # on average; up to there, letting all of them fall is the quicker way
FAR = 12  # standard deviations beyond which there is nothing to add


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


def grouped_poisson(rng, mean, size):
    """The same counts, but equal ones side by side: for who asks only how many there are."""
    counts, law = poisson_law(mean)
    places = rng.multinomial(math.prod(size), law).astype(np.intp)
    return np.repeat(counts, places).reshape(size)


def poisson_law(mean):
    """The counts that a Poisson count may take, and their probabilities."""
    reach = FAR * math.sqrt(mean) + FAR
    i = np.arange(max(0, math.floor(mean - reach)), math.ceil(mean + reach) + 1)
    log_ratio = np.log(max(mean, 1e-300)) - np.log(i[1:])
    log_p = np.append(0, log_ratio.cumsum())
    p = np.exp(log_p - log_p.max())
    return i, p / p.sum()
