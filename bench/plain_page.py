"""Builds the plain page: what `bench/plain/` holds, and the runtime it asks for."""

import io
import json
import subprocess
import zipfile
from pathlib import Path

from builder import output, runtime

ROOT = Path(__file__).resolve().parent.parent
PARTS = ROOT / "bench" / "plain"


def build(folder: Path) -> None:
    """Write the plain page into `folder`, compressed as the book is."""
    wheels = python_wheels()
    files = {
        "index.html": (PARTS / "index.html").read_bytes(),
        "assets/plain.js": (PARTS / "plain.js").read_bytes(),
        "assets/limits.js": (PARTS / "limits.js").read_bytes(),
        "assets/vega-embed.js": bundled("vega-embed"),
        "runtime/draw.py": (PARTS / "draw.py").read_bytes(),
        "runtime/figures.zip": figures(),
        "runtime/wheels.json": json.dumps(list(wheels)).encode(),
        **{f"runtime/{name}": data for name, data in (core() | wheels).items()},
    }
    output.replace(folder, output.compressed(files))


def core() -> dict[str, bytes]:
    """Pyodide as npm installs it."""
    folder = ROOT / "node_modules" / "pyodide"
    names = json.loads((ROOT / "runtime-lock.json").read_text())["core"]
    return {name: (folder / name).read_bytes() for name in names}


def python_wheels() -> dict[str, bytes]:
    """NumPy's wheel, and Altair's with all it needs, by file name."""
    numpy = json.loads((ROOT / "runtime-lock.json").read_text())["numpy"]["file"]
    kept = runtime.CACHE / "runtime"
    found = {numpy: (kept / numpy).read_bytes()}
    for path in sorted((kept / "pure").glob("*.whl")):
        name = "-".join(path.name.split("-")[:2])
        found[f"{name}-py3-none-any.whl"] = pure(path)
    return found


def pure(path: Path) -> bytes:
    """A wheel without compiled parts: one of them (MarkupSafe) has some to spare."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(path) as wheel,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as copy,
    ):
        for name in wheel.namelist():
            if not name.endswith(".so"):
                copy.writestr(name, wheel.read(name))
    return made.getvalue()


def figures() -> bytes:
    """The package `figures`, zipped."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted((ROOT / "figures").glob("*.py")):
            archive.write(path, f"figures/{path.name}")
    return made.getvalue()


def bundled(package: str) -> bytes:
    """An npm package and all it imports, as one minified module."""
    command = [ROOT / "node_modules/.bin/esbuild", "--bundle", "--minify"]
    command += ["--format=esm", "--log-level=error"]
    entry = f'export {{ default }} from "{package}";'
    done = subprocess.run(
        command, input=entry.encode(), cwd=ROOT, check=True, capture_output=True
    )
    return done.stdout
