"""Every route of the service; the OpenAPI document describes each of them."""

from __future__ import annotations

from litestar.handlers import HTTPRouteHandler

from service.api.answers import answer_case, shelve
from service.api.cases import get_case, list_cases, list_shelved
from service.api.deliveries import (
    enable_target,
    get_delivery,
    list_deliveries,
    list_targets,
    replay_delivery,
)
from service.api.documents import docs, openapi, problem_page
from service.api.facts import get_fact, get_fact_by_query, post_facts
from service.api.health import live, metrics, ready
from service.api.holds import check_holds, list_holds
from service.api.reconciliation import reconciliation
from service.api.records import get_decision, get_rulebook, list_decisions, list_rulebooks

ROUTES: tuple[HTTPRouteHandler, ...] = (
    post_facts,
    get_fact,
    get_fact_by_query,
    list_decisions,
    get_decision,
    list_holds,
    list_cases,
    get_case,
    answer_case,
    # of two on one path, the one that runs in a thread comes last: the framework wraps the first one twice
    shelve,
    list_shelved,
    reconciliation,
    check_holds,
    list_rulebooks,
    get_rulebook,
    list_deliveries,
    get_delivery,
    replay_delivery,
    list_targets,
    enable_target,
    live,
    ready,
    metrics,
    openapi,
    docs,
    problem_page,
)
