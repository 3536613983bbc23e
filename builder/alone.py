"""A figure that runs without the book: a script or a notebook that needs only NumPy.

Both are made of the figure's own file, of what it needs of `figures/_contract.py`, and
of one line, `TAKEN = …`, that holds the state: a page puts its reader's into it.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections import Counter
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from builder import parts
from builder.content import Reference
from builder.mistakes import Mistakes
from figures import _contract as contract

References = Mapping[str, Reference]

BUILDER = Path(__file__).parent
ROOTS = ("PARAMETERS", "MEASURES", "simulate", "closed_form", "takeaway")
SHARED = ("bind", "run", "report")  # of the contract, whatever a figure imports
OWN = ("TAKEN", "figure", "taken", "exact", "drawn", "data_of", "alt", "json", "np")
ORIGIN = (
    "Taken along from the live figure `{name}` of “On the difference between possible"
    " and durable”. The address of its page, in the state that was taken, is in TAKEN"
    " below; change the parameters or the seed there, and run it again. It needs only"
    f" NumPy; with NumPy {version('numpy')} it gives the numbers of the page."
)
HEAD = f"""\
# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy=={version("numpy")}"]
# ///
"""
RUN = """\
figure = SimpleNamespace(**globals())
taken = run(figure, TAKEN["parameters"], TAKEN["seed"])
exact = closed_form(taken.params)
print(report(figure, taken, exact))
"""
ALTAIR = """\
try:
    import altair as alt
except ImportError:
    alt = None  # all that is above does without it
"""
DRAWN = '''\
def drawn(run):
    """The chart of one run, in the colours of a light page."""
    whole = spec(chart()) | {"datasets": data_of(run)}
    whole["config"]["background"] = PALETTES["light"][PAPER]
    text = json.dumps(whole)
    for name, colour in PALETTES["light"].items():
        text = text.replace(name, colour)
    return alt.Chart.from_dict(json.loads(text))
'''
DRAW = 'drawn(taken) if alt else "pip install altair, then run this again"\n'


def script(name: str, state: dict[str, Any], references: References) -> str:
    """The figure as a script that prints what its page shows in that state."""
    about = about_of(name, references)
    about = about.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    opening = f'{HEAD}"""{about}\n"""\n\n{opening_of(name, state)}'
    return opening + "".join(f"\n\n# %% {t}\n\n{code}" for t, code in cells(name))


def notebook(name: str, state: dict[str, Any], references: References) -> str:
    """The figure as a notebook that prints the same, and draws it if Altair is there."""
    made = [cell(0, f"# {about_of(name, references)}", "markdown")]
    made.append(cell(1, HEAD + "\n" + opening_of(name, state)))
    for title, code in (*cells(name), ("The chart", chart_of(name)), ("", DRAW)):
        made.append(cell(len(made), f"# {title}\n\n{code}" if title else code))
    python = {"display_name": "Python 3", "language": "python", "name": "python3"}
    book: dict[str, Any] = {"cells": made, "metadata": {"kernelspec": python}}
    book |= {"nbformat": 4, "nbformat_minor": 5}
    return json.dumps(book, indent=1, ensure_ascii=False) + "\n"


def cell(at: int, text: str, kind: str = "code") -> dict[str, Any]:
    """One cell of a notebook."""
    made: dict[str, Any] = {"cell_type": kind, "id": f"cell-{at}", "metadata": {}}
    made |= {"execution_count": None, "outputs": []} if kind == "code" else {}
    return made | {"source": text.strip().splitlines(keepends=True)}


def taken(state: dict[str, Any]) -> str:
    """The one line that holds the state; the browser writes the same."""
    return f"TAKEN = {json.dumps(state, ensure_ascii=False)}"


def about_of(name: str, references: References) -> str:
    """What the figure's docstring says, what that cites, and where the file is from."""
    said = (contract.load(name).__doc__ or "").strip()
    keys = dict.fromkeys(key for key in re.findall(r"@([\w-]+)", said))
    cited = [told(key, references[key]) for key in keys if key in references]
    return "\n\n".join((said, *cited, wrapped(ORIGIN.format(name=name))))


def told(key: str, source: Reference) -> str:
    """A source in a line or two: "[@dean2013] Dean, Barroso, The Tail at Scale, …"."""
    parts_of_it = (source.author, source.title, source.venue, source.year)
    line = f"[@{key}]: " + ", ".join(str(part) for part in parts_of_it)
    return wrapped(f"{line}, {source.address}" if source.address else line)


def wrapped(text: str) -> str:
    """`text` in lines of code width; an address is never broken."""
    return textwrap.fill(text, 88, break_long_words=False, break_on_hyphens=False)


def opening_of(name: str, state: dict[str, Any]) -> str:
    """The imports of all that follows, and the state."""
    pieces = [part for kept in gathered(name).values() for part in kept]
    return f"{parts.imports(pieces, 'figures')}\n{taken(state)}\n"


def cells(name: str) -> list[tuple[str, str]]:
    """The sections between state and chart: a title, and code."""
    made = [
        (f"From figures/{module}.py", parts.code(kept))
        for module, kept in gathered(name).items()
    ]
    return [*made, ("The run", RUN)]


@cache
def gathered(name: str) -> dict[str, list[parts.Part]]:
    """What the figure runs on, of each module of the book, in the order to read it."""
    wanted: dict[str, set[str]] = {"_contract": set(SHARED), name: set(ROOTS)}
    modules = [name]
    for module in modules:  # grows on the way
        for other, names in imported(module, kept_of(module, wanted[module])):
            wanted.setdefault(other, set()).update(names)
            modules += [other] if other not in modules else []
    order = dict.fromkeys(("_contract", *reversed(modules)))
    found = {module: kept_of(module, wanted[module]) for module in order}
    check_names(name, found)
    return found


def kept_of(module: str, wanted: set[str]) -> list[parts.Part]:
    """The parts of a figure's module that these names need."""
    source = (contract.FOLDER / f"{module}.py").read_text(encoding="utf-8")
    return parts.needed(parts.parts(source), wanted)


def imported(module: str, kept: list[parts.Part]) -> list[tuple[str, list[str]]]:
    """The other modules of the book that a module imports from, and what."""
    found = []
    for part in kept:
        if not part.is_import or not re.search(r"\bfigures\b", part.text):
            continue
        source = re.match(r"from figures\.(\w+) import", part.text)
        if not source or " as " in part.text:
            raise Mistakes(
                f"figures/{module}.py: a script of one file cannot import as"
                f" {part.text!r} does. Right would be from figures._contract import NAME"
            )
        found.append((source[1], part.names))
    return found


def check_names(name: str, found: dict[str, list[parts.Part]]) -> None:
    """Refuse a name that two modules of one script define."""
    theme = parts.parts((contract.FOLDER / "_theme.py").read_text(encoding="utf-8"))
    finite = [
        p for p in kept_of("_contract", {"finite"}) if p not in found["_contract"]
    ]
    pieces = [*theme, *finite, *(part for kept in found.values() for part in kept)]
    count = Counter(n for p in pieces if not p.is_import for n in p.names)
    for clash in (n for n in count if count[n] > 1 or n in OWN):
        raise Mistakes(
            f"figures/{name}.py: {clash!r} is a name in figures/_contract.py,"
            " figures/_theme.py or the script that readers take along as well."
            " Right would be another name"
        )


def chart_of(name: str) -> str:
    """The theme, `chart()` and what draws it, all asleep where Altair is not."""
    theme = (contract.FOLDER / "_theme.py").read_text(encoding="utf-8")
    drawing = (BUILDER / "drawing.py").read_text(encoding="utf-8")
    model = gathered(name)[name]
    own = [part for part in kept_of(name, {"chart"}) if part not in model]
    pieces = [
        parts.code(parts.parts(theme)),
        parts.code(parts.needed(parts.parts(drawing), {"data_of"})),
        parts.code(kept_of("_contract", {"finite"})),
        parts.code(own),
        DRAWN,
    ]
    code = "\n\n".join(pieces).replace("contract.finite", "finite")
    code = code.replace(
        "from figures import _theme as theme", "theme = SimpleNamespace(**globals())"
    )
    return f"import json\n\n{ALTAIR}\nif alt:\n{textwrap.indent(code, '    ')}"
