"""The archive: the same bytes each time, live where it is served, whole as a file."""

import io
import threading
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler

import pytest
from playwright.sync_api import expect

from builder import archive, output, serve
from tests.conftest import ROOT, live

SITE = {
    "index.html": b'<a href="a/b/"></a><a href="./"></a><p data-offline></p>',
    "a/b/index.html": b'<a href="../../#c"></a><a href="https://a.b/"></a>',
    "index.html.br": b"",
    "_headers": b"",
}


class Plain(SimpleHTTPRequestHandler):
    """What `python -m http.server` answers with."""

    def log_message(self, *rest):
        pass


@pytest.fixture(scope="module")
def unpacked(site, tmp_path_factory):
    """The folder that the archive unpacks to."""
    folder = tmp_path_factory.mktemp("unpacked") / archive.name(ROOT)
    output.replace(folder, archive.portable(ROOT, site))
    return folder


def test_links_to_folders_name_their_page_and_nothing_of_a_host_is_left():
    made = archive.portable(ROOT, SITE)
    assert sorted(made) == ["a/b/index.html", "index.html", "sw.js"]
    assert b'"a/b/index.html"></a><a href="./index.html"' in made["index.html"]
    expected = b'"../../index.html#c"></a><a href="https://a.b/"'
    assert expected in made["a/b/index.html"]
    assert b"http.server" in made["index.html"]


def test_the_same_site_gives_the_same_archive():
    made = archive.zipped(ROOT, SITE)
    assert made == archive.zipped(ROOT, dict(reversed(SITE.items())))
    entries = zipfile.ZipFile(io.BytesIO(made)).infolist()
    assert {entry.date_time for entry in entries} == {archive.EPOCH}
    assert all(e.filename.startswith("possible-and-durable-") for e in entries)


@pytest.mark.browser
def test_a_plain_server_of_the_folder_runs_the_figures(browser, unpacked):
    handler = partial(Plain, directory=unpacked.parent)
    with serve.Server(("127.0.0.1", 0), handler) as host:
        threading.Thread(target=host.serve_forever, daemon=True).start()
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{host.server_port}/{unpacked.name}/")
        page.get_by_role("link", name="Tail latency").first.click()
        expect(page.locator(".foot")).not_to_contain_text("http.server")
        page.locator("figure [name]").first.focus()
        live(page, "tail_latency")
        page.close()
        host.shutdown()


@pytest.mark.browser
def test_opened_as_a_file_it_reads_with_its_pictures_and_typefaces(browser, unpacked):
    page = browser.new_page()
    page.goto((unpacked / "index.html").as_uri())
    page.get_by_role("link", name="Tail latency").first.click()
    page.get_by_role("heading", name="Tail latency", level=1).wait_for()
    assert page.locator("figure .still svg").first.is_visible()
    assert page.evaluate("document.fonts.load('1em Text').then((all) => all.length)")
    assert "http.server" in page.locator(".foot").inner_text()
    assert not page.get_by_role("button", name="Search").is_visible()
    page.get_by_role("link", name="Colophon").first.click()
    page.get_by_role("heading", name="Colophon", level=1).wait_for()
    page.close()
