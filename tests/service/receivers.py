"""Receivers of webhooks: a small threaded server on loopback whose answers are given by the test."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = b"a secret of thirty-two bytes ..."
SECRET_TEXT = "whsec_" + base64.b64encode(SECRET).decode()


@dataclass(frozen=True)
class Taken:
    """One request as it came in."""

    headers: dict[str, str]
    body: bytes
    path: str


@dataclass
class Receiver:
    """A running receiver; *answer* is called with each request and returns status, headers and body."""

    url: str = ""
    taken: list[Taken] = field(default_factory=list)
    answer: Callable[[Taken], tuple[int, dict[str, str], bytes]] = lambda _request: (204, {}, b"")
    garbage: bytes | None = None
    hang_seconds: float = 0.0


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Run a receiver until the block ends."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            taken = Taken({k.lower(): v for k, v in self.headers.items()}, body, self.path)
            receiver.taken.append(taken)
            if receiver.hang_seconds:
                time.sleep(receiver.hang_seconds)
            if receiver.garbage is not None:
                self.wfile.write(receiver.garbage)
                self.close_connection = True
                return
            status, headers, answer = receiver.answer(taken)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def do_GET(self) -> None:
            receiver.taken.append(Taken({}, b"", self.path))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
