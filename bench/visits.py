"""A reader's first and second visit: when the text is there, when a change is painted.

The change is asked for as soon as the page can be read, on both pages alike. The plain
page takes it with its first drawing: the kindest way to read its time.
"""

from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress

from playwright.sync_api import BrowserContext, Error, Page

from bench import browser
from bench.server import Line, Site
from bench.subjects import Subject, served

CHANGED = ("fan_out", 100)
LONG_MS = 50  # a main-thread task that takes longer is felt

Samples = dict[str, dict[str, list[float]]]  # subject -> what -> values
Say = Callable[[str], None]


def measure(
    subjects: list[Subject], runs: int, say: Say, line: Line | None = None, slower=1.0
) -> Samples:
    """Both visits of every subject, `runs` times, in turn."""
    samples: Samples = defaultdict(lambda: defaultdict(list))
    with served(subjects, line) as sites:
        for run in range(runs):
            for subject in subjects:
                found = both_visits(subject, sites[subject.name], slower)
                for what, value in found.items():
                    samples[subject.name][what].append(value)
                say(f"run {run + 1}: {subject.name}: {in_short(found)}")
    return samples


def both_visits(subject: Subject, site: Site, slower: float) -> dict[str, float]:
    """Milliseconds and bytes of a first visit, and of a second when all was at rest."""
    with browser.reader(slower) as context:
        first = visit(context, subject, site)
        second = visit(context, subject, site)
    found = {f"first {what}": value for what, value in first.items()}
    return found | {f"second {what}": value for what, value in second.items()}


def visit(context: BrowserContext, subject: Subject, site: Site) -> dict[str, float]:
    """One visit, from navigation until the page is at rest."""
    page, mark = context.new_page(), len(site.sent)
    page.goto(site.address + subject.page, wait_until="commit")
    name, value = CHANGED
    times = page.evaluate(f"probe.firstChange({name!r}, {value})")
    bytes_to_change = site.bytes_since(mark)
    browser.at_rest(page, site.sent)
    found = {
        "readable": times["readable"],
        "painted": times["painted"],
        "bytes": bytes_to_change,
        "bytes in all": site.bytes_since(mark),
        **tasks(page, times["painted"]),
    }
    page.close()
    return found


def tasks(page: Page, painted: float) -> dict[str, float]:
    """The longest main-thread task and the blocking time, until painted and after."""
    found = page.evaluate("probe.tasks")
    starting = [took for start, took in found if start < painted]
    after = [took for start, took in found if start >= painted]
    return {
        "longest task": max(starting, default=0),
        "blocking": sum(took - LONG_MS for took in starting),
        "longest task after": max(after, default=0),
        "blocking after": sum(took - LONG_MS for took in after),
    }


def before_intent(subject: Subject) -> list[tuple[str, int]]:
    """What a page sends that is only read: path and bytes of each answer."""
    with served([subject]) as sites, browser.reader() as context:
        site, page = sites[subject.name], context.pages[0]
        page.goto(site.address + subject.page)
        with suppress(Error):
            page.wait_for_load_state("networkidle", timeout=10_000)
        page.wait_for_timeout(1500)
        return list(site.sent)


def in_short(found: dict[str, float]) -> str:
    """A line of progress."""
    first, second = found["first painted"] / 1000, found["second painted"] / 1000
    return f"first visit {first:.2f} s, second {second:.2f} s"
