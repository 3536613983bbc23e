"""A reader's browser: a profile of its own, a probe in each page, a slower processor."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import BrowserContext, Page, sync_playwright

from bench.slow import processes, renderers
from builder import chromium
from builder.mistakes import Mistakes

HERE = Path(__file__).parent
PROBE = (HERE / "probe.js").read_text()
SIZE = {"width": 1024, "height": 900}
PATIENCE_MS = 300_000
QUIET_S = 2.0  # nothing sent and nothing stored for so long: the page is at rest
FAILED = '[data-figure][data-state="failed"]'
DRAWN = '[data-figure][data-drawn-by="browser"][data-state="live"]'

# A loop in the page and the same in a worker: milliseconds of each.
LOOP = """async () => {
  const loop = "{const t = performance.now(); let x = 0;" +
    "for (let i = 0; i < 2e8; i++) x += i; postMessage(performance.now() - t)}";
  const worker = new Worker(URL.createObjectURL(new Blob([loop])));
  const there = await new Promise((go) => (worker.onmessage = (e) => go(e.data)));
  const here = await new Promise((go) => Function("postMessage", loop)(go));
  return [here, there];
}"""


@dataclass
class Reader:
    """A browser that keeps its caches, and its main process."""

    context: BrowserContext
    process: int

    def memory(self) -> float:
        """Megabytes that the pages and their workers have to themselves."""
        return sum(map(private, renderers(self.process)))


@contextmanager
def reader(slower: float = 1) -> Iterator[Reader]:
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
        process = main_process(profile)
        with slowed(process, slower):
            yield Reader(context, process)
        context.close()


@contextmanager
def slowed(process: int, factor: float) -> Iterator[None]:
    """Every renderer of that browser, all its threads, `factor` times slower."""
    if factor == 1:
        yield
        return
    command = [sys.executable, HERE / "slow.py", str(factor), str(process)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as brake:
        brake.stdout.readline()
        try:
            yield
        finally:
            brake.communicate()  # its standard input ends, and it lets go


def main_process(profile: str) -> int:
    """The browser that uses that profile."""
    mark = f"--user-data-dir={profile}"
    found = (
        pid
        for pid, (_, line) in processes().items()
        if mark in line and "--type=" not in line
    )
    return min(found)


def private(process: int) -> float:
    """Megabytes of a process that no other has; NaN where the system does not tell."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return float("nan")
    return sum(int(x.split()[1]) for x in lines if x.startswith("Private_")) / 1000


def at_rest(page: Page, sent: list) -> None:
    """Wait until Altair has drawn, and until nothing is sent or stored any more."""
    page.wait_for_selector(f"{DRAWN}, {FAILED}")
    refuse_failure(page)
    state, since = None, time.monotonic()
    while time.monotonic() - since < QUIET_S:
        page.wait_for_timeout(200)
        stored = page.evaluate("navigator.storage?.estimate().then((e) => e.usage)")
        if state != (now := (stored, len(sent))):
            state, since = now, time.monotonic()


def refuse_failure(page: Page) -> None:
    """A figure that failed ends the measurement, in its own words."""
    if page.query_selector(FAILED):
        said = page.text_content(f"{FAILED} .status").strip()
        raise Mistakes(f"a figure failed: {said}")
