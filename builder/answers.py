"""Lessons against their figures: names and ranges hold, goals can be met, answers are known."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from builder import runs
from builder.assets import hashed_path
from builder.cache import kept
from builder.content import Book, Idea, place_of
from builder.lessons import Goal, Prediction
from builder.markdown import Page, inline
from builder.mistakes import Collector
from figures import _contract as contract

GOAL_SEEDS = tuple(contract.SEED + n for n in range(1, 6))  # none is the book's
Breach = tuple[tuple[int | str, ...], str]  # where in the front matter, and what


def check(book: Book, folder: Path) -> None:
    """Raise each breach between a lesson and its figure, by its line."""
    found = Collector()
    for idea in book.ideas:
        for location, what in breaches(idea):
            found.add(place_of(folder, idea.document, location), what)
    found.done()


def breaches(idea: Idea) -> Iterator[Breach]:
    """What in the lesson the figure does not know, or does not do."""
    if idea.figure not in contract.names():
        hint = contract.did_you_mean(idea.figure, contract.names())
        yield ("figure",), f"no figure named '{idea.figure}'.{hint}"
        return
    yield from prediction_breaches(idea.figure, idea.predict)
    for number, goal in enumerate(idea.goals):
        wrong = list(goal_breaches(idea.figure, goal)) or unproven(idea.figure, goal)
        yield from ((("goals", number, *where), what) for where, what in wrong)


def prediction_breaches(name: str, predict: Prediction) -> Iterator[Breach]:
    """The prediction's setting is one, is not the default, and has the measure."""
    figure = contract.load(name)
    yield from setting_breaches(figure, ("predict", "at"), predict.at)
    if predict.measure not in measures_of(figure):
        yield ("predict", "measure"), unknown(name, predict.measure)
    defaults = {p.name: p.default for p in figure.PARAMETERS}
    if all(defaults.get(key) == value for key, value in predict.at.items()):
        yield (
            ("predict", "at"),
            "the figure stands there already. Choose another setting",
        )


def goal_breaches(name: str, goal: Goal) -> Iterator[Breach]:
    """All names and values of a goal are the figure's, and its ways differ."""
    figure = contract.load(name)
    parameters = [p.name for p in figure.PARAMETERS]
    yield from setting_breaches(figure, ("at",), goal.at)
    for at, parameter in enumerate(goal.change):
        if parameter not in parameters:
            hint = contract.did_you_mean(parameter, parameters)
            yield ("change", at), f"no parameter named '{parameter}'.{hint}"
    for at, wanted in enumerate(goal.requirements):
        if wanted.measure not in measures_of(figure):
            yield ("require", at), unknown(name, wanted.measure)
    for at, way in enumerate(goal.ways):
        yield from setting_breaches(figure, ("ways", at), way)
        if way in goal.ways[:at]:
            yield ("ways", at), "the same way again. Find another"
        for key in way.keys() - set(goal.change):
            yield ("ways", at), f"'{key}' is not among what the reader may change"


def setting_breaches(
    figure: Any, where: tuple[int | str, ...], values: Mapping[str, Any]
) -> Iterator[Breach]:
    """Each value that the figure refuses."""
    for key, value in values.items():
        try:
            contract.bind(figure.PARAMETERS, {key: value})
        except contract.Refused as refused:
            yield (*where, key), str(refused)


def unproven(name: str, goal: Goal) -> Iterator[Breach]:
    """The start must miss the goal, and each way meet it, whatever the seed."""
    for number, seeds in enumerate(outcomes(name, goal)):
        missed = [
            seed for seed, held in zip(GOAL_SEEDS, seeds, strict=True) if not held
        ]
        if number == 0 and len(missed) < len(GOAL_SEEDS):
            yield ("at",), "the goal is met before anything is changed. Ask for more"
        if number and missed:
            seed = missed[0]
            yield ("ways", number - 1), f"the goal is missed at seed {seed}"


def outcomes(name: str, goal: Goal) -> list[list[bool]]:
    """Whether the goal holds, for each of its seeds: at the start, and by each way."""

    def simulated() -> bytes:
        figure = contract.load(name)
        settings = [goal.at, *(goal.at | way for way in goal.ways)]
        held = [
            [meets(figure, goal, at, seed) for seed in GOAL_SEEDS] for at in settings
        ]
        return json.dumps(held).encode()

    made = kept("goals", simulated, runs.code_of(name), goal.model_dump_json())
    return list(json.loads(made))


def meets(figure: Any, goal: Goal, values: Mapping[str, Any], seed: int) -> bool:
    """Whether a run with these values and that seed meets the goal."""
    measures = contract.run(figure, values, seed).measures
    return all(wanted.kept(measures) for wanted in goal.requirements)


def measures_of(figure: Any) -> dict[str, Any]:
    """The figure's measures by name."""
    return {measure.name: measure for measure in figure.MEASURES}


def unknown(figure: str, measure: str) -> str:
    """That the figure has no such measure."""
    hint = contract.did_you_mean(measure, measures_of(contract.load(figure)))
    return f"{figure} has no measure '{measure}'.{hint}"


def questions(idea: Idea, page: Page) -> dict[str, Any]:
    """What the idea's page may hold before the reader commits; lines are HTML."""
    measures = measures_of(contract.load(idea.figure))
    return {
        "predict": {
            "question": inline(page, idea.predict.question),
            "at": idea.predict.at,
            "by": idea.predict.by,
            "measure": measures[idea.predict.measure],
            "options": idea.predict.options,
        },
        "goals": [
            {
                "goal": inline(page, goal.goal),
                "at": goal.at,
                "change": goal.change,
                "require": goal.requirements,
                "hints": [inline(page, hint) for hint in goal.hints],
            }
            for goal in idea.goals
        ],
        "recall": [
            {
                "question": inline(page, asked.question),
                "options": [inline(page, option.text) for option in asked.options],
            }
            for asked in idea.recall
        ],
    }


def answers(idea: Idea, page: Page) -> dict[str, Any]:
    """What the page may ask for once the reader has committed; lines are HTML."""
    predict = idea.predict
    value = runs.run(idea.figure, predict.at).measures[predict.measure]
    figure = contract.load(idea.figure)
    return {
        "predict": {
            "value": contract.finite({"value": value})["value"],
            "reading": contract.readings(figure, {predict.measure: value})[
                predict.measure
            ],
            "why": inline(page, predict.why),  # which way it goes can be read from it
            "because": inline(page, predict.because),
        },
        "recall": [
            {
                "options": [
                    {"right": option.right, "because": inline(page, option.because)}
                    for option in asked.options
                ],
                "answer": inline(page, asked.answer),
            }
            for asked in idea.recall
        ],
        "teach": {
            "say": inline(page, idea.teach.say),
            "mistakes": [
                {"claim": inline(page, m.claim), "answer": inline(page, m.answer)}
                for m in idea.teach.mistakes
            ],
        },
    }


def answers_file(idea: Idea, page: Page) -> tuple[str, bytes]:
    """Site path and bytes of an idea's answers."""
    data = json.dumps(answers(idea, page), ensure_ascii=False, indent=1).encode()
    return hashed_path(f"answers-{idea.document.slug}.json", data), data
