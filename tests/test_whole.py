"""The whole book on one page, and as a PDF."""

import io
import re
from html import unescape

import pytest
from pypdf import PdfReader

from builder import content, glossary, pages, pdf, publication, whole
from builder.assets import path_of
from builder.mistakes import Collector
from builder.templates import Templates
from figures import _contract as contract
from tests.conftest import ROOT, live
from tests.test_build import Outline

ALL = "all/index.html"


@pytest.fixture(scope="module")
def book():
    return content.read_book(ROOT / "content")


def words(html):
    """The text of `html` in ASCII, without the numbers of citations and without space."""
    html = re.sub(r'<sup class="cite">.*?</sup>', "", html)
    text = "".join(unescape(re.sub(r"<[^>]*>", "", html)).split())
    return text.encode("ascii", "ignore").decode().replace("'", "").replace('"', "")


def test_the_page_holds_every_word_of_every_idea_and_figure(site, book):
    found = words(site[ALL].decode())
    for idea in book.ideas:
        html = site[f"{idea.address[1:]}index.html"].decode()
        said = html[html.index('<h2 id="scene"') : html.index("</article>")]
        said = whole.ELSEWHERE.sub("", said)
        assert words(said) in found, idea.title
    for slug in ("closing", "glossary"):
        html = site[f"{slug}/index.html"].decode()
        said = html[html.index("</header>", html.index("<article")) :]
        assert words(said[: said.index("</article>")]) in found, slug
    for check in (check for idea in book.ideas for check in idea.checks):
        assert words(check.text.replace("`", "")) in found
    for reference in book.references.values():
        assert words(reference.title) in found


def test_no_id_stands_twice_and_every_link_within_leads_somewhere(site):
    page = Outline(site[ALL].decode())
    assert len(page.ids) == len(set(page.ids))
    within = {link[1:] for link in page.links if link.startswith("#")}
    assert len(within) > 100 and within <= set(page.ids)


def test_a_link_to_what_is_on_the_page_stays_on_it(site, book):
    html = site[ALL].decode()
    article = Outline(html[html.index("<article") : html.index("</article>")])
    pages_away = {
        link
        for link in article.links
        if re.match(r"\.\./(?!assets/|figures/).*/$", link)
    }
    assert pages_away == {"../checklist/", "../colophon/"}


def test_what_leads_away_leads_to_something(site):
    html = site[ALL].decode()
    away = set(re.findall(r' [a-z-]+="\.\./([^"#?]*)', html))
    files = {path + "index.html" * (not path or path[-1] == "/") for path in away}
    assert len(files) > 50 and not files - set(site)


def test_citations_are_numbered_as_the_references_are(site, book):
    keys = list(book.references)
    cited = re.findall(
        r'href="#references--([\w-]+)" id="[^"]+">(\d+)<', site[ALL].decode()
    )
    assert len(cited) > 30
    assert all(keys.index(key) + 1 == int(number) for key, number in cited)


def test_a_source_leads_back_to_the_place_that_cites_it(site):
    html = site[ALL].decode()
    entry = html[html.index('id="references--dean2013"') :]
    assert 'href="#tail-latency--cite-dean2013"' in entry[: entry.index("</li>")]


def test_the_pdf_is_offered_only_while_it_is_of_this_page(
    site, book, tmp_path, monkeypatch
):
    monkeypatch.setattr(whole, "PDF_FOLDER", str(tmp_path))
    published = publication.read(ROOT)
    terms = glossary.read_glossary(ROOT / "content/glossary.yml")

    def written(**more):
        templates = Templates(ROOT / "templates")
        made = pages.Site(ROOT, book, terms, templates, site, published, Collector())
        made.pages = {p: site[p] for p in site if p != whole.PDF} | more
        whole.write_whole(made)
        return made.pages

    without = written()
    (tmp_path / whole.pdf_path(without)).write_bytes(b"%PDF")
    assert whole.PDF not in without and whole.PDF.encode() not in without[ALL]

    there = written()
    assert (
        there[whole.PDF] == b"%PDF"
        and b'href="../%b"' % whole.PDF.encode() in there[ALL]
    )

    idea = f"{book.ideas[0].address[1:]}index.html"
    changed = written(**{idea: site[idea].replace(b"March", b"May")})
    assert whole.PDF not in changed and whole.PDF.encode() not in changed[ALL]


@pytest.mark.browser
def test_one_of_ten_figures_comes_alive_and_prints_what_it_stands_at(reader):
    reader.goto("/all/?tail_latency.fan_out=100&v=1")
    figure = live(reader, "tail_latency")
    states = reader.locator("figure").evaluate_all(
        "(all) => all.map((figure) => figure.dataset.state)"
    )
    assert len(states) == len(contract.names()) and states.count("still") == 9
    settings = figure.locator(".drawn-at")
    assert settings.is_hidden()
    reader.emulate_media(media="print", color_scheme="dark")
    assert settings.inner_text().startswith("Calls per request: 100 calls · Slow calls")
    assert settings.inner_text().endswith(f" · Seed: {contract.SEED}")
    assert figure.locator(".numbers td").first.is_visible()
    for away in (
        ".masthead",
        ".foot",
        ".controls",
        ".actions",
        ".on-screen",
        "summary",
    ):
        for one in reader.locator(away).all():
            assert one.is_hidden(), away
    paper = "getComputedStyle(document.body).backgroundColor"
    assert reader.evaluate(paper) == "rgb(255, 255, 255)"


@pytest.mark.browser
def test_a_browser_says_the_settings_as_the_build_does(reader, site):
    """Ten figures in one page, asked without a run of any."""
    reader.goto("/all/")
    figures = reader.locator("figure")
    built = figures.locator(".drawn-at").all_text_contents()
    said = figures.evaluate_all(
        """async (figures, path) => {
          const { allInWords, controlsOf } = await import(path);
          const words = (f) => allInWords(controlsOf(f), Number(f.dataset.seed));
          return figures.map(words);
        }""",
        f"/{path_of(site, 'controls.js')}",
    )
    assert said == built and len(built) == len(contract.names())


@pytest.mark.browser
def test_the_pdf_has_an_outline_and_contents_with_true_page_numbers(reader, address):
    made = pdf.of_page(reader, address)
    file = PdfReader(io.BytesIO(made))
    titles, numbers = [], {}
    for entry in flat(file.outline):
        titles.append(entry.title)
        numbers.setdefault(entry.title, file.get_destination_page_number(entry) + 1)
    contents = file.pages[1].extract_text()
    ideas = content.read_book(ROOT / "content").ideas
    for idea in ideas:
        assert titles.count(idea.title) == 1
        assert re.search(rf"{idea.title}\s+{numbers[idea.title]}\b", contents)
    assert file.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert address.encode() not in made, "a link leads to where it was printed"
    assert made == pdf.of_page(reader, address)


def flat(outline):
    """The entries of an outline, whatever their level."""
    for entry in outline:
        yield from flat(entry) if isinstance(entry, list) else [entry]
