"""The book's typefaces as files, for pictures: how wide a text is, and where it breaks.

Hosts that show a picture load no font, and what they fall back to differs from one
machine to the next. So a picture's text is drawn as outlines, from these files.
"""

from __future__ import annotations

import io
import re
from functools import cache
from pathlib import Path

from builder.assets import SERIF, require_node_modules
from builder.cache import kept, place
from builder.mistakes import Mistakes

ROOT = Path(__file__).parents[1]
INTER = "inter/files/inter-{}-wght-normal"
FACES = {  # as a picture's `font-family` and `font-weight` ask for them
    ("Text", 400): (f"{SERIF}-normal", {"opsz": 14}),
    ("Text Italic", 400): (f"{SERIF}-italic", {"opsz": 14}),
    ("Display", 480): (f"{SERIF}-normal", {"opsz": 44}),
    ("Display Italic", 380): (f"{SERIF}-italic", {"opsz": 44}),
    ("Label", 400): (INTER.format("latin"), {}),
    ("Label", 500): (INTER.format("latin"), {}),
    ("Greek", 400): (INTER.format("greek"), {}),  # where another lacks a letter
}


def files() -> list[str]:
    """The path of every typeface, made if it is not there yet."""
    paths = []
    for face in FACES:
        recipe = ("typefaces", lambda face=face: cut(*face), packed(face), repr(face))
        kept(*recipe)
        paths.append(str(place(*recipe)))
    return paths


def packed(face: tuple[str, int]) -> bytes:
    """The file as npm brings it."""
    require_node_modules(ROOT)
    folder = ROOT / "node_modules/@fontsource-variable"
    return (folder / f"{FACES[face][0]}.woff2").read_bytes()


def cut(family: str, weight: int) -> bytes:
    """One typeface of one weight, under the name that a picture knows it by."""
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    woff2 = io.BytesIO(packed((family, weight)))
    font = TTFont(woff2, lazy=False, recalcTimestamp=False)
    axes = {"wght": weight, **FACES[family, weight][1]}
    font = instancer.instantiateVariableFont(font, axes)
    for record in font["name"].names:
        if record.nameID in (1, 16):  # the family, as old and as new programs read it
            record.string = family
    font["OS/2"].usWeightClass = weight
    font.flavor = None
    made = io.BytesIO()
    font.save(made)
    return made.getvalue()


@cache
def advances() -> dict[str, dict[str, float]]:
    """How far each character of each family reaches, in sizes."""
    from fontTools.ttLib import TTFont

    made: dict[str, dict[str, float]] = {}
    for (family, _), path in reversed(list(zip(FACES, files(), strict=True))):
        font = TTFont(path)
        em, reach = font["head"].unitsPerEm, font["hmtx"].metrics
        letters = {
            chr(code): reach[name][0] / em for code, name in font.getBestCmap().items()
        }
        made[family] = made.get("Greek", {}) | letters
    return made


def width(text: str, family: str, size: float) -> float:
    """How far a line reaches, px; a little more than it does, as letters close up."""
    return size * sum(advances()[family][character] for character in text)


def check(text: str) -> None:
    """Every character of `text` is in the typefaces, or it would be a box."""
    for character in text:
        if character not in advances()["Label"] or character not in advances()["Text"]:
            raise Mistakes(
                f"pictures: no typeface has {character!r} (U+{ord(character):04X}),"
                f" found in {text!r}. Say it in another way"
            )


def lines(text: str, family: str, size: float, reach: float) -> list[str]:
    """`text` in lines of at most `reach` px, never between a number and its unit."""
    words = re.sub(r"(?<=\d) (?=%|\w{1,3}\b)", "\u00a0", text).split(" ")
    made = [words[0]]
    for word in words[1:]:
        longer = f"{made[-1]} {word}"
        if width(longer, family, size) <= reach:
            made[-1] = longer
        else:
            made.append(word)
    return made


def balanced(text: str, family: str, size: float, reach: float) -> list[str]:
    """`text` in as few lines as `reach` allows, and those about as long as each other."""
    made = lines(text, family, size, reach)
    while len(narrower := lines(text, family, size, reach - size / 2)) == len(made):
        if any(width(line, family, size) > reach for line in narrower):
            break
        made, reach = narrower, reach - size / 2
    return made
