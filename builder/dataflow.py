"""What Vega's parser makes of a spec: the dataflow that a browser runs."""

from pathlib import Path
from tempfile import TemporaryDirectory

from builder import programs
from builder.assets import vendored
from builder.cache import kept

READER = Path(__file__).with_suffix(".mjs")
PARSER = "vega-lite.js"  # has it for the charts that Altair makes in the browser


def dataflow(spec: bytes, source: Path) -> str:
    """The dataflow of a Vega spec, as JSON, by the parser that `source` installs."""
    lock = (source / "package-lock.json").read_bytes()
    entries = sorted((source / "static/vendor").glob("vega*.js"))

    def read() -> bytes:
        with TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "package.json").write_text('{"type": "module"}')
            for file, module in vendored(source).items():
                (folder / file).write_bytes(module)
            return programs.run(
                READER.name, "node", READER, folder / PARSER, given=spec
            )

    texts = (path.read_bytes() for path in (*entries, READER))
    return kept("dataflows", read, lock, *texts, spec).decode()
