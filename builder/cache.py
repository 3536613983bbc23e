"""What is slow to make and always comes out the same is made once and kept.

The cache lies outside the tree and may be deleted at any time.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

CACHE = Path(
    os.environ.get("DURABLE_CACHE")
    or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    / "possible-and-durable"
)


def kept(kind: str, make: Callable[[], bytes], *ingredients: bytes | str) -> bytes:
    """`make()`, or what it gave before for the same ingredients."""
    recipe = hashlib.sha256()
    for part in (kind, *ingredients):
        data = part.encode() if isinstance(part, str) else part
        recipe.update(len(data).to_bytes(8, "big") + data)
    path = CACHE / kind / recipe.hexdigest()
    try:
        return path.read_bytes()
    except FileNotFoundError:
        made = make()
        keep(path, made)
        return made


def keep(path: Path, data: bytes) -> None:
    """Write `data` so that nobody ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    unfinished.write_bytes(data)
    unfinished.replace(path)
