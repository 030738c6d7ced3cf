"""The HTTP protocol of uvicorn with what httptools does not bound: the header block, and how slow a client may be."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.schemas import ENCODER, HEADERS_TOO_LARGE, TOO_SLOW, ProblemKind

LEAST_BYTES = 4_096
"""Of a body that is not over, what must come in each stretch of body_seconds."""


class BoundedHttp(HttpToolsProtocol):
    """A connection on which headers may only be so long, and nobody may keep it open by being slow.

    A header block that is complete is answered with the 431 problem where it is too long; one that goes on beyond the limit is
    cut off. A request line with its headers must be complete within *header_seconds* of its beginning, the first one within that
    of the connection's; a body must end, or bring LEAST_BYTES, in each stretch of *body_seconds* in which we read; and of an
    answer that waits for its reader something must go out in as long. Who is slower is answered with the 408 problem where
    nothing was answered yet, and cut off.
    """

    most_header_bytes: ClassVar[int] = 65_536
    header_seconds: ClassVar[float] = 10.0
    body_seconds: ClassVar[float] = 30.0
    _header_bytes = 0
    _in_headers = True
    _came = 0
    """Bytes of the body in this stretch."""
    _patience: asyncio.TimerHandle | None = None
    _reader_patience: asyncio.TimerHandle | None = None

    @classmethod
    def bounded(cls, most_header_bytes: int, header_seconds: float, body_seconds: float) -> type[BoundedHttp]:
        """Return the protocol with these bounds: of one server, whatever others in this process have."""
        bounds = {
            "most_header_bytes": most_header_bytes,
            "header_seconds": header_seconds,
            "body_seconds": body_seconds,
        }
        return type(cls.__name__, (cls,), bounds)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait(self.header_seconds, self._headers_are_late)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._stop_waiting()
        self._stop_waiting_for_reader()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what comes before a header block is complete; cut it off when it is too much."""
        if self._in_headers:
            self._header_bytes += len(data)
            if self._patience is None:
                # from the first byte, also of what is no request yet
                self._wait(self.header_seconds, self._headers_are_late)
        super().data_received(data)
        if (
            self._in_headers
            and self._header_bytes > self.most_header_bytes
            and not self.transport.is_closing()
        ):
            self.send_400_response("The request's headers are too large.")

    def on_message_begin(self) -> None:
        """Begin to count for a new request."""
        super().on_message_begin()
        self._in_headers = True
        self._header_bytes = 0

    def on_headers_complete(self) -> None:
        """Let the application have the request, or the refusal where its headers are too long."""
        self._in_headers = False
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        app = self.app
        if size > self.most_header_bytes:
            self.app = _refuse
        try:
            super().on_headers_complete()
        finally:
            self.app = app
        self._came = 0
        self._wait(self.body_seconds, self._look_at_body, self.flow.read_paused)

    def on_body(self, body: bytes) -> None:
        """Count what came of the body."""
        self._came += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Count again from here: the next bytes are another request's."""
        super().on_message_complete()
        self._in_headers = True
        self._header_bytes = 0
        self._stop_waiting()

    def pause_writing(self) -> None:
        """Begin to wait for a client that does not read its answer."""
        super().pause_writing()
        self._stop_waiting_for_reader()
        self._reader_patience = self.loop.call_later(self.body_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on: the client reads."""
        self._stop_waiting_for_reader()
        super().resume_writing()

    def _headers_are_late(self) -> None:
        seconds = self.header_seconds
        self._cut_off(f"the request line and its headers were not complete within {seconds:g} s")

    def _look_at_body(self, was_paused: bool) -> None:
        """Cut off a body of which too little came, unless it was we who did not read."""
        if self._came >= LEAST_BYTES or was_paused or self.flow.read_paused:
            self._came = 0
            self._wait(self.body_seconds, self._look_at_body, self.flow.read_paused)
            return
        self._cut_off(f"less than {LEAST_BYTES:,} bytes of the body came within {self.body_seconds:g} s")

    def _cut_off(self, detail: str) -> None:
        self._patience = None
        if self.transport.is_closing():
            return
        cycle = self.cycle
        if cycle is None or cycle.response_complete or not (self._in_headers or cycle.response_started):
            # nothing of another answer stands half-written before it
            self.transport.write(_answer(TOO_SLOW, detail))
        self.transport.close()

    def _wait(self, seconds: float, then: Callable[..., None], *given: Any) -> None:
        self._stop_waiting()
        self._patience = self.loop.call_later(seconds, then, *given)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _stop_waiting_for_reader(self) -> None:
        if self._reader_patience is not None:
            self._reader_patience.cancel()
            self._reader_patience = None


def _answer(kind: ProblemKind, detail: str) -> bytes:
    """Return a problem as it goes over the wire, with the end of the connection."""
    body = ENCODER.encode(kind.problem(detail))
    head = f"HTTP/1.1 {kind.status} {kind.title}\r\ncontent-type: application/problem+json\r\n"
    return f"{head}content-length: {len(body)}\r\nconnection: close\r\n\r\n".encode() + body


async def _refuse(_scope: Any, _receive: Any, send: Any) -> None:
    body = ENCODER.encode(HEADERS_TOO_LARGE.problem("the request's headers are too large"))
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": HEADERS_TOO_LARGE.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
