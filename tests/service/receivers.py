"""Receivers of webhooks: a small threaded server on loopback whose answers are given by the test."""

from __future__ import annotations

import base64
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer

ROOT = Path(__file__).resolve().parents[2]
SECRET = b"a secret of thirty-two bytes ..."
SECRET_TEXT = "whsec_" + base64.b64encode(SECRET).decode()


@dataclass(frozen=True)
class Taken:
    """One request as it came in."""

    headers: dict[str, str]
    body: bytes
    path: str
    method: str = "POST"


class Misbehave(Exception):  # noqa: N818 - named for what is to be done
    """Raised by an answer function: wait that long, then answer *raw*, which need not be HTTP, and hang up."""

    def __init__(self, raw: bytes, seconds: float = 0.0) -> None:
        self.raw, self.seconds = raw, seconds


@dataclass
class Receiver:
    """A running receiver; *answer* is called with each request and returns status, headers and body."""

    url: str = ""
    taken: list[Taken] = field(default_factory=list)
    answer: Callable[[Taken], tuple[int, dict[str, str], bytes]] = lambda _request: (204, {}, b"")
    garbage: bytes | None = None
    hang_seconds: float = 0.0


@contextmanager
def receiving(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Run a receiver until the block ends, behind TLS where it is given."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            headers = {k.lower(): v for k, v in self.headers.items()}
            taken = Taken(headers, body, self.path, self.command)
            receiver.taken.append(taken)
            if receiver.hang_seconds:
                time.sleep(receiver.hang_seconds)
            if receiver.garbage is not None:
                self._give(receiver.garbage)
                return
            try:
                status, headers, answer = receiver.answer(taken)
            except Misbehave as how:
                time.sleep(how.seconds)
                self._give(how.raw)
                return
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_PUT = do_POST  # noqa: N815 - the names that http.server looks for

        def _give(self, raw: bytes) -> None:
            self.close_connection = True
            with suppress(OSError):
                self.wfile.write(raw)

        def do_GET(self) -> None:
            receiver.taken.append(Taken({}, b"", self.path, "GET"))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    receiver.url = f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def worked_example(receiver: Receiver) -> str:
    """Return the targets file of ERP in docs/operations.md, with *receiver* in ERP's place."""
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    (example,) = [text for text in page.split("```yaml\n")[1:] if "\n  erp:\n" in text.split("```")[0]]
    text = example.split("```")[0].replace("https://erp.example/api", receiver.url)
    return text.replace("    kind: rest\n", "    kind: rest\n    allow_private: true\n")


@dataclass
class Mailbox:
    """A running mail server; *letters* are what was handed in, and *refusal* what it says to the next ones."""

    port: int = 0
    letters: list[bytes] = field(default_factory=list)
    refusal: bytes = b""
    in_clear: list[bytes] = field(default_factory=list)
    """The commands that came before TLS, or without it."""


@contextmanager
def mail_server(tls: ssl.SSLContext | None = None, *, at_once: bool = False) -> Iterator[Mailbox]:
    """Run a mail server (SMTP, RFC 5321) on loopback until the block ends.

    With *tls* it offers STARTTLS (RFC 3207), or is behind TLS *at_once*.
    """
    mailbox = Mailbox()

    class Session(StreamRequestHandler):
        is_secret = False

        def secure(self) -> bool:
            """Go on behind TLS; return whether the client agreed."""
            assert tls is not None
            try:
                self.connection = tls.wrap_socket(self.connection, server_side=True)
            except OSError:
                return False
            self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
            self.is_secret = True
            return True

        def finish(self) -> None:
            super().finish()
            self.connection.close()

        def handle(self) -> None:
            if at_once and not self.secure():
                return
            self.wfile.write(b"220 mail.example\r\n")
            while line := self.rfile.readline():
                verb = line[:4].upper().strip()
                if not self.is_secret:
                    mailbox.in_clear.append(verb)
                if verb == b"STAR" and tls is not None and not self.is_secret:
                    self.wfile.write(b"220 go on\r\n")
                    if not self.secure():
                        return
                elif verb == b"EHLO" and (tls is not None or self.is_secret):
                    self.wfile.write(b"250-mail.example\r\n")
                    self.wfile.write(b"250 AUTH PLAIN\r\n" if self.is_secret else b"250 STARTTLS\r\n")
                elif verb == b"AUTH":
                    self.wfile.write(b"235 welcome\r\n")
                elif verb == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    letter = b""
                    while (part := self.rfile.readline()) not in (b".\r\n", b""):
                        letter += part
                    mailbox.letters.append(letter)
                    self.wfile.write(b"250 taken\r\n")
                elif verb == b"RCPT" and mailbox.refusal:
                    self.wfile.write(mailbox.refusal + b"\r\n")
                else:
                    self.wfile.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 mail.example\r\n")
                if verb == b"QUIT":
                    return

    server = ThreadingTCPServer(("127.0.0.1", 0), Session)
    server.daemon_threads = True
    mailbox.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield mailbox
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
