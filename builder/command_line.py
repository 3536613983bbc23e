"""What `python build.py …` can do, and how it says what went wrong."""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, NoReturn

from builder.mistakes import Mistakes
from figures import _contract as contract

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_site"
ARCHIVES = ROOT / "_zip"
CONTENT = ROOT / "content"
LARGEST_SEED = 2**53 - 1  # the largest that a link can carry: JavaScript's integers end


def main(arguments: list[str], build: Callable[..., dict[str, bytes]]) -> int:
    """Run one command and return the exit code: 0, 2 for a mistake, 130 for Ctrl-C."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        options = parser().parse_args(arguments or ["build"])
        options.build = build
        options.run(options)
        sys.stdout.flush()
    except Mistakes as mistakes:
        for line in mistakes.lines:
            print(line, file=sys.stderr)
        return 2
    except BrokenPipeError:
        sys.stderr.close()
    except KeyboardInterrupt:
        return 130  # as a shell counts it: 128 and the signal
    except OSError as error:
        print(
            f"build.py: {error.filename or 'output'}: {error.strerror}", file=sys.stderr
        )
        return 2
    return 0


class OneLineParser(argparse.ArgumentParser):
    """An argument parser whose complaint is one line."""

    def error(self, message: str) -> NoReturn:
        """Raise the complaint as a mistake."""
        raise Mistakes(f"{self.prog}: {message}. See `python build.py --help`")


def parser() -> argparse.ArgumentParser:
    """Every command with its options."""
    top = OneLineParser(prog="build.py", description=__doc__, allow_abbrev=False)
    commands = top.add_subparsers(metavar="command", required=True)

    def command(name: str, run: Callable[[Any], None], text: str) -> Any:
        made = commands.add_parser(
            name, help=text, description=text, allow_abbrev=False
        )
        made.set_defaults(run=run)
        return made

    def of_a_figure(name: str, run: Callable[[Any], None], text: str) -> Any:
        made = command(name, run, text)
        made.add_argument("figure")
        made.add_argument("--set", action="append", default=[], metavar="name=value")
        made.add_argument("--seed", default=contract.SEED)
        return made

    build = command("build", run_build, "build the book to _site/ (the default)")
    build.add_argument(
        "--pages-first",
        action="store_true",
        help="and print a line when they are there",
    )
    serve = command("serve", run_serve, "build, serve, and rebuild on change")
    serve.add_argument("--port", type=int, default=8000)
    command("pdf", run_pdf, "print the whole book into _pdf/, and build with it")
    command(
        "check", run_check, "check content, links, figures and snippets without writing"
    )
    simulate = of_a_figure(
        "simulate", run_simulate, "run one figure here, not in a browser"
    )
    simulate.add_argument("--json", action="store_true")
    still = of_a_figure("still", run_still, "a picture of a figure at any setting")
    still.add_argument("--dark", action="store_true")
    still.add_argument("-o", metavar="FILE", help="ends in .png or .svg", required=True)
    export = of_a_figure("export", run_export, "take a figure along, in one file")
    export.add_argument("--site", default="", help="where the book is, for links to it")
    export.add_argument("--live", action="store_true", help="with Python in it: 21 MB")
    export.add_argument("-o", "--output", required=True, metavar="FILE")
    checklist = command("checklist", run_checklist, "the checklist for a blast radius")
    checklist.add_argument("--blast-radius", required=True, metavar="LEVEL")
    checklist.add_argument("--format", choices=("markdown", "json"), default="markdown")
    new = command("new", run_new, "start a figure: its file and its section")
    new.add_argument("kind", choices=("figure",))
    new.add_argument("name")
    new.add_argument("--page", help="the Markdown file that gets the section")
    command("zip", run_zip, "build the book as one archive to _zip/")
    command("fetch", run_fetch, "fetch the runtime into the cache, checked by sha256")
    return top


def say(text: str) -> None:
    """A line of progress."""
    print(text, file=sys.stderr, flush=True)


def run_build(options: Any) -> None:
    """Build to `_site/`."""
    from builder import output, publication

    told = sys.stdout

    def early(pages: dict[str, bytes]) -> None:
        output.update(SITE, pages)
        print("pages", file=told, flush=True)

    with redirect_stdout(sys.stderr):
        site = options.build(ROOT, say, *[early] * options.pages_first)
    output.replace(SITE, site)
    if not options.pages_first and not publication.read(ROOT).url:
        say(f"_site: previews name {publication.SERVED}. To publish, set SITE_URL")
    pages = sum(path.endswith(".html") for path in site)
    say(f"_site: {pages} pages, {len(site)} files")


def run_serve(options: Any) -> None:
    """Serve `_site/` and rebuild it on change."""
    from builder import serve

    if not 1 <= options.port <= 65535:
        raise Mistakes(f"--port: must be from 1 to 65535, got {options.port}")
    serve.serve(ROOT, SITE, options.port, say)


def run_pdf(options: Any) -> None:
    """Print the book to `_pdf/`, and build to `_site/` with it."""
    from builder import pdf

    pdf.write(ROOT, SITE, options.build, say)


def run_check(options: Any) -> None:
    """Build without writing, and run every snippet of the text."""
    from builder import content, snippets

    with redirect_stdout(sys.stderr):
        site = options.build(ROOT, say)
    count = snippets.run_all(content.read_book(CONTENT))
    pages = sum(path.endswith(".html") for path in site)
    figures = len(contract.names())
    print(f"{pages} pages, {figures} figures, {count} snippets: no mistakes")


def run_simulate(options: Any) -> None:
    """Run one figure and print its measures."""
    from builder import states

    seed, values = whole_seed(options.seed), assignments(options.set)
    figure, run, theory = states.simulated("simulate", options.figure, values, seed)
    if options.json:
        answer = {
            "figure": options.figure,
            "parameters": vars(run.params),
            "seed": seed,
            "measures": contract.finite(run.measures),
            "closed_form": contract.finite(theory),
            "takeaway": run.takeaway,
        }
        print(json.dumps(answer, indent=2, ensure_ascii=False))
        return
    print(contract.report(figure, run, theory))


def run_still(options: Any) -> None:
    """Write the picture of a figure, as it is at `/stills/`, at any setting."""
    from builder import publication, states, stills

    file, name = Path(options.o), options.figure
    if file.suffix not in (".png", ".svg"):
        raise Mistakes(f"-o: must end in .png or .svg, got {options.o!r}")
    seed, values = whole_seed(options.seed), assignments(options.set)
    url = publication.read(ROOT).at(f"figures/{name}/")
    with states.running("still", name):
        pictures = stills.figure(name, url, values, seed)
    file.write_bytes(pictures[("-dark" if options.dark else "") + file.suffix])


def whole_seed(value: Any) -> int:
    """A seed: a whole number from 0."""
    text = str(value)
    if not (text.isascii() and text.isdigit() and int(text) <= LARGEST_SEED):
        raise Mistakes(
            f"--seed: must be a whole number from 0 to {LARGEST_SEED}, got {text!r}"
        )
    return int(text)


def assignments(pairs: list[str]) -> dict[str, str]:
    """`["fan_out=100"]` as a dict."""
    values: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise Mistakes(f"--set: must be name=value, got {pair!r}")
        if name in values:
            raise Mistakes(
                f"--set: {name} is set twice, got {values[name]} and {value}"
            )
        values[name] = value
    return values


def run_export(options: Any) -> None:
    """Write one figure as a script, a notebook or a page of one file."""
    from builder import export, publication, states
    from builder.content import read_book

    site = publication.read(ROOT).url
    if options.site:
        site = publication.address_of_cover("--site", options.site)
    make = export.maker(options.output, options.live)
    seed, values = whole_seed(options.seed), assignments(options.set)
    state = states.at(options.figure, values, seed, site.rstrip("/"))
    text = make(state, read_book(CONTENT), ROOT)
    Path(options.output).write_text(text, encoding="utf-8")
    say(f"{options.output}: {len(text.encode()):,} bytes")


def run_checklist(options: Any) -> None:
    """Print the checks that apply from a blast radius on down."""
    from builder import checklist
    from builder.content import read_book

    level = options.blast_radius
    found = checklist.items(read_book(CONTENT), level)
    form = {"markdown": checklist.as_markdown, "json": checklist.as_json}
    print(form[options.format](found, level))


def run_new(options: Any) -> None:
    """Write a figure to start from, and its section."""
    from builder import scaffold

    for line in scaffold.new_figure(ROOT, options.name, options.page):
        print(line)


def run_zip(options: Any) -> None:
    """Build, and write the archive to `_zip/`."""
    from builder import archive, output

    with redirect_stdout(sys.stderr):
        made = archive.zipped(ROOT, options.build(ROOT, say))
    file = f"{archive.name(ROOT)}.zip"
    output.replace(ARCHIVES, {file: made})
    say(f"{ARCHIVES.name}/{file}: {len(made) / 1e6:.1f} MB")


def run_fetch(options: Any) -> None:
    """Fill the cache with all that no author changes, compressed as well."""
    from builder import assets, keep, output, runtime, typefaces

    runtime.fetch(say)
    typefaces.files()
    made = runtime.assets(ROOT / "figures", say)
    output.compressed(made | assets.assets(ROOT) | keep.shared(ROOT)[0])
