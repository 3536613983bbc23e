"""Every mistake that an author or a user of the command line can make, word for word."""

import os
import re
import shutil
import subprocess
import sys

import pytest

import build
from builder import programs
from builder.mistakes import Mistakes
from tests.conftest import ROOT

TAIL = "content/2-fast-and-affordable/4-tail-latency.md"


@pytest.fixture
def project(tmp_path):
    """The project with content of its own to spoil; the rest is the real one."""
    for path in ROOT.iterdir():
        if path.name not in ("content", "_site", ".git"):
            (tmp_path / path.name).symlink_to(path)
    shutil.copytree(ROOT / "content", tmp_path / "content")
    return tmp_path


def own(project, name):
    """Give the project a part of its own to spoil."""
    (project / name).unlink()
    copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
    copy(ROOT / name, project / name)


def mistakes(project):
    """What the build says is wrong."""
    with pytest.raises(Mistakes) as raised:
        build.build(project)
    return list(raised.value.lines)


def spoil(project, path, old, new):
    """Replace `old` in a file, and return the line where it stood."""
    file = project / path
    text = file.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {path}"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "```figure tail_latency",
            "```figure tail_latancy",
            "no figure named 'tail_latancy'. Did you mean 'tail_latency'?",
        ),
        (
            "minutes: 7",
            "minutes: 700",
            "minutes: input should be less than or equal to 60, got 700",
        ),
        ("minutes: 7", "minuets: 7", "no key named 'minuets'. Did you mean 'minutes'?"),
        (
            "    from: internal",
            "    from: intern",
            "checks 1 from: input should be 'notebook', 'internal', 'product' or 'safety',"
            " got 'intern'",
        ),
        (
            "sources: [dean2013, david2003]",
            "sources: [dean2012, dean2013, david2003]",
            "no reference named 'dean2012'. Did you mean 'dean2013'?",
        ),
        (
            "[@david2003]",
            "[@davis2003]",
            "unknown source 'davis2003'. Did you mean 'david2003'?",
        ),
        (
            "## What it costs",
            "[gone](5-gone.md)\n\n## What it costs",
            "broken link: no file '5-gone.md'.",
        ),
        (
            "## What it costs",
            "[gone](/figures/tail_latencies/)\n\n## What it costs",
            "broken link: no page '/figures/tail_latencies/'."
            " Did you mean '/figures/tail_latency/'?",
        ),
        (
            "## What it costs",
            "[gone](#do-that)\n\n## What it costs",
            "broken link: no anchor '#do-that'. Did you mean 'do-this'?",
        ),
        (
            '{{ theory("tail_latency", "slow_requests_share") }}',
            '{{ theory("tail_latency", "slow_request_share") }}',
            "tail_latency has no theory 'slow_request_share'."
            " Did you mean 'slow_requests_share'?",
        ),
        (
            '{{ theory("tail_latency", "slow_requests_share") }}',
            '{{ theory("tail_latency", "slow_requests_share", fan_out=0) }}',
            "fan_out must be from 1 to 2000 calls, got 0",
        ),
        (
            '{{ theory("tail_latency", "slow_requests_share") }}',
            "{{ __import__('os') }}",
            "cannot read '__import__('os')': write"
            ' measure("figure", "measure", parameter=value), or theory(…)',
        ),
    ],
    ids=lambda text: text[:32],
)
def test_an_author_is_told_path_line_and_what_would_be_right(
    project, old, new, message
):
    line = spoil(project, TAIL, old, new)
    found = mistakes(project)
    assert any(one.startswith(f"{TAIL}:{line}: {message}") for one in found), found
    assert all("\n" not in one for one in found)


def test_a_missing_section_is_told(project):
    spoil(project, TAIL, " {#limits}", "")
    assert mistakes(project) == [
        f"{TAIL}:{first_line(project)}: the section {{#limits}} is missing. An idea has"
        " {#scene}, {#mechanism}, {#figure}, {#code}, {#limits}, {#cost}"
    ]


def test_an_idea_without_good_code_is_told(project):
    spoil(project, TAIL, "Good: ", "Better: ")
    assert mistakes(project) == [
        f"{TAIL}:{first_line(project)}:"
        ' no code after a line that begins "Good:". An idea shows both'
    ]


def first_line(project):
    """The line after the front matter of the idea on tail latency."""
    return (project / TAIL).read_text().split("\n---\n")[0].count("\n") + 3


def test_a_term_that_no_idea_uses_is_told(project):
    file = project / "content/glossary.yml"
    file.write_text(file.read_text() + "zeugma:\n  meaning: A yoke.\n")
    assert mistakes(project) == ["content/glossary.yml: no idea uses the term 'zeugma'"]


def test_a_check_that_the_book_does_not_answer_itself_is_told(project):
    old = "Every outgoing call has a deadline, shorter than that of the request it serves."
    spoil(project, TAIL, old, "Every outgoing call has a deadline.")
    found = mistakes(project)
    assert (
        "content/own-checklist.yml: no answer to 'Every outgoing call has a deadline.'"
        in found
    )
    assert any(
        "no idea asks this; the text must be the idea's own" in line for line in found
    )


def test_a_missing_key_names_the_key_and_the_file(project):
    spoil(project, TAIL, "minutes: 7\n", "")
    assert mistakes(project) == [f"{TAIL}:2: the key 'minutes' is missing"]


def test_several_mistakes_are_told_at_once(project):
    spoil(project, TAIL, "```figure tail_latency", "```figure tail")
    spoil(project, TAIL, "[@david2003]", "[@nobody1999]")
    spoil(
        project, "content/colophon.md", "## How it is made", "[x](nowhere.md)\n\n## How"
    )
    found = "\n".join(mistakes(project))
    for part in (
        "no figure named 'tail'",
        "unknown source 'nobody1999'",
        "'nowhere.md'",
    ):
        assert part in found


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("2024-13-45", "a value that cannot be read: month must be in 1..12"),
        (
            "!!python/object:os.system x",
            "a value that cannot be read: could not determine",
        ),
        ('""', "minutes: input should be a valid integer"),
    ],
)
def test_a_value_that_cannot_be_read_is_told(project, value, message):
    spoil(project, TAIL, "minutes: 7", f"minutes: {value}")
    (found,) = mistakes(project)
    assert found.startswith(f"{TAIL}:") and message in found


def test_an_empty_title_is_told(project):
    line = spoil(project, TAIL, "title: Tail latency", 'title: ""')
    assert mistakes(project)[0].startswith(
        f"{TAIL}:{line}: title: string should have at least 1"
    )


def test_a_folder_in_place_of_a_file_is_told(project):
    (project / TAIL).unlink()
    (project / TAIL).mkdir()
    assert mistakes(project)[0] == f"{TAIL}: cannot be read: Is a directory"


def test_a_byte_order_mark_is_no_mistake(project):
    file = project / TAIL
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert build.build(project)


def test_an_address_of_the_book_itself_is_not_to_be_had(project):
    (project / "content/assets.md").write_text("---\ntitle: Assets\n---\n")
    assert mistakes(project) == [
        "content/assets.md:1: the address /assets/ is taken by the book itself. Rename the file"
    ]


def test_modules_that_import_each_other_are_told(project):
    """Each is named by the hash of what it says, the names of others included."""
    own(project, "static")
    file = project / "static/js/dom.js"
    file.write_text(f'{file.read_text()}\nimport "./embedding.js";\n')
    (found,) = mistakes(project)
    assert re.fullmatch(
        r"static/js/(\w+\.js): modules must not import each other,"
        r" found \1( → \w+\.js)* → \1\. Move what both need to a module of its own",
        found,
    )


def test_bad_yaml_names_its_line(project):
    line = spoil(project, TAIL, "minutes: 7", "minutes: 7: 7")
    (found,) = mistakes(project)
    assert found.startswith(
        f"{TAIL}:{line}: not YAML: mapping values are not allowed here"
    )


def test_a_key_that_stands_twice_is_told(project):
    line = spoil(project, TAIL, "minutes: 7", "minutes: 7\nminutes: 7")
    assert mistakes(project) == [f"{TAIL}:{line + 1}: the key 'minutes' stands twice"]


def test_a_file_that_is_not_utf_8_is_told(project):
    file = project / TAIL
    data = file.read_bytes()
    at = data.index(b"minutes")
    file.write_bytes(data[:at] + b"\xff" + data[at:])
    line = data[:at].count(b"\n") + 1
    assert mistakes(project) == [
        f"{TAIL}:{line}: not UTF-8, found the byte 0xff. Save the file as UTF-8"
    ]


def test_no_front_matter_is_told(project):
    (project / TAIL).write_text("# Just a heading\n")
    assert mistakes(project)[0] == (
        f"{TAIL}:1: no front matter. A file starts with ---, its keys, ---"
    )


def test_two_files_with_one_slug_are_told(project):
    shutil.copy(
        project / TAIL, project / "content/3-standing-while-it-breaks/5-tail-latency.md"
    )
    found = "\n".join(mistakes(project))
    assert (
        "content/3-standing-while-it-breaks/5-tail-latency.md:1: the slug 'tail-latency'"
        in found
    )
    assert (
        "is taken by 2-fast-and-affordable/4-tail-latency.md. Rename one of them"
        in found
    )


def test_a_missing_cover_is_told(project):
    (project / "content/index.md").unlink()
    assert mistakes(project) == ["content/index.md: the file is missing"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("idea.title", "idea.titel", "'builder.content.Idea object' has no attribute"),
        ("{% block", "{% blok", "Encountered unknown tag 'blok'."),
    ],
)
def test_a_template_that_is_wrong_is_told(project, old, new, message):
    own(project, "templates")
    line = spoil(project, "templates/idea.html", old, new)
    (said,) = mistakes(project)
    assert said.startswith(f"templates/idea.html:{line}: {message}")


def test_a_script_that_is_wrong_is_told(project):
    own(project, "static")
    line = spoil(project, "static/js/worker.js", "function begin(", "function begin[")
    (said,) = mistakes(project)
    assert said.startswith("static: esbuild cannot run it, found '[ERROR] Expected")
    assert f" worker.js:{line}:" in said


def test_a_project_file_that_cannot_be_read_is_told(project):
    own(project, "pyproject.toml")
    spoil(project, "pyproject.toml", "[project]", "[project")
    (said,) = mistakes(project)
    assert said.startswith("pyproject.toml: must be TOML in UTF-8, found ")


def test_a_program_that_is_not_there_is_told():
    with pytest.raises(Mistakes) as raised:
        programs.run("outline.mjs", "nodo")
    assert raised.value.lines == (
        "outline.mjs: found no nodo, right would be Node 20 or newer on the PATH",
    )


def test_a_program_that_fails_is_quoted_on_one_line(tmp_path):
    (tmp_path / "broken.mjs").write_text("null.part;\n")
    with pytest.raises(Mistakes) as raised:
        programs.run("broken.mjs", "node", tmp_path / "broken.mjs")
    (said,) = raised.value.lines
    begin = 'broken.mjs: node cannot run it, found "TypeError: Cannot read properties'
    assert said.startswith(begin) and "\n" not in said


def test_a_figure_on_no_page_is_told(project):
    (project / TAIL).unlink()
    assert (
        "figures/tail_latency.py: on no page."
        " Add a fence ```figure tail_latency, or delete the file"
    ) in mistakes(project)


def command(*arguments):
    """`python build.py …` as a user types it."""
    return subprocess.run(
        [sys.executable, ROOT / "build.py", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "error"},
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            "simulate tail_latancy",
            "figures: no figure named 'tail_latancy'. Did you mean 'tail_latency'?",
        ),
        (
            "simulate tail_latency --set fan_out=5000",
            "simulate tail_latency: fan_out must be from 1 to 2000 calls, got 5000",
        ),
        (
            "simulate tail_latency --set fan_out=many",
            "simulate tail_latency: fan_out must be a number from 1 to 2000 calls, got 'many'",
        ),
        (
            "simulate tail_latency --set fanout=5",
            "simulate tail_latency: no parameter named 'fanout'. Did you mean 'fan_out'?",
        ),
        (
            "simulate tail_latency --set hedge_at=p50",
            "simulate tail_latency: hedge_at must be one of off, p90, p95, p99, got 'p50'",
        ),
        (
            "simulate tail_latency --set fan_out",
            "--set: must be name=value, got 'fan_out'",
        ),
        (
            "simulate tail_latency --set fan_out=1 --set fan_out=2",
            "--set: fan_out is set twice, got 1 and 2",
        ),
        (
            "simulate tail_latency --seed -1",
            "--seed: must be a whole number from 0 to 9007199254740991, got '-1'",
        ),
        (
            "simulate tail_latency --seed one",
            "--seed: must be a whole number from 0 to 9007199254740991, got 'one'",
        ),
        (
            "checklist --blast-radius produkt",
            "--blast-radius: must be one of notebook, internal, product, safety,"
            " got 'produkt'. Did you mean 'product'?",
        ),
        (
            "simulate tail_latency --seed 1e3",
            "--seed: must be a whole number from 0 to 9007199254740991, got '1e3'",
        ),
        (
            "simulate tail_latency --set fan_out=1_0",
            "simulate tail_latency: fan_out must be a number from 1 to 2000 calls, got '1_0'",
        ),
        ("serve --port 0", "--port: must be from 1 to 65535, got 0"),
        (
            "new figure Waiting-Time",
            "new figure: a name is lower case letters, digits and _, got 'Waiting-Time'."
            " waiting_time would be right",
        ),
        (
            "new figure tail_latency",
            "figures/tail_latency.py: the figure exists. Choose another name",
        ),
    ],
    ids=lambda text: text[:40],
)
def test_a_mistake_on_the_command_line_is_one_line_and_exit_2(arguments, message):
    done = command(*arguments.split())
    assert done.stderr == message + "\n"
    assert done.stdout == ""
    assert done.returncode == 2


@pytest.mark.parametrize(
    "arguments", ["simulat", "simulate", "checklist", "build --fast", "simulate a b"]
)
def test_a_command_that_is_not_understood_is_one_line_and_exit_2(arguments):
    done = command(*arguments.split())
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.count("\n") == 1 and "--help" in done.stderr
