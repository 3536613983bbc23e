"""A process that has read all that nobody changes, and builds when it is told to.

`serve` starts it by its path, before there is a change: nothing of the book or of its
builder is read until then.
"""

import gc
import runpy
import signal
import sys
import time
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CLOCK_S = 2  # a full second, and what clocks of file systems are off
READ_ONCE = (
    *("altair", "argparse", "brotli", "concurrent.futures.process", "jinja2"),
    *("jsonschema_rs", "markdown_it", "markdownify", "mdit_py_plugins.anchors"),
    *("numpy", "pydantic.main", "pygments.lexers", "soupsieve", "tarfile"),
    *("tomllib", "vl_convert", "yaml"),
)


def main() -> None:
    """Wait for a line on standard input, then be `python build.py build --pages-first`."""
    sys.path[0] = str(ROOT)
    for name in READ_ONCE:
        import_module(name)
    import_module("vl_convert").vega_to_svg({})  # starts its engine
    gc.freeze()  # all this is here to stay
    gc.set_threshold(100_000)  # and what a build makes ends with it
    if not sys.stdin.readline():
        return
    signal.signal(signal.SIGTERM, stop)
    sys.dont_write_bytecode = changed_just_now(ROOT / "figures")
    sys.argv = ["build.py", "build", "--pages-first"]
    runpy.run_path(str(ROOT / "build.py"), run_name="__main__")


def changed_just_now(folder: Path) -> bool:
    """Whether a file there may change once more and look the same to Python.

    What it has compiled, Python tells by the file's length and the second it is from.
    """
    latest = max(path.stat().st_mtime for path in folder.glob("*.py"))
    return time.time() < latest + CLOCK_S


def stop(*_: object) -> None:
    """End, and leave nothing half done."""
    sys.exit(1)


if __name__ == "__main__":
    main()
