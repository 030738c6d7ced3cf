"""The HTTP protocol of uvicorn with a bound on the header block, which httptools does not have."""

from __future__ import annotations

from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.schemas import ENCODER, HEADERS_TOO_LARGE


class BoundedHttp(HttpToolsProtocol):
    """A connection on which a request line with its headers may only be so long.

    A block that is complete is answered with the 431 problem; one that goes on beyond the limit is cut off.
    """

    most_header_bytes: ClassVar[int] = 65_536
    _header_bytes = 0
    _in_headers = True

    def data_received(self, data: bytes) -> None:
        """Count what comes before a header block is complete; cut it off when it is too much."""
        if self._in_headers:
            self._header_bytes += len(data)
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
        if size <= self.most_header_bytes:
            super().on_headers_complete()
            return
        app = self.app
        self.app = _refuse
        try:
            super().on_headers_complete()
        finally:
            self.app = app

    def on_message_complete(self) -> None:
        """Count again from here: the next bytes are another request's."""
        super().on_message_complete()
        self._in_headers = True
        self._header_bytes = 0


async def _refuse(_scope: Any, _receive: Any, send: Any) -> None:
    body = ENCODER.encode(HEADERS_TOO_LARGE.problem("the request's headers are too large"))
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": HEADERS_TOO_LARGE.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
