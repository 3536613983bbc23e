"""The book as one archive: live from any folder that is served, stills from `file://`."""

from __future__ import annotations

import io
import re
import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path

from builder.offline import service_worker

LINK = re.compile(rb'\bhref="(?!\w+:|#)([^"#?]*/)(?=[#?"])')  # to a folder of the book
FOR_HOSTS = re.compile(r".*\.(br|gz)|_headers")  # what only a real host makes use of
PLACE = (
    b"<p data-offline></p>"  # at the foot of each page; a script that runs empties it
)
AS_A_FILE = (
    b"Opened as a file, the book shows its pictures. To run the figures, serve this"
    b" folder, for example with <code>python -m http.server</code>, and open it there."
)
EPOCH = (1980, 1, 1, 0, 0, 0)  # the first time that a zip file can tell


def name(source: Path) -> str:
    """What the archive and the folder in it are called."""
    project = tomllib.loads((source / "pyproject.toml").read_text())["project"]
    return f"{project['name']}-{project['version']}"


def portable(source: Path, site: Mapping[str, bytes]) -> dict[str, bytes]:
    """The site without its host: on `file://` a link to a folder opens no page."""
    files = {path: data for path, data in site.items() if not FOR_HOSTS.fullmatch(path)}
    files |= {p: page(data) for p, data in files.items() if p.endswith(".html")}
    return files | {"sw.js": service_worker(source, files)}


def page(html: bytes) -> bytes:
    """A page whose links name files, and which says what is missing where no script runs."""
    place = PLACE.replace(b"><", b">" + AS_A_FILE + b"<")
    return LINK.sub(rb'href="\1index.html', html).replace(PLACE, place)


def zipped(source: Path, site: Mapping[str, bytes]) -> bytes:
    """The archive, the same bytes for the same site."""
    buffer, files = io.BytesIO(), portable(source, site)
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as made:
        for path in sorted(files):
            entry = zipfile.ZipInfo(f"{name(source)}/{path}", EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            made.writestr(entry, files[path])
    return buffer.getvalue()
