"""What is kept: made once, and anew as soon as anything that it hangs on has changed."""

import subprocess
import sys

import pytest

from builder import cache, runs
from figures import _contract as contract


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """An empty cache, in a process that begins after all files are written."""
    monkeypatch.setattr(cache, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(cache, "BEGAN", float("inf"))
    monkeypatch.setattr(cache, "code", cache.code.__wrapped__)
    monkeypatch.setattr(runs, "code", cache.code)


def counted(made):
    """A maker that leaves a mark in `made` each time."""

    def make():
        made.append(1)
        return b"%d" % len(made)

    return make


def test_the_same_is_made_once_and_anything_else_anew(empty, monkeypatch):
    make = counted([])
    assert [cache.kept("kind", make, "a", b"b") for _ in range(2)] == [b"1", b"1"]
    assert cache.kept("kind", make, "ab", b"") == b"2"
    assert cache.kept("other", make, "a", b"b") == b"3"
    monkeypatch.setattr(cache, "installed", lambda: "numpy-3.0.0.dist-info")
    assert cache.kept("kind", make, "a", b"b") == b"4"


def test_what_is_installed_is_every_package_with_its_version():
    said = cache.installed()
    assert sys.version in said
    assert "\nnumpy-2." in said and "\naltair-6." in said


def test_a_maker_that_is_rewritten_makes_anew(empty, tmp_path):
    file, names = tmp_path / "maker.py", {}
    for made in (b"old", b"new"):
        file.write_text(f"def make(): return {made}")
        exec(compile(file.read_text(), file, "exec"), names)
        assert cache.kept("kind", names["make"]) == made


def test_code_changed_since_the_process_began_is_kept_for_no_other(empty, monkeypatch):
    before = cache.code(contract.FOLDER / "rerun.py")
    monkeypatch.setattr(cache, "BEGAN", 0)
    assert cache.code(contract.FOLDER / "rerun.py") == before + cache.ONLY_HERE


@pytest.mark.parametrize(
    ("changed", "matters"),
    [("one", True), ("two", True), ("three", True), ("_help", True), ("four", False)],
)
def test_a_run_hangs_on_its_file_on_figures_it_names_and_on_helpers(
    empty, monkeypatch, tmp_path, changed, matters
):
    monkeypatch.setattr(contract, "FOLDER", tmp_path)
    for name, text in {
        "one": "from figures import two",
        "two": "from figures.three import x",
        "three": "x = 1",
        "four": "x = 1",
        "_help": "",
    }.items():
        (tmp_path / f"{name}.py").write_text(text)
    before = runs.code_of.__wrapped__("one")
    assert runs.code_of.__wrapped__("one") == before
    (tmp_path / f"{changed}.py").write_text("x = 2\nfrom figures import two, three")
    assert (runs.code_of.__wrapped__("one") != before) is matters


def test_a_run_says_what_the_figure_says(name):
    figure = contract.load(name)
    for values in figure.CHECKED_AT:
        said, true = runs.run(name, values), contract.run(figure, values)
        assert said.measures == true.measures and said.takeaway == true.takeaway
        assert said.theory == figure.closed_form(true.params)


SHOWN = (
    "from builder import drawing; drawn = drawing.draw('tail_latency');"
    "print(drawn.run, drawn.wide, drawn.spec)"
)


def test_what_a_page_shows_follows_the_figure_and_its_helpers(copy):
    def shown():
        command = [sys.executable, "-c", SHOWN]
        done = subprocess.run(command, cwd=copy, capture_output=True, check=True)
        return done.stdout

    seen = [shown()]
    for file, old, new in (  # of other lengths: Python's own cache knows only seconds
        ("tail_latency", "REQUESTS = 30_000", "REQUESTS = 9_000"),
        ("_contract", "SEED = 20_260_101", "SEED = 1"),
        ("_theme", "HEIGHT = 320", "HEIGHT = 99"),
    ):
        path = copy / f"figures/{file}.py"
        text = path.read_text()
        path.write_text(text.replace(old, new))
        assert path.read_text() != text
        seen.append(shown())
        path.write_text(text)
    assert len(set(seen)) == 4
    assert shown() == seen[0]
