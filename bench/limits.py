"""What part of a first visit is fixed, and how far from it the book is."""

from collections import defaultdict

from bench import browser, visits
from bench.report import Say, Section
from bench.subjects import BOOK, PLAIN, Subject, served
from bench.summary import figures, median, spread
from bench.updates import FRAME_MS

STEPS = {  # key -> what it is, whether nobody can save it
    "compile": ("compile Python's WebAssembly", True),
    "core": ("start Pyodide, compile included (a snapshot can replace most)", False),
    "unpack numpy": ("unpack NumPy's wheel", False),
    "numpy": ("import NumPy", True),
    "figures": ("import the figures and run one", True),
    "unpack altair": ("unpack Altair's wheels", False),
    "altair": ("import Altair", False),
    "first chart": ("the first chart to JSON", False),
    "chart": ("each further chart to JSON", False),
}
STEP = """() => new Promise((go, fail) => {
  const worker = new Worker("/assets/limits.js", {type: "module"});
  worker.onmessage = ({data}) => go(data);
  worker.onerror = (error) => fail(error.message);
})"""


def here(subjects: list[Subject], runs: int | None, say: Say) -> list[Section]:
    """The steps by themselves, beside whole visits of the book."""
    runs = runs or 2
    plain, book = (next(s for s in subjects if s.name == n) for n in (PLAIN, BOOK))
    took, whole = defaultdict(list), defaultdict(list)
    with served([plain, book]) as sites:
        for run in range(runs):
            for key, value in steps(sites[PLAIN].address).items():
                took[key].append(value)
            for key, value in visits.both_visits(book, sites[BOOK], 1).items():
                whole[key].append(value)
            say(f"run {run + 1}: the steps by themselves, and the book")
    return [section(took, whole)]


def steps(address: str) -> dict[str, float]:
    """Milliseconds of each step, one after the other in a worker."""
    with browser.reader() as reader:
        page = reader.context.new_page()
        page.goto(f"{address}/runtime/draw.py")
        return page.evaluate(STEP)


def section(took: dict, whole: dict) -> Section:
    """The steps, their sum where it is fixed, and the visits as multiples of it."""
    rows = []
    for key, (what, is_fixed) in STEPS.items():
        rows.append([what, spread(took[key]), "fixed" if is_fixed else ""])
    fixed = sum(median(took[key]) for key, (_, is_fixed) in STEPS.items() if is_fixed)
    fixed += median(whole["first readable"]) + FRAME_MS
    rows.append(
        ["**fixed**, with navigation → readable and one frame", figures(fixed), ""]
    )
    for visit in ("first", "second"):
        values = whole[f"{visit} painted"]
        times = figures(median(values) / fixed)
        what = f"the book's {visit} visit, navigation → first change painted"
        rows.append([what, spread(values), f"{times} × fixed"])
    note = (
        "Each step by itself in a worker, files in the HTTP cache, nothing beside it."
    )
    return Section("Limits", note, ["ms", "took", ""], rows)
