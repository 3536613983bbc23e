"""The kit for a session: `/teach/`, worksheets to print, and the answer keys.

All of it is made from the ideas' own lessons; `content/teach/` holds the rest: the text,
the plans with their minutes, and the path for somebody new.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import yaml
from markupsafe import Markup
from pydantic import Field, model_validator

from builder import answers, checklist, content, drawing, markdown
from builder.content import Idea, Radius
from builder.front_matter import Contract, Text
from builder.lessons import Goal, Settings, wrong
from builder.markdown import Page, inline
from builder.mistakes import Collector, Mistakes
from figures import _contract as contract

if TYPE_CHECKING:
    from builder.pages import Site

ADDRESS = "/teach/"


class Step(Contract):
    """Some minutes of a plan: a part of an idea's lesson, or something to say."""

    minutes: int = Field(ge=1)
    idea: Text | None = None
    part: Literal["predict", "reveal", "discuss", "goal", "recall"] | None = None
    say: Text | None = None

    @model_validator(mode="after")
    def is_one_of_both(self) -> Step:
        """A step has an idea and its part, or words of its own."""
        if (self.idea is None) != (self.part is None) or bool(self.idea) == bool(
            self.say
        ):
            raise wrong("a step has `idea` and `part`, or `say`")
        return self


class Plan(Contract):
    """A session minute by minute."""

    minutes: int = Field(ge=1)
    title: Text
    purpose: Text
    steps: list[Step] = Field(min_length=1)

    @model_validator(mode="after")
    def minutes_add_up(self) -> Plan:
        """The steps take as long as the plan says."""
        total = sum(step.minutes for step in self.steps)
        if total != self.minutes:
            raise wrong(f"the steps take {total} minutes, the plan says {self.minutes}")
        return self


class Stage(Contract):
    """A station of the path for somebody new: ideas, lines to defend, a task."""

    when: Text
    title: Text
    ideas: list[Text] = Field(min_length=1)
    radius: Radius
    task: Text


def read(path: Path, kind: type[Contract], ideas: dict[str, Idea]) -> list[Any]:
    """The entries of a YAML list; each keeps its contract and names ideas that exist."""
    node = content.compose(content.read_text(path), path, 1)
    if not isinstance(node, yaml.SequenceNode):
        raise Mistakes(f"{content.shown(path)}:1: the file is a list")
    found, made = Collector(), []
    for entry in node.value:
        with found.gathering():
            made.append(content.validate(entry, kind, path, 1))
            for location, slug in named(made[-1]):
                if slug not in ideas:
                    line = 1 + content.line_of(entry, location)
                    hint = contract.did_you_mean(slug, ideas)
                    found.add(
                        f"{content.shown(path)}:{line}", f"no idea '{slug}'.{hint}"
                    )
    found.done()
    return made


def named(entry: Any) -> list[tuple[tuple[int | str, ...], str]]:
    """Where an entry names an idea, and which."""
    if isinstance(entry, Stage):
        return [(("ideas", at), slug) for at, slug in enumerate(entry.ideas)]
    return [
        (("steps", at, "idea"), step.idea)
        for at, step in enumerate(entry.steps)
        if step.idea
    ]


def write(site: Site) -> None:
    """The three pages; mistakes are gathered."""
    with site.found.gathering():
        document, slugs = site.book.teach, by_slug(site)
        folder = site.source / "content/teach"
        plans = read(folder / "plans.yml", Plan, slugs)
        stages = read(folder / "path.yml", Stage, slugs)
        page = site.text(document, ADDRESS)
        page.render_list |= {
            "plans": partial(plans_list, site, page, plans),
            "ideas-to-teach": partial(ideas_list, site, page),
            "path": partial(path_list, site, page, stages),
        }
        body = Markup(markdown.render(document.body, page))
        site.links += [(where, ADDRESS, link) for where, link in page.links]
        site.write("teach.html", ADDRESS, document=document, body=body)
        for name in ("worksheets", "answers"):
            address = f"{ADDRESS}{name}/"
            lessons = [lesson(site, idea, address) for idea in site.book.ideas]
            checks = checklist.items(site.book, "product")
            site.write(f"teach/{name}.html", address, lessons=lessons, checks=checks)


def by_slug(site: Site) -> dict[str, Idea]:
    """The ideas by the last part of their address."""
    return {idea.document.slug: idea for idea in site.book.ideas}


def plans_list(site: Site, page: Page, plans: list[Plan]) -> str:
    """Each plan as a table of minutes."""
    lessons = {slug: lesson(site, i, ADDRESS) for slug, i in by_slug(site).items()}
    timed = []
    for plan in plans:
        ends = list(accumulate(step.minutes for step in plan.steps))
        rows = [
            (end - step.minutes, end, step, lessons.get(step.idea or ""))
            for end, step in zip(ends, plan.steps, strict=True)
        ]
        timed.append((plan, rows))
    return part(site, page, "teach/plans.html", plans=timed)


def ideas_list(site: Site, page: Page) -> str:
    """What to say to each idea, and what people say."""
    lessons = [lesson(site, idea, ADDRESS) for idea in site.book.ideas]
    return part(site, page, "teach/ideas.html", lessons=lessons)


def path_list(site: Site, page: Page, stages: list[Stage]) -> str:
    """The path for somebody new, with the lines of the checklist up to its radius."""
    slugs, lines = by_slug(site), checklist.items(site.book)
    made = []
    for stage in stages:
        ideas = [slugs[slug] for slug in stage.ideas]
        radii = content.RADII[: content.RADII.index(stage.radius) + 1]
        asked = [x for x in lines if x.idea in ideas and x.since in radii]
        made.append((stage, ideas, [inline(page, line.text) for line in asked]))
    return part(site, page, "teach/path.html", stages=made)


def part(site: Site, page: Page, template: str, **context: Any) -> str:
    """A part of `page`."""
    return site.templates.get_template(template).render(to=to(page.root), **context)


def to(root: str) -> Callable[[str], str]:
    """How a page that is `root` away from the site's root links to an address."""
    return lambda there: root + there.lstrip("/") or "./"


def lesson(site: Site, idea: Idea, address: str) -> dict[str, Any]:
    """An idea's lesson with its answers, for the page at `address`; lines are HTML."""
    page = site.text(idea.document, address, sources=tuple(idea.sources))
    asked, told = answers.questions(idea, page), answers.answers(idea, page)
    return {
        "idea": idea,
        "thesis": inline(page, idea.thesis),
        "still": Markup(drawing.draw(idea.figure).wide),
        "predict": {
            **asked["predict"],
            **told["predict"],
            "set": in_words(idea.figure, idea.predict.at),
            "spread": spread(idea),
        },
        "goals": [
            {**shown, **goal_key(idea.figure, goal)}
            for shown, goal in zip(asked["goals"], idea.goals, strict=True)
        ],
        "recall": [
            {"question": question["question"], "answer": answer["answer"],
             "options": list(zip(question["options"], answer["options"], strict=True))}
            for question, answer in zip(asked["recall"], told["recall"], strict=True)
        ],
        **told["teach"],
    }  # fmt: skip


def in_words(name: str, values: Settings) -> list[str]:
    """Each value with its parameter's label: "Calls per request: 100 calls"."""
    from builder.pages import reading

    known = {p.name: p for p in contract.load(name).PARAMETERS}
    return [f"{known[key].label}: {reading(known[key], values[key])}" for key in values]


def spread(idea: Idea) -> str:
    """The answer at the goal seeds, from the least to the largest."""
    measure = idea.predict.measure
    (found,) = answers.measured(idea.figure, [idea.predict.at])
    return between(idea.figure, measure, [measures[measure] for measures in found])


def between(name: str, measure: str, values: list[float]) -> str:
    """ "61 to 64 %", or one reading where all are alike."""
    unit = answers.measures_of(contract.load(name))[measure].unit
    low, high = (contract.quantity(f(values), unit) for f in (min, max))
    if low == high:
        return low
    return f"{low.removesuffix(f' {unit}') if unit in high else low} to {high}"


def goal_key(name: str, goal: Goal) -> dict[str, Any]:
    """Where a goal starts, what may change, and the ways to meet it, with the numbers."""
    labels = {p.name: p.label for p in contract.load(name).PARAMETERS}
    wanted = [bound.measure for bound in goal.requirements]
    rows = []
    for values, found in zip(
        [{}, *goal.ways], answers.attempts(name, goal), strict=True
    ):
        seen = [between(name, m, [measures[m] for measures in found]) for m in wanted]
        rows.append((in_words(name, values), seen))
    known = answers.measures_of(contract.load(name))
    return {
        "start": in_words(name, goal.at),
        "free": [labels[key] for key in goal.change],
        "wanted": [known[measure].label for measure in wanted],
        "rows": rows,
    }
