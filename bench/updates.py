"""Input to painted: one change after the other, and a drag that does not wait."""

from collections import defaultdict
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page

from bench import browser
from bench.server import Site
from bench.subjects import PLAIN, Subject, served
from figures import _contract as contract

CHANGES = 40  # of the first control, in one run
FIGURE = 'document.querySelector("figure[data-figure]")'

Say = Callable[[str], None]
Samples = dict[str, dict[str, dict[str, list[float]]]]  # figure -> subject -> what


def measure(subjects: list[Subject], runs: int, say: Say, slower=1.0) -> Samples:
    """Every figure of every subject, in turn; the plain page has one figure."""
    samples: Samples = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    with served(subjects) as sites, browser.reader(slower) as context:
        for run in range(runs):
            for figure in contract.names():
                for subject in subjects:
                    if subject.name == PLAIN and figure != "tail_latency":
                        continue
                    found = updates(context, subject, sites[subject.name], figure)
                    for what, values in found.items():
                        samples[figure][subject.name][what] += values
                say(f"run {run + 1}: {figure}")
    return samples


def updates(
    context: BrowserContext, subject: Subject, site: Site, figure: str
) -> dict[str, list[float]]:
    """Milliseconds of single changes, and of the last of a drag, at rest and live."""
    page = context.new_page()
    path = "/" if subject.name == PLAIN else f"/figures/{figure}/"
    page.goto(site.address + path)
    page.locator("figure[data-figure] [name]").first.focus()
    browser.at_rest(page, site.sent)
    found = changes(page)
    page.close()
    return found


def changes(page: Page, count: int = CHANGES) -> dict[str, list[float]]:
    """What the first figure of a page that is live takes."""
    single = page.evaluate(f"probe.changes({FIGURE}, {count})")
    drag = page.evaluate(f"probe.drag({FIGURE})")
    return {
        "single": single,
        "drag": [drag["late"]],
        "inputs": [drag["inputs"]],
        "painted": [drag["updates"]],
    }
