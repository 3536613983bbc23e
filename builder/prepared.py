"""What `prepare.mjs` runs inside Pyodide, so that the browser has less to do."""

import gc
import importlib
import io
import random
import sys
from collections.abc import Iterable
from pathlib import Path

LARGEST_SMALL_OBJECT = 512  # bytes; larger ones do not come from Python's own allocator
OBJECT_HEADER = 17  # bytes of an empty `bytes`


def import_all(names: Iterable[str]) -> list[str]:
    """Import these, and return every module that is there now."""
    for name in names:
        importlib.import_module(name)
    return list(sys.modules)


def imported_from(folder: str) -> list[str]:
    """The files of the modules that were imported from `folder`, relative to it."""
    paths = [Path(getattr(m, "__file__", None) or "/") for m in sys.modules.values()]
    return sorted(
        {str(p.relative_to(folder)) for p in paths if p.is_relative_to(folder)}
    )


def files_in(folder: str) -> list[str]:
    """All files in `folder`, relative to it."""
    paths = sorted(p for p in Path(folder).rglob("*") if p.is_file())
    return [str(p.relative_to(folder)) for p in paths]


def archive(folder: str, names: Iterable[str], optimize: int = 0) -> bytes:
    """A tar file of these files in `folder`, its modules compiled at that level."""
    import tarfile  # here, so that the snapshot is without it

    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name in names:
            path, is_source = Path(folder, name), name.endswith(".py")
            data = compiled(path, name, optimize) if is_source else path.read_bytes()
            entry = tarfile.TarInfo(name + "c" * is_source)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def compiled(path: Path, name: str, optimize: int) -> bytes:
    """The bytecode of a module; its tracebacks call it `name`."""
    import py_compile

    out = py_compile.compile(
        str(path),
        cfile="/tmp/compiled.pyc",
        dfile=name,
        doraise=True,
        optimize=optimize,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    return Path(str(out)).read_bytes()


def forget() -> None:
    """Overwrite the small objects that were freed; the heap must not grow meanwhile."""
    random.seed(0)  # the reader's Python seeds it anew
    gc.collect()
    for size in range(16, LARGEST_SMALL_OBJECT + 1, 16):
        held: list[bytes] = []
        try:
            while True:
                held.append(bytes(max(size - OBJECT_HEADER, 0)))
        except MemoryError:
            held.clear()
    gc.collect()
