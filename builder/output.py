"""The one place that writes: compresses what can be, and replaces `_site/` whole."""

from __future__ import annotations

import gzip
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import brotli

from builder.cache import kept, place
from builder.mistakes import Mistakes

COMPRESSIBLE = {
    ".bin",
    ".css",
    ".html",
    ".ipynb",
    ".js",
    ".json",
    ".md",
    ".mjs",
    ".py",
    ".svg",
    ".tar",
    ".txt",
    ".wasm",
    ".webmanifest",
    ".xml",
}
LARGE = 2_000_000  # bytes; beyond this brotli's last two levels take minutes, and
# for pictures, of which there are many, fifteen times as long for a sixth of the bytes
QUICK = 5  # brotli's level for a draft, which somebody waits for


def compressed(site: dict[str, bytes], draft: bool = False) -> dict[str, bytes]:
    """`site` and, beside each file that gets smaller, its `.br` and `.gz`."""
    files = [p for p in site if os.path.splitext(p)[1] in COMPRESSIBLE]
    with ThreadPoolExecutor() as pool:
        both = list(
            pool.map(lambda p: (brotlied(site[p], draft), zipped(site[p])), files)
        )
    made = dict(site)
    for path, (br, gz) in zip(files, both, strict=True):
        if len(br) < 0.95 * len(site[path]):
            made[f"{path}.br"], made[f"{path}.gz"] = br, gz
    return made


def brotlied(data: bytes, draft: bool) -> bytes:
    """`data` compressed by brotli; in a draft as it was before, or quickly."""
    level = 9 if len(data) > LARGE or data.startswith(b"<svg") else 11
    well = ("brotli", lambda: brotli.compress(data, quality=level), data, str(level))
    if draft and not place(*well).exists():
        return bytes(brotli.compress(data, quality=QUICK))
    return kept(*well)


def zipped(data: bytes) -> bytes:
    """`data` compressed by gzip, without a time in it."""
    return kept("gzip", lambda: gzip.compress(data, 9, mtime=0), data)


def replace(folder: Path, site: dict[str, bytes]) -> None:
    """Make `folder` hold exactly `site`; until it does, the old one stays."""
    fresh = folder.with_name(f"{folder.name}.{os.getpid()}.new")
    stale = folder.with_name(f"{folder.name}.{os.getpid()}.old")
    if folder.exists() and not folder.is_dir():
        raise Mistakes(f"{folder.name}: a file is in the way of the site. Move it away")
    try:
        for path, data in site.items():
            put(fresh / path, data, folder / path)
        if folder.exists():
            folder.rename(stale)
        fresh.rename(folder)
    finally:
        if stale.exists() and not folder.exists():
            stale.rename(folder)
        for leftover in (fresh, stale):
            shutil.rmtree(leftover, ignore_errors=True)


def put(file: Path, data: bytes, before: Path) -> None:
    """Make `file` hold `data`, as another name of the file `before` if that does."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with suppress(OSError):  # nothing was there, or the disk knows no second names
        if before.read_bytes() == data:
            return os.link(before, file)
    file.write_bytes(data)
