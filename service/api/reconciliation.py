"""GET /v1/reconciliation: what ERP and MES each believe, beside what was decided here, and where they differ."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get

from service.api.parts import parts_of
from service.api.problems import json_response
from service.api.query import read_query
from service.reconciling import reconciled


@get("/v1/reconciliation", sync_to_thread=True)
def reconciliation(request: Request[Any, Any, Any]) -> Response[Any]:
    """Return the rows in which the systems differ; with all=true, every row."""
    query = read_query(request, ("all", "limit"))
    everything, limit = query.flag("all"), query.limit()
    query.settle()
    return json_response(reconciled(parts_of(request).reading, everything=everything, limit=limit))
