"""What Vega's parser makes of a spec: the dataflow that a browser runs."""

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from builder.assets import vendored
from builder.cache import kept
from builder.mistakes import Mistakes

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
            command: list[str | Path] = ["node", READER, folder / PARSER]
            node = subprocess.run(command, input=spec, capture_output=True)
        if node.returncode:
            raise Mistakes(
                f"{READER.name}: node cannot run it, found"
                f" {node.stderr.decode().strip()[-300:]!r}, right would be Node 20 or newer"
            )
        return node.stdout

    texts = (path.read_bytes() for path in (*entries, READER))
    return kept("dataflows", read, lock, *texts, spec).decode()
