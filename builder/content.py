"""Reads `content/`: front matter is a contract, and every breach names its line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, get_args

import yaml
from pydantic import Field, ValidationError

from builder.front_matter import Claim, Contract, Text
from builder.lessons import Lesson
from builder.mistakes import Collector, Mistakes
from figures._contract import did_you_mean

QUICK_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
RESERVED = (
    "404",
    "all",
    "assets",
    "embed",
    "figures",
    "oembed",
    "runtime",
    "source",
    "stills",
    "teach",
)
RADII = ("notebook", "internal", "product", "safety")  # each contains those before it
Radius = Literal["notebook", "internal", "product", "safety"]


class Check(Contract):
    """A line of the checklist, and the blast radius from which on it applies."""

    text: Text
    since: Radius = Field(alias="from")


class IdeaFrontMatter(Lesson):
    """What an idea's file promises above its prose."""

    title: Text
    thesis: Text
    figure: Text
    minutes: int = Field(ge=1, le=60)
    do: list[Text] = Field(min_length=3, max_length=5)
    reconsider: list[Claim] = Field(min_length=1)
    checks: list[Check] = Field(min_length=1)
    sources: list[str] = Field(min_length=1)


class TitleFrontMatter(Contract):
    """What a part's opening or a page of its own promises: a title, and a line."""

    title: Text
    summary: str = ""


class Reference(Contract):
    """A source: who, what, where, when, and how to get it."""

    author: Text
    title: Text
    venue: Text
    year: int
    doi: str = ""
    url: str = ""

    @property
    def address(self) -> str:
        """Where to read it."""
        return self.url or (f"https://doi.org/{self.doi}" if self.doi else "")


@dataclass(frozen=True)
class Document:
    """A Markdown file: its front matter, its body, and where the body starts."""

    path: Path
    meta: Any
    body: str
    first_line: int

    @property
    def slug(self) -> str:
        """The file's name without its number: the last part of its address."""
        return re.sub(r"^\d+-", "", self.path.stem)


@dataclass(frozen=True, eq=False)
class Idea:
    """One of the ten; it equals itself alone."""

    document: Document
    number: int
    address: str

    def __getattr__(self, name: str) -> Any:
        """The front matter's own keys."""
        return getattr(self.document.meta, name)


@dataclass(frozen=True)
class Part:
    """A part of the book: its opening and its ideas, in order."""

    document: Document
    number: int
    ideas: tuple[Idea, ...]

    @property
    def title(self) -> str:
        """The part's name."""
        return str(self.document.meta.title)

    @property
    def numeral(self) -> str:
        """The part's number as books write it."""
        return ("I", "II", "III", "IV", "V", "VI")[self.number - 1]


@dataclass(frozen=True)
class Book:
    """Everything an author wrote."""

    cover: Document
    parts: tuple[Part, ...]
    pages: tuple[Document, ...]
    teach: Document
    references: dict[str, Reference]

    @cached_property
    def ideas(self) -> list[Idea]:
        """All ideas in reading order."""
        return [idea for part in self.parts for idea in part.ideas]

    @cached_property
    def documents(self) -> dict[str, str]:
        """The address of every Markdown file, by its path under `content/`."""
        addresses = {idea.document.path: idea.address for idea in self.ideas}
        addresses |= {page.path: f"/{page.slug}/" for page in self.pages}
        addresses |= {self.cover.path: "/", self.teach.path: "/teach/"}
        return {path.as_posix(): address for path, address in addresses.items()}


def read_book(folder: Path) -> Book:
    """The book in `folder`, or every mistake found in it."""
    found = Collector()
    cover = pages = parts = teach = None
    references: dict[str, Reference] = {}
    with found.gathering():
        references = read_references(folder / "references.yml")
    with found.gathering():
        cover = read_document(folder / "index.md", TitleFrontMatter, folder)
    with found.gathering():
        teach = read_document(folder / "teach/index.md", TitleFrontMatter, folder)
    with found.gathering():
        pages = read_pages(folder)
    with found.gathering():
        parts = read_parts(folder)
    if parts is not None:
        with found.gathering():
            check_slugs(folder, parts, pages or ())
        check_sources(folder, parts, references, found)
    found.done()
    assert cover is not None and pages is not None and parts is not None
    assert teach is not None
    return Book(cover, parts, pages, teach, references)


def read_text(path: Path) -> str:
    """The file's text, or the line at which it stops being UTF-8."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise Mistakes(f"{shown(path)}: the file is missing") from None
    except OSError as error:
        raise Mistakes(f"{shown(path)}: cannot be read: {error.strerror}") from None
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        byte = data[error.start]
        raise Mistakes(
            f"{shown(path)}:{line}: not UTF-8, found the byte 0x{byte:02x}."
            " Save the file as UTF-8"
        ) from None


def read_document(path: Path, contract: type[Contract], folder: Path) -> Document:
    """A Markdown file whose front matter keeps `contract`."""
    text = read_text(path)
    match = re.match(r"---\n(.*?)\n---[ ]*(?:\n|\Z)", text, re.DOTALL)
    if not match:
        raise Mistakes(
            f"{shown(path)}:1: no front matter. A file starts with ---, its keys, ---"
        )
    meta = read_contract(match[1], contract, path, first_line=2)
    first_line = text[: match.end()].count("\n") + 1
    return Document(path.relative_to(folder), meta, text[match.end() :], first_line)


def read_pages(folder: Path) -> tuple[Document, ...]:
    """The pages of their own (colophon and the like), by name."""
    found, pages = Collector(), []
    for path in sorted(folder.glob("*.md")):
        if path.name != "index.md":
            with found.gathering():
                pages.append(read_document(path, TitleFrontMatter, folder))
    found.done()
    return tuple(pages)


def read_parts(folder: Path) -> tuple[Part, ...]:
    """The parts in the order of their folders' numbers."""
    found, parts = Collector(), []
    for part_folder in sorted(folder.glob("[0-9]*-*"), key=number_of):
        document, ideas = None, []
        with found.gathering():
            path = part_folder / "index.md"
            document = read_document(path, TitleFrontMatter, folder)
        for path in sorted(part_folder.glob("[0-9]*-*.md"), key=number_of):
            with found.gathering():
                idea = read_document(path, IdeaFrontMatter, folder)
                part_slug = re.sub(r"^\d+-", "", part_folder.name)
                address = f"/{part_slug}/{idea.slug}/"
                ideas.append(Idea(idea, number_of(path), address))
        if document:
            parts.append(Part(document, number_of(part_folder), tuple(ideas)))
    found.done()
    return tuple(parts)


def read_references(path: Path) -> dict[str, Reference]:
    """The sources by key."""
    found, references = Collector(), {}
    for key, node in entries(path):
        with found.gathering():
            references[key.value] = validate(node, Reference, path, 1)
    found.done()
    return references


def entries(path: Path) -> list[Any]:
    """Key and value nodes of a file that is one YAML mapping."""
    node = compose(read_text(path), path, 1)
    if not isinstance(node, yaml.MappingNode):
        raise Mistakes(f"{shown(path)}:1: the file is keys and values")
    return list(node.value)


def read_contract(
    text: str, contract: type[Contract], path: Path, first_line: int
) -> Any:
    """YAML that keeps `contract`, or a mistake for each key that does not."""
    node = compose(text, path, first_line)
    if not isinstance(node, yaml.MappingNode):
        raise Mistakes(f"{shown(path)}:{first_line}: front matter is keys and values")
    return validate(node, contract, path, first_line)


def compose(text: str, path: Path, first_line: int) -> Any:
    """YAML as nodes that know their lines."""
    try:
        try:
            node = yaml.compose(text, Loader=QUICK_LOADER)
        except yaml.YAMLError:
            node = yaml.compose(text, Loader=yaml.SafeLoader)  # says what is wrong
        refuse_twins(node, path, first_line)
        return node
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = first_line + (mark.line if mark else 0)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise Mistakes(
            f"{shown(path)}:{line}: not YAML: {problem}."
            " Text that holds ': ' or starts with a sign stands in quotes"
        ) from None


def refuse_twins(node: Any, path: Path, first_line: int) -> None:
    """A key may stand once: YAML itself would keep the last and say nothing."""
    if not isinstance(node, yaml.MappingNode):
        return
    seen: set[str] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            line = first_line + key.start_mark.line
            raise Mistakes(f"{shown(path)}:{line}: a key is a word, found a list")
        if key.value in seen:
            line = first_line + key.start_mark.line
            raise Mistakes(f"{shown(path)}:{line}: the key '{key.value}' stands twice")
        seen.add(key.value)


def validate(
    node: yaml.Node, contract: type[Contract], path: Path, first_line: int
) -> Any:
    """The node's value as `contract`, or a mistake for each part that is not."""
    loader = yaml.SafeLoader("")
    try:
        value = loader.construct_object(node, deep=True)
    except (yaml.YAMLError, ValueError) as error:
        line = first_line + node.start_mark.line
        what = str(error).splitlines()[0]
        raise Mistakes(
            f"{shown(path)}:{line}: a value that cannot be read: {what}"
        ) from None
    try:
        return contract.model_validate(value)
    except ValidationError as error:
        lines = []
        for problem in error.errors():
            line = first_line + line_of(node, problem["loc"])
            lines.append((line, f"{shown(path)}:{line}: {in_words(problem, contract)}"))
        raise Mistakes(*(text for _, text in sorted(lines))) from None


def line_of(node: yaml.Node, location: tuple[int | str, ...]) -> int:
    """The line, from 0, of the innermost part of `location` that exists."""
    line = node.start_mark.line
    for step in location:
        if isinstance(node, yaml.MappingNode):
            pairs = [(k, v) for k, v in node.value if k.value == step]
            if not pairs:
                break
            key, node = pairs[0]
            line = key.start_mark.line
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            node = node.value[step]
            line = node.start_mark.line
    return line


def place_of(folder: Path, document: Document, location: tuple[int | str, ...]) -> str:
    """`path:line` of a part of a document's front matter."""
    path = folder / document.path
    node = compose(read_text(path).split("\n---")[0], path, 1)
    return f"{shown(path)}:{1 + line_of(node, location)}"


def in_words(problem: Any, contract: type[Contract]) -> str:
    """A pydantic error as one line: which key, what is wrong, what was found."""
    steps = [
        f"{step + 1}" if isinstance(step, int) else step for step in problem["loc"]
    ]
    where = " ".join(steps)
    if problem["type"] == "missing":
        return f"the key '{where}' is missing"
    if problem["type"] == "extra_forbidden":
        keys = contract_at(contract, problem["loc"][:-1]).model_fields
        known = [f.alias or name for name, f in keys.items()]
        hint = did_you_mean(steps[-1], known) or f" Keys are {', '.join(known)}"
        return f"no key named '{where}'.{hint}"
    message = problem["msg"][0].lower() + problem["msg"][1:]
    found = problem["input"] if isinstance(problem["input"], str | int | float) else ""
    what = f"{where}: {message}" if where else message
    return what + (f", got {found!r}" if found != "" else "")


def contract_at(
    contract: type[Contract], location: tuple[int | str, ...]
) -> type[Contract]:
    """The contract of a part of what `contract` describes."""
    for step in location:
        if isinstance(step, str) and step in contract.model_fields:
            kind = contract.model_fields[step].annotation
            inside = (k for k in (kind, *get_args(kind)) if isinstance(k, type))
            contract = next(k for k in inside if issubclass(k, Contract))
    return contract


def check_slugs(
    folder: Path, parts: tuple[Part, ...], pages: tuple[Document, ...]
) -> None:
    """No two files may want the same address, and no two ideas the same number."""
    found = Collector()
    seen: dict[str, Path] = {}
    ideas = [idea for part in parts for idea in part.ideas]
    wanted = [(idea.document, f"address {idea.address}") for idea in ideas]
    wanted += [(idea.document, f"number {idea.number}") for idea in ideas]
    wanted += [(idea.document, f"slug '{idea.document.slug}'") for idea in ideas]
    wanted += [(page, f"slug '{page.slug}'") for page in pages]
    for page in pages:
        if page.slug in RESERVED:
            found.add(
                f"{shown(folder / page.path)}:1",
                f"the address /{page.slug}/ is taken by the book itself. Rename the file",
            )
    for document, claim in wanted:
        if claim in seen:
            found.add(
                f"{shown(folder / document.path)}:1",
                f"the {claim} is taken by {seen[claim].as_posix()}. Rename one of them",
            )
        seen.setdefault(claim, document.path)
    found.done()


def check_sources(
    folder: Path,
    parts: tuple[Part, ...],
    references: dict[str, Reference],
    found: Collector,
) -> None:
    """Every source that an idea names is in references.yml."""
    for idea in (idea for part in parts for idea in part.ideas):
        for key in idea.sources:
            if key not in references:
                path = folder / idea.document.path
                lines = read_text(path).split("\n")
                line = next((i for i, x in enumerate(lines, 1) if key in x), 1)
                found.add(
                    f"{shown(path)}:{line}",
                    f"no reference named '{key}'.{did_you_mean(key, references)}",
                )


def number_of(path: Path) -> int:
    """The number before the first hyphen of a name."""
    return int(path.name.split("-")[0])


def shown(path: Path) -> str:
    """A path as an author writes it: from the folder that holds `content/`."""
    names = path.parts
    if "content" not in names:
        return path.as_posix()
    return "/".join(names[len(names) - names[::-1].index("content") - 1 :])
