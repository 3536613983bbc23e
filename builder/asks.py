"""What an idea asks its reader, as parts of a page: around the figure, and at the end."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from builder import answers, drawing
from builder.content import Idea
from builder.markdown import Page, root_of
from figures import _contract as contract

if TYPE_CHECKING:
    from builder.pages import Site

Asked = dict[str, Any]  # what `answers.questions` gives


def around(
    site: Site, idea: Idea, page: Page, asked: Asked
) -> Callable[[str, str], str]:
    """How a page shows the idea's figure: after its prediction, before its goals."""
    plain = page.render_figure
    assert plain is not None

    def shown(name: str, caption: str) -> str:
        made = plain(name, caption)
        if name != idea.figure:
            return made
        before = predict(site, idea, asked)
        return before + made + goals(site, idea, page.root, asked["goals"])

    return shown


def predict(site: Site, idea: Idea, asked: Asked) -> str:
    """The prediction, and for the script what it takes to ask and to answer it."""
    question = asked["predict"]
    measure = question["measure"]
    terms = {
        "at": question["at"],
        "measure": measure.name,
        "label": measure.label,
        "unit": measure.unit,
        "by": question["by"],
        "axis": axis(idea.figure, question["by"], measure.unit),
        "below": [option.below for option in question["options"]],
        "seed": contract.SEED,
        "answers": asked["answers"],
    }
    root = root_of(idea.address)
    return part(site, "predict.html", idea, root, **question, terms=terms)


def axis(name: str, by: str, unit: str) -> Asked | None:
    """The axis `by` of a figure's chart, and how much of it makes sense to say.

    Charts leave room beyond what is possible: no measure is negative, no share above 1.
    """
    if by not in ("x", "y"):
        return None
    scales = json.loads(drawing.draw(name).spec)["scales"]
    (scale,) = (scale for scale in scales if scale["name"] == by)
    low, high = scale["domain"]
    return {
        "type": scale["type"],
        "domain": [low, high],
        "ends": [max(low, 0), min(high, 1) if unit == "%" else high],
        "constant": scale.get("constant", 1),
    }


def goals(site: Site, idea: Idea, root: str, asked: list[Asked]) -> str:
    """The goals of a figure, for a page that is `root` away from the site's root."""
    figure = contract.load(idea.figure)
    parameters = {p.name: p for p in figure.PARAMETERS}
    shown = [
        {
            **goal,
            "start": settings(parameters, goal["at"]),
            "free": [parameters[name].label for name in goal["change"]],
            "terms": {
                "at": goal["at"],
                "change": goal["change"],
                "require": [bound(figure, wanted) for wanted in goal["require"]],
            },
        }
        for goal in asked
    ]
    seeds = answers.GOAL_SEEDS
    return part(site, "goals.html", idea, root, goals=shown, seeds=seeds)


def goals_on(site: Site, name: str, page: Page) -> str:
    """The goals of a figure, for its own page."""
    idea = site.shown_on.get(name)
    if not idea:
        return ""
    return goals(site, idea, page.root, answers.questions(idea, page)["goals"])


def bound(figure: Any, wanted: Any) -> Asked:
    """A requirement, with the words to say how it was missed."""
    measure = answers.measures_of(figure)[wanted.measure]
    return {**wanted._asdict(), "label": measure.label, "unit": measure.unit}


def settings(parameters: Mapping[str, Any], values: Mapping[str, Any]) -> list[str]:
    """Each value with its parameter's label: "Calls per request: 100"."""
    return [f"{parameters[name].label}: {reading(parameters[name], value)}"
            for name, value in values.items()]  # fmt: skip


def reading(parameter: Any, value: Any) -> str:
    """A parameter's value as a reader sees it: "1 %", "280 requests/s", "the p95"."""
    if isinstance(parameter, contract.Choice):
        return str(parameter.options[value])
    return contract.quantity(value, parameter.unit, 6)


def part(site: Site, template: str, idea: Idea, root: str, **context: Any) -> str:
    """A part of a page that asks something about `idea`."""
    return site.templates.get_template(template).render(
        idea=idea, to=lambda there: root + there.lstrip("/") or "./", **context
    )
