"""The search: what the pages say is found, and nothing else is promised."""

import hashlib
import re
import threading
from urllib.parse import urljoin, urlsplit

import pytest

from builder import cache, search, serve
from tests.conftest import ROOT

PAGES = {
    "index.html": b'<main><h1>Cover</h1><p class="place">Part I</p>heron</main>',
    "all/index.html": b"<main><h1>All</h1>heron</main>",
    "404.html": b"<main><h1>No such page</h1>heron</main>",
}


def index(pages):
    """The paths of what a search of these pages asks for, and one digest of it all."""
    made = search.search(ROOT, pages)
    bodies = b"".join(made[path] for path in sorted(made))
    return sorted(made), hashlib.sha256(bodies).hexdigest()


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """An empty cache."""
    monkeypatch.setattr(cache, "CACHE", tmp_path)


def test_the_same_pages_give_the_same_index(site, empty):
    pages = {path: site[path] for path in site if search.PAGES.fullmatch(path)}
    again = search.search(ROOT, dict(reversed(pages.items())))
    assert len(again) > len(pages)
    assert all(site[path] == data for path, data in again.items())


def test_the_book_on_one_page_and_the_missing_page_are_not_found(empty):
    paths, _ = index(PAGES)
    assert len([path for path in paths if "/fragment/" in path]) == 1


def test_other_pages_have_another_index(empty):
    changed = {"index.html": PAGES["index.html"].replace(b"heron", b"stork")}
    assert index(changed) != index(PAGES)


def ask(page, words):
    """Search for these words, and return the sentence that tells how many there are."""
    page.get_by_role("button", name="Search", exact=True).click()
    page.get_by_role("searchbox").fill(words)
    status = page.get_by_role("dialog").get_by_role("status")
    status.filter(has_text=re.compile(r"page|found")).wait_for()
    return status.inner_text()


@pytest.mark.browser
def test_a_reader_finds_a_section_by_keyboard_alone(reader):
    reader.goto("/glossary/")
    assert re.fullmatch(r"\d+ pages\.", ask(reader, "retry storm"))
    for _ in range(3):
        reader.keyboard.press("ArrowDown")
    reader.keyboard.press("ArrowUp")
    link = reader.locator("dialog a:focus")
    assert link.inner_text() == reader.locator("dialog a").nth(1).inner_text()
    there = urlsplit(link.evaluate("(link) => link.href"))
    reader.keyboard.press("Enter")
    reader.wait_for_url(f"**{there.path}*")
    assert reader.locator(f"#{there.fragment}").count() == 1
    assert reader.get_by_role("dialog").count() == 0


@pytest.mark.browser
def test_what_nobody_wrote_is_not_found_and_said_so(reader):
    reader.goto("/")
    assert ask(reader, "kubernetes") == "Nothing found for “kubernetes”."
    reader.get_by_role("searchbox").fill("default_rng")  # inside of a longer word
    reader.locator("dialog mark", has_text="default_rng").first.wait_for()
    reader.keyboard.press("Escape")
    assert not reader.get_by_role("dialog").is_visible()
    assert reader.locator("button:focus").inner_text() == "Search"


@pytest.mark.browser
def test_what_is_found_is_text_and_never_markup(reader, site):
    """Code that is quoted stays code: `<b>` is not made bold, scripts do not run."""
    reader.goto("/")
    ask(reader, "latency")
    tags = reader.locator("dialog :is(ol, ol *)").evaluate_all(
        "(all) => [...new Set(all.map((one) => one.localName))].sort()"
    )
    assert tags == ["a", "li", "mark", "ol", "p", "span"]


@pytest.mark.browser
def test_links_of_what_is_found_lead_to_pages_under_any_prefix(browser, folder):
    with serve.server(folder.parent) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{web.server_port}/_site/")
        ask(page, "drift")
        links = page.locator("dialog li > a").evaluate_all(
            "(links) => links.map((link) => link.getAttribute('href'))"
        )
        for link in links:
            assert urljoin("/", link).startswith("/_site/")
            assert (folder.parent / link.strip("/") / "index.html").is_file()
        page.close()
        web.shutdown()
