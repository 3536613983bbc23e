"""What the tests of predictions, goals and recall share."""

from builder.content import read_book
from tests.conftest import ROOT

BOOK = read_book(ROOT / "content")
IDEAS = {idea.figure: idea for idea in BOOK.ideas}
TAIL = IDEAS["tail_latency"]
REFUSED = """
Object.defineProperty(globalThis, "localStorage", {get() { throw new DOMException("no") }});
"""
AXE = ROOT / "node_modules/axe-core/axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def part(page, idea, kind, state="open"):
    """The part of an idea's page that asks for a prediction, for goals or for recall."""
    page.goto(idea.address)
    return wake(page, kind, state)


def wake(page, kind, state="open"):
    """That part once it is near, in a state."""
    page.locator(f".{kind}").scroll_into_view_if_needed()
    page.locator(f".{kind}[data-state={state}]").first.wait_for()
    return page.locator(f".{kind}")


def said(predict):
    """What is said of the gap, once the simulation has answered."""
    predict.page.locator(".predict[data-state=revealed]").wait_for(timeout=90_000)
    return predict.locator(".gap").inner_text()


def breaches(page):
    """What axe finds wrong on the page as it stands."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    found = page.evaluate(
        "(tags) => axe.run(document, {runOnly: {type: 'tag', values: tags}})", TAGS
    )
    return [(v["id"], [n["html"] for n in v["nodes"]]) for v in found["violations"]]
