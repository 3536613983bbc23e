"""The book's own server, with a meter on what it sends and, if asked, a slow line."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from builder import serve

PIECE = 8192  # bytes that pass a slow line at once: 7 ms at 10 Mbit/s


class Line:
    """A line of some bits a second, shared by all connections, and a round trip."""

    def __init__(self, bits_per_s: float = float("inf"), round_trip_s: float = 0):
        self.bytes_per_s, self.round_trip_s = bits_per_s / 8, round_trip_s
        self.free_at, self.lock = 0.0, threading.Lock()

    def carry(self, size: int) -> None:
        """Wait until so many bytes have passed, behind those of other connections."""
        with self.lock:
            begins = max(time.monotonic(), self.free_at)
            self.free_at = ends = begins + size / self.bytes_per_s
        time.sleep(max(0.0, ends - time.monotonic()))


@dataclass
class Site:
    """A folder that is being served: where, and what went out so far."""

    address: str
    sent: list[tuple[str, int]] = field(default_factory=list)  # path, bytes of answer

    def bytes_since(self, mark: int = 0) -> int:
        """Bytes on the wire, headers included, after the first `mark` answers."""
        return sum(size for _, size in self.sent[mark:])


class Writer:
    """A connection's outgoing side: counts, and takes its time on a slow line."""

    def __init__(self, stream, line: Line):
        self.stream, self.line, self.count = stream, line, 0

    def write(self, data: bytes) -> int:
        """Send `data`."""
        for start in range(0, len(data), PIECE):
            piece = data[start : start + PIECE]
            self.line.carry(len(piece))
            self.stream.write(piece)
        self.count += len(data)
        return len(data)

    def __getattr__(self, name):
        """Everything else is the stream's own."""
        return getattr(self.stream, name)


class Handler(serve.Handler):
    """The book's handler over a line, its answers noted; a plain page has no policy."""

    def __init__(self, *rest, site: Site, line: Line, policy: bool, **more):
        self.site, self.line, self.policy = site, line, policy
        super().__init__(*rest, changes=None, **more)

    def setup(self) -> None:
        """Open the connection: one round trip."""
        super().setup()
        time.sleep(self.line.round_trip_s)
        self.wfile = Writer(self.wfile, self.line)

    def do_GET(self) -> None:
        """Answer after a round trip, and note how much it was."""
        time.sleep(self.line.round_trip_s)
        before = self.wfile.count
        super().do_GET()
        self.site.sent.append((self.path, self.wfile.count - before))

    def send_header(self, keyword: str, value: str) -> None:
        """Leave the policy out where it would forbid `vega-embed` to work."""
        if self.policy or keyword != "Content-Security-Policy":
            super().send_header(keyword, value)


@contextmanager
def serving(
    folder: Path, line: Line | None = None, policy: bool = True
) -> Iterator[Site]:
    """The folder at a free port, until the block ends."""
    with serve.server(folder) as web:
        site = Site(f"http://127.0.0.1:{web.server_port}")
        web.RequestHandlerClass = partial(
            Handler, folder=folder, site=site, line=line or Line(), policy=policy
        )
        threading.Thread(target=web.serve_forever, daemon=True).start()
        yield site
        web.shutdown()
