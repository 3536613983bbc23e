"""Makes the renderers of a browser slower: they stand still most of each few milliseconds.

Chromium's own `Emulation.setCPUThrottlingRate` slows a page's main thread, and the book's
Python is in a worker; stopping the process slows every thread alike.
`python slow.py FACTOR BROWSER_PID` says `ready`, and ends with its standard input.
"""

import os
import select
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

RUN_S = 0.002
LOOK_S = 0.05  # between looks for new renderers


def main(factor: float, browser: int) -> None:
    """Stop and go until nobody holds our standard input."""
    pids = renderers(browser)
    threading.Thread(target=look, args=(pids, browser), daemon=True).start()
    print("ready", flush=True)
    owed = 0.0  # seconds of standing still: sleeps are longer than they were asked for
    try:
        while not select.select([sys.stdin], [], [], 0)[0]:
            owed += (factor - 1) * during(pids, signal.SIGCONT, RUN_S)
            owed -= during(pids, signal.SIGSTOP, owed)
    finally:
        tell(pids, signal.SIGCONT)


def during(pids: list[int], what: signal.Signals, seconds: float) -> float:
    """Send a signal, sleep, and say how long that was in truth."""
    since = time.perf_counter()
    tell(pids, what)
    time.sleep(max(0.0, seconds))
    return time.perf_counter() - since


def look(pids: list[int], browser: int) -> None:
    """Keep the list of renderers as it is now."""
    while True:
        time.sleep(LOOK_S)
        pids[:] = renderers(browser)


def tell(pids: list[int], what: signal.Signals) -> None:
    """Send a signal to those of them that still live."""
    for pid in list(pids):
        with suppress(ProcessLookupError):
            os.kill(pid, what)


def processes() -> dict[int, tuple[int, str]]:
    """Every process: its parent and its command line."""
    listed = subprocess.run(
        ["ps", "-axww", "-o", "pid=,ppid=,args="], capture_output=True, text=True
    ).stdout
    rows = (line.split(None, 2) for line in listed.splitlines())
    return {int(r[0]): (int(r[1]), r[2] if len(r) > 2 else "") for r in rows}


def renderers(browser: int) -> list[int]:
    """The processes below that browser which hold pages and their workers."""
    known = processes()

    def is_below(pid: int) -> bool:
        while pid in known and pid != browser:
            pid = known[pid][0]
        return pid == browser

    return [
        pid
        for pid, (_, line) in known.items()
        if "--type=renderer" in line and is_below(pid)
    ]


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]))
