"""POST /v1/facts in every form, and a fact with its answer by (source, id)."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import IO, Any
from urllib.parse import unquote

import msgspec
from litestar import Request, Response, post
from litestar.response import Stream

from engine.diagnostics import FactRefused
from service import schemas
from service.api.intake import Mode, elements, lines, mode_of, whole_body
from service.api.methods import get
from service.api.parts import Parts, parts_of
from service.api.problems import Answered, json_response
from service.api.query import read_query
from service.pipeline import Posted, QueueFull
from service.pipeline.refusals import problem_of
from service.schemas import ENCODER, FactAnswer

PART_FACTS = 500
PART_BYTES = 1_048_576
"""A stream is handed on in parts of at most so many facts or bytes; the next part is read when one is stored."""

SPOOL_BYTES = 4 * 1_048_576
"""Answers to a stream are kept in memory up to here, and in a temporary file beyond."""

RETRY_AFTER_SECONDS = 1
WAIT_SECONDS = 0.02


@post("/v1/facts", status_code=200, request_max_body_size=None)
async def post_facts(request: Request[Any, Any, Any]) -> Response[Any]:
    """Take in one fact or many and answer with what was decided, after the commit."""
    parts = parts_of(request)
    mode, attributes = mode_of(request.scope["headers"])
    if mode is Mode.LINES:
        return await _post_stream(parts, request.stream())
    most = (
        parts.settings.max_fact_bytes
        if mode in (Mode.STRUCTURED, Mode.BINARY)
        else parts.settings.max_array_bytes
    )
    try:
        body = await whole_body(request.stream(), most)
        is_array = mode is Mode.BATCH or (
            mode is Mode.JSON and body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"["
        )
        if is_array:
            array = elements(body.removeprefix(b"\xef\xbb\xbf"))
    except FactRefused as refused:
        raise Answered(problem_of(refused)) from None
    if is_array:
        return await _post_array(parts, [Posted(raw, cloudevent=mode is Mode.BATCH) for raw in array])
    single = Posted(
        body,
        attributes=attributes if mode is Mode.BINARY else None,
        cloudevent=mode is Mode.STRUCTURED,
    )
    return json_response(await settle_one(parts, single))


async def settle_one(parts: Parts, posted: Posted) -> FactAnswer:
    """Return the answer to one fact once it is stored; raise its problem where it is refused."""
    (answer,) = await _first(parts, [posted])
    if answer.problem is not None:
        retry = {"retry-after": str(RETRY_AFTER_SECONDS)} if answer.problem.status == 503 else {}
        raise Answered(answer.problem, retry)
    return answer


async def _post_array(parts: Parts, posts: Sequence[Posted]) -> Response[Any]:
    answers: list[FactAnswer] = []
    for start in range(0, len(posts), PART_FACTS):
        some = posts[start : start + PART_FACTS]
        found = await (_next(parts, some) if start else _first(parts, some))
        answers.extend(msgspec.structs.replace(a, line=start + n) for n, a in enumerate(found, start=1))
    return json_response(answers, _status(any(a.problem is not None for a in answers)))


async def _post_stream(parts: Parts, chunks: AsyncIterator[bytes]) -> Response[Any]:
    """Take in lines as they arrive. The answers wait until the last line was read: a sender that reads nothing
    before it has sent everything would otherwise wait for us while we wait for it.
    """
    spool: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115 - the answer closes it
    part: list[tuple[int, Posted]] = []
    size = 0
    any_refused = False
    is_first = True

    async def settle() -> None:
        nonlocal any_refused, is_first
        posts = [posted for _, posted in part]
        answers = await (_first(parts, posts) if is_first else _next(parts, posts))
        is_first = False
        for (number, _), answer in zip(part, answers, strict=True):
            any_refused = any_refused or answer.problem is not None
            spool.write(ENCODER.encode(msgspec.structs.replace(answer, line=number)))
            spool.write(b"\n")
        part.clear()

    try:
        async for number, posted in lines(
            _bounded(chunks, parts.settings.max_stream_bytes), parts.settings.max_fact_bytes
        ):
            part.append((number, posted))
            size += len(posted.raw)
            if len(part) >= PART_FACTS or size >= PART_BYTES:
                await settle()
                size = 0
        if part:
            await settle()
    except BaseException:
        spool.close()
        raise
    spool.seek(0)
    return Stream(_drain(spool), status_code=_status(any_refused), media_type="application/x-ndjson")


def _drain(spool: IO[bytes]) -> Iterator[bytes]:
    with spool:
        while block := spool.read(65_536):
            yield block


async def _bounded(chunks: AsyncIterator[bytes], most: int) -> AsyncIterator[bytes]:
    read = 0
    async for chunk in chunks:
        read += len(chunk)
        if read > most:
            raise Answered(
                schemas.TOO_LARGE.problem(
                    f"the stream has more than {most:,} bytes; its first facts are stored"
                )
            )
        yield chunk


async def _first(parts: Parts, posts: Sequence[Posted]) -> list[FactAnswer]:
    """Return the answers to the first posts of a request; the 503 problem where the queue is full."""
    if not posts:
        return []
    try:
        return await parts.writer.post(posts)
    except QueueFull:
        problem = schemas.BUSY.problem(
            "too many facts are waiting for the writer; nothing of this post was stored"
        )
        raise Answered(problem, {"retry-after": str(RETRY_AFTER_SECONDS)}) from None


async def _next(parts: Parts, posts: Sequence[Posted]) -> list[FactAnswer]:
    """Return the answers to further posts, waiting for room: what came before them is stored already."""
    while parts.writer.is_alive:
        try:
            return await parts.writer.post(posts)
        except QueueFull:
            await asyncio.sleep(WAIT_SECONDS)
    raise Answered(
        schemas.NOT_STORED.problem("the service is stopping; the first facts of this post are stored")
    )


def _status(any_refused: bool) -> int:
    """Return 200 where every fact was taken, 207 where the answers say of some that they were not."""
    return 207 if any_refused else 200


@get("/v1/facts", sync_to_thread=True)
def get_fact_by_query(request: Request[Any, Any, Any]) -> Response[Any]:
    """Return one fact by ?source=&id=, for clients behind something that rewrites paths."""
    query = read_query(request, ("source", "id"))
    source, name = query.text("source"), query.text("id")
    query.settle()
    if source is None or name is None:
        missing = [n for n, value in (("source", source), ("id", name)) if value is None]
        errors = [schemas.Fault("missing", f"/{n}", f'"{n}" is missing') for n in missing]
        raise Answered(schemas.BAD_QUERY.problem(errors[0].message, errors))
    return _fact(parts_of(request), source, name)


@get("/v1/facts/{identity:path}", sync_to_thread=True)
def get_fact(request: Request[Any, Any, Any]) -> Response[Any]:
    """Return one fact; the id is what follows the last slash, the source all before it, both percent-encoded."""
    read_query(request, ()).settle()
    raw = request.scope["raw_path"].split(b"?", 1)[0].decode("latin-1")
    source, _, name = raw.partition("/v1/facts/")[2].rpartition("/")
    try:
        return _fact(parts_of(request), unquote(source, errors="strict"), unquote(name, errors="strict"))
    except UnicodeDecodeError:
        raise Answered(schemas.NOT_FOUND.problem("the path is not percent-encoded UTF-8")) from None


def _fact(parts: Parts, source: str, name: str) -> Response[Any]:
    found = None if "\x00" in source + name else parts.reading.fact(source, name)
    if found is None:
        raise Answered(schemas.NOT_FOUND.problem("no fact has this source and id"))
    row, bodies = found
    answer: dict[str, Any] = {
        "status": row.status,
        "fact": msgspec.Raw(row.body.encode()),
        "received_at": row.received_at,
        "rulebook": row.rulebook,
        "decisions": [msgspec.Raw(body.encode()) for body in bodies],
    }
    for part, text in (("missing", row.missing), ("warnings", row.warnings), ("findings", row.findings)):
        if text is not None:
            answer[part] = msgspec.Raw(text.encode())
    return json_response(answer)
