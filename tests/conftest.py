"""What the tests share: every figure, the built site, a server, and a reader's browser."""

import shutil
import threading
from pathlib import Path

import pytest

import build
from builder import chromium, output, serve
from figures import _contract as contract

ROOT = Path(build.ROOT)
PATIENCE_MS = 30_000  # a busy machine is slow, not wrong


def pytest_generate_tests(metafunc):
    """A test that asks for `name` is run for every figure: the folder is the list."""
    if "name" in metafunc.fixturenames:
        metafunc.parametrize("name", contract.names())


@pytest.fixture
def figure(name):
    """The figure of that name."""
    return contract.load(name)


@pytest.fixture
def copy(tmp_path):
    """A copy of the project that a test may change."""
    ignored = shutil.ignore_patterns(
        ".git",
        ".venv",
        "_site*",
        "node_modules",
        "__pycache__",
        ".*_cache",
        ".hypothesis",
    )
    shutil.copytree(ROOT, tmp_path / "copy", ignore=ignored)
    (tmp_path / "copy/node_modules").symlink_to(ROOT / "node_modules")
    return tmp_path / "copy"


@pytest.fixture(scope="session")
def site():
    """The whole site as {path: bytes}."""
    return build.build(ROOT)


@pytest.fixture(scope="session")
def folder(site, tmp_path_factory):
    """The whole site, written."""
    folder = tmp_path_factory.mktemp("built") / "_site"
    output.replace(folder, site)
    return folder


@pytest.fixture(scope="session")
def address(folder):
    """Where a server shows the site, with its real headers."""
    with serve.server(folder) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{web.server_port}"
        web.shutdown()


@pytest.fixture(scope="session")
def browser():
    """Chromium."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.find(), args=chromium.ARGUMENTS
        )
        yield browser
        browser.close()


@pytest.fixture
def reader(browser, address):
    """A fresh page whose console must stay clean and whose requests must stay here."""
    context = browser.new_context(
        base_url=address, viewport={"width": 1024, "height": 900}
    )
    page = context.new_page()
    page.complaints = []
    page.on(
        "console", lambda m: m.type in ("error", "warning") and complain(page, m.text)
    )
    page.on("pageerror", lambda error: complain(page, str(error)))
    page.on("request", lambda r: stays_here(page, r.url, address))
    yield page
    complaints = page.complaints
    context.close()
    assert complaints == []


def complain(page, text):
    """Remember what the console said.

    Chromium forgets that a preloaded face is in use when the reader's preferences
    change; `test_pane.py` counts the faces that a page sets.
    """
    if "preloaded using link preload but not used" not in text:
        page.complaints.append(text)


def stays_here(page, url, address):
    """A request to another origin is a complaint."""
    if not url.startswith((address, "data:", "blob:")):
        complain(page, f"a request left for {url}")


def live(page, name):
    """The figure of that name once it is live."""
    figure = page.locator(f'figure[data-figure="{name}"]')
    page.locator(f'figure[data-figure="{name}"][data-state="live"]').wait_for(
        timeout=90_000
    )
    return figure
