"""The command line: the same numbers as the page, and nothing lost on a mistake."""

import json
import subprocess
import sys
from itertools import pairwise

import pytest

from builder.content import RADII
from figures import _contract as contract
from tests.test_messages import command


def test_simulate_prints_the_contract_as_json():
    done = command("simulate", "tail_latency", "--set", "fan_out=100", "--json")
    answer = json.loads(done.stdout)
    assert list(answer) == [
        "figure", "parameters", "seed", "measures", "closed_form", "takeaway",
    ]  # fmt: skip
    assert answer["parameters"]["fan_out"] == 100
    assert answer["seed"] == contract.SEED
    assert answer["closed_form"]["slow_requests_share"] == pytest.approx(0.63396766)
    assert answer["measures"]["slow_requests_share"] == pytest.approx(0.634, abs=0.01)


def test_simulate_says_the_same_in_words():
    done = command("simulate", "tail_latency", "--set", "fan_out=100", "--seed", "3")
    run = contract.run(contract.load("tail_latency"), {"fan_out": 100}, 3)
    assert done.stdout.endswith(f"\n{run.takeaway}\n")
    assert "63.4 %" in done.stdout


def test_never_is_null_in_the_json(name):
    done = command("simulate", name, "--json")
    assert done.returncode == 0 and "Infinity" not in done.stdout
    run = contract.run(contract.load(name))
    assert json.loads(done.stdout)["measures"] == contract.finite(run.measures)


def test_a_larger_blast_radius_contains_the_smaller():
    lists = []
    for level in RADII:
        done = command("checklist", "--blast-radius", level, "--format", "json")
        lists.append([item["text"] for item in json.loads(done.stdout)["items"]])
    for smaller, larger in pairwise(lists):
        assert set(smaller) <= set(larger)
    assert len(lists[-1]) > len(lists[0])


def test_the_checklist_is_markdown_that_can_be_ticked():
    done = command("checklist", "--blast-radius", "product")
    assert done.stdout.startswith("## Before you merge: blast radius *product*\n")
    assert "\n### 4 Tail latency\n\n- [ ] " in done.stdout


def in_copy(copy, *arguments):
    """`python build.py …` in the copy."""
    return subprocess.run(
        [sys.executable, "build.py", *arguments],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_new_figure_takes_one_file_and_one_section(copy):
    """It builds, has its page, runs and passes the tests of truth, untouched."""
    done = in_copy(copy, "new", "figure", "waiting_time")
    assert done.returncode == 0, done.stderr
    assert (copy / "figures/waiting_time.py").exists()
    assert in_copy(copy, "check").returncode == 0
    assert in_copy(copy).returncode == 0
    assert (copy / "_site/figures/waiting_time/index.html").exists()
    simulated = in_copy(copy, "simulate", "waiting_time", "--json")
    assert json.loads(simulated.stdout)["closed_form"] == {"mean_successes": 50.0}
    tests = [sys.executable, "-m", "pytest", "-n0", "-q", "tests/test_figures.py"]
    done = subprocess.run(
        [*tests, "-k", "waiting_time"], cwd=copy, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


def test_a_failed_build_leaves_the_last_good_site(copy):
    assert in_copy(copy).returncode == 0
    before = (copy / "_site/index.html").read_bytes()
    (copy / "content/index.md").write_text("nothing above the text\n")
    done = in_copy(copy)
    assert done.returncode == 2
    assert done.stderr == (
        "content/index.md:1: no front matter. A file starts with ---, its keys, ---\n"
    )
    assert (copy / "_site/index.html").read_bytes() == before
    assert sorted(p.name for p in copy.glob("_site*")) == ["_site"]


def test_a_broken_figure_is_told_by_path_and_line(copy):
    path = copy / "figures/tail_latency.py"
    text = path.read_text()
    path.write_text(text.replace("def takeaway", "def takeway"))
    done = in_copy(copy, "check")
    assert done.returncode == 2
    assert done.stderr.startswith("figures/tail_latency.py: takeaway is missing.")
    path.write_text(text + "\n1 / 0\n")
    line = text.count("\n") + 2
    done = in_copy(copy, "check")
    assert (
        done.stderr
        == f"figures/tail_latency.py:{line}: ZeroDivisionError: division by zero\n"
    )


@pytest.mark.parametrize("error", ["SystemExit(0)", "ValueError('two\\nlines')"])
def test_a_figure_that_stops_is_a_mistake_and_not_a_success(copy, error):
    path = copy / "figures/tail_latency.py"
    text = path.read_text()
    line = text[: text.index("    n, k = params.fan_out")].count("\n") + 1
    path.write_text(
        text.replace("    n, k = params.fan_out", f"    raise {error}  #", 1)
    )
    for arguments in (["check"], ["simulate", "tail_latency", "--json"]):
        done = in_copy(copy, *arguments)
        assert done.returncode == 2 and done.stdout == ""
        assert done.stderr.startswith(f"figures/tail_latency.py:{line}: ")
        assert done.stderr.count("\n") == 1


def test_what_a_figure_prints_is_no_part_of_the_answer(copy):
    path = copy / "figures/tail_latency.py"
    text = path.read_text()
    path.write_text(text.replace("    n, k =", '    print("noise")\n    n, k =', 1))
    done = in_copy(copy, "simulate", "tail_latency", "--json")
    assert json.loads(done.stdout)["figure"] == "tail_latency"
