"""Python source in parts: what some names need, and nothing else."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cache

from builder.cache import kept

BLOCK = re.compile(r"^(def |class |@)", re.M)


@dataclass(frozen=True)
class Part:
    """A statement at the top level of a module, with the comment above it."""

    names: list[str]  # what it defines
    uses: list[str]  # what it reads, now or when it is called
    text: str
    gap: int  # empty lines above it
    is_import: bool


@cache
def parts(source: str) -> tuple[Part, ...]:
    """Every top-level statement of a module; its docstring is none."""

    def told() -> bytes:
        return json.dumps([asdict(part) for part in statements(source)]).encode()

    return tuple(Part(**part) for part in json.loads(kept("parts", told, source)))


def statements(source: str) -> Iterator[Part]:
    """The same, one after the other."""
    lines, end = source.split("\n"), 0
    for node in ast.parse(source).body:
        first = min(n.lineno for n in (node, *getattr(node, "decorator_list", ())))
        while first - 1 > end and lines[first - 2].startswith("#"):
            first -= 1
        gap = first - 1 - end
        end = node.end_lineno or first
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        is_import = isinstance(node, ast.Import | ast.ImportFrom)
        text = "\n".join(lines[first - 1 : end])
        yield Part(defined(node), read(node), text, gap, is_import)


def needed(candidates: Iterable[Part], wanted: Iterable[str]) -> list[Part]:
    """The parts that these names need, and those that have an effect without one."""
    candidates, found = list(candidates), set(wanted)
    while True:
        kept = [
            part
            for part in candidates
            if not part.names or found.intersection(part.names)
        ]
        more = found.union(*(part.uses for part in kept))
        if more == found:
            return kept
        found = more


def code(kept: Iterable[Part]) -> str:
    """The parts below each other, set apart as they were; imports are left out."""
    text, before = "", False
    for part in (part for part in kept if not part.is_import):
        is_block = BLOCK.search(part.text) is not None
        gap = 2 if before or is_block else min(part.gap, 1)
        text += "\n" * gap * bool(text) + part.text + "\n"
        before = is_block
    return text


def imports(kept: Iterable[Part], without: str) -> str:
    """The imports among the parts, merged, but for those from one package."""
    plain, from_module = set[str](), dict[str, set[str]]()
    for part in kept:
        module, names = part.text.partition(" import ")[::2]
        if part.is_import and not names:
            plain.add(part.text)
        elif part.is_import and not module.startswith(f"from {without}"):
            found = re.findall(r"\w+(?: as \w+)?", re.sub("#.*", "", names))
            from_module.setdefault(module, set()).update(found)
    lines = [line for line in sorted(plain) if "numpy" not in line]
    lines += [
        f"{m} import {', '.join(sorted(n))}" for m, n in sorted(from_module.items())
    ]
    return "\n".join((*lines, "", *sorted(plain - set(lines)))) + "\n"


def defined(node: ast.stmt) -> list[str]:
    """The names that a statement gives to its module."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return sorted((a.asname or a.name).split(".")[0] for a in node.names)
    return named(node, ast.Store)


def read(node: ast.stmt) -> list[str]:
    """The names that a statement mentions, now or when it is called."""
    return named(node, ast.Load)


def named(node: ast.stmt, to: type[ast.expr_context]) -> list[str]:
    """The names in a statement that are there to be stored, or to be loaded."""
    names = (n for n in ast.walk(node) if isinstance(n, ast.Name))
    return sorted({n.id for n in names if isinstance(n.ctx, to)})
