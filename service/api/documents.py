"""The OpenAPI document, a page that shows it without fetching anything, and a page for each kind of problem."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response

from service import schemas
from service.api.methods import get
from service.api.openapi import document
from service.api.page import render
from service.api.problems import Answered, json_response
from service.schemas import PROBLEM_KINDS


@get("/openapi.json", sync_to_thread=False)
def openapi() -> Response[Any]:
    """Return the OpenAPI 3.1 document."""
    return json_response(document())


@get(["/docs", "/"], sync_to_thread=False)
def docs() -> Response[Any]:
    """Return the OpenAPI document as a page for people."""
    return Response(
        render(document()),
        media_type="text/html",
        headers={"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'"},
    )


@get("/problems/{name:str}", sync_to_thread=False)
def problem_page(request: Request[Any, Any, Any]) -> Response[Any]:
    """Return what a kind of problem means, and what to do about it."""
    name: str = request.path_params["name"]
    kind = PROBLEM_KINDS.get(name)
    if kind is None:
        raise Answered(schemas.NOT_FOUND.problem("no such kind of problem"))
    return json_response(
        {"type": f"/problems/{kind.name}", "title": kind.title, "status": kind.status, "advice": kind.advice}
    )
