"""The text: its code runs, its sources are used, and the checklist covers the book."""

import re
from itertools import pairwise

import pytest

from builder import checklist, glossary, snippets
from builder.content import RADII, read_book
from builder.markdown import Page, render
from builder.mistakes import Mistakes
from figures import _contract as contract
from tests.conftest import ROOT

BOOK = read_book(ROOT / "content")


@pytest.mark.parametrize(
    "snippet", list(snippets.snippets(BOOK)), ids=lambda s: s.where
)
def test_a_snippet_runs_as_it_stands(snippet):
    assert snippets.what_fails(snippet) == ""


def test_a_snippet_that_does_not_run_is_told():
    assert snippets.what_fails(snippets.Snippet("x:1", "1 / 0")) == (
        "ZeroDivisionError: division by zero"
    )
    assert len(list(snippets.snippets(BOOK))) >= 2 * len(BOOK.ideas)


@pytest.mark.parametrize("idea", BOOK.ideas, ids=lambda idea: idea.document.slug)
def test_an_idea_cites_every_source_that_it_lists(idea):
    cited = set(re.findall(r"@([\w-]+)", idea.document.body))
    assert set(idea.sources) <= cited | set(
        re.findall(r"@([\w-]+)", str(idea.document.meta))
    )


def test_what_a_caption_says_was_simulated_is_what_its_figure_draws():
    told = []
    for idea in BOOK.ideas:
        body = " ".join(idea.document.body.split())
        for count in re.findall(r"([\d,]+) simulated", body):
            known = vars(contract.load(idea.figure)).values()
            counts = [value for value in known if isinstance(value, int)]
            assert int(count.replace(",", "")) in counts, idea.figure
            told.append(idea.figure)
    assert "tail_latency" in told and len(told) >= 5


def test_every_reference_is_used_and_can_be_found():
    used = {key for idea in BOOK.ideas for key in idea.sources}
    used |= {
        key
        for name in contract.names()
        for key in re.findall(r"@([\w-]+)", contract.load(name).__doc__)
    }
    assert used == BOOK.references.keys()
    for key, reference in BOOK.references.items():
        assert re.match(r"https://|$", reference.address), key
        assert str(reference.year) in key, key


def test_a_larger_radius_contains_the_smaller_and_asks_more():
    lists = [[i.text for i in checklist.items(BOOK, level)] for level in RADII]
    for smaller, larger in pairwise(lists):
        assert set(smaller) < set(larger)
    assert lists[0], "a notebook has something to defend as well"
    keys = [item.key for item in checklist.items(BOOK)]
    assert len(keys) == len(set(keys))


def test_a_term_is_linked_once_and_not_inside_another_link():
    terms = glossary.Glossary(
        {
            "budget": glossary.Entry(meaning="What may be spent."),
            "retry budget": glossary.Entry(meaning="A limit."),
        }
    )
    page = Page("content/x.md", root="../", address="/x/", glossary=terms)
    html = render("A retry budget is a budget. [a budget](#x) Budgets.", page)
    assert html.count('class="term"') == 2
    assert '#retry-budget" data-meaning="A limit."' in html.replace('class="term" ', "")
    assert '<a href="#x">a budget</a>' in html
    assert terms.used == {"retry budget": ["/x/"], "budget": ["/x/"]}


def test_an_unknown_key_in_the_glossary_is_told(tmp_path):
    file = tmp_path / "glossary.yml"
    file.write_text("canary:\n  meening: A bird.\n")
    with pytest.raises(
        Mistakes, match=r"no key named 'meening'\. Did you mean 'meaning'"
    ):
        glossary.read_glossary(file)


def test_a_term_names_each_idea_that_uses_it_once(site):
    html = site["glossary/index.html"].decode()
    for uses in re.findall(r'<span class="uses">(.*?)</span>', html):
        ideas = re.findall(r">([^<]+)</a>", uses)
        assert ideas and len(ideas) == len(set(ideas)), ideas
