"""The lists that the book makes of itself, wherever a page asks for one by a fence."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from builder import checklist as checks
from builder import glossary
from builder.content import Idea
from builder.markdown import Page, code, inline, render, root_of

if TYPE_CHECKING:
    from builder.pages import Site


def renderers(site: Site, address: str) -> dict[str, Callable[[], str]]:
    """Each list by the name of its fence, for the page at `address`."""
    makers = {
        "answers": answers,
        "checklist": checklist,
        "citation": citation,
        "glossary": terms,
        "own-checklist": own_checklist,
        "references": references,
        "speed": speed,
    }
    return {name: partial(make, site, address) for name, make in makers.items()}


def part(site: Site, template: str, address: str, **context: Any) -> str:
    """A part of the page at `address`."""
    root = root_of(address)
    return site.templates.get_template(template).render(
        to=lambda there: root + there.lstrip("/") or "./", **context
    )


def checklist(site: Site, address: str) -> str:
    """The checklist, grouped by idea."""
    groups = []
    for idea, found in groupby(checks.items(site.book), lambda item: item.idea):
        page = site.text(idea.document, address)
        groups.append((idea, [(item, inline(page, item.text)) for item in found]))
    radii = checks.RADIUS_MEANS
    return part(site, "lists/checklist.html", address, groups=groups, radii=radii)


def citation(site: Site, address: str) -> str:
    """How to cite the book, as BibTeX."""
    return code(site.published.bibtex(str(site.book.cover.meta.title)), "bibtex")


def answers(site: Site, address: str) -> str:
    """The reader's own answers, which a script fills in; it knows the checklist's lines."""
    items = [{"key": item.key, "text": item.text} for item in checks.items(site.book)]
    return part(site, "lists/answers.html", address, items=items)


def own_checklist(site: Site, address: str) -> str:
    """The checklist walked for this book, each answer with its evidence."""
    asked, made = checks.items(site.book, "product"), ""
    with site.found.gathering():
        answers = checks.read_answers(site.source, asked)
        page = Page(path="content/own-checklist.yml", root=root_of(address))
        page.found = site.found
        rows = [
            (item, inline(page, item.text), inline(page, answers[item.text].answer),
             answers[item.text].evidence)
            for item in asked
        ]  # fmt: skip
        for answer in answers.values():
            for file in answer.evidence:
                data = (site.source / file).read_bytes()
                site.pages[f"source/{file}.txt"] = data
        made = part(site, "lists/own-checklist.html", address, rows=rows)
    return made


def speed(site: Site, address: str) -> str:
    """The budgets as the last `make bench` found them, and where the rest is."""
    file = "bench/RESULTS.md"
    text = (site.source / file).read_text(encoding="utf-8")
    _, setting, rest = text.split("\n\n", 2)
    table = rest.split("## Budgets\n\n")[1].split("\n\n## ")[0]
    table = table.replace("---:", "---")  # a policy forbids what that would become
    page = Page(path=file, root=root_of(address), found=site.found)
    site.pages[f"source/{file}.txt"] = text.encode()
    made = Markup(render(f"{table}\n\n{setting}", page))
    return part(site, "lists/speed.html", address, made=made, file=file)


def references(site: Site, address: str) -> str:
    """Every source, and the ideas that cite it."""
    cited_in: dict[str, list[Idea]] = {key: [] for key in site.book.references}
    for idea in site.book.ideas:
        for key in dict.fromkeys(idea.sources):
            cited_in[key].append(idea)
    return part(
        site, "lists/references.html", address, book=site.book, cited_in=cited_in
    )


def terms(site: Site, address: str) -> str:
    """Every term of the glossary, and the ideas that use it."""
    by_address = {idea.address: idea for idea in site.book.ideas}
    uses = {
        term: [by_address[a] for a in site.glossary.used.get(term, [])]
        for term in site.glossary.entries
    }
    return part(
        site,
        "lists/glossary.html",
        address,
        entries=site.glossary.entries,
        uses=uses,
        anchor=glossary.anchor,
    )
