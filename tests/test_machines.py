"""What the book tells machines: whole addresses or none, and every file is there."""

import html
import json
import os
import re
import struct
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

import build
from builder import publication
from builder.content import read_book
from builder.mistakes import Mistakes
from figures import _contract as contract
from tests.conftest import ROOT

HOME = "https://example.org/book/"
ATOM = "{http://www.w3.org/2005/Atom}"
IDEA = "fast-and-affordable/tail-latency/"


class Head(HTMLParser):
    """The meta and link elements of a page, and its data."""

    def __init__(self, page):
        super().__init__()
        self.meta, self.links, self.data, self.is_data = {}, [], [], False
        self.feed(page.decode())

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag == "meta" and "content" in found:
            self.meta[found.get("property") or found.get("name")] = found["content"]
        if tag == "link":
            self.links.append(found)
        self.is_data = found.get("type") == "application/ld+json"

    def handle_data(self, data):
        if self.is_data and data.strip():
            self.data.append(json.loads(data))

    def link(self, kind):
        """Where the only link of a type or relation leads, or nothing."""
        there = [x["href"] for x in self.links if kind in (x.get("type"), x.get("rel"))]
        assert len(there) <= 1
        return there[0] if there else None


def built(url):
    """The site as it is made for an address."""
    said = replace(publication.read(ROOT), url=url)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publication, "read", lambda source: said)
        return build.build(ROOT)


@pytest.fixture(scope="module")
def published():
    """The site for HOME."""
    return built(HOME)


@pytest.fixture(scope="module")
def nowhere():
    """The site of which nobody said where it will be."""
    return built("")


def addresses(site):
    """The site path of every page that wants to be found, without `index.html`."""
    pages = {path.removesuffix("index.html") for path in site if path.endswith(".html")}
    return {
        page for page in pages if page != "404.html" and not page.startswith("embed/")
    }


def is_card(site, url):
    """Whether `url` is a picture of this site, as large as hosts want it."""
    png = site[url.removeprefix(HOME)]
    return png[1:4] == b"PNG" and struct.unpack(">II", png[16:24]) == (1200, 630)


def test_every_page_unfolds_with_a_picture(published):
    for page in addresses(published):
        head = Head(published[f"{page}index.html"])
        assert head.link("canonical") == head.meta["og:url"] == HOME + page
        assert is_card(published, head.meta["og:image"]), page
        size = head.meta["og:image:width"], head.meta["og:image:height"]
        assert size == ("1200", "630")
        assert head.meta["twitter:card"] == "summary_large_image"
        assert 3 < len(head.meta["og:title"]) <= 70, page
        assert 10 < len(head.meta["og:description"]) <= 200, page
        assert head.link("application/atom+xml") == f"{HOME}feed.xml"
    idea = Head(published[f"{IDEA}index.html"])
    assert idea.meta["og:image"] == f"{HOME}stills/tail_latency.png"
    takeaway = contract.run(contract.load("tail_latency")).takeaway
    assert idea.meta["og:image:alt"].replace("\xa0", " ").endswith(takeaway)
    assert Head(published["404.html"]).meta["robots"] == "noindex"


def test_oembed_is_what_the_standard_asks_for(published, name):
    page = Head(published[f"figures/{name}/index.html"])
    assert page.link("application/json+oembed") == f"{HOME}oembed/{name}.json"
    told = json.loads(published[f"oembed/{name}.json"])
    assert (told["version"], told["type"]) == ("1.0", "rich")
    assert isinstance(told["width"], int) and isinstance(told["height"], int)
    assert is_card(published, told["thumbnail_url"])
    assert (told["thumbnail_width"], told["thumbnail_height"]) == (1200, 630)
    assert "<script" not in told["html"]
    frame = ElementTree.fromstring(told["html"].replace('100%"></a>', '100%"/></a>'))
    assert frame.get("src") == f"{HOME}embed/{name}/"
    assert frame.get("title") == told["title"] and told["title"].endswith("?")
    assert frame.get("allow") == "clipboard-write; fullscreen"
    assert {"allow-scripts", "allow-same-origin"} <= set(frame.get("sandbox").split())
    assert frame.find("a").get("href") == f"{HOME}figures/{name}/"
    assert frame.find("a/img").get("src") == told["thumbnail_url"]


def test_without_an_address_previews_name_the_local_server_and_pictures_name_none(
    nowhere,
):
    told = json.loads(nowhere["oembed/rerun.json"])
    assert told["thumbnail_url"] == f"{publication.SERVED}stills/rerun.png"
    assert Head(nowhere["index.html"]).link("canonical") == publication.SERVED
    assert publication.SERVED.encode() in nowhere["sitemap.xml"]
    citation = nowhere["colophon/index.html"].partition(b"<main")[2]
    assert publication.SERVED.encode() not in citation


def test_the_sitemap_lists_every_page(published):
    root = ElementTree.fromstring(published["sitemap.xml"])
    listed = [element.text for element in root.iter() if element.tag.endswith("}loc")]
    assert len(listed) == len(set(listed))
    assert set(listed) == {HOME + page for page in addresses(published)}


def test_the_feed_lists_every_release(published):
    feed = ElementTree.fromstring(published["feed.xml"])
    releases = publication.read(ROOT).releases
    entries = feed.findall(f"{ATOM}entry")
    assert [e.find(f"{ATOM}title").text for e in entries] == [
        f"Version {release.version}" for release in releases
    ]
    assert len({e.find(f"{ATOM}id").text for e in entries}) == len(releases)
    for element in (feed, *entries):
        day = element.find(f"{ATOM}updated").text
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00Z", day)
    assert "<li>" in entries[-1].find(f"{ATOM}content").text


def test_the_cover_is_a_book_and_an_idea_a_chapter_of_it(published):
    [book] = Head(published["index.html"]).data
    [chapter] = Head(published[f"{IDEA}index.html"]).data
    assert book["@type"] == "Book" and book["url"] == HOME and book["author"]["name"]
    assert chapter["@type"] == "Chapter" and chapter["url"] == HOME + IDEA
    assert chapter["isPartOf"] == {k: book[k] for k in ("@type", "name", "url")}
    assert not Head(published["checklist/index.html"]).data


@pytest.mark.browser
def test_what_a_page_says_of_itself_passes_the_policy(reader):
    reader.goto(f"/{IDEA}")  # a complaint in the console would fail
    told = reader.locator('script[type="application/ld+json"]').text_content()
    assert json.loads(told)["@type"] == "Chapter"


def test_every_page_exists_as_markdown(site):
    for page in addresses(site):
        assert Head(site[f"{page}index.html"]).link("text/markdown") == "index.md"
        text = site[f"{page}index.md"].decode()
        outside = re.sub(r"(?s)```.*?```|`[^`\n]+`", "", text)
        assert text.startswith(("# ", "[")) and not re.search(r"</?\w+[ >]", outside)
        for link in re.findall(r"\]\(([^()\s]+)\)", outside):
            target = link.partition("#")[0]
            if target and not re.match(r"[a-z]+:", target):
                path = os.path.normpath(os.path.join(page, target))
                assert {path, f"{path}/index.html", "index.html"} & site.keys(), link


def test_a_figure_in_markdown_is_a_picture_a_finding_and_its_numbers(site):
    text = site[f"{IDEA}index.md"].decode()
    run = contract.run(contract.load("tail_latency"))
    assert f"{run.takeaway}](../../stills/tail_latency.png)" in text
    assert f"\n\n{run.takeaway}\n\n" in text
    assert "| Request, p50 | 18.8 ms | 18.8 ms |" in text
    assert "```python\nimport asyncio\n" in text and "copy link" not in text


def test_the_table_for_models_leads_to_every_idea(site):
    text = site["llms.txt"].decode()
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert text.startswith("# ") and "\n> " in text and set(links) <= site.keys()
    ideas = read_book(ROOT / "content").ideas
    assert {f"{idea.address[1:]}index.md" for idea in ideas} <= set(links)


def test_the_colophon_says_how_to_cite_the_book(published):
    text = re.sub("<[^>]+>", "", published["colophon/index.html"].decode())
    cited = html.unescape(text)[html.unescape(text).index("@book{") :]
    assert f"url = {{{HOME}}}" in cited and "year = {20" in cited


@pytest.mark.parametrize(
    "given", ["example.org", "https://", "https://a b", "ftp://a/"]
)
def test_an_address_that_is_none_is_a_mistake(given, monkeypatch):
    monkeypatch.setenv("SITE_URL", given)
    with pytest.raises(Mistakes) as raised:
        publication.read(ROOT)
    assert str(raised.value) == (
        "SITE_URL: must be the address of the cover, such as"
        f" https://example.org/book/, got {given!r}"
    )


def test_the_address_may_stand_in_the_project_file(tmp_path, monkeypatch):
    monkeypatch.delenv("SITE_URL", raising=False)
    text = '[project]\nname = "book"\nversion = "1.2.0"\nauthors = [{ name = "A" }]\n'
    line = '[tool.book]\nsite_url = "http://book.example"\n'
    (tmp_path / "pyproject.toml").write_text(text + line)
    (tmp_path / "CHANGELOG.md").write_text("## 1.2.0, 2026-05-04\n\n- New.\n")
    assert publication.read(tmp_path).at("/a/") == "http://book.example/a/"
    (tmp_path / "CHANGELOG.md").write_text("## 1.1.0, 2026-05-04\n\n- New.\n")
    with pytest.raises(Mistakes) as raised:
        publication.read(tmp_path)
    assert str(raised.value) == (
        "CHANGELOG.md: the newest release must be 1.2.0, as in pyproject.toml,"
        " found 1.1.0. Add the heading ## 1.2.0, YYYY-MM-DD"
    )
