"""What growth costs: figures on a page, ideas in the book, samples in a simulation."""

import re
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Error

from bench import browser, builds, many, memory, updates
from bench.report import Say, Section
from bench.server import Site
from bench.subjects import BOOK, Subject, served
from bench.summary import figures, median, percentile
from builder.cache import CACHE
from builder.mistakes import Mistakes
from figures import _contract as contract
from figures.tail_latency import CALLS, REQUESTS

FIGURES = (10, 30, 100)
IDEAS = (100, 300, 1000)
SAMPLES = (1, 10, 100)
FOLDER = "content/2-fast-and-affordable"
FIRST_NUMBER = 101  # of the ideas that are made up
TAIL = "figures/tail_latency.py"


def of_figures(subjects: list[Subject], runs: int | None, say: Say) -> list[Section]:
    """A page with more and more figures."""
    book = next(subject for subject in subjects if subject.name == BOOK)
    rows = []
    for count in FIGURES:
        path = many.page(book.folder, count)
        with served([book]) as sites:
            found = with_figures(sites[BOOK], path)
        rows.append([f"{count}", *map(figures, found)])
        say(f"{count} figures: first change painted in {found[1]:.2f} s")
    header = ["figures on a page", "readable, ms", "first change painted, s"]
    header += ["all live and drawn by Altair, s", "longest task meanwhile, ms"]
    header += ["input → painted then, median, ms", "p95, ms"]
    header += ["worker, MB", "process, MB"]
    note = "Made of the ten figures in turn; a first visit, one run of each."
    return [Section("Growth: figures on a page", note, header, rows)]


def with_figures(site: Site, path: str) -> tuple[float, ...]:
    """The cells of one row."""
    with browser.reader() as reader:
        page = memory.opened(reader, "about:blank")
        page.goto(site.address + path, wait_until="commit")
        first = page.evaluate("probe.firstChange()")
        many.wake_all(page)
        alive = page.evaluate("performance.now()")
        longest = max((took for _, took in page.evaluate("probe.tasks")), default=0)
        browser.at_rest(page, site.sent)
        single = updates.changes(page)["single"]
        return (
            first["readable"],
            first["painted"] / 1000,
            alive / 1000,
            longest,
            median(single),
            percentile(single, 0.95),
            memory.python(page),
            reader.memory(),
        )


def of_ideas(subjects: list[Subject], runs: int | None, say: Say) -> list[Section]:
    """A book with more and more ideas."""
    rows = []
    with TemporaryDirectory(prefix="bench-") as folder:
        tree = builds.copy(Path(folder) / "tree")
        cache = Path(shutil.copytree(CACHE, Path(folder) / "cache"))
        before, least = len(contract.names()), builds.build(tree, cache)
        rows.append([f"{before}, as it is", figures(least[0]), "—", figures(least[1])])
        last = least[0]
        for count in IDEAS:
            add_ideas(tree, count)
            took, peak = builds.build(tree, cache)
            slope = 1000 * (took - last) / (count - before)
            rows.append([f"{count}", *map(figures, (took, slope, peak))])
            say(f"{count} ideas: {took:.1f} s")
            before, last = count, took
    header = ["ideas", "full build, s", "each further idea, ms", "peak, MB"]
    note = (
        "Copies of the idea on tail latency, new to the cache; the rest is kept there."
    )
    return [Section("Growth: ideas in the book", note, header, rows)]


def add_ideas(tree: Path, count: int) -> None:
    """Bring the tree to so many ideas, and give the made-up ones a new text."""
    original = (tree / FOLDER / "4-tail-latency.md").read_text()
    missing = count - len(contract.names())
    for number in range(FIRST_NUMBER, FIRST_NUMBER + missing):
        text = re.sub(r"(?m)^title: .*", f"title: Idea {number} of {count}", original)
        (tree / FOLDER / f"{number}-idea-{number}.md").write_text(text)


def of_samples(subjects: list[Subject], runs: int | None, say: Say) -> list[Section]:
    """The simulation of tail latency with more and more samples."""
    rows = []
    for factor in SAMPLES:
        with TemporaryDirectory(prefix="bench-") as folder:
            tree = builds.copy(Path(folder) / "tree")
            multiply_samples(tree / TAIL, factor)
            native, native_peak = builds.simulate(tree, "tail_latency")
            builds.build(tree)
            with served([Subject(BOOK, tree / "_site")]) as sites:
                found = with_samples(sites[BOOK])
        rows.append([f"× {factor}", *map(figures, (native, native_peak)), *found])
        say(f"× {factor}: natively {native:.0f} ms, in the browser {found[0]}")
    header = ["samples", "natively, ms", "natively, peak MB", "input → painted, ms"]
    header += ["longest main-thread task, ms", "worker, MB", "process, MB"]
    note = f"{CALLS:,} calls and {REQUESTS:,} requests a run, times so many."
    return [Section("Growth: samples in a simulation", note, header, rows)]


def with_samples(site: Site) -> list[str]:
    """The cells of one row that the browser gives; a sentence if the run is refused."""
    with browser.reader() as reader:
        page = memory.opened(reader, f"{site.address}/figures/tail_latency/")
        page.locator("figure [name]").first.focus()
        try:
            browser.at_rest(page, site.sent)
            took = figures(median(page.evaluate(f"probe.changes({updates.FIGURE}, 5)")))
        except (Mistakes, Error) as failed:
            took = str(failed).splitlines()[0]
        longest = max((task for _, task in page.evaluate("probe.tasks")), default=0)
        cells = (longest, memory.python(page), reader.memory())
        return [took, *map(figures, cells)]


def multiply_samples(file: Path, factor: int) -> None:
    """Have the figure draw so many times as much."""

    def more(found: re.Match) -> str:
        return f"{found[1]} = {int(found[2].replace('_', '')) * factor}"

    text = file.read_text()
    text, count = re.subn(r"(?m)^(CALLS|REQUESTS) = ([\d_]+)", more, text)
    assert count == 2, f"{file.name}: two sample counts, found {count}"
    file.write_text(text)
