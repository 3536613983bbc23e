"""Native time of every figure: at the defaults, and at both ends of each control.

Medians of a few runs, in milliseconds; the ratio is to the fastest figure's defaults,
since machines are noisy and only ratios within one run mean anything.
"""

import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from figures import _contract as contract

RUNS = 7


def milliseconds(figure, values):
    """Median time of one run at `values`."""
    contract.run(figure, values)
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        contract.run(figure, values)
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def ends(parameter):
    """Every value at an end of a control."""
    if isinstance(parameter, contract.Choice):
        return list(parameter.options)
    return [parameter.minimum, parameter.maximum]


def main():
    """Print the table."""
    rows = []
    for name in contract.names():
        figure = contract.load(name)
        slowest = max(
            (milliseconds(figure, {p.name: value}), f"{p.name}={value}")
            for p in figure.PARAMETERS
            for value in ends(p)
        )
        rows.append((name, milliseconds(figure, {}), *slowest))
    fastest = min(row[1] for row in rows)
    print(f"{'figure':18} {'defaults':>9} {'ratio':>6} {'slowest':>9}  at")
    for name, default, slowest, where in rows:
        ratio = default / fastest
        print(f"{name:18} {default:7.1f}ms {ratio:6.1f} {slowest:7.1f}ms  {where}")


if __name__ == "__main__":
    main()
