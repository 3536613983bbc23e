"""The one place that writes: compresses what can be, and replaces `_site/` whole."""

from __future__ import annotations

import gzip
import os
import shutil
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Self

import brotli

from builder.cache import keep, kept
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
# Brotli's levels. The best takes twice as long as the one below, for 3 % of the bytes: too
# long for pages, which are new in each build.
BEST, GOOD, ASIDE = 11, 10, 7
WINDOW = 24  # logarithm of the bytes that Brotli looks back: as far as browsers follow
TAKEN = {".ipynb", ".md", ".py", ".svg", ".txt"}  # apart from a page: nobody waits
HASHED = ("assets/", "runtime/")  # folders in which names hold the hash of the file
CARRIED = 100_000  # bytes from which on JSON is no chart, but what readers take along


class Compression:
    """Compresses files on all cores, while others are still being made."""

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(os.cpu_count())
        self.begun: dict[str, Future[tuple[bytes, bytes]]] = {}

    def __enter__(self) -> Self:
        """Begun by `with`."""
        return self

    def __exit__(self, *failed: object) -> None:
        """Nothing is left to do, or of use."""
        self.pool.shutdown(cancel_futures=True)

    def begin(self, files: Mapping[str, bytes]) -> None:
        """Compress these meanwhile."""
        for path in files.keys() - self.begun.keys():
            if os.path.splitext(path)[1] in COMPRESSIBLE:
                self.begun[path] = self.pool.submit(both, path, files[path])

    def whole(self, site: dict[str, bytes]) -> dict[str, bytes]:
        """`site` and, beside each file that gets smaller, its `.br` and `.gz`."""
        self.begin(site)
        made = dict(site)
        for path in sorted(site.keys() & self.begun.keys()):
            br, gz = self.begun[path].result()
            if len(br) < 0.95 * len(site[path]):
                made[f"{path}.br"], made[f"{path}.gz"] = br, gz
        return made


def compressed(site: dict[str, bytes]) -> dict[str, bytes]:
    """The same at once."""
    with Compression() as compression:
        return compression.whole(site)


def both(path: str, data: bytes) -> tuple[bytes, bytes]:
    """`data` compressed by brotli, and by gzip."""
    return brotlied(path, data), zipped(data)


def brotlied(path: str, data: bytes) -> bytes:
    """`data` compressed by brotli, as well as the wait for it is worth."""
    level = level_of(os.path.splitext(path)[1], len(data))

    def made() -> bytes:
        return bytes(brotli.compress(data, quality=level, lgwin=WINDOW))

    return kept("brotli", made, data, str(level), str(WINDOW))


def level_of(ending: str, size: int) -> int:
    """The level of brotli for a file."""
    if ending in TAKEN or (ending == ".json" and size > CARRIED):
        return ASIDE
    return GOOD if ending == ".html" else BEST


def zipped(data: bytes) -> bytes:
    """`data` compressed by gzip, without a time in it."""
    return kept("gzip", lambda: gzip.compress(data, 9, mtime=0), data)


def update(folder: Path, part: dict[str, bytes]) -> None:
    """Make `folder` hold `part` too; what is compressed of an older version goes."""
    for path, data in part.items():
        file = folder / path
        with suppress(OSError):
            is_as_long = file.stat().st_size == len(data)
            if is_as_long and (path.startswith(HASHED) or file.read_bytes() == data):
                continue
        for twin in (f"{path}.br", f"{path}.gz"):
            (folder / twin).unlink(missing_ok=True)
        keep(file, data)


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
