"""What is slow to make and always comes out the same is made once and kept.

The cache lies outside the tree and may be deleted at any time. An entry is found by all
that it hangs on: what it is made from, the code that makes it, and what is installed.
"""

import hashlib
import inspect
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

from builder import BEGAN

CACHE = Path(
    os.environ.get("DURABLE_CACHE")
    or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    / "possible-and-durable"
)
CLOCK_S = 0.02  # by how much the time of a file may lag behind that of a process
ONLY_HERE = os.urandom(16)  # no other process finds what is kept under this


def kept(kind: str, make: Callable[[], bytes], *ingredients: bytes | str) -> bytes:
    """`make()`, or what it gave before for the same ingredients."""
    path = place(kind, make, *ingredients)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        made = make()
        keep(path, made)
        return made


def place(kind: str, make: Callable[[], bytes], *ingredients: bytes | str) -> Path:
    """Where the cache keeps what `make` gives, whether it is there or not."""
    recipe = hashlib.sha256()
    for part in (kind, installed(), code(Path(inspect.getfile(make))), *ingredients):
        data = part.encode() if isinstance(part, str) else part
        recipe.update(len(data).to_bytes(8, "big") + data)
    return CACHE / kind / recipe.hexdigest()


def keep(path: Path, data: bytes) -> None:
    """Write `data` so that nobody ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        unfinished.write_bytes(data)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


@cache
def code(file: Path) -> bytes:
    """What stands for the code in `file`, as this process runs it.

    That is its hash, unless it was changed since the process began: then nobody knows
    which version was read, and what it makes is of no use to another process.
    """
    changed = max(file.stat().st_ctime, file.stat().st_mtime) > BEGAN - CLOCK_S
    found = hashlib.sha256(file.read_bytes()).digest()
    return found + ONLY_HERE if changed else found


@cache
def installed() -> str:
    """Python and every package beside it, with their versions."""
    found = {p.name for folder in sys.path for p in Path(folder).glob("*.dist-info")}
    return "\n".join((sys.version, *sorted(found)))
