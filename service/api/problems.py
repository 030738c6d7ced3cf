"""Whatever goes wrong in a request -> an RFC 9457 problem with a constant title and no inner detail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException

from service import schemas
from service.logs import logger_for
from service.schemas import ENCODER, Problem

log = logger_for(__name__)

HUNG_UP = "client disconnected prematurely"
"""What the framework says where a body breaks off."""

PROBLEM_JSON = "application/problem+json"


class Answered(Exception):  # noqa: N818 - named for what happened
    """A request that is answered with a problem, from wherever that was found out."""

    def __init__(self, problem: Problem, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(problem.title)
        self.problem = problem
        self.headers = dict(headers or {})


def json_response(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response[bytes]:
    """Return *value* as JSON with exact numbers."""
    return Response(
        ENCODER.encode(value), status_code=status, media_type=MediaType.JSON, headers=dict(headers or {})
    )


def problem_response(
    problem: Problem, instance: str, headers: Mapping[str, str] | None = None
) -> Response[bytes]:
    """Return *problem* as the answer to the request for *instance*."""
    placed = msgspec.structs.replace(problem, instance=instance[:500])
    return Response(
        ENCODER.encode(placed),
        status_code=placed.status,
        media_type=PROBLEM_JSON,
        headers=dict(headers or {}),
    )


def _path(request: Request[Any, Any, Any]) -> str:
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    return raw.split(b"?", 1)[0].decode("latin-1")


def answer_problem(request: Request[Any, Any, Any], fault: Answered) -> Response[bytes]:
    """Answer with the problem that was raised."""
    return problem_response(fault.problem, _path(request), fault.headers)


def answer_http(request: Request[Any, Any, Any], fault: HTTPException) -> Response[bytes]:
    """Answer what the framework refused: an unknown route, a wrong method, an unreadable request."""
    headers = {name: value for name, value in (fault.headers or {}).items() if name.lower() == "allow"}
    if fault.status_code == 404:
        problem = schemas.NOT_FOUND.problem("no such route; /docs lists them")
    elif fault.status_code == 405:
        problem = schemas.NOT_ALLOWED.problem(f"{request.method} is not allowed here")
    elif fault.status_code == 413:
        problem = schemas.TOO_LARGE.problem("the body is larger than this route takes")
    elif fault.status_code < 500:
        problem = schemas.BAD_REQUEST.problem("the request cannot be read")
    elif fault.detail == HUNG_UP:
        # nobody reads the answer, and it was no fault of ours
        log.info("a client hung up in the middle of its request", method=request.method, path=_path(request))
        problem = schemas.BAD_REQUEST.problem("the request was not complete")
    else:
        return answer_fault(request, fault)
    return problem_response(problem, _path(request), headers)


def answer_fault(request: Request[Any, Any, Any], fault: Exception) -> Response[bytes]:
    """Answer a fault of our own: the log has it all, the answer nothing of it."""
    log.error("a request failed", method=request.method, path=_path(request), exc_info=fault)
    return problem_response(schemas.INTERNAL.problem("the request failed; see the log"), _path(request))


EXCEPTION_HANDLERS: dict[Any, Any] = {
    Answered: answer_problem,
    HTTPException: answer_http,
    Exception: answer_fault,
}
