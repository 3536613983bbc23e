"""The search: Pagefind's index of what the pages say, and the module that reads it."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from builder import programs
from builder.assets import require_node_modules
from builder.cache import kept
from builder.runtime import tar, untar

PAGES = re.compile(r"(?!all/|embed/|teach/.+/|404\.).*\.html")  # no page says it twice
UNSAID = (  # not prose
    *(".controls", ".actions", ".status", ".scroll", ".back", ".margin"),
    *(f'[aria-labelledby="{part}"]' for part in ("here", "code")),  # of a figure's page
)
READER = re.compile(  # Pagefind's own interfaces are left out
    r"pagefind(-entry\.json|\.js|\..*\.pf_meta)|wasm\.en\.pagefind|(index|fragment)/.*"
)


def search(source: Path, pages: Mapping[str, bytes]) -> dict[str, bytes]:
    """Site path -> bytes of all that a search asks for."""
    archive = tar({path: text(pages[path]) for path in pages if PAGES.fullmatch(path)})
    lock = (source / "package-lock.json").read_bytes()
    return untar(kept("search", lambda: indexed(source, archive), lock, archive))


def text(page: bytes) -> bytes:
    """What a page says for itself, without its pictures; where it stands is told apart."""
    main = re.search(rb"<main.*</main>", page, re.S)
    html = re.sub(rb"<svg.*?</svg>", b"", main[0] if main else b"", flags=re.S)
    place = b'class="place" data-pagefind-meta="place"'
    return b'<html lang="en"><body>%s' % html.replace(b'class="place"', place)


def indexed(source: Path, archive: bytes) -> bytes:
    """An archive of the index of an archive of pages."""
    require_node_modules(source)
    pagefind = source / "node_modules/pagefind/lib/runner/bin.cjs"
    with tempfile.TemporaryDirectory() as name:
        site, made = Path(name, "site"), Path(name, "made")
        for path, data in untar(archive).items():
            (site / path).parent.mkdir(parents=True, exist_ok=True)
            (site / path).write_bytes(data)
        command: list[str | Path] = ["node", pagefind, "--site", site, "--silent"]
        command += ["--output-path", made, "--exclude-selectors", ", ".join(UNSAID)]
        programs.run("search", *command)
        files = {
            path.relative_to(made).as_posix(): path.read_bytes()
            for path in made.rglob("*")
            if path.is_file()
        }
    wanted = {f"pagefind/{p}": files[p] for p in sorted(files) if READER.fullmatch(p)}
    return tar(wanted)
