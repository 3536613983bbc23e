"""The checklist: what every idea asks before a merge, sized by blast radius."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from builder.content import RADII, Book, Idea, entries, validate
from builder.front_matter import Contract
from builder.mistakes import Collector, Mistakes
from figures._contract import did_you_mean

RADIUS_MEANS = {
    "notebook": "one person runs it, and looks at what comes out",
    "internal": "colleagues rely on it, and know whom to ask",
    "product": "customers rely on it, and do not",
    "safety": "somebody can be hurt",
}


@dataclass(frozen=True)
class Item:
    """One line to defend: tick it, or say why not."""

    idea: Idea
    text: str
    since: str

    @property
    def key(self) -> str:
        """Six digits that stay while the text does: saved answers hang on them."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:6]


def items(book: Book, level: str = RADII[-1]) -> list[Item]:
    """What applies at a blast radius; a larger one contains the smaller."""
    if level not in RADII:
        raise Mistakes(
            f"--blast-radius: must be one of {', '.join(RADII)}, got {level!r}."
            f"{did_you_mean(level, RADII)}"
        )
    applying = RADII[: RADII.index(level) + 1]
    return [
        Item(idea, check.text, check.since)
        for idea in book.ideas
        for check in idea.checks
        if check.since in applying
    ]


class Answer(Contract):
    """How this very book stands to a line: what is so, and the files that show it."""

    answer: str
    evidence: tuple[str, ...] = ()


def read_answers(source: Path, found: list[Item]) -> dict[str, Answer]:
    """The book's own checklist, by text; a line without an answer is a mistake."""
    path = source / "content/own-checklist.yml"
    answers, wrong = {}, Collector()
    asked = {item.text for item in found}
    for key, node in entries(path):
        line = f"content/own-checklist.yml:{key.start_mark.line + 1}"
        with wrong.gathering():
            answers[key.value] = validate(node, Answer, path, 1)
            for file in answers[key.value].evidence:
                if not (source / file).is_file():
                    wrong.add(line, f"no file '{file}' to show as evidence")
        if key.value not in asked:
            wrong.add(line, "no idea asks this; the text must be the idea's own")
    for text in dict.fromkeys(item.text for item in found):
        if text not in answers:
            wrong.add("content/own-checklist.yml", f"no answer to '{text}'")
    wrong.done()
    return answers


def as_markdown(found: list[Item], level: str) -> str:
    """A list that can be ticked in a pull request."""
    lines = [f"## Before you merge: blast radius *{level}*"]
    for at, item in enumerate(found):
        if at == 0 or found[at - 1].idea is not item.idea:
            lines += ["", f"### {item.idea.number} {item.idea.title}", ""]
        lines.append(f"- [ ] {item.text}")
    return "\n".join(lines)


def as_json(found: list[Item], level: str) -> str:
    """The same as data."""
    answer = {
        "blast_radius": level,
        "items": [
            {
                "key": item.key,
                "idea": item.idea.title,
                "number": item.idea.number,
                "address": item.idea.address,
                "figure": item.idea.figure,
                "text": item.text,
                "from": item.since,
            }
            for item in found
        ],
    }
    return json.dumps(answer, indent=2, ensure_ascii=False)
