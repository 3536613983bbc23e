"""`python build.py new figure NAME`: a figure that works, to be changed from there."""

from __future__ import annotations

import keyword
import re
from pathlib import Path

from builder.content import read_book
from builder.mistakes import Mistakes
from figures import _contract as contract

FIGURE = '''"""{title}

How many successes do a hundred tries bring?

Model: independent tries, each a success with the same probability. (Name every
assumption.)

Kinder than the world: one try does not spoil the next. (Say what is left out, and in
which direction that misleads.)

Source: the binomial distribution.
"""

import numpy as np

from figures._contract import Measure, Parameter, quantity

PARAMETERS = (Parameter("success_share", "Chance of success", "%", 0, 1, 0.01, 0.5),)
MEASURES = (Measure("mean_successes", "Successes in a hundred, mean", ""),)
CHECKED_AT = ({{}}, {{"success_share": 0.9}})
TRIES = 100  # tries in one experiment
EXPERIMENTS = 10_000  # experiments in one run


def simulate(params, rng):
    """Share of experiments with each number of successes."""
    successes = rng.binomial(TRIES, params.success_share, EXPERIMENTS)
    count = np.bincount(successes, minlength=TRIES + 1)
    columns = {{"successes": np.arange(TRIES + 1), "share": count / EXPERIMENTS}}
    return columns, {{"mean_successes": successes.mean()}}


def closed_form(params):
    """The same measure, from theory."""
    return {{"mean_successes": TRIES * params.success_share}}


def takeaway(params, measures):
    """The sentence under the chart."""
    chance = quantity(params.success_share, "%")
    mean = measures["mean_successes"]
    return f"At {{chance}}, {{mean:.1f}} tries of {{TRIES}} succeed."


def chart():
    """The share of experiments against the number of successes."""
    import altair as alt

    from figures import _theme as theme

    share = alt.Y("share:Q", title="Share of experiments").scale(domain=[0, 0.3])
    successes = alt.X("successes:Q", title="Successes").scale(domain=[0, TRIES])
    return (
        theme.columns()
        .mark_area(color=theme.STEADY, opacity=0.6, clip=True)
        .encode(successes, share)
    )
'''

SECTION = """
## {title}

Say what the reader should try, and what they will see.

```figure {name}
Say what is drawn, and what is dashed.
```
"""


def new_figure(root: Path, name: str, page: str | None) -> list[str]:
    """Write both files, and say where they are."""
    check_name(root, name)
    section = section_file(root, page)
    file = root / "figures" / f"{name}.py"
    title = name.replace("_", " ").capitalize()
    file.write_text(FIGURE.format(title=title), encoding="utf-8")
    text = section.read_text(encoding="utf-8").rstrip("\n") + "\n"
    section.write_text(text + SECTION.format(title=title, name=name), encoding="utf-8")
    return [
        f"figures/{name}.py: written. Change the docstring first, then the parts",
        f"{section.relative_to(root)}: a section was added at the end."
        " Move it where it belongs, and look at it with `make serve`",
    ]


def check_name(root: Path, name: str) -> None:
    """A figure's name is a new Python name in lower case."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise Mistakes(
            f"new figure: a name is lower case letters, digits and _, got {name!r}."
            " waiting_time would be right"
        )
    if name in contract.names():
        raise Mistakes(f"figures/{name}.py: the figure exists. Choose another name")


def section_file(root: Path, page: str | None) -> Path:
    """The Markdown file that gets the section: the named one, or the last idea's."""
    ideas = [
        root / "content" / i.document.path for i in read_book(root / "content").ideas
    ]
    if page is None:
        return ideas[-1]
    if (root / page).resolve() not in ideas:
        known = [idea.relative_to(root).as_posix() for idea in ideas]
        raise Mistakes(
            f"--page: no idea at {page!r}.{contract.did_you_mean(page, known)}"
        )
    return (root / page).resolve()
