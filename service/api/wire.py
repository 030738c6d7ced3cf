"""The HTTP protocol of uvicorn with a bound on the header block, which httptools does not have."""

from __future__ import annotations

from typing import ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class BoundedHttp(HttpToolsProtocol):
    """A connection that is closed when a request line with its headers grows beyond the limit."""

    most_header_bytes: ClassVar[int] = 65_536
    _header_bytes = 0
    _in_headers = True

    def data_received(self, data: bytes) -> None:
        """Count what comes before a header block is complete; refuse it when it is too much."""
        if self._in_headers:
            self._header_bytes += len(data)
        super().data_received(data)
        if self._in_headers and self._header_bytes > self.most_header_bytes and self.transport is not None:
            self.send_400_response("The request's headers are too large.")

    def on_message_begin(self) -> None:
        """Begin to count for a new request."""
        super().on_message_begin()
        self._in_headers = True
        self._header_bytes = 0

    def on_headers_complete(self) -> None:
        """Stop counting: what follows is the body, which is bounded where it is read."""
        self._in_headers = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Count again from here: the next bytes are another request's."""
        super().on_message_complete()
        self._in_headers = True
        self._header_bytes = 0
