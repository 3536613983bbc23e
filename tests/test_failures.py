"""When something fails the picture stays, a sentence says what, and another try works."""

import re
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler

import numpy as np
import pytest

from builder import serve
from figures import _contract as contract
from tests.conftest import live
from tests.python_in_the_browser import (
    ask_python,
    fulfilled,
    takeaway_is,
    with_figures,
    with_part,
)

pytestmark = pytest.mark.browser

TAIL = "/figures/tail_latency/"


@pytest.fixture
def page(browser, address):
    """A reader for whom things go wrong: the browser may say so in its console."""
    context = browser.new_context(base_url=address)
    yield context.new_page()
    context.close()


def failed(page):
    """Reach for the figure, wait until it has failed, and return what it says."""
    page.locator("figure [name]").first.focus()
    page.locator('figure[data-state="failed"]').wait_for(timeout=90_000)
    assert page.locator("figure .picture svg").count() >= 1
    assert page.locator("figure output").inner_text().endswith(".")
    assert page.get_by_role("button", name="try again").is_visible()
    return page.locator("figure .status").inner_text()


def try_again(page):
    """Press the button, and wait for the figure to come alive."""
    page.get_by_role("button", name="try again").click()
    live(page, "tail_latency")
    expected = contract.run(contract.load("tail_latency")).takeaway
    assert page.locator("figure output").inner_text() == expected
    assert page.locator("figure .status").inner_text() == ""


def runtime_file(site, ending):
    """The path of one runtime file."""
    return next(p for p in site if p.startswith("runtime/") and p.endswith(ending))


@pytest.mark.parametrize(
    "ending", ["pyodide.asm.wasm", "pyodide.asm.mjs", "pyodide-lock.json"]
)
def test_a_file_that_is_missing(page, site, ending):
    path = runtime_file(site, ending)
    page.route(f"**/{path}", lambda route: route.fulfill(status=404))
    page.goto(TAIL)
    said = failed(page)
    assert ending in said and "404" in said
    page.unroute(f"**/{path}")
    try_again(page)


def test_a_manifest_that_is_missing(page, site):
    path = runtime_file(site, ".json")
    manifest = next(p for p in site if p.startswith("runtime/manifest-"))
    page.route(f"**/{manifest}", lambda route: route.fulfill(status=404))
    page.goto(TAIL)
    assert "404" in failed(page), path
    page.unroute(f"**/{manifest}")
    try_again(page)


def test_a_file_with_other_bytes_than_its_hash_says(page, site):
    path = next(p for p in site if re.fullmatch(r"runtime/libraries-\w+\.tar", p))
    spoilt = site[path][:-1] + bytes([site[path][-1] ^ 1])
    page.route(f"**/{path}*", lambda route: route.fulfill(body=spoilt))
    page.goto(TAIL)
    said = failed(page)
    assert "libraries" in said and "not the one this page was made with" in said
    page.unroute(f"**/{path}*")
    try_again(page)


def torn(data):
    """The first half, as a half-finished deploy leaves it."""
    return data[: len(data) // 2]


def of_another_build(data):
    """A snapshot whose header names another Pyodide."""
    return data[:20] + bytes(32) + data[52:]


@pytest.mark.parametrize(
    ("part", "damage", "why"),
    [
        ("snapshot", None, "404"),
        ("snapshot", torn, "not the one this page was made with"),
        ("snapshot-head", None, "404"),
        ("snapshot-head", of_another_build, "Snapshot build id mismatch"),
    ],
)
def test_python_starts_without_a_snapshot_that_does_not_serve(
    page, site, part, damage, why
):
    """Quietly: the reader sees only that it takes longer."""
    path = next(p for p in site if re.fullmatch(rf"runtime/{part}-\w+\.bin", p))
    if damage is of_another_build:
        with_part(page, site, f"{part}.bin", damage(site[path]))
    else:
        answer = {"body": damage(site[path])} if damage else {"status": 404}
        page.route(f"**/{path}*", lambda route: route.fulfill(**answer))
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(TAIL)
    page.locator("figure [name]").first.focus()
    live(page, "tail_latency")
    (quiet,) = [text for text in said if text.startswith("Python starts without")]
    assert why in quiet
    assert page.locator("figure .status").inner_text() == ""


def test_the_first_run_of_every_figure_needs_nothing_of_the_rest(page, site, name):
    for ending in ("python_stdlib.zip", r"(numpy|altair)-\w+\.tar"):
        page.route(re.compile(f"/runtime/.*{ending}"), lambda route: route.abort())
    page.goto(f"/figures/{name}/")
    found = page.evaluate(ask_python(f"python.run('{name}', {{}}, 1)"))
    assert found["seed"] == 1, found


LIKE_WEBKIT = """
const {get} = WebAssembly.Table.prototype;
WebAssembly.Table.prototype.get = function (at) {
  const found = get.call(this, at);
  return found && ((...all) => found(...all));
};
"""


def test_the_snapshot_serves_where_functions_of_the_table_are_not_those_exported(
    page, site
):
    """So it is in WebKit: Emscripten finds none, and puts each into the table once more."""
    path = next(p for p in site if re.fullmatch(r"assets/worker-\w+\.js", p))
    script = LIKE_WEBKIT + site[path].decode()
    page.route(f"**/{path}", fulfilled(body=script, content_type="text/javascript"))
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(TAIL)
    page.locator("figure [name]").first.focus()
    live(page, "tail_latency")
    assert not [text for text in said if "without its snapshot" in text]
    expected = contract.run(contract.load("tail_latency")).takeaway
    assert page.locator("figure output").inner_text() == expected


def test_what_the_snapshot_remembers_of_numpy_is_whole(page, site):
    """What was laid in memory before Python began, and what is linked to it later."""
    body = (
        "a = np.random.default_rng(7).standard_normal((3, 3))\n"
        "    solved = np.linalg.solve(a @ a.T, a[0])\n"
        "    parts = [*solved, *abs(np.fft.rfft(a[1])), np.median(a), np.einsum('ij->', a)]\n"
        "    return ' '.join(f'{x:.9g}' for x in parts) + '.'"
    )
    here = {"np": np}
    exec(f"def told():\n    {body}", here)
    with_figures(page, site, tail_latency=takeaway_is(body))
    page.goto(TAIL)
    page.locator("figure [name]").first.focus()
    live(page, "tail_latency")
    assert page.locator("figure output").inner_text() == here["told"]()


def test_chance_is_not_remembered(page, site):
    """A snapshot is the same for everybody; what seeds itself must not be."""
    body = "import random\n    return f'{random.random()} {np.random.random()}'"
    with_figures(page, site, tail_latency=takeaway_is(body))
    page.goto(TAIL)
    ask = ask_python("python.run('tail_latency', {}, 1)")
    first, second = (page.evaluate(ask)["takeaway"].split() for _ in range(2))
    assert first[0] != second[0] and first[1] != second[1]


def test_a_figure_that_imports_what_only_the_rest_has_waits_for_it(page, site):
    with_figures(
        page, site, tail_latency=takeaway_is("import csv\n    return 'It ran.'")
    )
    page.goto(TAIL)
    page.locator("figure [name]").first.focus()
    live(page, "tail_latency")
    assert page.locator("figure output").inner_text() == "It ran."


def test_an_import_of_what_nobody_has(page, site):
    with_figures(page, site, tail_latency=takeaway_is("import nothing_such"))
    page.goto(TAIL)
    assert "No module named 'nothing_such'" in failed(page)


def test_a_host_that_compresses_nothing_is_asked_for_the_compressed_twin(page, folder):
    asked = {}

    class Plain(SimpleHTTPRequestHandler):
        def log_request(self, code="-", size="-"):
            asked[self.path] = code

        def log_message(self, *rest):
            pass

    handler = partial(Plain, directory=folder)
    with serve.Server(("127.0.0.1", 0), handler) as host:
        threading.Thread(target=host.serve_forever, daemon=True).start()
        page.goto(f"http://127.0.0.1:{host.server_port}{TAIL}")
        page.locator("figure [name]").first.focus()
        live(page, "tail_latency")
        host.shutdown()
    twins = {
        path.rsplit("/", 1)[1].split("-")[0] for path in asked if path.endswith(".gz")
    }
    assert twins >= {"pyodide.asm.wasm.gz", "snapshot", "libraries"}


def test_a_spec_that_is_missing(page):
    missing = True

    def answer(route):
        route.fulfill(status=404) if missing else route.continue_()

    # The route stays: what is on its way while one is taken down may never arrive.
    page.route("**/assets/tail_latency-*.json", answer)
    page.goto(TAIL)
    assert "The chart could not be fetched" in failed(page)
    missing = False
    try_again(page)


def test_the_network_that_goes_away(page, site):
    page.route("**/runtime/**", lambda route: route.abort())
    page.goto(TAIL)
    failed(page)
    page.unroute("**/runtime/**")
    try_again(page)


def test_a_browser_without_webassembly(page):
    page.add_init_script("delete globalThis.WebAssembly")
    page.goto(TAIL)
    assert "WebAssembly" in failed(page)


def test_a_worker_that_is_blocked(page):
    page.add_init_script(
        "globalThis.Worker = class { constructor() { throw new DOMException('no') } }"
    )
    page.goto(TAIL)
    assert "could not be started" in failed(page)


def test_a_figure_that_raises(page, site):
    with_figures(page, site, tail_latency=takeaway_is("return 1 / 0"))
    page.goto(TAIL)
    assert "ZeroDivisionError: division by zero" in failed(page)


def test_a_run_that_does_not_end(page, site):
    """It is stopped after its time; the next setting runs in a new Python."""
    body = "while params.fan_out == 13:\n        pass\n    return 'It ended.'"
    with_figures(page, site, tail_latency=takeaway_is(body))
    page.goto(TAIL)
    page.locator("figure [name]").first.focus()
    live(page, "tail_latency")
    assert page.locator("figure output").inner_text() == "It ended."
    control = page.locator('[name="fan_out"]')
    for value, state in ((13, "failed"), (14, "live")):
        control.evaluate(
            "(e, v) => { e.value = v; e.dispatchEvent(new Event('input', {bubbles: true})) }",
            str(value),
        )
        page.locator(f'figure[data-state="{state}"]').wait_for(timeout=90_000)
        if state == "failed":
            assert "10 seconds" in page.locator("figure .status").inner_text()
    assert page.locator("figure .status").inner_text() == ""


def test_python_in_the_worker_cannot_reach_another_origin(page, site, folder):
    """The worker is bound by the page's policy, as the page itself is."""
    asked = []

    class Elsewhere(serve.Handler):
        def do_GET(self):
            asked.append(self.path)
            super().do_GET()

    handler = partial(Elsewhere, folder=folder, changes=None)
    with serve.Server(("127.0.0.1", 0), handler) as elsewhere:
        threading.Thread(target=elsewhere.serve_forever, daemon=True).start()
        body = (
            "import js\n"
            f"    js.fetch('http://127.0.0.1:{elsewhere.server_port}/stolen')\n"
            "    try:\n"
            "        js.eval('1')\n"
            "        return 'Evaluated.'\n"
            "    except Exception:\n"
            "        return 'Refused.'"
        )
        with_figures(page, site, tail_latency=takeaway_is(body))
        page.goto(TAIL)
        run = "python.run('tail_latency', {}, 1)"
        found = page.evaluate(ask_python(f"{run}.then(() => {run})"))
        elsewhere.shutdown()
    assert found["takeaway"] == "Refused."
    assert asked == []


def test_storage_that_is_refused_changes_nothing(page):
    page.add_init_script(
        "for (const name of ['localStorage', 'sessionStorage', 'caches', 'indexedDB'])"
        " Object.defineProperty(globalThis, name, {get() { throw new DOMException('no') }})"
    )
    page.goto(TAIL)
    page.locator("figure [name]").first.focus()
    live(page, "tail_latency")
