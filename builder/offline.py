"""The service worker, with the list of what it keeps: one whole build, each file checked."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path

KEPT = re.compile(  # what the book is read with; embeds belong to other people's pages
    r"(?!embed/|404\.)(.*\.html|(assets|pagefind)/.*|runtime/manifest-.*"
    r"|icon\.svg|manifest\.webmanifest)"
)
DIGITS = 16  # of a SHA-256


def service_worker(source: Path, site: Mapping[str, bytes]) -> bytes:
    """`sw.js` for exactly this site."""
    files = {
        address(path): digits(site[path])
        for path in sorted(site)
        if KEPT.fullmatch(path)
    }
    name = digits(json.dumps(files).encode())
    build = json.dumps({"name": name, "files": files}, indent=0)
    script = (source / "static/sw.js").read_text(encoding="utf-8")
    return f"self.BUILD = {build};\n{script}".encode()


def address(path: str) -> str:
    """Where a page is found: `a/` for `a/index.html`, which some hosts redirect."""
    return re.sub(r"(^|/)index\.html$", r"\1", path)


def digits(data: bytes) -> str:
    """The first digits of the SHA-256."""
    return hashlib.sha256(data).hexdigest()[:DIGITS]
