"""Makes the renderers of a browser slower: they stand still most of each few milliseconds.

Chromium's own `Emulation.setCPUThrottlingRate` slows only a page's main thread, and the
book's Python is in a worker; stopping the process slows every thread alike.
`python slow.py FACTOR BROWSER_PID`; it ends with its standard input.
"""

import os
import select
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from bench.browser import renderers  # noqa: E402

RUN_S = 0.002
LOOK_S = 0.1  # between looks for new renderers


def main(factor: float, browser: int) -> None:
    """Stop and go until nobody holds our standard input."""
    pids: list[int] = []
    threading.Thread(target=look, args=(pids, browser), daemon=True).start()
    try:
        while not select.select([sys.stdin], [], [], 0)[0]:
            tell(pids, signal.SIGSTOP)
            time.sleep(RUN_S * (factor - 1))
            tell(pids, signal.SIGCONT)
            time.sleep(RUN_S)
    finally:
        tell(pids, signal.SIGCONT)


def look(pids: list[int], browser: int) -> None:
    """Keep the list of renderers as it is now."""
    while True:
        pids[:] = renderers(browser)
        time.sleep(LOOK_S)


def tell(pids: list[int], what: signal.Signals) -> None:
    """Send a signal to those of them that still live."""
    for pid in list(pids):
        with suppress(ProcessLookupError):
            os.kill(pid, what)


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]))
