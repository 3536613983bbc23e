"""An author's mistake: where, what is wrong, what was found, what would be right."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager


class Mistakes(Exception):
    """One line per mistake, in the order in which a reader of the files meets them."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def told(error: BaseException, folder: str, file: str) -> str:
    """An error that passed through a file of ours, as `path:line: what`."""
    if isinstance(error, SyntaxError) and (error.filename or "").endswith(file):
        line = error.lineno or 1
    else:
        frames = traceback.extract_tb(error.__traceback__)
        ours = [frame.lineno for frame in frames if frame.filename.endswith(file)]
        line = ours[-1] or 1 if ours else 1
    what = " ".join(str(error).split()) or "no message"
    return f"{folder}/{file}:{line}: {type(error).__name__}: {what}"


class Collector:
    """Gathers mistakes, so that an author sees all of them at once."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, where: str, what: str) -> None:
        """Note one mistake at `where`, a `path:line`."""
        line = f"{where}: {what}"
        if line not in self.lines:
            self.lines.append(line)

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Note the mistakes that the block raises, and go on."""
        try:
            yield
        except Mistakes as mistakes:
            self.lines += [x for x in mistakes.lines if x not in self.lines]

    def done(self) -> None:
        """Raise what was gathered, if anything was."""
        if self.lines:
            raise Mistakes(*self.lines)
