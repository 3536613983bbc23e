"""A reader's first and second visit: when the text is there, when a change is painted.

The change is asked for as soon as the page can be read, on both pages alike. The plain
page takes it with its first drawing: the kindest way to read its time.
"""

import time
import urllib.request
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import Error, Page

from bench import browser
from bench.report import Goal, Say, Section
from bench.server import Line, Site
from bench.subjects import BOOK, PLAIN, Subject, served
from bench.summary import compared, figures, headings, ratio

CHANGED = ("fan_out", 100)
LONG_MS = 50  # a main-thread task that takes longer is felt
KILO, MEGA = 1000, 1_000_000
LINE = (10e6, 0.040)  # bits per second, round trip in seconds
SLOWER = 4
ROWS = (  # key, what a reader calls it, unit's size
    ("first readable", "first visit: navigation → readable, ms", 1),
    ("first painted", "first visit: navigation → first change painted, s", 1000),
    ("second readable", "second visit: navigation → readable, ms", 1),
    ("second painted", "second visit: navigation → first change painted, s", 1000),
    (
        "first longest before",
        "first visit: longest main-thread task before asked, ms",
        1,
    ),
    ("first longest", "first visit: longest main-thread task, asked → painted, ms", 1),
    ("first blocking", "first visit: blocking time, asked → painted, ms", 1),
    (
        "second longest",
        "second visit: longest main-thread task, asked → painted, ms",
        1,
    ),
    ("first longest after", "longest task when Altair draws anew, ms", 1),
    ("first bytes", "first visit: bytes until then, MB", MEGA),
    ("first bytes at rest", "first visit: bytes until at rest, MB", MEGA),
    ("second bytes at rest", "second visit: bytes until at rest, MB", MEGA),
)

Samples = dict[str, dict[str, list[float]]]  # subject -> key -> values


def here(subjects: list[Subject], runs: int | None, say: Say) -> list[Section]:
    """Visits on this machine's own line and processor, and what comes before intent."""
    found = measure(subjects, runs or 5, say)
    made = section("Visits", subjects, found, f"{runs or 5} runs of each, in turn.")
    ours, plain = found[BOOK], found[PLAIN]
    first = ratio(ours["first painted"], plain["first painted"])
    second = ratio(ours["second painted"], plain["first painted"])
    longest = max(ours["first longest"] + ours["second longest"])
    made.goals = [
        Goal("first visit : plain page's", first, 0.6, aim=0.4),
        Goal("second visit : plain page's first", second, 0.2, aim=0.15),
        Goal("longest main-thread task while Python starts", longest, LONG_MS, "ms"),
    ]
    return [made, before_intent(subjects)]


def on_a_line(subjects: list[Subject], runs: int | None, say: Say) -> list[Section]:
    """The same over a slow line, which every answer and every worker shares."""
    runs = runs or 2
    found = measure(subjects, runs, say, line=Line(*LINE))
    note = f"{runs} runs of each, in turn. The server holds the answers back: "
    note += line_check(subjects[0])
    return [section("Visits over 10 Mbit/s, 40 ms", subjects, found, note)]


def on_a_slow_processor(
    subjects: list[Subject], runs: int | None, say: Say
) -> list[Section]:
    """The same with every thread of the page slower."""
    runs = runs or 2
    found = measure(subjects, runs, say, slower=SLOWER)
    note = f"{runs} runs of each, in turn. {processor_check(subjects[0])}"
    title = f"Visits on a processor {SLOWER} times slower"
    return [section(title, subjects, found, note)]


def measure(
    subjects: list[Subject],
    runs: int,
    say: Say,
    line: Line | None = None,
    slower: float = 1,
) -> Samples:
    """Both visits of every subject, `runs` times, in turn."""
    samples: Samples = defaultdict(lambda: defaultdict(list))
    with served(subjects, line) as sites:
        for run in range(runs):
            for subject in subjects:
                found = both_visits(subject, sites[subject.name], slower)
                for key, value in found.items():
                    samples[subject.name][key].append(value)
                first, second = found["first painted"], found["second painted"]
                times = f"{first / 1000:.2f} s, then {second / 1000:.2f} s"
                say(f"run {run + 1}: {subject.name}: {times}")
    return samples


def both_visits(subject: Subject, site: Site, slower: float) -> dict[str, float]:
    """Milliseconds and bytes of a first visit, and of a second when all was at rest."""
    with browser.reader(slower) as reader:
        first = visit(reader, subject, site)
        second = visit(reader, subject, site)
    found = {f"first {key}": value for key, value in first.items()}
    return found | {f"second {key}": value for key, value in second.items()}


def visit(reader: browser.Reader, subject: Subject, site: Site) -> dict[str, float]:
    """One visit, from navigation until the page is at rest."""
    page, mark = reader.context.new_page(), len(site.sent)
    page.goto(site.address + subject.page, wait_until="commit")
    name, value = CHANGED
    times = page.evaluate(f"probe.firstChange({name!r}, {value})")
    until_painted = site.bytes_since(mark)
    browser.at_rest(page, site.sent)
    found = {
        "readable": times["readable"],
        "painted": times["painted"],
        "bytes": until_painted,
        "bytes at rest": site.bytes_since(mark),
        **tasks(page, times["asked"], times["painted"]),
    }
    page.close()
    return found


def tasks(page: Page, asked: float, painted: float) -> dict[str, float]:
    """The longest main-thread task and the blocking time while Python starts.

    It starts when a change is asked for; the longest task before and after is told too.
    """
    found = page.evaluate("probe.tasks")
    before = [took for start, took in found if start + took <= asked]
    starting = [took for start, took in found if asked - took < start < painted]
    after = [took for start, took in found if start >= painted]
    return {
        "longest before": max(before, default=0),
        "longest": max(starting, default=0),
        "blocking": sum(took - LONG_MS for took in starting),
        "longest after": max(after, default=0),
    }


def section(title: str, subjects: list[Subject], found: Samples, note: str) -> Section:
    """Both visits as a table, with a ratio for every subject but the plain page."""
    names = [subject.name for subject in subjects]
    rows = []
    for key, what, size in ROWS:
        values = {name: [v / size for v in found[name][key]] for name in names}
        rows.append([what, *compared(values)])
    plain = found[PLAIN]["first painted"]
    cells = ["—"]
    for name in names[1:]:
        cells += ["—", figures(ratio(found[name]["second painted"], plain))]
    rows.append(["second visit : plain page's first visit", *cells])
    note += " A task that took less than 50 ms counts as 0: browsers do not tell of it."
    return Section(title, note, ["", *headings(names)], rows)


def before_intent(subjects: list[Subject]) -> Section:
    """What a page sends that is only read."""
    sent = {subject.name: sent_unasked(subject) for subject in subjects}
    kinds = {"page": r"/", "fonts": ".woff2", "scripts": ".js", "style": ".css"}
    rows = []
    for what, ending in kinds.items():
        sizes = (kilobytes(sent[s.name], ending) for s in subjects)
        rows.append([what, *(figures(size) for size in sizes)])
    totals = [kilobytes(sent[subject.name]) for subject in subjects]
    rows.append(["all, icon and headers included", *map(figures, totals)])
    note = (
        "The page on tail latency, opened and left alone, as it crosses the wire; the"
    )
    note += " plain page does not wait for intent."
    ours = totals[[subject.name for subject in subjects].index(BOOK)]
    goal = Goal("compressed before intent, fonts included", ours, 150, "KB")
    header = ["KB", *(subject.name for subject in subjects)]
    return Section("Bytes before intent", note, header, rows, [goal])


def kilobytes(sent: list[tuple[str, int]], ending: str = "") -> float:
    """Kilobytes of the answers whose path ends so."""
    return sum(size for path, size in sent if path.endswith(ending)) / KILO


def sent_unasked(subject: Subject) -> list[tuple[str, int]]:
    """Path and bytes of each answer to a reader who does nothing."""
    with served([subject]) as sites, browser.reader() as reader:
        site, page = sites[subject.name], reader.context.new_page()
        page.goto(site.address + subject.page)
        with suppress(Error):
            page.wait_for_load_state("networkidle", timeout=20_000)
        page.wait_for_timeout(1500)
        return list(site.sent)


def line_check(subject: Subject) -> str:
    """How long a file of known size takes over the slow line, in words."""
    path = largest_below(subject.folder, 2 * MEGA)
    with served([subject], Line(*LINE)) as sites:
        began = time.perf_counter()
        address = f"{sites[subject.name].address}/{path.relative_to(subject.folder)}"
        with urllib.request.urlopen(address) as answer:
            size = len(answer.read())
        took = time.perf_counter() - began
    due = size * 8 / LINE[0] + 2 * LINE[1]
    return f"{size / MEGA:.2f} MB took {took:.2f} s, {due:.2f} s would be exact."


def largest_below(folder: Path, size: int) -> Path:
    """The largest file of the folder below that size."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return max(
        (path for path in files if path.stat().st_size < size),
        key=lambda path: path.stat().st_size,
    )


def processor_check(subject: Subject) -> str:
    """How much slower a loop has become, in the page and in a worker, in words."""
    usual, slow = (loops(subject, slower) for slower in (1, SLOWER))
    page, worker = (min(s) / min(u) for s, u in zip(slow, usual, strict=True))
    return (
        "All threads of the page's process stand still three quarters of the time:"
        f" a loop takes {page:.1f} times as long in the page and {worker:.1f} times"
        " in a worker."
    )


def loops(subject: Subject, slower: float) -> list[tuple[float, ...]]:
    """Milliseconds of a loop in the page, and in a worker, a few times each."""
    with served([subject]) as sites, browser.reader(slower) as reader:
        page = reader.context.new_page()
        page.goto(f"{sites[subject.name].address}/runtime/draw.py")
        page.wait_for_timeout(300)  # until the brake has found the page's process
        return list(zip(*(page.evaluate(browser.LOOP) for _ in range(5)), strict=True))
