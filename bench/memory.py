"""What a page takes in memory: read, with one figure live, with all of them live."""

import json

from playwright.sync_api import Page

from bench import browser, many
from bench.report import Goal, Say, Section
from bench.server import Site
from bench.subjects import BOOK, PLAIN, Subject, served
from bench.summary import median, spread
from figures import _contract as contract

LIMIT = 200  # MB that the worker may take with all ten figures on one page

# Told to every worker as it starts: remember each WebAssembly memory that is made.
REMEMBER = """() => {
  self.memories = [];
  const among = (object) =>
    Object.values(object ?? {}).filter((part) => part instanceof WebAssembly.Memory);
  for (const name of ["instantiate", "instantiateStreaming"]) {
    const make = WebAssembly[name];
    WebAssembly[name] = async (source, imports) => {
      const made = await make.call(WebAssembly, source, imports);
      const {exports} = made.instance ?? made;
      self.memories.push(...among(exports), ...among(imports?.env));
      return made;
    };
  }
}"""
SIZE = (
    "() => [...new Set(self.memories)].reduce((sum, m) => sum + m.buffer.byteLength, 0)"
)


def here(subjects: list[Subject], runs: int | None, say: Say) -> list[Section]:
    """Every subject with one figure, and the book with all ten on one page."""
    count = len(contract.names())
    rows, workers = [], []
    with served(subjects) as sites:
        for subject in subjects:
            pages = {"one figure": subject.page}
            if subject.name == BOOK:
                pages[f"all {count} figures, at /all/"] = "/all/"
            for what, path in pages.items():
                found = [taken(sites[subject.name], path) for _ in range(runs or 1)]
                columns = list(zip(*found, strict=True))
                if subject.name == PLAIN:  # reads nothing without Python, has no worker
                    columns = [[], columns[1], [], []]
                rows.append([f"{subject.name}, {what}", *map(spread, columns)])
                if subject.name == BOOK:
                    workers = [*map(sum, zip(*columns[2:], strict=True))]
                say(f"{subject.name}, {what}")
    goal = Goal(
        f"worker with all {count} figures of /all/", median(workers), LIMIT, "MB"
    )
    note = "All figures live and drawn by Altair. The page's process is what no other"
    note += " process shares, compiled code included; a plain page has no worker."
    header = [
        "MB",
        "process, read only",
        "process, live",
        "worker: Python",
        "worker: JS",
    ]
    return [Section("Memory", note, header, rows, [goal])]


def taken(site: Site, path: str) -> tuple[float, float, float, float]:
    """Megabytes: the process still and live, Python's memory, the worker's own heap."""
    with browser.reader() as reader:
        page = opened(reader, site.address + path)
        still = reader.memory()
        many.wake_all(page)
        browser.at_rest(page, site.sent)
        return still, reader.memory(), python(page), heap(page)


def opened(reader: browser.Reader, address: str) -> Page:
    """A page whose workers remember their memories."""
    page = reader.context.new_page()
    page.on("worker", lambda worker: worker.evaluate(REMEMBER))
    page.goto(address)
    return page


def python(page: Page) -> float:
    """Megabytes of the WebAssembly memories of a page's workers."""
    return sum(worker.evaluate(SIZE) for worker in page.workers) / 1e6


def heap(page: Page) -> float:
    """Megabytes of a worker's JavaScript objects and buffers; 0 without a worker."""
    session = page.context.new_cdp_session(page)
    answers = []
    ask = json.dumps({"id": 1, "method": "Runtime.getHeapUsage"})
    session.on(
        "Target.receivedMessageFromTarget", lambda e: answers.append(e["message"])
    )
    session.on(
        "Target.attachedToTarget",
        lambda e: session.send(
            "Target.sendMessageToTarget", {"sessionId": e["sessionId"], "message": ask}
        ),
    )
    session.send(
        "Target.setAutoAttach",
        {"autoAttach": True, "waitForDebuggerOnStart": False, "flatten": False},
    )
    page.wait_for_timeout(1000)
    results = [json.loads(answer).get("result", {}) for answer in answers]
    return (
        sum(r.get("usedSize", 0) + r.get("backingStorageSize", 0) for r in results)
        / 1e6
    )
