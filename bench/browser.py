"""A reader's browser: a profile of its own, a probe in each page, a slower processor."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import BrowserContext, Page, sync_playwright

from tests import chromium

HERE = Path(__file__).parent
PROBE = (HERE / "probe.js").read_text()
SIZE = {"width": 1024, "height": 900}
PATIENCE_MS = 180_000
QUIET_S = 2.0  # nothing sent and nothing stored for so long: the page is at rest
DRAWN = '[data-figure][data-drawn-by="browser"][data-state="live"]'


@contextmanager
def reader(slower: float = 1) -> Iterator[BrowserContext]:
    """Chromium with an empty profile on disk, as a reader has: caches are real."""
    with (
        TemporaryDirectory(prefix="bench-") as profile,
        sync_playwright() as playwright,
    ):
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=chromium.find(),
            args=chromium.ARGUMENTS,
            viewport=SIZE,
        )
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(PROBE)
        with slowed(Path(profile), slower):
            yield context
        context.close()


@contextmanager
def slowed(profile: Path, factor: float) -> Iterator[None]:
    """Every renderer of that profile's browser, all its threads, `factor` times slower."""
    if factor == 1:
        yield
        return
    command = [
        sys.executable,
        HERE / "slow.py",
        str(factor),
        str(main_process(profile)),
    ]
    brake = subprocess.Popen(command, stdin=subprocess.PIPE)
    try:
        yield
    finally:
        brake.communicate()  # its standard input ends, and it lets go


def processes() -> dict[int, tuple[int, str]]:
    """Every process: its parent and its command line."""
    listed = subprocess.run(
        ["ps", "-axww", "-o", "pid=,ppid=,args="], capture_output=True, text=True
    ).stdout
    rows = (line.split(None, 2) for line in listed.splitlines())
    return {int(r[0]): (int(r[1]), r[2] if len(r) > 2 else "") for r in rows}


def main_process(profile: Path) -> int:
    """The browser that uses that profile."""
    mark = f"--user-data-dir={profile}"
    return min(
        pid
        for pid, (_, line) in processes().items()
        if mark in line and "--type=" not in line
    )


def renderers(browser: int) -> list[int]:
    """The processes below that browser which hold pages and their workers."""
    known = processes()

    def below(pid: int) -> bool:
        while pid in known and pid != browser:
            pid = known[pid][0]
        return pid == browser

    return [
        p for p, (_, line) in known.items() if "--type=renderer" in line and below(p)
    ]


def at_rest(page: Page, sent: list) -> None:
    """Wait until Altair has drawn, and until nothing is sent or stored any more."""
    page.wait_for_selector(DRAWN)
    state, since = None, time.monotonic()
    while time.monotonic() - since < QUIET_S:
        page.wait_for_timeout(200)
        stored = page.evaluate("navigator.storage?.estimate().then((e) => e.usage)")
        if state != (now := (stored, len(sent))):
            state, since = now, time.monotonic()


def version(context: BrowserContext) -> str:
    """Chromium's version."""
    text = context.pages[0].evaluate("navigator.userAgent")
    return re.search(r"Chrome/([\d.]+)", text)[1]
