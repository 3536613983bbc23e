"""How long an author waits: a full build, and the page after a change to one file."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import timing
from bench.report import Goal, Say, Section
from bench.subjects import Subject
from bench.summary import median, spread
from builder.cache import CACHE
from builder.mistakes import Mistakes

ROOT = Path(__file__).resolve().parent.parent
LEFT = (".git", ".venv", "_site*", "node_modules", "__pycache__", ".*_cache")
PATIENCE_S = 600
REST_S = 8  # between two changes, as an author rests: the site gets whole meanwhile
CHANGED = {  # what an author changes: the file, and what is added to it
    "an idea's text": ("content/2-fast-and-affordable/4-tail-latency.md", "\nMore.\n"),
    "a figure": ("figures/tail_latency.py", "\n# More.\n"),
    "a style sheet": ("static/css/prose.css", "\n/* More. */\n"),
}


def here(subjects: list[Subject], runs: int | None, say: Say) -> list[Section]:
    """Full builds, and changes of one file under `build.py serve`."""
    runs = runs or 2
    with TemporaryDirectory(prefix="bench-") as folder:
        tree = copy(Path(folder) / "tree")
        empty, full = full_builds(tree, Path(folder), runs, say)
        changed = one_file_changes(tree, Path(folder) / "cache", runs, say)
    rows = [["full build, as on a fresh machine after setup", spread(empty)]]
    rows += [["full build again, nothing changed", spread(full)]]
    rows += [
        [f"`make serve`: {what} changed", spread(t)] for what, t in changed.items()
    ]
    slowest = max(changed, key=lambda what: median(changed[what]))
    goals = [
        Goal("full build after setup", median(empty), 10, "s"),
        Goal(f"one file changed ({slowest})", median(changed[slowest]), 1, "s"),
    ]
    note = "The cache holds what `make setup` puts there, and nothing else. A change is"
    note += f" told when its pages can be read; {REST_S} s pass before the next."
    return [Section("Builds", note, ["s", "this tree"], rows, goals)]


def full_builds(
    tree: Path, folder: Path, runs: int, say: Say
) -> tuple[list[float], list[float]]:
    """Seconds of builds after a set-up, and of builds that follow them."""
    empty, full = [], []
    for run in range(runs):
        set_up(tree, folder / "cache")
        empty.append(build(tree, folder / "cache")[0])
        full.append(build(tree, folder / "cache")[0])
        say(f"run {run + 1}: full build {empty[-1]:.1f} s, again {full[-1]:.1f} s")
    return empty, full


def copy(folder: Path) -> Path:
    """This tree, to be changed at will."""
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*LEFT))
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    return folder


def set_up(tree: Path, cache: Path) -> None:
    """A cache as `make setup` leaves it, on a machine that had nothing else in it."""
    shutil.rmtree(cache, ignore_errors=True)
    shutil.copytree(CACHE / "runtime", cache / "runtime")  # downloaded long ago
    run(tree, cache, "build.py", "fetch")


def build(tree: Path, cache: Path = CACHE) -> tuple[float, float]:
    """Seconds and peak megabytes of one build of `tree`."""
    began = time.perf_counter()
    _, peak = run(tree, cache, "build.py")
    return time.perf_counter() - began, peak


def simulate(tree: Path, figure: str) -> tuple[float, float]:
    """Milliseconds of a simulation in `tree`, and peak megabytes."""
    code = f"{Path(timing.__file__).read_text()}\nprint(*milliseconds({figure!r}))"
    said, peak = run(tree, CACHE, "-c", code)
    return median([float(word) for word in said.split()]), peak


def run(tree: Path, cache: Path, *arguments: str) -> tuple[str, float]:
    """What Python in `tree` prints, and the peak megabytes of its largest process."""
    with subprocess.Popen(
        [sys.executable, *arguments],
        cwd=tree,
        env={**os.environ, "DURABLE_CACHE": str(cache)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        said = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        last = said.strip().rpartition("\n")[2]
        raise Mistakes(f"bench: {arguments[0]} failed in a copy of the tree: {last}")
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return said, usage.ru_maxrss / unit


def one_file_changes(
    tree: Path, cache: Path, runs: int, say: Say
) -> dict[str, list[float]]:
    """Seconds from a change of one file until open pages are told to reload."""
    took: dict[str, list[float]] = {what: [] for what in CHANGED}
    with serving(tree, cache) as address:
        for run in range(runs):
            for what, (path, more) in CHANGED.items():
                time.sleep(REST_S)
                took[what].append(until_told(address, tree / path, more))
                say(f"run {run + 1}: {what}: {took[what][-1]:.2f} s")
    return took


@contextmanager
def serving(tree: Path, cache: Path) -> Iterator[str]:
    """`build.py serve` in `tree`; its address, once it has one."""
    with subprocess.Popen(
        [sys.executable, "build.py", "serve", "--port", str(free_port())],
        cwd=tree,
        env={**os.environ, "DURABLE_CACHE": str(cache)},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            for line in process.stderr:
                if found := re.match(r"http://[\d.:]+", line):
                    break
            else:
                raise Mistakes("bench: `build.py serve` ended and told no address")
            yield found[0]
        finally:
            process.terminate()


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until_told(address: str, file: Path, more: str) -> float:
    """Seconds from a change of `file` until the server tells open pages of it."""
    with urllib.request.urlopen(f"{address}/-/changes", timeout=PATIENCE_S) as stream:
        time.sleep(1)  # the server waits for changes by now
        began = time.perf_counter()
        file.write_text(file.read_text() + more)
        for line in stream:
            if line.startswith(b"data:"):
                return time.perf_counter() - began
    raise Mistakes(f"bench: `build.py serve` did not tell of a change to {file.name}")
