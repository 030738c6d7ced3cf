"""A request body -> posted facts: one, an array, a stream of lines, or CloudEvents in any of three modes.

Memory is bounded: a stream is cut into lines as it arrives, and a line that is too long is dropped while it passes.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable
from enum import Enum
from urllib.parse import unquote

import msgspec

from engine.admission import TOO_LARGE, refuse
from engine.diagnostics import FactFault
from service.api.problems import Answered
from service.pipeline import Posted
from service.schemas import UNSUPPORTED, Fault


class Mode(Enum):
    """How facts are laid out in a body."""

    JSON = "one fact, or an array of them"
    LINES = "one fact a line"
    STRUCTURED = "one CloudEvent"
    BATCH = "an array of CloudEvents"
    BINARY = "a CloudEvent's data, its attributes in the headers"


_MODES = {
    "application/json": Mode.JSON,
    "application/x-ndjson": Mode.LINES,
    "application/ndjson": Mode.LINES,
    "application/jsonl": Mode.LINES,
    "application/cloudevents+json": Mode.STRUCTURED,
    "application/cloudevents-batch+json": Mode.BATCH,
}

MOST_ELEMENTS = 100_000

Headers = Iterable[tuple[bytes, bytes]]


def mode_of(headers: Headers) -> tuple[Mode, dict[str, str]]:
    """Return how the body is laid out, and the CloudEvents attributes in *headers* (binary mode).

    Raises the 415 problem for a media type, a charset or a content encoding that is not read.
    """
    fields = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}
    encoding = fields.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise _unsupported(
            "content-encoding", f'content encoding "{encoding[:40]}" is not read; send it plain'
        )
    given = fields.get("content-type", "")
    media, _, parameters = given.partition(";")
    media = media.strip().lower()
    charset = re.search(r'charset\s*=\s*"?([^";\s]+)', parameters, re.IGNORECASE)
    if charset is not None and charset[1].lower() not in ("utf-8", "utf8", "us-ascii"):
        raise _unsupported("content-type", f'charset "{charset[1][:40]}" is not read; send UTF-8')
    attributes = {
        # values are percent-encoded (CloudEvents HTTP binding 1.0, 3.1.3.2); bad UTF-8 becomes U+FFFD
        name[3:]: unquote(value)
        for name, value in fields.items()
        if name.startswith("ce-")
    }
    mode = _MODES.get(media)
    if attributes and mode not in (Mode.STRUCTURED, Mode.BATCH):
        if media and media != "application/json" and not media.endswith("+json"):
            raise _unsupported("content-type", f'a CloudEvent\'s data must be JSON, not "{media[:60]}"')
        return Mode.BINARY, {"specversion": "", **attributes, "datacontenttype": media or "application/json"}
    if mode is None:
        shown = f'"{media[:60]}" is not read here' if media else "the content-type header is missing"
        raise _unsupported("content-type", f"{shown}; send one of: {', '.join(_MODES)}")
    return mode, {}


def _unsupported(header: str, message: str) -> Answered:
    return Answered(UNSUPPORTED.problem(message, [Fault("unsupported", f"/{header}", message)]))


async def whole_body(chunks: AsyncIterator[bytes], most: int) -> bytes:
    """Return the body; raise FactRefused where it is larger than *most*, without reading the rest."""
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > most:
            raise refuse(TOO_LARGE, "", f"the body has more than {most:,} bytes")
    return bytes(body)


async def lines(chunks: AsyncIterator[bytes], longest: int) -> AsyncIterator[tuple[int, Posted]]:
    """Yield (line number from 1, post) of every line that is not blank."""
    rest = b""
    number = 0
    overlong = False
    async for chunk in chunks:
        pieces = (rest + chunk).split(b"\n")
        rest = pieces.pop()
        for piece in pieces:
            number += 1
            if overlong or len(piece) > longest:
                overlong = False
                yield number, _too_long(longest)
            elif piece.strip():
                yield number, Posted(piece)
        if overlong or len(rest) > longest:
            overlong, rest = True, b""
    number += 1
    if overlong:
        yield number, _too_long(longest)
    elif rest.strip():
        yield number, Posted(rest)


def _too_long(longest: int) -> Posted:
    message = f"the line has more than the {longest:,} bytes a fact may have"
    return Posted(b"", fault=FactFault(TOO_LARGE, "", message))


_STRUCTURE = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{},]', re.DOTALL)
_ELEMENTS = msgspec.json.Decoder(list[msgspec.Raw])


def elements(raw: bytes) -> list[bytes]:
    """Return the texts of the elements of the JSON array *raw*.

    An element that is not JSON is returned as it stands, so that its neighbours can still be read; raises FactRefused
    with the byte's offset where the array itself cannot be made out.
    """
    if raw.count(b",") > MOST_ELEMENTS * 50:
        raise refuse(TOO_LARGE, "", "the array has too many elements; send the facts as NDJSON")
    try:
        found = [bytes(element) for element in _ELEMENTS.decode(raw)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        split = _split(raw)
        if split is None:
            where = "" if "(byte" in str(fault) else f" (byte {len(raw)})"
            raise refuse("not-json", "", f"not a JSON array: {fault}{where}") from None
        found = split
    if len(found) > MOST_ELEMENTS:
        message = f"the array has more than {MOST_ELEMENTS:,} elements; send the facts as NDJSON"
        raise refuse(TOO_LARGE, "", message)
    return found


def _split(raw: bytes) -> list[bytes] | None:
    """Return the stretches between the outer brackets' commas, or None where the brackets do not match."""
    start = raw.find(b"[")
    if start < 0 or raw[:start].strip(b" \t\r\n"):
        return None
    found: list[bytes] = []
    depth = 0
    for token in _STRUCTURE.finditer(raw, start):
        mark = token[0]
        if mark in (b"[", b"{"):
            depth += 1
            if depth == 1:
                start = token.end()
        elif mark in (b"]", b"}"):
            depth -= 1
            if depth == 0:
                if mark != b"]" or raw[token.end() :].strip():
                    return None
                found.append(raw[start : token.start()])
                return found
        elif mark == b"," and depth == 1:
            found.append(raw[start : token.start()])
            start = token.end()
    return None
