"""`make serve`: a change reaches open pages, and a mistake leaves the site as it was."""

import os
import signal
import subprocess
import sys
import time
import urllib.request

import pytest

from bench import builds
from builder import next_build
from builder.cache import CACHE

IDEA = "content/2-fast-and-affordable/4-tail-latency.md"
FIGURE = "figures/tail_latency.py"


@pytest.fixture(scope="module")
def tree(tmp_path_factory, site):
    """A copy of the book, to be changed at will."""
    return builds.copy(tmp_path_factory.mktemp("serve") / "tree")


@pytest.fixture(scope="module")
def address(tree):
    """Where `build.py serve` shows it."""
    with builds.serving(tree, CACHE) as found:
        yield found


def read(address, path):
    """A file of the site as text."""
    with urllib.request.urlopen(f"{address}/{path}") as answer:
        return answer.read().decode()


def until(found, patience_s=60):
    """Wait until something is true of the site."""
    end = time.monotonic() + patience_s
    while not found():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_open_pages_are_told_when_the_change_can_be_read(address, tree):
    builds.until_told(address, tree / IDEA, "\nA heron stands in it.\n")
    assert "A heron stands" in read(address, "fast-and-affordable/tail-latency/")
    builds.until_told(address, tree / FIGURE, "\n# A heron, once more.\n")
    assert "A heron, once more" in read(address, "figures/tail_latency/")


def test_what_was_saved_just_now_is_not_kept_compiled(tmp_path):
    file = tmp_path / "figure.py"
    file.write_text("x = 1")
    assert next_build.changed_just_now(tmp_path)  # x = 2 would look the same
    os.utime(file, (0, 0))
    assert not next_build.changed_just_now(tmp_path)


def test_what_no_page_asks_for_follows(address, tree):
    builds.until_told(address, tree / IDEA, "\nA stork follows.\n")
    twin = "fast-and-affordable/tail-latency/index.md"
    until(lambda: "A stork follows." in read(address, twin))


def test_a_mistake_leaves_the_site_and_a_repair_is_shown(address, tree):
    page, file = "fast-and-affordable/tail-latency/", tree / IDEA
    builds.until_told(address, file, "\nA wren stays.\n")
    good = file.read_text()
    file.write_text(good.replace("figure: tail_latency", "figure: nothing"))
    time.sleep(3)  # enough for a build of it, were there one
    assert "A wren stays." in read(address, page)
    file.write_text(f"{good}\nA crane lands.\n")
    until(lambda: "A crane lands." in read(address, page))


def test_a_figure_that_never_ends_can_be_mended(address, tree):
    file = tree / FIGURE
    good = file.read_text()
    time.sleep(1)  # the server waits for changes by now
    file.write_text(f"{good}\nwhile True:\n    pass\n")
    time.sleep(3)  # and builds
    file.write_text(f"{good}\n# An owl wakes.\n")
    until(lambda: "An owl wakes." in read(address, "figures/tail_latency/"))


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_when_it_is_told_to(tree, ending):
    command = [sys.executable, "build.py", "serve", "--port", str(builds.free_port())]
    with subprocess.Popen(
        command, cwd=tree, stderr=subprocess.PIPE, text=True
    ) as process:
        assert any(line.startswith("http://") for line in process.stderr)
        time.sleep(1)  # it waits for changes by now
        process.send_signal(ending)
        try:
            assert process.wait(timeout=60) == 0
        finally:
            process.kill()
