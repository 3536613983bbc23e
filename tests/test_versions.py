"""Each version is written once, or a test holds its copies together."""

import json
import re
from importlib.metadata import version

import altair
import numpy

from figures import _theme as theme
from tests.conftest import ROOT

PACKAGES = json.loads((ROOT / "package.json").read_text())


def installed(name):
    """The version of an npm package that is installed."""
    return json.loads((ROOT / "node_modules" / name / "package.json").read_text())[
        "version"
    ]


def pins(file):
    """Package -> version of a requirements file."""
    text = (ROOT / file).read_text()
    return {n.lower(): v for n, v in re.findall(r"(?m)^([\w-]+)==([\w.]+)", text)}


def test_native_numpy_is_the_one_in_pyodide():
    lock = json.loads((ROOT / "node_modules/pyodide/pyodide-lock.json").read_text())
    assert lock["packages"]["numpy"]["version"] == numpy.__version__
    ours = json.loads((ROOT / "runtime-lock.json").read_text())
    assert lock["packages"]["numpy"]["sha256"] in json.dumps(ours)
    assert installed("pyodide") == PACKAGES["dependencies"]["pyodide"]


def test_altair_in_the_browser_is_the_native_one():
    browser = pins("requirements-browser.txt")
    native = pins("requirements.txt")
    assert browser["altair"] == altair.__version__ == native["altair"]
    for name in set(browser) & set(native) - {"jsonschema"}:
        assert browser[name] == native[name], name


def test_vendored_vega_lite_is_the_one_that_altair_writes_for():
    assert f"v{installed('vega-lite')}" == altair.SCHEMA_VERSION
    assert theme.spec(altair.Chart().mark_point())["$schema"].endswith(
        f"/vega-lite/v{installed('vega-lite')}.json"
    )


def test_every_python_package_is_pinned_with_hashes():
    for file in ("requirements.txt", "requirements-browser.txt"):
        text = (ROOT / file).read_text()
        assert text.count("==") > 3
        for block in re.split(r"(?m)^(?=[A-Za-z])", text)[1:]:
            assert "--hash=sha256:" in block, f"{file}: {block[:40]}"
    named = re.findall(r"(?m)^([\w-]+)", (ROOT / "requirements.in").read_text())
    assert {n.lower() for n in named} <= pins("requirements.txt").keys()
    assert version("altair") == pins("requirements.txt")["altair"]


def test_lock_files_hold_no_address():
    for file in ("requirements.txt", "requirements-browser.txt", "package-lock.json"):
        text = (ROOT / file).read_text()
        assert '"resolved"' not in text and "--index-url" not in text, file
