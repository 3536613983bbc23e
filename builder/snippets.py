"""The book's code runs: each Python block alone, as a reader would paste it."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from builder.content import Book
from builder.mistakes import Collector

LIMIT_S = 20  # a snippet that hangs is a mistake; none needs a second


@dataclass(frozen=True)
class Snippet:
    """One block of Python, and where its fence stands."""

    where: str
    code: str


def snippets(book: Book) -> Iterator[Snippet]:
    """Every Python block of every idea."""
    for idea in book.ideas:
        document = idea.document
        for block in re.finditer(r"(?ms)^```python\n(.*?)^```$", document.body):
            line = document.first_line + document.body[: block.start()].count("\n")
            yield Snippet(f"content/{document.path.as_posix()}:{line}", block[1])


def what_fails(snippet: Snippet) -> str:
    """The last line of what a fresh interpreter says against it, or nothing."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-W", "error", "-c", snippet.code]
        try:
            done = subprocess.run(
                command, cwd=folder, capture_output=True, text=True, timeout=LIMIT_S
            )
        except subprocess.TimeoutExpired:
            return f"it does not end within {LIMIT_S} s"
    said = done.stderr.strip().splitlines()
    return "" if done.returncode == 0 else said[-1] if said else "it fails in silence"


def run_all(book: Book) -> int:
    """Run them all and return how many there are, or tell which do not run."""
    found, all_of_them = Collector(), list(snippets(book))
    with ThreadPoolExecutor() as pool:
        for snippet, why in zip(
            all_of_them, pool.map(what_fails, all_of_them), strict=True
        ):
            if why:
                found.add(snippet.where, f"the code does not run as it stands: {why}")
    found.done()
    return len(all_of_them)
