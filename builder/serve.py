"""A local server: real cache headers, compression and policy, and reload on change."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

from watchfiles import watch

from builder.mistakes import Mistakes
from builder.output import HASHED
from builder.pages import CSP

WATCHED = ("content", "figures", "templates", "static", "builder", "build.py")
QUIET_MS = 10  # without another change: an author has saved all that belongs together
LONG_S = 30  # for what an author changes by hand
LONG = f"still building after {LONG_S} s. If a figure does not end, mend and save it"
FOREVER = "public, max-age=31536000, immutable"  # for names that hold their own hash
RELOAD = b'<script type="module" src="/-/reload.js"></script>'
# While an author edits, no page may come from what a browser kept: a service worker of an
# earlier build is replaced by this one, which takes itself away.
NO_SERVICE_WORKER = (
    b"self.oninstall = () => self.skipWaiting();"
    b"self.onactivate = () => self.registration.unregister();"
)
RELOAD_SCRIPT = b"new EventSource('/-/changes').onmessage = () => location.reload();"


class Changes:
    """Counts rebuilds, so that open pages can wait for the next one."""

    def __init__(self) -> None:
        self.count = 0
        self.changed = threading.Condition()

    def announce(self) -> None:
        """Wake every page that waits."""
        with self.changed:
            self.count += 1
            self.changed.notify_all()


class Handler(SimpleHTTPRequestHandler):
    """Files as a careful host serves them."""

    protocol_version = "HTTP/1.1"
    extensions_map = {  # noqa: RUF012
        **SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
        ".json": "application/json",
        ".woff2": "font/woff2",
        ".py": "text/plain; charset=utf-8",
        ".html": "text/html; charset=utf-8",
        ".md": "text/markdown; charset=utf-8",
        ".xml": "application/xml; charset=utf-8",
        ".txt": "text/plain; charset=utf-8",
    }

    def __init__(
        self, *rest: Any, folder: Path, changes: Changes | None, **more: Any
    ) -> None:
        self.folder, self.changes = folder, changes
        super().__init__(*rest, directory=str(folder), **more)

    def do_GET(self) -> None:
        """Answer one request."""
        path = self.path.partition("?")[0]
        if self.changes and path == "/-/reload.js":
            self.answer(200, "text/javascript", RELOAD_SCRIPT)
        elif self.changes and path == "/sw.js":
            self.answer(200, "text/javascript", NO_SERVICE_WORKER)
        elif self.changes and path == "/-/changes":
            self.stream(self.changes)
        else:
            self.file(path)

    do_HEAD = do_GET

    def file(self, path: str) -> None:
        """A file of the site, compressed where the browser takes it so."""
        file = Path(self.translate_path(path))
        if file.is_dir() and not path.endswith("/"):
            self.send_response(308)
            self.send_header("Location", path.rsplit("/", 1)[-1] + "/")
            self.send_header("Content-Length", "0")
            return self.end_headers()
        file = file / "index.html" if path.endswith("/") else file
        status = 200 if file.is_file() else 404
        file = file if file.is_file() else self.folder / "404.html"
        kind = self.guess_type(str(file))
        hashed = path[1:].startswith(HASHED) and status == 200
        cache = FOREVER if hashed else "no-cache"
        accepted = self.headers.get("Accept-Encoding", "")
        for encoding, ending in (("br", ".br"), ("gzip", ".gz")):
            twin = file.with_name(file.name + ending)
            if encoding in accepted and twin.is_file() and not self.reloads(file):
                return self.answer(status, kind, twin.read_bytes(), cache, encoding)
        data = file.read_bytes() if file.is_file() else b"not found"
        if self.reloads(file):
            data = data.replace(b"</head>", RELOAD + b"</head>")
        self.answer(status, kind, data, cache)

    def reloads(self, file: Path) -> bool:
        """Whether the file is a page that reloads on change."""
        return self.changes is not None and file.suffix == ".html"

    def answer(
        self,
        status: int,
        kind: str,
        data: bytes,
        cache: str = "no-cache",
        encoding: str = "",
    ) -> None:
        """Send one whole response."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", cache)
        self.send_header("Content-Security-Policy", CSP)
        self.send_header("Vary", "Accept-Encoding")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Access-Control-Allow-Origin", "*")
        if encoding:
            self.send_header("Content-Encoding", encoding)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def stream(self, changes: Changes) -> None:
        """Tell the page of each rebuild, as server-sent events."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        seen = changes.count
        try:
            while True:
                with changes.changed:
                    changes.changed.wait(timeout=15)
                self.wfile.write(
                    b"data: changed\n\n" if changes.count > seen else b": \n\n"
                )
                seen = changes.count
        except OSError:
            self.close_connection = True

    def log_message(self, *rest: Any) -> None:
        """Keep quiet: the rebuilds are the news."""


class Server(ThreadingHTTPServer):
    """A thread for each connection, none of which holds up the end."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that went away is no news."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def server(folder: Path, port: int = 0, changes: Changes | None = None) -> Server:
    """A server of `folder` on 127.0.0.1; port 0 takes any free one."""
    try:
        return Server(
            ("127.0.0.1", port), partial(Handler, folder=folder, changes=changes)
        )
    except OSError as error:
        raise Mistakes(
            f"--port: {port} cannot be used ({error.strerror}). Try another port"
        ) from None


class Build:
    """A process that builds once, as soon as it is told to."""

    def __init__(self, root: Path) -> None:
        program = [sys.executable, str(root / "builder" / "next_build.py")]
        self.process = Popen(
            program, stdin=PIPE, stdout=PIPE, text=True, process_group=0
        )

    def begin(self) -> bool:
        """Build; once the pages are there, or none will be, whether they are.

        The rest of the site comes after them.
        """
        assert self.process.stdin and self.process.stdout
        with suppress(BrokenPipeError):
            print(file=self.process.stdin, flush=True)
        return bool(self.process.stdout.readline())

    def end(self) -> None:
        """End it, with all processes that it began, and leave nothing half done."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait()


def serve(root: Path, folder: Path, port: int, say: Callable[[str], None]) -> None:
    """Build, serve, and rebuild on change until interrupted."""
    changes = Changes()
    for ending in (signal.SIGINT, signal.SIGTERM):  # a shell may have one ignored
        signal.signal(ending, signal.default_int_handler)
    build = following = Build(root)

    def rebuild() -> None:
        """Build, tell open pages, and have the next build get ready."""
        nonlocal following
        late = threading.Timer(LONG_S, say, [LONG])
        late.start()
        if build.begin():
            changes.announce()
        late.cancel()
        following = Build(root)

    with server(folder, port, changes) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        say("building …")
        rebuilding = threading.Thread(target=rebuild)
        rebuilding.start()
        try:
            build.process.wait()
            say(f"http://127.0.0.1:{web.server_port}/  (Ctrl-C ends it)")
            watched = [root / name for name in WATCHED]
            for _ in watch(*watched, step=QUIET_MS, raise_interrupt=False):
                say("changed: building …")
                build.end()  # it may be one that would never end
                rebuilding.join()
                build, rebuilding = following, threading.Thread(target=rebuild)
                rebuilding.start()
        finally:
            build.end()
            rebuilding.join()
            following.end()
