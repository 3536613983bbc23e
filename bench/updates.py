"""Input to painted, for every figure: single changes, and a drag that does not wait.

The limit is what nobody can save: the simulation, in the browser, and half a frame,
which is how long a frame is waited for on average.
"""

from collections import defaultdict
from pathlib import Path

from playwright.sync_api import Page

from bench import browser, timing
from bench.report import Goal, Say, Section
from bench.server import Site
from bench.subjects import BOOK, PLAIN, Subject, served
from bench.summary import figures, median, percentile, ratio, spread
from figures import _contract as contract

CHANGES = 40  # of the first control, in each run
FRAME_MS = 1000 / 60
FIGURE = 'document.querySelector("figure[data-figure]")'

Samples = dict[tuple[str, str], dict[str, list[float]]]  # figure, subject -> key


def here(subjects: list[Subject], runs: int | None, say: Say) -> list[Section]:
    """Simulations here and in the browser, then every figure's updates."""
    runs = runs or 3  # what is slow now and then needs more than a page of it
    native, inside = simulations(subjects[0], runs, say)
    found = measure(subjects, runs, say)
    limits = {name: median(inside[name]) + FRAME_MS / 2 for name in inside}
    return [simulated(native, inside), painted(found, limits)]


def simulations(plain: Subject, runs: int, say: Say) -> tuple[dict, dict]:
    """Milliseconds of every simulation, natively and in the browser, in turn."""
    native, inside = defaultdict(list), defaultdict(list)
    source = Path(timing.__file__).read_text()
    with served([plain]) as sites, browser.reader() as reader:
        page = reader.context.new_page()
        page.goto(sites[plain.name].address)
        page.wait_for_selector(browser.DRAWN)
        for run in range(runs):
            for name in contract.names():
                native[name] += timing.milliseconds(name)
                code = f"{source}\nmilliseconds({name!r})"
                inside[name] += page.evaluate(
                    "(c) => pyodide.runPython(c).toJs()", code
                )
            say(f"run {run + 1}: every simulation, natively and in the browser")
    return native, inside


def simulated(native: dict, inside: dict) -> Section:
    """What Python in the browser costs."""
    rows, ratios = [], {}
    for name in inside:
        ratios[name] = ratio(inside[name], native[name])
        cells = (spread(native[name]), spread(inside[name]), figures(ratios[name]))
        rows.append([name, *cells])
    worst = max(ratios, key=ratios.get)
    goal = Goal(f"simulate in the browser : natively ({worst})", ratios[worst], 3)
    header = ["simulate at the defaults", "natively, ms", "in the browser, ms", "ratio"]
    return Section("Simulations", "", header, rows, [goal])


def measure(subjects: list[Subject], runs: int, say: Say, slower: float = 1) -> Samples:
    """Every figure of every subject, in turn; the plain page has one figure."""
    samples: Samples = defaultdict(lambda: defaultdict(list))
    with served(subjects) as sites, browser.reader(slower) as reader:
        for run in range(runs):
            for figure in contract.names():
                for subject in subjects:
                    if subject.name == PLAIN and figure != "tail_latency":
                        continue
                    found = updates(reader, subject, sites[subject.name], figure)
                    for key, values in found.items():
                        samples[figure, subject.name][key] += values
                say(f"run {run + 1}: {figure}")
    return samples


def updates(
    reader: browser.Reader, subject: Subject, site: Site, figure: str
) -> dict[str, list[float]]:
    """Milliseconds of single changes, and of the last of a drag, at rest and live."""
    page = reader.context.new_page()
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
        "updates": [drag["updates"]],
    }


def painted(found: Samples, limits: dict[str, float]) -> Section:
    """Every figure's updates as a table, and the worst of ours as budgets."""
    plain = percentile(found["tail_latency", PLAIN]["single"], 0.95)
    rows, worst = [], {}
    for (figure, subject), values in found.items():
        p95 = percentile(values["single"], 0.95)
        if subject == BOOK:
            worst[figure] = p95
        rows.append(
            [
                f"{figure}, {subject}",
                spread(values["single"]),
                figures(p95),
                figures(p95 / plain),
                figures(limits[figure]),
                figures(median(values["single"]) / limits[figure]),
                spread(values["drag"]),
                f"{median(values['updates']):.0f} of {median(values['inputs']):.0f}",
            ]
        )
    slowest = max(worst, key=worst.get)
    goals = [
        Goal(f"input → painted, p95 ({slowest})", worst[slowest], 50, "ms", aim=16),
        Goal("the same : plain page's p95", worst[slowest] / plain, 0.1),
    ]
    header = ["ms", "median", "p95", "p95 : plain page's", "limit", "median : limit"]
    header += ["drag: the last", "drag: painted of asked"]
    runs = len(found["tail_latency", PLAIN]["drag"])
    note = f"{runs} pages of each, opened in turn. "
    note += "The first control, one value after the other; then a drag, an input every"
    note += " frame for a second: how late its last value is painted. The limit is the"
    note += " simulation in the browser, at the defaults, and half a frame. The plain page's time"
    note += " is mostly Altair's (see Limits): it makes the same chart anew."
    return Section("Input to painted", note, header, rows, goals)
