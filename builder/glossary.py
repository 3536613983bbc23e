"""The glossary: read once, and each idea's first use of a term leads to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from markdown_it.token import Token

from builder.content import entries as read_entries
from builder.content import validate
from builder.front_matter import Contract
from builder.mistakes import Collector


class Entry(Contract):
    """What a term means, with the field's symbol and unit, and what else it is called."""

    meaning: str
    symbol: str = ""
    unit: str = ""
    also: tuple[str, ...] = ()


@dataclass
class Glossary:
    """All terms, and which of them the ideas use."""

    entries: dict[str, Entry]
    used: dict[str, list[str]] = field(default_factory=dict)  # term -> addresses

    def __post_init__(self) -> None:
        """Longer words first, so that "retry budget" is not taken for "budget"."""
        words = {w: t for t, entry in self.entries.items() for w in (t, *entry.also)}
        self.term_of = {word.lower(): term for word, term in words.items()}
        longest_first = sorted(words, key=len, reverse=True)
        either = "|".join(re.escape(word) for word in longest_first)
        self.pattern = re.compile(
            rf"(?<![\w-])({either})(?:s|es)?(?![\w-])", re.IGNORECASE
        )

    def link(self, tokens: list[Token], root: str, address: str) -> None:
        """Turn the first use of each term in the page's prose into a link."""
        seen: set[str] = set()
        for block, inside in pairwise(tokens):
            if block.type != "paragraph_open" or not inside.children:
                continue
            children: list[Token] = []
            depth = 0
            for child in inside.children:
                depth += (child.type == "link_open") - (child.type == "link_close")
                linked = child.type == "text" and depth == 0
                children += self._linked(child, seen, root) if linked else [child]
            inside.children = children
        for term in seen:
            self.used.setdefault(term, []).append(address)

    def _linked(self, text: Token, seen: set[str], root: str) -> Iterator[Token]:
        """`text` in pieces, its new terms as links."""
        at = 0
        for match in self.pattern.finditer(text.content):
            term = self.term_of[match[1].lower()]
            if term in seen:
                continue
            seen.add(term)
            yield _text(text, text.content[at : match.start()])
            href, meaning = (
                f"{root}glossary/#{anchor(term)}",
                self.entries[term].meaning,
            )
            attrs = {"href": href, "class": "term", "data-meaning": meaning}
            yield Token("term_open", "a", 1, attrs=dict(attrs))
            yield _text(text, match[0])
            yield Token("term_close", "a", -1)
            at = match.end()
        yield _text(text, text.content[at:])


def read_glossary(path: Path) -> Glossary:
    """The glossary, or every mistake in it."""
    found, entries = Collector(), {}
    for key, node in read_entries(path):
        with found.gathering():
            entries[key.value] = validate(node, Entry, path, 1)
    found.done()
    return Glossary(entries)


def anchor(term: str) -> str:
    """The anchor of a term on the glossary's page."""
    return re.sub(r"[^a-z0-9]+", "-", term.lower()).strip("-")


def _text(like: Token, content: str) -> Token:
    """A text token with what `like` knows of its place."""
    return Token("text", "", 0, content=content, meta=dict(like.meta))
