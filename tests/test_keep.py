"""What is taken along from a figure still says what its page says, wherever it is."""

import base64
import csv
import gzip
import io
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as xml
from hashlib import sha256
from pathlib import Path

import numpy
import pytest

from builder import alone, one_file, parts, runtime, states
from builder.content import read_book
from figures import _contract as contract
from tests.conftest import ROOT, live
from tests.test_messages import command

BOOK = read_book(ROOT / "content")
TAIL = "/figures/tail_latency/"
STATE = {"fan_out": 100, "hedge_at": "p95"}
SEED = 7
LINK = f"{TAIL}?fan_out=100&hedge_at=p95&seed=7&v=1"
CELLS = """\
import json, sys
cells = json.load(open(sys.argv[1], encoding="utf-8"))["cells"]
names = {"__name__": "__main__"}
for cell in cells:
    if cell["cell_type"] == "code":
        exec("".join(cell["source"]), names)
"""


@pytest.fixture
def only_numpy(tmp_path):
    """Run Python on a file where nothing but NumPy is installed, and return what it says."""
    packages = tmp_path / "packages"
    packages.mkdir()
    installed = Path(numpy.__file__).parents[1]
    for name in ("numpy", "numpy.libs"):
        if (installed / name).exists():
            (packages / name).symlink_to(installed / name)

    def run(*arguments):
        done = subprocess.run(
            [sys.executable, "-S", *arguments],
            cwd=tmp_path,
            env={"PYTHONPATH": str(packages), "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert done.stderr == ""
        return done.stdout

    return run


def write(path, text):
    """Put a text into a file."""
    path.write_text(text, encoding="utf-8")


def test_script_and_notebook_alone_give_the_numbers_of_the_book(
    name, figure, only_numpy, tmp_path
):
    values = figure.CHECKED_AT[-1]
    run = contract.run(figure, values, SEED)
    report = contract.report(figure, run, figure.closed_form(run.params)) + "\n"
    state = states.at(name, values, SEED).taken
    write(tmp_path / "alone.py", alone.script(name, state, BOOK.references))
    write(tmp_path / "alone.ipynb", alone.notebook(name, state, BOOK.references))
    write(tmp_path / "cells.py", CELLS)
    assert only_numpy("alone.py") == report
    assert only_numpy("cells.py", "alone.ipynb") == report


def test_a_notebook_draws_its_run_where_altair_is():
    state = states.usual("tail_latency").taken
    text = alone.notebook("tail_latency", state, BOOK.references)
    names = {"__name__": "__main__"}
    for cell in json.loads(text)["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    drawn = json.dumps(names["drawn"](names["taken"]).to_dict(validate=False))
    assert "var(--" not in drawn and "currentColor" not in drawn
    assert '"request_theory": ' in drawn


def test_what_a_script_does_not_need_stays_behind():
    source = "import os\nimport re\nA = 1  # why\n\n\ndef f():\n    return re, A\n\n\nB = 2\n"
    kept = parts.needed(parts.parts(source), {"f"})
    assert parts.imports(kept, "figures") == "import re\n\n"
    assert parts.code(kept) == "A = 1  # why\n\n\ndef f():\n    return re, A\n"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "TIME_MS = np.",
            "from figures import rerun as other\nTIME_MS = other.np.",
            "a script of one file cannot import as 'from figures import rerun as other'",
        ),
        ("_fast_law", "finite", "'finite' is a name in figures/_contract.py,"),
    ],
)
def test_what_cannot_stand_in_one_file_is_told(copy, old, new, message):
    path = copy / "figures/tail_latency.py"
    path.write_text(path.read_text().replace(old, new))
    done = subprocess.run(
        [sys.executable, "build.py", "export", "tail_latency", "-o", "x.py"],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith(f"figures/tail_latency.py: {message}"), done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            "tail_latency -o figure.pdf",
            "--output: must end in .html, .ipynb, .py, got 'figure.pdf'",
        ),
        (
            "tail_latency --live -o figure.py",
            "--live: needs an --output that ends in .html, got 'figure.py'",
        ),
        (
            "tail_latency --set fan_out=0 -o figure.py",
            "export tail_latency: fan_out must be from 1 to 2000 calls, got 0",
        ),
        (
            "tail_latancy -o figure.py",
            "figures: no figure named 'tail_latancy'. Did you mean 'tail_latency'?",
        ),
        (
            "tail_latency -o nowhere/figure.py",
            "build.py: nowhere/figure.py: No such file or directory",
        ),
    ],
)
def test_a_mistake_in_an_export_is_one_line(arguments, message):
    done = command("export", *arguments.split())
    assert (done.returncode, done.stdout, done.stderr) == (2, "", message + "\n")


def test_the_command_line_exports_what_the_page_would(tmp_path, only_numpy):
    state = ("--set", "fan_out=100", "--set", "hedge_at=p95", "--seed", "7")
    path = tmp_path / "out.py"
    done = command("export", "tail_latency", *state, "-o", str(path))
    assert done.returncode == 0, done.stderr
    said_there = command("simulate", "tail_latency", *state).stdout
    assert only_numpy("out.py") == said_there
    assert f'"page": "{LINK}"' in path.read_text(encoding="utf-8")


def test_a_still_page_is_small_and_closed(name):
    html = one_file.still(states.usual(name), BOOK, ROOT)
    assert len(html.encode()) < 150_000
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', html)
    assert policy.startswith("default-src &#39;none&#39;;") and "script" not in policy
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    assert base64.b64encode(sha256(style.encode()).digest()).decode() in policy
    assert contract.load(name).__doc__.split("\n")[0] in html
    assert "<script" not in html and not re.search(r'(src|href)="(?!https?:|#)', html)


def parts_of(html):
    """What the blocks of a live page hold, unpacked."""
    found = re.findall(r'data-part="([^"]+)" [^>]*>([^<]*)</script>', html)
    held = {name: base64.b64decode(text) for name, text in found}
    return {
        name: gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        for name, data in held.items()
    }


class Shelf:
    """A page of the site, from which a reader takes things along."""

    def __init__(self, page):
        self.page = page
        page.goto(LINK)
        live(page, "tail_latency")
        page.get_by_role("button", name="take along").click()
        page.locator(".keep dl").wait_for()

    def take(self, label):
        """The name and the bytes of what a button gives."""
        with self.page.expect_download(timeout=90_000) as waiting:
            self.page.locator(".keep").get_by_role("button", name=label).click()
        return waiting.value.suggested_filename, waiting.value.path().read_bytes()


@pytest.fixture
def shelf(reader):
    """The shelf of the figure on tail latency, in a state of its own."""
    return Shelf(reader)


@pytest.mark.browser
def test_code_from_the_page_prints_what_the_page_shows(shelf, only_numpy, tmp_path):
    figure = shelf.page.locator("figure")
    cells = figure.locator("[data-measure] td:not(.spread)").all_text_contents()
    for label, run in (("script", ()), ("notebook", ("cells.py",))):
        file, data = shelf.take(label)
        (tmp_path / file).write_bytes(data)
        (tmp_path / "cells.py").write_text(CELLS, encoding="utf-8")
        printed = only_numpy(*run, file)
        assert printed.splitlines()[-1] == figure.locator("output").inner_text()
        rows = [re.split(r"  +", line.strip()) for line in printed.splitlines()[1:-2]]
        assert [cell for _, *pair in rows for cell in pair] == cells
        maker = alone.script if label == "script" else alone.notebook
        state = states.at("tail_latency", STATE, SEED).taken
        page = f"{shelf.page.url.split('/figures')[0]}{LINK}"
        ours = maker("tail_latency", state | {"page": page}, BOOK.references)
        assert data.decode() == ours, "browser and command line write different files"


@pytest.mark.browser
def test_numbers_from_the_page_are_those_of_the_run(shelf):
    run = contract.run(contract.load("tail_latency"), STATE, SEED)
    told = json.loads(shelf.take("JSON")[1])
    assert told["parameters"] == vars(run.params) and told["seed"] == SEED
    assert told["measures"] == pytest.approx(run.measures, rel=1e-12)
    assert told["page"].endswith(LINK) and told["units"]["fan_out"] == "calls"
    text = shelf.take("CSV")[1].decode()
    rows = csv.DictReader(io.StringIO(re.sub(r"(?m)^#.*\n", "", text)))
    columns = list(rows)
    for name, column in run.columns.items():
        assert told["columns"][name] == pytest.approx(column.tolist(), rel=1e-12)
        assert [float(row[name]) for row in columns] == told["columns"][name]
    assert f"# {run.takeaway}\n" in text and f"{LINK}\n" in text


@pytest.mark.browser
def test_a_picture_from_the_page_stands_alone_in_either_scheme(shelf, browser):
    for label, paper in (("SVG", "#fbfaf7"), ("dark SVG", "#17181a")):
        _, data = shelf.take(re.compile(f"^{label}$"))
        root = xml.fromstring(data)
        assert b"var(" not in data and b"currentColor" not in data
        assert root.find("{*}rect").get("fill") == paper
        assert "font/woff2" in root.find("{*}style").text
    file, data = shelf.take(re.compile("^PNG$"))
    assert file == "tail_latency.png" and data.startswith(b"\x89PNG")
    width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
    assert (width, height) == tuple(2 * int(root.get(x)) for x in ("width", "height"))
    assert len(data) > 30_000, "a picture without its text is smaller"


@pytest.fixture
def offline(browser, tmp_path):
    """Open a file where there is no network; its console must stay clean."""
    context = browser.new_context(offline=True)

    def opened(data):
        path = tmp_path / "figure.html"
        path.write_bytes(data)
        page = context.new_page()
        page.on("console", lambda m: m.type == "error" and complaints.append(m.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda r: asked.append(r.url))
        page.goto(path.as_uri())
        return page

    complaints, asked = [], []
    yield opened
    context.close()
    assert complaints == []
    assert all(url.startswith(("file:", "data:", "blob:")) for url in asked)


@pytest.mark.browser
def test_a_still_page_says_the_same_where_there_is_no_network(shelf, offline):
    takeaway = shelf.page.locator("output").inner_text()
    _, data = shelf.take("still page")
    assert len(data) < 150_000
    page = offline(data)
    assert page.locator(".takeaway").inner_text() == takeaway
    setting = page.locator(".setting").inner_text()
    assert "100 calls" in setting and "the p95" in setting and "7" in setting
    assert page.locator(".picture svg:visible").count() == 1
    assert page.locator("[data-page]").get_attribute("href").endswith(LINK)
    ink = page.locator(".takeaway").evaluate("(e) => getComputedStyle(e).fontFamily")
    assert ink.startswith("Text")


@pytest.mark.browser
def test_a_live_page_runs_from_a_disk_where_there_is_no_network(shelf, offline):
    shown = shelf.page.get_by_role("button", name="live page").inner_text()
    _, data = shelf.take("live page")
    assert abs(len(data) / 1e6 - int(re.search(r"\d+", shown)[0])) < 1
    page = offline(data)
    assert page.locator("figure").get_attribute("data-state") == "still"
    control = page.locator('[name="fan_out"]')
    assert control.input_value() == "100"
    control.press("ArrowRight")
    live(page, "tail_latency")
    fan_out = int(control.input_value())
    run = contract.run(
        contract.load("tail_latency"), STATE | {"fan_out": fan_out}, SEED
    )
    page.get_by_text(run.takeaway).wait_for(timeout=30_000)
    assert fan_out > 100

    ours = one_file.live(states.usual("tail_latency"), BOOK, ROOT)
    here, there = parts_of(data.decode()), parts_of(ours)
    assert here == there, "browser and command line put different parts in"
    files = runtime.files(ROOT / "figures")
    assert all(there[name] == files[name] for name in one_file.PACKED)


@pytest.mark.browser
def test_where_downloads_are_blocked_the_text_is_shown(browser, address):
    page = browser.new_context().new_page()
    sandbox = "allow-scripts allow-same-origin allow-forms"
    page.set_content(
        f'<iframe sandbox="{sandbox}" src="{address}{TAIL}" width=700 height=900>'
    )
    frame = page.frame_locator("iframe")
    frame.get_by_role("button", name="take along").click()
    frame.get_by_role("button", name="CSV").click()
    frame.locator(".keep textarea").wait_for(timeout=90_000)
    text = frame.locator(".keep textarea").input_value()
    assert "time_ms,call,request" in text
    frame.get_by_role("button", name="PNG", exact=True).click()
    frame.locator(".keep img").wait_for(timeout=30_000)
    page.context.close()
