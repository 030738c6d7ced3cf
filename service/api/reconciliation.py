"""GET /v1/reconciliation: what ERP and MES each believe, beside what was decided here, and where they differ.

It reads all that is stored, so it is made for one at a time: the threads that answer an MES must not all be reading for reports.
"""

from __future__ import annotations

from typing import Any

from litestar import Request, Response

from service import schemas
from service.api.methods import get
from service.api.parts import parts_of
from service.api.problems import Answered, json_response
from service.api.query import Query, cursor_of, read_query
from service.reconciling import Place, reconciled

RETRY_AFTER_SECONDS = 5


@get("/v1/reconciliation", sync_to_thread=True)
def reconciliation(request: Request[Any, Any, Any]) -> Response[Any]:
    """Return a page of the rows in which the systems differ; with all=true, of every row."""
    query = read_query(request, ("all", "limit", "cursor"))
    everything, limit, after = query.flag("all"), query.limit(), _after(query)
    query.settle()
    parts = parts_of(request)
    if not parts.reporting.acquire(blocking=False):
        detail = f"another report is being made; ask again in {RETRY_AFTER_SECONDS} s"
        raise Answered(schemas.REPORTING.problem(detail), {"retry-after": str(RETRY_AFTER_SECONDS)})
    try:
        report, more = reconciled(parts.reading, everything=everything, limit=limit, after=after)
    finally:
        parts.reporting.release()
    place = None if more is None else f"{more.subject_type}/{more.about}/{more.subject_id}"
    return json_response({**report, "next": None if place is None else cursor_of("reconciliation", place)})


def _after(query: Query) -> Place | None:
    place = query.cursor("reconciliation")
    if place is None:
        return None
    subject_type, _, rest = place.partition("/")
    about, _, subject_id = rest.partition("/")
    return Place(subject_type, subject_id, about)
