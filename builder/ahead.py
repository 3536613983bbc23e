"""What takes long and hangs on one figure alone, made by all cores before it is asked for.

Nothing is handed over but by the cache, and nothing goes wrong here: what fails is asked
for again, and told, where it belongs.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stdout, suppress
from multiprocessing import get_context
from typing import Any

from builder import answers, drawing, keep, markdown, runs, stills
from builder.cache import place
from builder.content import Book
from builder.lessons import Goal
from builder.publication import Publication
from figures import _contract as contract


def figures(book: Book, published: Publication) -> None:
    """Have the cache filled, if it lacks the pictures of several figures."""
    lacking = [n for n in contract.names() if not place(*drawing.pictures(n)).exists()]
    if len(lacking) > 1:
        with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
            for name in lacking:
                lessons = [idea for idea in book.ideas if idea.figure == name]
                goals = [goal for idea in lessons for goal in idea.goals]
                predicted = [idea.predict.at for idea in lessons]
                url = published.at(f"figures/{name}/")
                pool.submit(figure, name, url, goals, predicted)


def figure(
    name: str, url: str, goals: list[Goal], predicted: list[dict[str, Any]]
) -> None:
    """Keep all that pages show of a figure, and the pictures that leave home."""
    with suppress(Exception, SystemExit), redirect_stdout(sys.stderr):
        for values in (*drawing.draw(name).figure.CHECKED_AT, *predicted):
            runs.run(name, values)
        for goal in goals:
            answers.attempts(name, goal)
        for values in predicted:
            answers.measured(name, [values])
        source = (contract.FOLDER / f"{name}.py").read_text(encoding="utf-8")
        markdown.code(source, "python")
        keep.run_of(name)
        stills.of_figure(name, url).layout()
