"""The page of a file while it is edited, on a server of this machine alone.

It answers one address, whose path is a secret: the page, and to the page itself its new data as
server-sent events. Any other request gets nothing.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from costcalc.errors import CostcalcError
from costcalc.language.files import noting_paths
from costcalc.language.lookup import shipped
from costcalc.page.view import view

if TYPE_CHECKING:
    from costcalc.page.view import Request

INTERVAL = 0.2
"""Seconds between two looks at the files."""
IDLE = 15
"""Seconds after which a page that heard nothing is told that the server is there."""
MOST_READERS = 16
"""Pages that listen at the same time."""
MOST_WAITING = 64
"""Connections that are answered at the same time, beside those of pages that listen."""
PATIENCE = 10
"""Seconds that a client may send or take nothing."""


class Watched:
    """A page, made anew where a file that it was made of has changed."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._changed = threading.Condition()
        self._version = 0
        self._event = b""
        self._seen: dict[str, Any] = {}
        self.page = b""
        """As the files last were sound."""
        self._make()

    @property
    def paths(self) -> list[str]:
        """The files that the page was made of."""
        return list(self._seen)

    def _make(self) -> None:
        """Read the files anew. Raises CostcalcError where they are faulty."""
        shipped.cache_clear()
        with noting_paths() as paths:
            try:
                made = view(self._request, ["live"])
                page, event = str(made).encode(), f"data: {made.packed()}\n\n"
            finally:
                # A file that changes meanwhile has another stamp the next time.
                self._seen |= {path: _stamp(path) for path in paths if path not in self._seen}
        with self._changed:
            self.page = page
        self._send(event)

    def _send(self, event: str) -> None:
        with self._changed:
            self._event = event.encode("utf-8", "backslashreplace")
            self._version += 1
            self._changed.notify_all()

    def look(self) -> None:
        """Make the page anew if a file has changed."""
        stamps = {path: _stamp(path) for path in self._seen}
        if stamps == self._seen:
            return
        self._seen = stamps
        try:
            self._make()
        except CostcalcError as error:
            lines = "\n".join(map(str, error.problems)).splitlines()
            self._send("event: fault\n" + "".join(f"data: {line}\n" for line in lines) + "\n")

    def events(self) -> Iterator[bytes]:
        """What a page that listens is sent: how things stand now, and each change."""
        last = 0
        while True:
            with self._changed:
                if self._version == last:
                    self._changed.wait(IDLE)
                event = b": there\n\n" if self._version == last else self._event
                last = self._version
            yield event


def _stamp(path: str) -> Any:
    """What tells a file from what it was; None where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, watched: Watched) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.watched = watched
        self.token = secrets.token_urlsafe(24)
        self.readers = threading.BoundedSemaphore(MOST_READERS)
        self._waiting: dict[Any, None] = {}
        self._lock = threading.Lock()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer a connection in a thread of its own; where there are too many, end the oldest."""
        with self._lock:
            self._waiting[request] = None
            if len(self._waiting) > MOST_WAITING:
                oldest = next(iter(self._waiting))
                del self._waiting[oldest]
                with suppress(OSError):
                    oldest.shutdown(socket.SHUT_RDWR)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.keep(request)
        super().shutdown_request(request)

    def keep(self, request: Any) -> None:
        """Stop counting a connection among those that may be ended for others."""
        with self._lock:
            self._waiting.pop(request, None)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/{self.token}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that left, or that sent no request."""


class Handler(BaseHTTPRequestHandler):
    server: Server
    server_version = "costcalc"
    sys_version = ""
    timeout = PATIENCE

    def do_GET(self) -> None:
        if not self._is_meant():
            self._answer(HTTPStatus.NOT_FOUND, "text/plain", b"")
        elif "text/event-stream" in self.headers.get("Accept", ""):
            self._listen()
        else:
            self._answer(HTTPStatus.OK, "text/html; charset=utf-8", self.server.watched.page)

    def _is_meant(self) -> bool:
        """Whether the request has the secret, and the name of this machine alone.

        The host is checked because a name of somebody else's may lead here too.
        """
        own = f"/{self.server.token}".encode()
        host = f"127.0.0.1:{self.server.server_port}"
        path = self.path.encode("utf-8", "surrogateescape")
        return secrets.compare_digest(path, own) and self.headers.get("Host") == host

    def _answer(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        self._headers(kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _headers(self, kind: str) -> None:
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")

    def _listen(self) -> None:
        if not self.server.readers.acquire(blocking=False):
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE, "text/plain", b"")
            return
        self.server.keep(self.request)
        try:
            self.send_response(HTTPStatus.OK)
            self._headers("text/event-stream")
            self.end_headers()
            self.wfile.write(b"retry: 1000\n\n")
            for event in self.server.watched.events():
                self.wfile.write(event)
                self.wfile.flush()
        finally:
            self.server.readers.release()

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: the address is a secret."""


def serve(request: Request) -> None:
    """Serve the page of networks until the user interrupts, and follow their files."""
    import webbrowser

    watched = Watched(request)
    server = Server(watched)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"{server.address}\nCtrl+C ends it", flush=True)
    webbrowser.open(server.address)
    try:
        while True:
            time.sleep(INTERVAL)
            watched.look()
    finally:
        server.shutdown()
        server.server_close()
