"""What an idea is taught with: a prediction, goals, recall, and words for who teaches.

A page that asks does not hold the answers: they are a file of their own, and the ways
to meet a goal stand in the answer keys alone.
"""

from __future__ import annotations

import operator
import re
from itertools import pairwise
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from builder.front_matter import Claim, Contract, Text

SIGNS = {"<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt}
REQUIREMENT = re.compile(r"(\w+) (<=|>=|<|>) (-?\d+(?:\.\d+)?)")


class Requirement(NamedTuple):
    """A bound that a measure must keep, in the measure's own unit."""

    measure: str
    sign: str
    limit: float

    def kept(self, measures: dict[str, float]) -> bool:
        """Whether a run with these measures keeps it."""
        return bool(SIGNS[self.sign](measures[self.measure], self.limit))


def requirement(text: str) -> Requirement:
    """`"p99_ms <= 300"` taken apart."""
    match = REQUIREMENT.fullmatch(text)
    if not match:
        raise wrong("a requirement is like p99_ms <= 300, with <=, >=, < or >")
    return Requirement(match[1], match[2], float(match[3]))


def wrong(what: str) -> PydanticCustomError:
    """A breach of the contract, in words of ours."""
    return PydanticCustomError("lesson", what)


def bound(text: str) -> str:
    """`text`, which states a requirement."""
    requirement(text)
    return text


def switched(value: Any) -> Any:
    """`value`, or the option's name where YAML has read `on` or `off` as a truth."""
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else value


Settings = dict[str, Annotated[Any, BeforeValidator(switched)]]


class Range(Contract):
    """A range to pick, up to `below`; the last one has no end."""

    text: Text
    below: float | None = None


class Prediction(Contract):
    """A question that a measure of the figure answers, at a setting not yet seen."""

    question: Text
    at: Settings = Field(min_length=1)
    measure: Text
    by: Literal["number", "x", "y", "choice"]
    options: list[Range] = Field(default_factory=list)
    why: Text
    because: Text

    @model_validator(mode="after")
    def ranges_cover_everything(self) -> Prediction:
        """A choice has three or four ranges in order, open at the end; others none."""
        if self.by != "choice":
            if self.options:
                raise wrong("options belong to a prediction by choice")
            return self
        *ends, last = [option.below for option in self.options] or [0.0]
        rising = None not in ends and all(a < b for a, b in pairwise(ends))  # type: ignore[operator]
        if len(ends) not in (2, 3) or last is not None or not rising:
            raise wrong(
                "a choice has three or four options, each but the last with `below`,"
                " ascending"
            )
        return self


class Goal(Contract):
    """What the reader should bring the figure to, from where, and by which controls."""

    goal: Text
    at: Settings = Field(default_factory=dict)
    change: list[Text] = Field(min_length=1)
    require: list[Annotated[str, AfterValidator(bound)]] = Field(min_length=1)
    hints: list[Text] = Field(min_length=2, max_length=4)
    ways: list[Settings] = Field(min_length=2)

    @property
    def requirements(self) -> list[Requirement]:
        """What must hold, all of it."""
        return [requirement(text) for text in self.require]


class Option(Contract):
    """One answer to pick, and what the book says to it."""

    text: Text
    because: Text
    right: bool = False


class Question(Contract):
    """A question on the idea, with options of which one is right, and an answer."""

    question: Text
    options: list[Option] = Field(min_length=3, max_length=4)
    answer: Text

    @model_validator(mode="after")
    def one_is_right(self) -> Question:
        """Exactly one option is right."""
        right = sum(option.right for option in self.options)
        if right != 1:
            raise wrong(f"exactly one option has `right: true`, found {right}")
        return self


class Teaching(Contract):
    """What who teaches says, and what people get wrong."""

    say: Text
    mistakes: list[Claim] = Field(min_length=2, max_length=3)


class Lesson(Contract):
    """What an idea's front matter holds for teaching."""

    predict: Prediction
    goals: list[Goal] = Field(min_length=1, max_length=2)
    recall: list[Question] = Field(min_length=1, max_length=3)
    teach: Teaching
