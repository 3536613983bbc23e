"""What takes long and hangs on one figure alone, made before it is asked for.

Nothing is handed over but by the cache, and nothing goes wrong here: what fails is asked
for again, and told, where it belongs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from threading import Thread
from typing import Any

from builder import answers, drawing, keep, markdown, runs, stills
from builder.cache import place
from builder.content import Book
from builder.lessons import Goal
from builder.publication import Publication
from figures import _contract as contract


@contextmanager
def figures(book: Book, published: Publication) -> Iterator[None]:
    """Have the cache filled with what it lacks of figures, while other things are made.

    Several figures are shared out among processes. For one, threads are ready sooner,
    and the pictures are drawn outside of Python anyway.
    """
    lacking = [n for n in contract.names() if not place(*drawing.pictures(n)).exists()]
    shown: list[tuple[Callable[..., None], tuple[Any, ...]]] = [
        *((draw, (name,)) for name in lacking),
        *((simulate, (name, *asked_of(book, name))) for name in lacking),
    ]
    if len(lacking) > 1:
        context = get_context("spawn")
        with ProcessPoolExecutor(mp_context=context, initializer=beside) as pool:
            for work, of in shown:
                pool.submit(work, *of)
            for name in lacking:
                pool.submit(lay_out, name, published.at(f"figures/{name}/"))
            yield
        return
    threads = [Thread(target=quietly, args=each, daemon=True) for each in shown]
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        thread.join()


def asked_of(book: Book, name: str) -> tuple[list[Goal], list[dict[str, Any]]]:
    """What lessons ask of a figure: the goals, and the settings to predict."""
    lessons = [idea for idea in book.ideas if idea.figure == name]
    goals = [goal for idea in lessons for goal in idea.goals]
    return goals, [idea.predict.at for idea in lessons]


def beside() -> None:
    """A process of the pool: what figures print is no part of what the build says."""
    sys.stdout = sys.stderr


def quietly(work: Callable[..., None], of: tuple[Any, ...]) -> None:
    """In a thread, as in a process of the pool: what fails is left undone."""
    with suppress(Exception, SystemExit):
        work(*of)


def draw(name: str) -> None:
    """Keep the stills and the spec of a figure."""
    drawing.draw(name)


def simulate(name: str, goals: list[Goal], predicted: list[dict[str, Any]]) -> None:
    """Keep all runs of a figure that pages tell of, and its code for readers."""
    for values in (*contract.load(name).CHECKED_AT, *predicted):
        runs.run(name, values)
    for goal in goals:
        answers.attempts(name, goal)
    for values in predicted:
        answers.measured(name, [values])
    keep.run_of(name)
    source = (contract.FOLDER / f"{name}.py").read_text(encoding="utf-8")
    markdown.code(source, "python")


def lay_out(name: str, url: str) -> None:
    """Keep the picture of a figure that leaves home, but for its last step."""
    stills.of_figure(name, url).layout()
