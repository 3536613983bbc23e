"""The cover's line: dashed where a thing is only possible, drawn through where it has
been shown to last, with one failure in it, after which it goes on. Each part of the book
opens with its share of it.
"""

from __future__ import annotations

import numpy as np

from figures._contract import SEED

POINTS = 360
WIDTH, HEIGHT = 1000, 150
SHOWN_FROM = 0.3  # of the way; before it the line is dashed
FAILS_AT, BACK_AT = 0.56, 0.7  # of the way


def line(start: float = 0, end: float = 1) -> str:
    """The line, from 0 to 1 of the way, as SVG in strokes: possible, failing, durable."""
    x, y = np.linspace(0, 1, POINTS), _course()
    fails, back = (int(at * POINTS) for at in (FAILS_AT, BACK_AT))
    shown = int(SHOWN_FROM * POINTS)
    strokes = (
        ("possible", slice(0, shown + 1)),
        ("durable", slice(shown, fails + 1)),
        ("failing", slice(fails, back + 1)),
        ("durable", slice(back, POINTS)),
    )
    paths = "".join(
        f'<path class="{name}" d="{_path(x[part], y[part])}"/>'
        for name, part in strokes
    )
    return (
        f'<svg class="motif" viewBox="{start * WIDTH:g} 0 {(end - start) * WIDTH:g} {HEIGHT}"'
        ' preserveAspectRatio="none"'
        f' aria-hidden="true" focusable="false">{paths}</svg>'
    )


def _course() -> np.ndarray:
    """Height of the line at each point, from 0 (bottom) to 1: smooth noise and a fall."""
    window = np.hanning(31)
    noise = np.random.default_rng(SEED).standard_normal(POINTS + len(window) - 1)
    smooth = np.convolve(noise, window / window.sum(), mode="valid")
    x = np.linspace(0, 1, POINTS)
    away = np.clip((x - FAILS_AT) / (BACK_AT - FAILS_AT), 0, 1)
    fall = np.minimum(away * 9, 1) * (1 - away**3) ** 2
    return np.asarray(0.74 + 0.16 * smooth - 0.66 * fall)


def _path(x: np.ndarray, y: np.ndarray) -> str:
    """An SVG path through the points."""
    points = zip(x * WIDTH, (1 - y) * HEIGHT, strict=True)
    return "M" + "L".join(f"{a:.1f},{b:.1f}" for a, b in points)
