"""Without a network: one whole build is kept, and never mixed with another."""

import hashlib
import json
import mimetypes
import re
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler
from urllib.request import urlopen

import pytest

from builder import offline, serve
from tests.conftest import ROOT, live
from tests.python_in_the_browser import ask_python, takeaway_is, with_figures
from tests.test_search import ask

IDEA = "/fast-and-affordable/tail-latency/"


class Host:
    """A host whose files a test can change, and that can go away."""

    def __init__(self, files):
        self.files = files
        self.web = serve.Server(("127.0.0.1", 0), partial(Answer, host=self))
        self.address = f"http://127.0.0.1:{self.web.server_port}"
        threading.Thread(target=self.web.serve_forever, daemon=True).start()

    def goes_away(self):
        """From here on, nothing is answered."""
        self.web.shutdown()
        self.web.server_close()


class Answer(BaseHTTPRequestHandler):
    """One answer, which no browser's own cache may keep."""

    def __init__(self, *rest, host):
        self.host = host
        super().__init__(*rest)

    def do_GET(self):
        path = self.path.partition("?")[0].removeprefix("/")
        path += "index.html" if path == "" or path.endswith("/") else ""
        data = self.host.files.get(path)
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        self.send_response(404 if data is None else 200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data or b"")))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(data or b"")

    def log_message(self, *rest):
        pass


@pytest.fixture
def host(site):
    """The site on a host of its own."""
    host = Host(dict(site))
    yield host
    host.goes_away()


@pytest.fixture
def page(browser, host):
    """A reader on a line of which nothing is known."""
    context = browser.new_context(base_url=host.address)
    context.add_init_script(line_is("undefined"))
    yield context.new_page()
    context.close()


def line_is(what):
    """JavaScript that lets the browser say this of its line."""
    return (
        "Object.defineProperty(navigator, 'connection',"
        f" {{configurable: true, value: {what}}})"
    )


def second_edition(site):
    """The site with another title on every page, and the worker that vouches for it."""
    files = {
        path: data.replace(b"</title>", b", second edition</title>")
        for path, data in site.items()
        if not path.endswith((".br", ".gz"))
    }
    return files | {"sw.js": offline.service_worker(ROOT, files)}


def read(page, address="/", state="offered"):
    """Open a page and read on, until the foot of the page says how things stand."""
    page.goto(address)
    page.mouse.wheel(0, 300)
    place = page.locator(f'[data-offline][data-state="{state}"]')
    place.wait_for(state="attached", timeout=60_000)
    return place


NEWS = """async () => {
  const registration = await navigator.serviceWorker.ready;
  await registration.update().catch(() => {});
  const {installing, waiting} = registration;
  if (!installing) return waiting ? "installed" : "none";
  return new Promise((resolve) => {
    installing.onstatechange = () => resolve(installing.state);
  });
}"""
BOOKS = "caches.keys().then((all) => all.filter((name) => name.startsWith('book ')))"


def is_second(page, address):
    """Whether a page, opened now, is of the second edition."""
    page.goto(address)
    page.locator("title").wait_for(state="attached")
    return page.title().endswith("second edition")


def test_every_page_and_all_it_needs_is_in_the_list_with_its_hash(site):
    build = site["sw.js"].decode().partition(";\n")[0].removeprefix("self.BUILD = ")
    files = json.loads(build)["files"]
    for address, digits in files.items():
        path = address + "index.html" * (address == "" or address.endswith("/"))
        assert hashlib.sha256(site[path]).hexdigest().startswith(digits)
        assert not path.startswith("embed/")
    for path, data in site.items():
        if path.endswith(".html") and not path.startswith(("embed/", "404")):
            assert offline.address(path) in files
            assert set(re.findall(r"assets/[\w.-]+", data.decode())) <= files.keys()


def test_where_an_author_edits_the_service_worker_takes_itself_away(folder):
    with serve.server(folder, changes=serve.Changes()) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        with urlopen(f"http://127.0.0.1:{web.server_port}/sw.js") as answer:
            assert b"registration.unregister()" in answer.read()
        web.shutdown()


@pytest.mark.browser
def test_after_one_visit_pages_search_and_figures_work_without_a_network(page, host):
    place = read(page)
    assert re.search(r"\d\d\.\d MB", place.inner_text())
    page.get_by_role("button", name="keep for offline").click()
    page.locator('[data-offline][data-state="kept"]').wait_for(timeout=90_000)
    host.goes_away()
    page.goto("/glossary/")
    assert ask(page, "canary").endswith("pages.")
    page.goto(f"{IDEA}?fan_out=100")
    assert "63" in live(page, "tail_latency").locator("output").inner_text()


def reload(page):
    """Ask for the newer build at the foot of the page, and wait until it is there."""
    place = read(page, "/colophon/", "newer")
    with page.expect_navigation():
        place.get_by_role("button", name="reload").click()
    assert page.title().endswith("second edition")


@pytest.mark.browser
def test_a_new_build_waits_until_it_is_asked_for_and_the_old_one_is_forgotten(
    page, host, site
):
    read(page)
    (before,) = page.evaluate(BOOKS)
    host.files = second_edition(site)
    assert not is_second(page, "/glossary/")
    assert page.evaluate(NEWS) == "installed"
    assert len(page.evaluate(BOOKS)) == 2
    assert not is_second(page, "/references/")
    reload(page)
    host.goes_away()
    assert is_second(page, IDEA)
    page.evaluate("navigator.serviceWorker.ready")
    assert before not in page.evaluate(BOOKS)


@pytest.mark.browser
@pytest.mark.parametrize("damage", ["missing", "other"])
def test_a_half_finished_deploy_never_takes_over(page, host, site, damage):
    read(page)
    whole = second_edition(site)
    late = "references/index.html"
    host.files = {path: data for path, data in whole.items() if path != late}
    if damage == "other":
        host.files[late] = site[late]
    assert page.evaluate(NEWS) == "redundant"
    assert not is_second(page, "/glossary/")
    read(page)
    host.files = whole
    assert page.evaluate(NEWS) == "installed"
    reload(page)


SPY = """window.registered = 0;
navigator.serviceWorker.register = async () => { registered += 1; throw new Error() };"""


@pytest.mark.browser
def test_nothing_is_kept_where_data_is_to_be_saved_until_it_is_asked_for(page):
    page.add_init_script(line_is("{saveData: true}"))
    page.add_init_script(SPY)
    place = read(page)
    assert page.evaluate("registered") == 0
    place.get_by_role("button", name="keep for offline").click()
    page.get_by_text("The book could not be kept.").wait_for()
    assert page.evaluate("registered") == 1


@pytest.mark.browser
@pytest.mark.parametrize(("framed", "count"), [(True, 0), (False, 1)])
def test_nothing_is_kept_in_a_frame(page, host, framed, count):
    host.files["frame.html"] = b'<iframe src="/"></iframe>'
    page.add_init_script(SPY)
    page.goto("/frame.html" if framed else "/")
    book = page.frames[-1]
    book.wait_for_load_state()
    module = next(p for p in host.files if re.fullmatch(r"assets/offline-\w+\.js", p))
    book.evaluate(
        "async (path) => { dispatchEvent(new Event('scroll'));"
        " await new Promise(requestIdleCallback); await import(path) }",
        f"/{module}",
    )
    assert book.evaluate("registered") == count


@pytest.mark.browser
def test_a_browser_finds_the_book_fit_to_be_installed(page):
    page.goto("/")
    found = page.context.new_cdp_session(page).send("Page.getInstallabilityErrors")
    errors = {error["errorId"] for error in found["installabilityErrors"]}
    assert errors <= {"in-incognito"}


@pytest.mark.browser
def test_python_reaches_neither_what_is_kept_nor_another_worker(page, site):
    body = (
        'import js\n    return f\'{[hasattr(js, n) for n in ("Worker", "caches")]}.\''
    )
    with_figures(page, site, tail_latency=takeaway_is(body))
    page.goto("/figures/tail_latency/")
    found = page.evaluate(ask_python("python.run('tail_latency', {}, 1)"))
    assert found["takeaway"] == "[False, False]."
