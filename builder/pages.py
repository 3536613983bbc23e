"""The pages: what goes where, each from one template."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

from markupsafe import Markup

from builder import (
    alone,
    answers,
    asks,
    drawing,
    embeds,
    glossary,
    lists,
    machines,
    markdown,
    motif,
    runs,
    runtime,
    teaching,
    whole,
)
from builder.anchors import anchored
from builder.asks import reading
from builder.assets import imported_by, path_of
from builder.content import Book, Document, Idea
from builder.markdown import Page, inline, root_of
from builder.mistakes import Collector
from builder.publication import Publication
from builder.states import usual
from builder.templates import Templates
from figures import _contract as contract

CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",  # WebAssembly, and no other eval
        # A worker started from blob: or data: inherits this policy; 'self' is for the
        # service worker, and `worker.js` sees to it that Python starts none.
        "worker-src 'self' blob: data:",
        "connect-src 'self'",
        "frame-src 'self'",  # the preview of an embed page
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "object-src 'none'",
    )
)

SECTIONS = ("scene", "mechanism", "figure", "code", "limits", "cost")  # of an idea
FRAMED = "frame-ancestors *"  # a header of its own: both bind, and this allows all
CACHED = "  Cache-Control: public, max-age=31536000, immutable\n"
HEADERS = (  # a frame without an origin asks for its own files as a stranger
    f"/*\n  Content-Security-Policy: {CSP}\n  Access-Control-Allow-Origin: *\n"
    f"/assets/*\n{CACHED}/runtime/*\n{CACHED}/sw.js\n  Cache-Control: no-cache\n"
    f"/embed/*\n  Content-Security-Policy: {FRAMED}\n"
)


@dataclass
class Site:
    """What every page is made from, and what has been made so far."""

    source: Path
    book: Book
    glossary: glossary.Glossary
    templates: Templates
    files: dict[str, bytes]  # what pages ask for, by hashed site path
    published: Publication
    found: Collector
    pages: dict[str, bytes] = field(default_factory=dict)
    links: list[tuple[str, str, str]] = field(default_factory=list)
    shown_on: dict[str, Idea] = field(default_factory=dict)  # figure -> its idea
    imported: dict[str, list[str]] = field(default_factory=dict)  # see `modules`

    def asset(self, name: str) -> str:
        """The hashed site path of `book.css` and the like."""
        return path_of(self.files, name)

    def modules(self, script: str) -> list[str]:
        """The hashed site paths of all modules that a script imports at once."""
        if script not in self.imported:
            self.imported[script] = imported_by(self.files, script)
        return self.imported[script]

    def write(self, template: str, address: str, **context: Any) -> None:
        """Add the page at `address`, made from `template`."""
        path = address.lstrip("/")
        path = path + "index.html" if path == "" or path.endswith("/") else path
        root = root_of(address)
        html = self.templates.get_template(template).render(
            address=address,
            root=root,
            csp=CSP,
            to=lambda there: root + there.lstrip("/") or "./",
            asset=lambda name: root + self.asset(name),
            modules=lambda script: [root + path for path in self.modules(script)],
            manifest=lambda: root + runtime.manifest_path(self.files),
            book=self.book,
            published=self.published.somewhere,
            head=machines.head(
                self, address, context.get("idea"), context.get("drawn")
            ),
            **context,
        )
        self.pages[path] = anchored(html).encode()

    def text(self, document: Document, address: str, **rest: Any) -> Page:
        """The Markdown context of `document`, shown at `address`."""
        return Page(
            path=f"content/{document.path.as_posix()}",
            first_line=document.first_line,
            root=root_of(address),
            address=address,
            documents=self.book.documents,
            references=self.book.references,
            found=self.found,
            render_figure=partial(self.figure, address),
            render_list=lists.renderers(self, address),
            **rest,
        )

    def figure(self, address: str, name: str, caption: str) -> str:
        """One live figure, for the page at `address`."""
        drawn = drawing.draw(name)
        root = root_of(address)
        return self.templates.get_template("figure.html").render(
            drawn=drawn,
            caption=Markup(caption),
            rows=numbers(drawn),
            settings=settings(drawn),
            live=root + self.asset(f"{name}.json"),
            keep=root + self.asset(f"{name}-keep.json"),
            page=f"{root}figures/{name}/",
            embed=f"{root}embed/{name}/",
            is_figure_page=address == f"/figures/{name}/",
            control=control,
            contract=contract,
        )


def write_pages(
    book: Book, source: Path, files: dict[str, bytes], published: Publication
) -> Site:
    """Every page of the book; mistakes are gathered in `found`."""
    terms = glossary.read_glossary(source / "content/glossary.yml")
    templates = Templates(source / "templates")
    site = Site(source, book, terms, templates, files, published, Collector())
    for idea in book.ideas:
        write_idea(site, idea)
    for name in contract.names():
        write_figure(site, name)
        embeds.write_embed(site, name)
    drawings = [drawing.draw(name) for name in contract.names()]
    site.write("figures.html", "/figures/", drawings=drawings, shown_on=site.shown_on)
    write_cover(site)
    for document in book.pages:
        write_document(site, document)
    teaching.write(site)
    for term in terms.entries:
        if term not in terms.used:
            site.found.add("content/glossary.yml", f"no idea uses the term '{term}'")
    site.write("404.html", "/404.html")
    whole.write_whole(site)
    site.pages["_headers"] = f"{HEADERS}{machines.HEADERS}".encode()
    return site


def write_idea(site: Site, idea: Idea) -> None:
    """One idea: its prose, and what its front matter promises below it."""
    address, ideas = idea.address, site.book.ideas
    page = site.text(
        idea.document, address, sources=tuple(idea.sources), glossary=site.glossary
    )
    asked = lesson(site, idea, page)
    page.render_figure = asks.around(site, idea, page, asked)
    body = markdown.render(idea.document.body, page)
    line = partial(inline, page)
    context: dict[str, Any] = {
        "thesis": line(idea.thesis),
        "do": [line(text) for text in idea.do],
        "reconsider": [(line(c.claim), line(c.answer)) for c in idea.reconsider],
        "checks": [(line(check.text), check.since) for check in idea.checks],
    }
    here = ideas.index(idea)
    check_sections(site, idea, page)
    if idea.figure not in page.figures:
        site.found.add(
            f"{page.path}:1",
            f"the figure '{idea.figure}' is not in the text."
            f" Add a fence ```figure {idea.figure}",
        )
    for name in page.figures:
        site.shown_on.setdefault(name, idea)
    remember_links(site, page, address)
    site.write(
        "idea.html",
        address,
        idea=idea,
        lesson=asked,
        part=next(part for part in site.book.parts if idea in part.ideas),
        body=Markup(body),
        cited=page.cited,
        references=site.book.references,
        previous=ideas[here - 1] if here else None,
        next=ideas[here + 1] if here + 1 < len(ideas) else None,
        **context,
    )


def lesson(site: Site, idea: Idea, page: Page) -> dict[str, Any]:
    """What the idea asks its reader, and where the answers are, as a file of the site."""
    path, data = answers.answers_file(idea, page)
    site.pages[path] = data
    return answers.questions(idea, page) | {"answers": root_of(idea.address) + path}


def check_sections(site: Site, idea: Idea, page: Page) -> None:
    """An idea has all its sections, in order, and code that is bad and code that is good."""
    anchors = [anchor for tag, anchor in page.headings if tag == "h2"]
    wanted = ", ".join(f"{{#{name}}}" for name in SECTIONS)
    missing = [name for name in SECTIONS if name not in anchors]
    if missing:
        site.found.add(
            f"{page.path}:{page.first_line}",
            f"the section {{#{missing[0]}}} is missing. An idea has {wanted}",
        )
    elif [anchor for anchor in anchors if anchor in SECTIONS] != list(SECTIONS):
        site.found.add(
            f"{page.path}:{page.first_line}",
            f"the sections stand in another order than {wanted}",
        )
    for word in ("Bad", "Good"):
        if not re.search(rf"(?m)^{word}: .*(\n.+)*\n\n```python\n", idea.document.body):
            site.found.add(
                f"{page.path}:{page.first_line}",
                f'no code after a line that begins "{word}:". An idea shows both',
            )


def write_figure(site: Site, name: str) -> None:
    """A figure's own page: the model, its constants, theory, the code."""
    drawn, address = drawing.draw(name), f"/figures/{name}/"
    path = contract.FOLDER / f"{name}.py"
    source = path.read_text(encoding="utf-8")
    page = Page(
        path=f"figures/{name}.py",
        root=root_of(address),
        documents=site.book.documents,
        sources=cited_by(drawn.card, site.book),
        found=site.found,
    )
    if name not in site.shown_on:
        site.found.add(
            f"figures/{name}.py",
            f"on no page. Add a fence ```figure {name}, or delete the file",
        )
    site.write(
        "figure_page.html",
        address,
        drawn=drawn,
        figure=Markup(site.figure(address, name, "")),
        card=Markup(markdown.render(emphasise(drawn.card), page)),
        cited=page.cited,
        sources_keys=page.sources,
        references=site.book.references,
        parameters=[(p, describe(p)) for p in drawn.figure.PARAMETERS],
        constants=constants(source),
        checks=[checked(drawn, values) for values in drawn.figure.CHECKED_AT],
        code=Markup(markdown.code(source, "python")),
        idea=site.shown_on.get(name),
        goals=Markup(asks.goals_on(site, name, page)),
        contract=contract,
    )
    site.pages[f"figures/{name}/{name}.py"] = source.encode()
    for file, make in (("-alone.py", alone.script), (".ipynb", alone.notebook)):
        taken = usual(name, site.published.url.rstrip("/")).taken
        text = make(name, taken, site.book.references)
        site.pages[f"figures/{name}/{name}{file}"] = text.encode()


def write_cover(site: Site) -> None:
    """The cover: the thesis, the parts, the ideas, a small still of each figure."""
    page = site.text(site.book.cover, "/")
    body = markdown.render(site.book.cover.body, page)
    openings = {}
    for part in site.book.parts:
        opening = site.text(part.document, "/")
        openings[part.number] = Markup(markdown.render(part.document.body, opening))
        remember_links(site, opening, "/")
    remember_links(site, page, "/")
    stills = {
        idea.figure: Markup(drawing.draw(idea.figure).narrow)
        for idea in site.book.ideas
        if idea.figure in contract.names()
    }
    theses = {idea.number: inline(page, idea.thesis) for idea in site.book.ideas}
    site.write(
        "cover.html",
        "/",
        body=Markup(body),
        openings=openings,
        stills=stills,
        theses=theses,
        motif=Markup(motif.line()),
    )


def write_document(site: Site, document: Document) -> None:
    """A page of its own: the colophon and the like."""
    address = f"/{document.slug}/"
    sources = cited_by(document.body, site.book)
    page = site.text(document, address, sources=sources)
    body = markdown.render(document.body, page)
    remember_links(site, page, address)
    site.write(
        "document.html",
        address,
        document=document,
        body=Markup(body),
        scripts=["main.js"] * bool(page.figures)
        + ["checklist.js"] * ("checklist" in page.lists)
        + ["answers-page.js"] * ("answers" in page.lists),
        styles=["lesson.css", "answered.css"] * ("answers" in page.lists),
        sources_keys=sources,
        cited=page.cited,
        references=site.book.references,
    )


def cited_by(text: str, book: Book) -> tuple[str, ...]:
    """The sources that `text` cites, in the order in which it does."""
    keys = dict.fromkeys(re.findall(r"@([\w-]+)", text))
    return tuple(key for key in keys if key in book.references)


def remember_links(site: Site, page: Page, address: str) -> None:
    """Keep the page's own links, to be checked when all pages are there."""
    site.links += [(where, address, link) for where, link in page.links]


def check_links(site: Site) -> None:
    """Every link of an author leads to a page, and to an anchor on it."""

    @cache
    def anchors_of(path: str) -> list[str]:
        return re.findall(r'id="([^"]+)"', site.pages[path].decode())

    for where, address, link in site.links:
        target, _, anchor = link.partition("#")
        target = target or address
        path = target.lstrip("/")
        path = path + "index.html" if path == "" or path.endswith("/") else path
        if path not in site.pages:
            known = ["/" + p.removesuffix("index.html") for p in site.pages]
            hint = contract.did_you_mean(target, known)
            site.found.add(where, f"broken link: no page '{target}'.{hint}")
        elif anchor and anchor not in anchors_of(path):
            hint = contract.did_you_mean(anchor, anchors_of(path))
            site.found.add(where, f"broken link: no anchor '#{anchor}'.{hint}")


def emphasise(card: str) -> str:
    """The docstring's paragraph names (`Model:`) in bold."""
    return re.sub(r"(^|\n\n)([A-Z][\w ]+:)(?=\s)", r"\1**\2**", card)


def numbers(drawn: drawing.Drawing) -> list[dict[str, str]]:
    """The rows of the table below a figure: name, label, this run, theory."""
    run = contract.readings(drawn.figure, drawn.run.measures)
    theory = contract.readings(drawn.figure, drawn.run.theory)
    return [
        {
            "name": measure.name,
            "label": measure.label,
            "run": run[measure.name],
            "theory": theory.get(measure.name, "—"),
        }
        for measure in drawn.figure.MEASURES
    ]


def checked(drawn: drawing.Drawing, values: dict[str, Any]) -> dict[str, Any]:
    """One setting at which theory is tested: run against closed form."""
    run = runs.run(drawn.name, values)
    labels = {m.name: m.label for m in drawn.figure.MEASURES}
    simulated = contract.readings(drawn.figure, run.measures)
    exact = contract.readings(drawn.figure, run.theory)
    return {
        "setting": [
            (p.label, reading(p, values[p.name]))
            for p in drawn.figure.PARAMETERS
            if p.name in values
        ],
        "rows": [(labels[name], simulated[name], exact[name]) for name in exact],
    }


def control(parameter: Any) -> dict[str, Any]:
    """What a template needs to draw a parameter's control."""
    if isinstance(parameter, contract.Choice):
        return {"kind": "choice"}
    return {
        "kind": "range",
        "value": f"{parameter.default:.10g}",
        "minimum": f"{parameter.minimum:.10g}",
        "maximum": f"{parameter.maximum:.10g}",
        "step": f"{parameter.step:.10g}",
        "reading": reading(parameter, parameter.default),
    }


def settings(drawn: drawing.Drawing) -> str:
    """What a still was drawn at, in words: every parameter at its default, and the seed."""
    parameters = drawn.figure.PARAMETERS
    values = [f"{p.label}: {reading(p, p.default)}" for p in parameters]
    return " · ".join([*values, f"Seed: {drawn.run.seed}"])


def describe(parameter: Any) -> dict[str, str]:
    """A row of the table of parameters."""
    if isinstance(parameter, contract.Choice):
        return {
            "range": ", ".join(parameter.options.values()),
            "default": reading(parameter, parameter.default),
        }
    low = reading(parameter, parameter.minimum)
    high = reading(parameter, parameter.maximum)
    return {
        "range": f"{low} – {high}",
        "default": reading(parameter, parameter.default),
    }


def constants(source: str) -> list[tuple[str, str, str]]:
    """Name, value and meaning of each constant with a comment behind it."""
    pattern = r"(?m)^([A-Z][A-Z0-9_]+) = (.+?)  # (.+)$"
    return [
        (m[1], "" if m[2] in ("(", "[", "{") else f" = {m[2]}", m[3])
        for m in re.finditer(pattern, source)
    ]
