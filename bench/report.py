"""Writes what was measured, as RESULTS.md; the colophon shows its budgets."""

import json
import os
import platform
import re
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from bench import summary
from builder.chromium import find as find_chromium

ROOT = Path(__file__).resolve().parent.parent
BUDGETS = "## Budgets"

Say = Callable[[str], None]  # a line of progress


@dataclass
class Goal:
    """One budget: what was found, and what it may be at most."""

    what: str
    found: float
    limit: float
    unit: str = ""
    aim: float | None = None

    @property
    def row(self) -> tuple[str, ...]:
        """The budget as a row of the first table."""
        unit = f" {self.unit}" if self.unit else ""
        aim = f"{self.aim:g}{unit}" if self.aim is not None else ""
        found, verdict = (
            summary.figures(self.found),
            summary.verdict(self.found, self.limit),
        )
        return (self.what, f"{found}{unit}", f"{self.limit:g}{unit}", verdict, aim)


@dataclass
class Section:
    """One table with its title, a note, and the budgets it speaks of."""

    title: str
    note: str
    header: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    goals: list[Goal] = field(default_factory=list)

    @property
    def markdown(self) -> str:
        """Title, note, table."""
        table = summary.table(self.header, self.rows) if self.rows else ""
        parts = (f"## {self.title}", self.note, table)
        return "\n\n".join(part for part in parts if part)


def markdown(sections: list[Section]) -> str:
    """The whole report."""
    goals = [goal.row for section in sections for goal in section.goals]
    header = ("budget", "found", "at most", "", "aim")
    budgets = [f"{BUDGETS}\n\n{summary.table(header, goals)}"] if goals else []
    texts = [f"# Results\n\n{setting()}", *budgets, *(s.markdown for s in sections)]
    return "\n\n".join(texts) + "\n"


def write(folder: Path, sections: list[Section], measured: list[str]) -> None:
    """Write the report: these sections anew, the others as they were."""
    path = folder / "RESULTS.md"
    before = path.read_text() if path.exists() else ""
    path.write_text(renewed(before, sections, measured))


def renewed(before: str, sections: list[Section], measured: Sequence[str] = ()) -> str:
    """An earlier report with what was measured again in place of what was there.

    That one of these parts could not be measured before is no news any more.
    """
    old, new = parts(before), parts(markdown(sections))
    old = {t: text for t, text in old.items() if t.removeprefix("## ") not in measured}
    if BUDGETS in old and BUDGETS in new:
        budgets = rows(old[BUDGETS]) | rows(new[BUDGETS])
        new[BUDGETS] = "\n".join(budgets.values())
    return "\n\n".join((old | new).values()) + "\n"


def parts(report: str) -> dict[str, str]:
    """Each section of a report by its first line; what stands before them by ""."""
    found = (text.strip() for text in re.split(r"(?m)^(?=## )", report))
    return {t.partition("\n")[0] * t.startswith("## "): t for t in found if t}


def rows(section: str) -> dict[str, str]:
    """Each line of a section; of a table by its first cell, without the brackets."""
    return {
        re.split(r"(?<=\S)( \(| \|)", line)[0]: line for line in section.split("\n")
    }


def setting() -> str:
    """When, on what, and with what."""
    packages = json.loads((ROOT / "package.json").read_text())
    npm = packages["dependencies"] | packages["devDependencies"]
    versions = [f"{name} {npm[name]}" for name in ("pyodide", "vega", "vega-lite")]
    versions += [f"vega-embed {npm['vega-embed']}"]
    versions += [
        f"{name} {version(name)}" for name in ("numpy", "altair", "playwright")
    ]
    return (
        f"Written by `make bench` on {time.strftime('%Y-%m-%d')}: {machine()};"
        f" Chromium {chromium()}, Python {platform.python_version()},"
        f" {', '.join(versions)}.\n\n"
        "Numbers are medians with their range in brackets. What is compared was measured"
        " in turn within one run; times mean something only beside one another."
    )


def machine() -> str:
    """Cores, processor and memory."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"{os.cpu_count()} cores, {processor()}, {memory / 2**30:.0f} GB"


def processor() -> str:
    """The processor's own name, if the system tells it."""
    try:
        found = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    except OSError:
        found = None
    return found[1].strip() if found else platform.processor() or platform.machine()


def chromium() -> str:
    """The version of the browser that was measured."""
    command = [find_chromium(), "--version"]
    done = subprocess.run(command, capture_output=True, text=True)
    found = re.search(r"[\d.]{5,}", done.stdout)
    return found[0] if found else "unknown"
