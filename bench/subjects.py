"""What is measured: the plain page, the book, and perhaps other builds of it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.server import Line, Site, serving

PLAIN, BOOK = "plain page", "the book"
IDEA = "/fast-and-affordable/tail-latency/"


@dataclass
class Subject:
    """A built site, and the page of it that holds the figure on tail latency."""

    name: str
    folder: Path

    @property
    def page(self) -> str:
        """The path of that page."""
        return "/" if self.name == PLAIN else IDEA


@contextmanager
def served(
    subjects: list[Subject], line: Line | None = None
) -> Iterator[dict[str, Site]]:
    """Each subject at an address of its own, over the same kind of line."""
    with ExitStack() as stack:
        yield {
            subject.name: stack.enter_context(
                serving(subject.folder, line, policy=subject.name != PLAIN)
            )
            for subject in subjects
        }
