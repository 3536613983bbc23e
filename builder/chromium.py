"""Where Chromium is, for the tests and the PDF: on the PATH, Playwright's, or Debian's.

`python -m builder.chromium` installs one if there is none.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",  # as root, as in most CI
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]


def on_the_path() -> str | None:
    """The first Chromium on the PATH, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def of_playwright() -> str | None:
    """Playwright's own Chromium, if it is installed, or None."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def find() -> str | None:
    """A Chromium, or None."""
    return on_the_path() or of_playwright()


def install() -> None:
    """Install one: Playwright's own where it can be had, else Debian's."""
    print("Chromium …", flush=True)
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    subprocess.run(command, capture_output=True, check=False, timeout=900)
    if find():
        return
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    with suppress(FileNotFoundError):  # it is not Debian
        for step in (["update", "-q"], ["install", "-y", "-q", "chromium"]):
            command = [*root, "apt-get", *step]
            subprocess.run(command, check=False, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    if not find():
        install()
    found = find()
    if not found:
        sys.exit("no Chromium, and none could be installed. Install one by hand")
    print(found)
