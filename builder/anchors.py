"""Anchors: each heading, paragraph and line of a list has an id of its own first words.

Such an id stays while those words do, whatever happens to the rest of the page.
"""

from __future__ import annotations

import html
import re
from itertools import count

WORDS = 4  # as few as tell the paragraphs of a page apart; more where they do not
LEAST = 2  # of a paragraph; a shorter one is a label
NO_WORDS = re.compile(
    r'<sup class="cite">.*?</sup>|<span class="(?:number|numeral)">.*?</span>|<[^>]+>',
    re.DOTALL,
)
BLOCK = re.compile(
    r"<(?P<other>figure|form|nav|svg|dialog|table|template)\b"
    r"[^<]*(?:<(?!/(?P=other)>)[^<]*)*</(?P=other)>"
    r"|<(?P<tag>p|li|dt|h[23])\b(?P<attributes>[^>]*)>"
    r"(?P<text>[^<]*(?:<(?!/?(?:p|li|d[ltd]|h[1-6]|[uo]l|pre|div|section)\b)[^<]*)*)"
)


def anchored(page: str) -> str:
    """The page, with an id on everything in `<main>` that is worth a link."""
    head, opening, rest = page.partition("<main")
    main, closing, foot = rest.partition("</main>")
    taken = set(re.findall(r'id="([^"]+)"', page))

    def name(block: re.Match[str]) -> str:
        if block["other"] or re.search(r"\bid=", block["attributes"]):
            return block[0]
        anchor = anchor_of(block["text"], block["tag"], taken)
        if not anchor:
            return block[0]
        taken.add(anchor)
        start = block.end("attributes") - block.start()
        return f'{block[0][:start]} id="{anchor}"{block[0][start:]}'

    return head + opening + BLOCK.sub(name, main) + closing + foot


def anchor_of(text: str, tag: str, taken: set[str]) -> str:
    """The first words of a block, as many as no other block has; "" for a label."""
    words = words_of(text)
    if len(words) < (LEAST if tag in ("p", "li") else 1):
        return ""
    for end in range(min(WORDS, len(words)), len(words) + 1):
        if (anchor := "-".join(words[:end])) not in taken:
            return anchor
    twins = ("-".join((*words, str(number))) for number in count(2))
    return next(anchor for anchor in twins if anchor not in taken)


def words_of(text: str) -> list[str]:
    """The words of a piece of HTML, without numbers that a simulation may change."""
    plain = html.unescape(NO_WORDS.sub("", text)).lower()
    return re.findall(r"[a-z0-9]+", re.sub("[’']", "", plain))
