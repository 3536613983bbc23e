"""The builder: the same bytes, whole pages, one writer."""

import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser

import brotli
import pytest

import build
from builder import cache, drawing, output, runtime
from builder.pages import CSP
from figures import _contract as contract
from figures import _theme as theme
from tests.conftest import ROOT

VOID = {"base", "meta", "link", "input", "br", "hr", "img"}


class Outline(HTMLParser):
    """What a page holds: ids, links, headings, and whether its tags close."""

    def __init__(self, html):
        super().__init__()
        self.ids, self.links, self.headings, self.open = [], [], [], []
        self.inline = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag not in VOID:
            self.open.append(tag)
        if "id" in found:
            self.ids.append(found["id"])
        self.links += [
            found[key] for key in ("href", "src", "data-live") if key in found
        ]
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if (
            "style" in found
            or tag == "style"
            or any(key.startswith("on") for key in found)
        ):
            self.inline.append(self.get_starttag_text())
        is_data = found.get("type") == "application/ld+json"  # which no policy is about
        if tag == "script" and "src" not in found and not is_data:
            self.inline.append(self.get_starttag_text())

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing"


def pages(site):
    """Path -> outline of every page."""
    return {p: Outline(site[p].decode()) for p in site if p.endswith(".html")}


def test_the_same_input_gives_the_same_bytes(tmp_path):
    """Two builds in processes that hash strings differently, one without kept figures."""
    for kind in cache.CACHE.iterdir():
        if kind.name not in ("pictures", "stills", "specs", "runs", "code"):
            (tmp_path / kind.name).symlink_to(kind)
    script = (
        "import build, hashlib; site = build.build();"
        "print(hashlib.sha256(repr(sorted((p, hashlib.sha256(b).hexdigest())"
        " for p, b in site.items())).encode()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "DURABLE_CACHE": str(kept)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed, kept in (("1", cache.CACHE), ("2", tmp_path))
    }
    assert len(digests) == 1


def test_a_still_is_drawn_the_same_each_time(name, monkeypatch):
    monkeypatch.setattr(drawing, "kept", lambda kind, make, *ingredients: make())
    run = contract.run(contract.load(name))
    spec = drawing.vega(theme.spec(contract.load(name).chart()))
    stills = {drawing.still(name, spec, run, "wide") for _ in range(2)}
    assert len(stills) == 1


def test_every_link_leads_to_a_file_and_every_anchor_to_an_element(site):
    outlines = pages(site)
    for path, page in outlines.items():
        if path == "404.html":
            continue
        for link in page.links:
            if re.match(r"(https?|mailto|data):", link):
                continue
            assert not link.startswith("/"), f"{path}: {link} is not relative"
            address, _, anchor = link.partition("#")
            target = address.partition("?")[0]
            there = os.path.normpath(os.path.join(os.path.dirname(path), target))
            if target == "":
                there = path
            elif target.endswith("/"):
                there = os.path.normpath(os.path.join(there, "index.html"))
            assert there in site, f"{path}: {link} leads nowhere"
            if anchor:
                assert anchor in outlines[there].ids, (
                    f"{path}: {link} has no such anchor"
                )


def test_pages_are_well_formed(site):
    for path, page in pages(site).items():
        assert page.open == [], f"{path} leaves {page.open} open"
        twins = {i for i in page.ids if page.ids.count(i) > 1}
        assert not twins, f"{path} has ids twice: {twins}"
        assert page.headings[0] == 1 and page.headings.count(1) == 1, path
        jumps = [b - a for a, b in zip(page.headings, page.headings[1:], strict=False)]
        assert max(jumps, default=0) <= 1, f"{path} skips a heading level"


def test_no_page_holds_a_script_or_a_style_of_its_own(site):
    for path, page in pages(site).items():
        assert page.inline == [], path


def test_every_page_states_the_one_policy(site):
    assert "unsafe-eval" not in CSP.replace("wasm-unsafe-eval", "")
    assert "unsafe-inline" not in CSP
    for path in site:
        if path.endswith(".html"):
            html = site[path].decode()
            said = re.findall(
                r'http-equiv="Content-Security-Policy" content="([^"]+)"', html
            )
            assert [s.replace("&#39;", "'") for s in said] == [CSP], path
    assert f"Content-Security-Policy: {CSP}" in site["_headers"].decode()


def test_assets_are_named_by_their_hash(site):
    for path, data in site.items():
        if path.startswith("assets/") and not path.endswith((".br", ".gz")):
            named = re.search(r"-([0-9a-f]{16})\.\w+$", path)
            assert named, path
            assert hashlib.sha256(data).hexdigest().startswith(named[1]), path


def test_compressed_twins_hold_the_same_bytes(site):
    for path, data in site.items():
        if path.endswith(".br"):
            assert brotli.decompress(data) == site[path[:-3]]
        if path.endswith(".gz"):
            assert gzip.decompress(data) == site[path[:-3]]
    assert "index.html.br" in site and "index.html.gz" in site


def test_a_figure_is_whole_without_scripts(site, name):
    """Picture for both widths, takeaway, question, and a table of every measure."""
    html = site[f"figures/{name}/index.html"].decode()
    figure = html[html.index("<figure") : html.index("</figure>")]
    run = contract.run(contract.load(name))
    assert figure.count("<svg") == 2 and 'data-state="still"' in figure
    text = re.sub(r"<[^>]+>", "", figure).replace("&#39;", "'").replace("&gt;", ">")
    assert run.takeaway in text
    for measure, reading in contract.readings(
        contract.load(name), run.measures
    ).items():
        row = figure[figure.index(f'data-measure="{measure}"') :]
        assert f"<td>{reading}</td>" in row[: row.index("</tr>")]


def test_colours_of_a_still_follow_the_page(name):
    drawn = drawing.draw(name)
    for svg in (drawn.wide, drawn.narrow):
        colours = set(re.findall(r'(?:fill|stroke)="([^"]+)"', svg))
        own = {c for c in colours if c.startswith("#") or c in ("black", "white")}
        assert not own, f"{own} would not follow light and dark"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_palette_is_readable_on_its_paper(scheme):
    """Text 4.5:1, lines 3:1, and the page's own colours are the same."""
    palette = theme.PALETTES[scheme]
    paper = palette[theme.PAPER]
    for colour in palette.values():
        if colour != paper:
            assert contrast(colour, paper) >= 4.5, colour
    tokens = (ROOT / "static/css/tokens.css").read_text()
    place = 1 if scheme == "light" else 2
    for token, colour in palette.items():
        name = "--ink" if token == theme.INK else token[4:-1]
        stated = re.search(rf"{name}: light-dark\((#\w+), (#\w+)\)", tokens)
        assert stated[place] == colour, name


def contrast(one, other):
    """WCAG contrast ratio of two colours."""

    def luminance(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts
        ]
        return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_replacing_keeps_the_old_site_until_the_new_one_is_whole(tmp_path):
    folder = tmp_path / "_site"
    output.replace(folder, {"a.txt": b"one", "b/c.txt": b"two"})
    with pytest.raises(OSError):
        output.replace(
            folder, {"a.txt": b"new", "a.txt/b": b"a file cannot be a folder"}
        )
    assert (folder / "a.txt").read_bytes() == b"one"
    output.replace(folder, {"a.txt": b"new"})
    assert sorted(p.name for p in folder.iterdir()) == ["a.txt"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["_site"]


def test_a_file_that_did_not_change_is_not_written_again(tmp_path):
    folder = tmp_path / "_site"
    output.replace(folder, {"same.txt": b"one", "other.txt": b"one"})
    before = (folder / "same.txt").stat()
    output.replace(folder, {"same.txt": b"one", "other.txt": b"two"})
    assert (folder / "same.txt").stat().st_ino == before.st_ino
    assert (folder / "same.txt").stat().st_nlink == 1
    assert (folder / "other.txt").read_bytes() == b"two"


def test_pages_can_be_had_before_all_else(site):
    """As they are in the whole site; then who wanted no more ends the build."""
    had = {}

    def early(pages):
        had.update(pages)
        raise InterruptedError

    with pytest.raises(InterruptedError):
        build.build(ROOT, early=early)
    assert all(site[path] == data for path, data in had.items())
    assert {p for p in site if p.endswith(".html")} < had.keys() < site.keys()


def test_a_part_of_the_site_is_renewed_alone(tmp_path):
    """What was compressed of an older version goes; all else stays as it is."""
    old = {"a.html": b"old", "a.html.br": b"old", "b.html": b"b", "b.html.gz": b"b"}
    output.replace(tmp_path / "_site", old | {"assets/d-1.js": b"torn"})
    new = {"a.html": b"new", "b.html": b"b", "c/d": b"d", "assets/d-1.js": b"whole"}
    output.update(tmp_path / "_site", new)
    site = {p.name: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    kept = {"b.html": b"b", "b.html.gz": b"b"}
    assert site == kept | {"a.html": b"new", "d": b"d", "d-1.js": b"whole"}


def test_each_file_is_compressed_as_well_as_the_wait_is_worth():
    assert output.level_of(".js", 9_000) == output.level_of(".json", 9_000) == 11
    assert output.level_of(".wasm", 9_000_000) == 11 > output.level_of(".html", 9_000)
    assert output.level_of(".json", 900_000) == output.level_of(".svg", 9) == 7


def test_a_page_is_light_before_anybody_reaches_for_a_figure(site):
    """An idea page, its styles, scripts and fonts: at most 150 KB over the wire."""
    for idea in [p for p in site if p.count("/") == 2 and not p.startswith("figures")]:
        if not idea.endswith(".html"):
            continue
        html = site[idea].decode()
        wanted = {
            m for m in re.findall(r"assets/[\w.-]+", html) if not m.endswith(".json")
        }
        wanted -= {m for m in wanted if "worker" in m}
        seen = set()
        while wanted - seen:
            path = (wanted - seen).pop()
            seen.add(path)
            if path.endswith((".js", ".css")):
                text = site[path].decode()
                static = re.findall(r'from "\./([\w.-]+)"', text)
                fonts = re.findall(r'url\("([\w.-]+)"', text)
                wanted |= {f"assets/{name}" for name in static + fonts}
        total = sum(len(site.get(f"{p}.br", site[p])) for p in {*seen, idea})
        assert total <= 150_000, f"{idea}: {total} bytes"


def test_specs_hold_no_data_and_fetch_nothing(name):
    spec = json.loads(drawing.draw(name).spec)
    assert "url" not in json.dumps(spec["data"])
    named = {d["name"]: d for d in spec["data"]}
    assert {"columns", "measures"} <= named.keys()
    assert "values" not in named["columns"]


def test_a_browser_first_draws_the_run_of_the_build(name):
    rows = json.loads(drawing.draw(name).live)["rows"]
    run = contract.run(contract.load(name))
    assert rows["measures"][0].keys() == {*vars(run.params), *run.measures}
    for field, column in run.columns.items():
        drawn = [row[field] for row in rows["columns"]]
        assert drawn == pytest.approx(column.tolist(), rel=1e-3)


def test_python_is_prepared_for_the_browser_to_the_same_bytes_each_time(
    site, monkeypatch
):
    monkeypatch.setattr(runtime, "kept", lambda kind, make, *ingredients: make())
    for name, data in runtime._prepared(ROOT / "figures", print).items():
        stem, ending = name.split(".")
        digest = hashlib.sha256(data).hexdigest()[:16]
        assert f"runtime/{stem}-{digest}.{ending}" in site
