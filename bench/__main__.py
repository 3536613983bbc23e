"""`python bench`: proves the budgets beside a plain page, and writes RESULTS.md.

`python bench --only visits --runs 5` measures one part anew; `--site FOLDER` adds
another build of the site to the same run, which is printed and not written.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Error

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)

from bench import (  # noqa: E402
    builds,
    growth,
    limits,
    memory,
    plain_page,
    report,
    updates,
    visits,
)
from bench.report import Section  # noqa: E402
from bench.subjects import BOOK, PLAIN, Subject  # noqa: E402
from builder.mistakes import Mistakes  # noqa: E402

PARTS = {
    # A reader's time, on this machine and on lesser ones.
    "visits": visits.here,
    "line": visits.on_a_line,
    "processor": visits.on_a_slow_processor,
    "limits": limits.here,
    "updates": updates.here,
    # What it takes in memory, and what an author waits for.
    "memory": memory.here,
    "builds": builds.here,
    # What happens when there is ten or a hundred times as much.
    "figures": growth.of_figures,
    "ideas": growth.of_ideas,
    "samples": growth.of_samples,
}


def main() -> int:
    """Measure what is asked for; a mistake is a line on standard error and 2."""
    options = parser().parse_args()
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - began:5.0f} s  {text}", file=sys.stderr, flush=True)

    try:
        with TemporaryDirectory(prefix="bench-") as folder:
            subjects = built(Path(folder), options.site, say)
            names = options.only or list(PARTS)
            done = []
            for at, name in enumerate(names, 1):
                done += run(name, subjects, options.runs, say)
                if not options.site:
                    report.write(ROOT / "bench", done, names[:at])
    except Mistakes as mistakes:
        print("\n".join(mistakes.lines), file=sys.stderr)
        return 2
    print(report.markdown(done))
    return 0


def parser() -> argparse.ArgumentParser:
    """What can be asked for."""
    made = argparse.ArgumentParser(prog="python bench", description=__doc__)
    made.add_argument(
        "--only", action="append", choices=PARTS, help="this part (repeatable)"
    )
    made.add_argument("--runs", type=int, help="repetitions of each measurement")
    made.add_argument(
        "--site", action="append", default=[], metavar="FOLDER", help="another build"
    )
    return made


def run(name: str, subjects: list[Subject], runs: int | None, say) -> list[Section]:
    """The sections of one part, or why there are none: the other parts go on."""
    say(name)
    try:
        return PARTS[name](subjects, runs, lambda text: say(f"{name}: {text}"))
    except (Mistakes, Error) as error:
        why = str(error).splitlines()[0]
        say(f"{name}: {why}")
        return [Section(name, f"Not measured: {why}")]


def built(folder: Path, others: list[str], say: Callable[[str], None]) -> list[Subject]:
    """The plain page and the book, built here, and the other builds."""
    import build
    from builder import output

    say("building the book and the plain page")
    output.replace(folder / "book", build.build(ROOT))
    plain_page.build(folder / "plain")
    subjects = [Subject(PLAIN, folder / "plain"), Subject(BOOK, folder / "book")]
    return subjects + [other(Path(site)) for site in others]


def other(folder: Path) -> Subject:
    """A build of the site that somebody made before."""
    if not (folder / "index.html").is_file():
        raise Mistakes(f"--site: no site there, found no {folder}/index.html")
    return Subject(folder.resolve().parent.name, folder)


if __name__ == "__main__":
    sys.exit(main())
