"""What the plain page asks Python for: a chart with its data, as JSON."""

import json

from figures import _contract as contract
from figures import _theme as theme
from figures import tail_latency


def draw(fan_out):
    """Vega-Lite of one run, made and validated by Altair."""
    run = contract.run(tail_latency, {"fan_out": fan_out})
    rows = zip(*(column.tolist() for column in run.columns.values()), strict=True)
    spec = theme.spec(tail_latency.chart())
    spec["datasets"] = {
        "columns": [dict(zip(run.columns, row, strict=True)) for row in rows],
        "measures": [{**vars(run.params), **contract.finite(run.measures)}],
    }
    return json.dumps(spec)


draw  # noqa: B018 - the value of the file, which `runPython` returns
