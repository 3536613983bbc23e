"""Everything a page asks for besides itself, each file named by its own hash."""

from __future__ import annotations

import hashlib
import io
import json
import posixpath
import re
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from builder import programs
from builder.cache import kept
from builder.mistakes import Mistakes

# The characters that the book sets; others fall back to the reader's own fonts.
CHARACTERS = "".join(map(chr, range(32, 127))) + (
    "áàâãäçèéêëíîïñóôöøúùûüßÀÂÄÇÉÈÖØÜ–—‘’“”…·×−±≤≥≈→←↑↓§°µ½¼¾ⁿ¹²³λρμσΦπτθ\u00a0\u2009"
)
SERIF = "source-serif-4/files/source-serif-4-latin-opsz"
FONTS: dict[str, tuple[str, dict[str, float | tuple[float, float]]]] = {
    "text": (f"{SERIF}-normal", {"opsz": 14, "wght": (400, 600)}),
    "text-italic": (f"{SERIF}-italic", {"opsz": 14, "wght": 400}),
    "display": (f"{SERIF}-normal", {"opsz": 44, "wght": 480}),
    "display-italic": (f"{SERIF}-italic", {"opsz": 44, "wght": 380}),
    "label": ("inter/files/inter-latin-wght-normal", {"wght": (400, 600)}),
    "code": (
        "jetbrains-mono/files/jetbrains-mono-latin-wght-normal",
        {"wght": 400},
    ),
}
FEATURES = ["kern", "liga", "onum", "tnum"]  # in code none is wanted
WORKER = "worker.js"
BUNDLED = ("alone.js", WORKER)  # with all that they import: each is read at a stroke
STYLES = (
    "tokens.css",
    "prose.css",
    "figure.css",
    "checklist.css",
)  # in the order of the cascade; each other sheet is an asset of its own


def assets(source: Path) -> dict[str, bytes]:
    """Site path -> bytes of fonts, styles, scripts and the vendored libraries."""
    fonts = {f"{name}.woff2": font(source, name) for name in FONTS}
    made, font_paths = hashed(fonts)
    made_styles, style_paths = hashed(styles(source / "static/css", font_paths))
    made |= made_styles | scripts(source, style_paths)
    return made | whole(source / "static/root")


def styles(folder: Path, font_paths: Mapping[str, str]) -> dict[str, bytes]:
    """`book.css`, which every page has, and the sheets that a page or script asks for."""
    sheets = {path.name: path.read_text() for path in sorted(folder.glob("*.css"))}
    book = "\n".join(sheets.pop(name) for name in STYLES)
    for name, path in font_paths.items():
        book = book.replace(f"fonts/{name}", posixpath.basename(path))
    return {name: text.encode() for name, text in ({"book.css": book} | sheets).items()}


def whole(folder: Path) -> dict[str, bytes]:
    """Files that keep their names, because others ask for them by name."""
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}


def path_of(made: Mapping[str, bytes], name: str) -> str:
    """The site path of the asset that was called `name` before it was hashed."""
    stem, _, ending = name.rpartition(".")
    pattern = re.compile(rf"assets/{re.escape(stem)}-[0-9a-f]{{16}}\.{ending}")
    return next(path for path in made if pattern.fullmatch(path))


def hashed(files: dict[str, bytes]) -> tuple[dict[str, bytes], dict[str, str]]:
    """The files under hashed paths, and the path of each name."""
    paths = {name: hashed_path(name, data) for name, data in files.items()}
    return {paths[name]: data for name, data in files.items()}, paths


def hashed_path(name: str, data: bytes) -> str:
    """`assets/book-0123456789abcdef.css` for `book.css`."""
    stem, _, ending = name.rpartition(".")
    return f"assets/{stem}-{hashlib.sha256(data).hexdigest()[:16]}.{ending}"


def scripts(source: Path, style_paths: Mapping[str, str]) -> dict[str, bytes]:
    """Our modules and the vendored ones, naming each other and their styles by hash."""
    files = own_modules(source) | vendored(source)
    parts = {name: imports(data.decode()) for name, data in files.items()}
    imported = {posixpath.basename(part) for found in parts.values() for part in found}
    # A thread that starts asks for one file. What is only a part of it is not served.
    files[WORKER] = bundles(source)[WORKER]
    parts[WORKER] = imports(files[WORKER].decode())
    made: dict[str, bytes] = {}
    paths: dict[str, str] = {}

    def finish(name: str, *importers: str) -> str:
        if name in importers:
            circle = " → ".join((*importers[importers.index(name) :], name))
            raise Mistakes(
                f"static/js/{name}: modules must not import each other, found {circle}."
                " Move what both need to a module of its own"
            )
        if name not in paths:
            text = files[name].decode()
            for other in parts[name]:
                part = finish(posixpath.basename(other), *importers, name)
                there = posixpath.basename(part)
                text = text.replace(f'"{other}"', f'"./{there}"')
            for sheet, path in style_paths.items():
                text = text.replace(f'"./{sheet}"', f'"./{posixpath.basename(path)}"')
            paths[name] = hashed_path(name, text.encode())
            made[paths[name]] = text.encode()
        return paths[name]

    for name in (*files.keys() - imported - {*BUNDLED}, WORKER):
        finish(name)
    return dict(sorted(made.items()))


def own_modules(source: Path) -> dict[str, bytes]:
    """Our modules as they are written, by name."""
    folder = source / "static/js"
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.js"))}


@cache
def bundles(source: Path) -> dict[str, bytes]:
    """`alone.js` and `worker.js` with all that they import, but for Vega-Lite."""
    files = own_modules(source) | vendored(source)

    def bundle() -> bytes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for file, data in files.items():
                (folder / file).write_bytes(data)
            external = "--external:./vega-lite.js"
            esbuild(
                source, folder, *BUNDLED, external, "--charset=utf8", "--outdir=out"
            )
            made = {file: (folder / "out" / file).read_text() for file in BUNDLED}
            return json.dumps(made).encode()

    ingredients = [part for name in sorted(files) for part in (name, files[name])]
    made = json.loads(kept("alone", bundle, *ingredients))
    return {name: text.encode() for name, text in made.items()}


def imports(text: str) -> list[str]:
    """The relative modules that a module imports."""
    pattern = r'(?:\bfrom|\bimport\(|\bimport)\s*"(\.{1,2}/[\w./-]+\.js)"'
    return list(dict.fromkeys(re.findall(pattern, text)))


def imported_by(made: Mapping[str, bytes], name: str) -> list[str]:
    """The site paths of all modules that a script imports at once, itself left out."""
    paths, found = [path_of(made, name)], list[str]()
    for path in paths:  # grows on the way
        for other in re.findall(r'\bfrom\s*"\./([\w.-]+)"', made[path].decode()):
            if f"assets/{other}" not in paths:
                paths.append(f"assets/{other}")
                found.append(f"assets/{other}")
    return found


def vendored(source: Path) -> dict[str, bytes]:
    """Vega and Vega-Lite, bundled once from what package-lock.json installs."""
    entries = sorted((source / "static/vendor").glob("*.js"))
    lock = (source / "package-lock.json").read_bytes()

    def bundle() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            how = ["--splitting", "--preserve-symlinks"]  # links: named alike anywhere
            how += ["--alias:vega=vega-util"]  # all that Vega-Lite wants of Vega
            esbuild(source, source, *entries, *how, f"--outdir={folder}")
            files = sorted(Path(folder).iterdir())
            return json.dumps({p.name: p.read_text() for p in files}).encode()

    texts = (path.read_bytes() for path in entries)
    bundled = json.loads(kept("vendored", bundle, lock, *texts))
    return {name: text.encode() for name, text in bundled.items()}


def esbuild(source: Path, folder: Path, *what: str | Path) -> None:
    """Have the esbuild that `source` installs bundle modules, as seen from `folder`."""
    require_node_modules(source)
    command = (source / "node_modules/.bin/esbuild", *what, "--log-level=error")
    how = ("--bundle", "--minify", "--format=esm", "--legal-comments=none")
    programs.run("static", *command, *how, folder=folder)


def font(source: Path, name: str) -> bytes:
    """One typeface, cut down to CHARACTERS and to the axes the book uses."""
    file, axes = FONTS[name]
    require_node_modules(source)
    path = source / "node_modules/@fontsource-variable" / f"{file}.woff2"
    original = path.read_bytes()

    def cut() -> bytes:
        from fontTools import subset
        from fontTools.ttLib import TTFont
        from fontTools.varLib import instancer

        options = subset.Options()
        options.layout_features = [] if name == "code" else FEATURES
        face = TTFont(io.BytesIO(original), lazy=False, recalcTimestamp=False)
        cutter = subset.Subsetter(options)
        cutter.populate(text=CHARACTERS)
        cutter.subset(face)
        plain = io.BytesIO()
        face.flavor = None
        face.save(plain)
        face = TTFont(io.BytesIO(plain.getvalue()), lazy=False, recalcTimestamp=False)
        instancer.instantiateVariableFont(face, axes, inplace=True)
        made = io.BytesIO()
        face.flavor = "woff2"
        face.save(made)
        return made.getvalue()

    return kept("fonts", cut, original, CHARACTERS, repr(axes))


def require_node_modules(source: Path) -> None:
    """What npm installs must be there."""
    if not (source / "node_modules/.bin/esbuild").exists():
        raise Mistakes(
            "node_modules: not installed, found no esbuild. Run `make setup`"
        )
