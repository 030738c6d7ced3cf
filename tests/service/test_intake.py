"""Cutting bodies into facts: lines that arrive in any pieces, arrays with broken elements, media types."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.diagnostics import FactRefused
from service.api.intake import Mode, elements, lines, mode_of
from service.api.problems import Answered


def cut(body: bytes, sizes: list[int], longest: int) -> list[tuple[int, bytes | None]]:
    """Return (number, line) of *body* arriving in pieces of *sizes*; None for a line that is too long."""

    async def pieces() -> AsyncIterator[bytes]:
        start = 0
        for size in sizes:
            yield body[start : start + size]
            start += size
        yield body[start:]

    async def gather() -> list[tuple[int, bytes | None]]:
        found = lines(pieces(), longest)
        return [(n, None if posted.fault else posted.raw) async for n, posted in found]

    return asyncio.run(gather())


@given(
    st.lists(st.binary(max_size=12).map(lambda raw: raw.replace(b"\n", b"")), max_size=8),
    st.lists(st.integers(0, 7), max_size=12),
)
def test_lines_do_not_depend_on_how_they_arrive(rows: list[bytes], sizes: list[int]) -> None:
    """Any cutting into pieces gives the same lines, numbers and refusals."""
    body = b"\n".join(rows)
    expected = [
        (n, row if len(row) <= 8 else None) for n, row in enumerate(rows, 1) if row.strip() or len(row) > 8
    ]
    assert cut(body, sizes, 8) == expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(JSON, max_size=6), st.sampled_from([b"NaN", b'{"a":}', b"01", b'"\xff"']))
def test_a_broken_element_leaves_the_others_as_they_are(values: list[object], broken: bytes) -> None:
    """An array with one element that is not JSON gives every other element unchanged."""
    raw = [json.dumps(value).encode() for value in values]
    for place in range(len(raw) + 1):
        mixed = [*raw[:place], broken, *raw[place:]]
        assert [part.strip() for part in elements(b" [" + b" , ".join(mixed) + b"]\n")] == mixed


@pytest.mark.parametrize(
    "raw",
    [b"[", b"[1,2", b"[1]]", b"[1] 2", b"{}", b"[{]", b"[}", b"x[1]", b"[" * 5_000],
    ids=lambda raw: repr(raw[:10]),
)
def test_what_is_no_array_is_refused(raw: bytes) -> None:
    """Brackets that do not match are told with an offset."""
    with pytest.raises(FactRefused, match=r"byte|array"):
        elements(raw)


@pytest.mark.parametrize(
    ("headers", "mode"),
    [
        ({"content-type": "application/json"}, Mode.JSON),
        ({"Content-Type": 'Application/JSON; Charset="UTF-8"'}, Mode.JSON),
        ({"content-type": "application/jsonl"}, Mode.LINES),
        ({"content-type": "application/cloudevents+json; charset=utf-8"}, Mode.STRUCTURED),
        ({"content-type": "application/cloudevents-batch+json"}, Mode.BATCH),
        ({"content-type": "application/json", "ce-id": "1"}, Mode.BINARY),
        ({"ce-id": "1"}, Mode.BINARY),
        ({"content-type": "application/geo+json", "ce-id": "1"}, Mode.BINARY),
        ({"content-type": "application/geo+json"}, None),
        ({"content-type": "text/xml", "ce-id": "1"}, None),
        ({"content-type": "application/json; charset=utf-16"}, None),
        ({"content-type": "application/json", "content-encoding": "br"}, None),
        ({}, None),
    ],
)
def test_the_headers_say_how_the_body_is_laid_out(headers: dict[str, str], mode: Mode | None) -> None:
    """Media types, charsets and encodings that are not read are a 415."""
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    if mode is None:
        with pytest.raises(Answered) as refused:
            mode_of(raw)
        assert refused.value.problem.status == 415
    else:
        assert mode_of(raw)[0] is mode
