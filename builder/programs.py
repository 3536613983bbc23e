"""Programs beside Python: what they print, or one line that says what went wrong."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from builder.mistakes import Mistakes

QUOTED = 300  # characters, at most, of what a program said


def run(
    name: str, *command: str | Path, given: bytes = b"", folder: Path | None = None
) -> bytes:
    """What a program prints that reads `given` in `folder`; a mistake bears `name`."""
    try:
        done = subprocess.run(command, input=given, capture_output=True, cwd=folder)
    except FileNotFoundError:
        raise Mistakes(
            f"{name}: found no {command[0]}, right would be Node 20 or newer on the PATH"
        ) from None
    if done.returncode:
        text = " ".join(done.stderr.decode(errors="replace").split())
        said = re.search(r"\S*error\b.*", text, re.IGNORECASE)
        raise Mistakes(
            f"{name}: {Path(command[0]).name} cannot run it,"
            f" found {(said[0] if said else text)[:QUOTED]!r}"
        )
    return done.stdout
