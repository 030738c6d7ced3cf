"""What is asked for wrongly is refused with its name, on every route: nothing in the way of nothing is not leave."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from service.api import ROUTES
from service.api.openapi import document
from tests.service.harness import HandClock, Served, inspection, serving, settings_for

GETS = sorted(path for route in ROUTES for path in route.paths if "GET" in route.http_methods)
"""Every path that answers GET."""

ASKING_NOTHING = {
    "/",
    "/docs",
    "/openapi.json",
    "/problems/{name:str}",
    "/health/live",
    "/health/ready",
    "/metrics",
}
"""Paths that take no parameters and read none: probes and scrapers may send what they like."""

NAMED = {
    path: [
        parameter["name"] for parameter in methods["get"].get("parameters", ()) if parameter["in"] == "query"
    ]
    for path, methods in document()["paths"].items()
    if "get" in methods
}
"""Path -> the query parameters that the document names."""

PARAMETERS = [(path, name) for path, names in sorted(NAMED.items()) for name in names]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service in which the lot L-1 is held."""
    with serving(settings_for(tmp_path_factory.mktemp("queries")), clock=HandClock()) as running:
        running.post(inspection("1", "L-1"))
        yield running


def faults(served: Served, path: str, query: str) -> list[dict[str, Any]]:
    """Return the faults that a bad query is answered with."""
    answer = served.client.get(f"{re.sub('{[^}]*}', 'x', path)}?{query}")
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/bad-query"), answer.text
    found: list[dict[str, Any]] = answer.json()["errors"]
    return found


def without_a_letter(name: str) -> str:
    """Return *name* misspelt."""
    return name[:-2] + name[-1] if len(name) > 2 else name + "x"


@pytest.mark.parametrize("path", [path for path in GETS if path not in ASKING_NOTHING])
def test_every_route_refuses_what_it_does_not_know(served: Served, path: str) -> None:
    """A parameter that is none is refused, whatever stands beside it."""
    found = faults(served, path, "no_such_parameter=1")
    (fault,) = [one for one in found if one["code"] == "unknown-parameter"]
    assert fault["pointer"] == "/no_such_parameter"
    assert '"no_such_parameter"' in fault["message"]


@pytest.mark.parametrize("path", sorted(ASKING_NOTHING))
def test_probes_may_ask_as_they_like(served: Served, path: str) -> None:
    """What takes no parameters answers as without them."""
    name = path.replace("{name:str}", "bad-query")
    assert served.client.get(f"{name}?no_such_parameter=1").status_code == 200


def test_every_path_is_one_or_the_other() -> None:
    """A new route is walked as well: it refuses, or it is listed among those that read no parameters."""
    assert set(GETS) >= ASKING_NOTHING
    assert {path for path in GETS if not path.startswith("/v1/")} == ASKING_NOTHING
    assert len(PARAMETERS) > 50


@pytest.mark.parametrize(("path", "name"), PARAMETERS)
def test_a_misspelt_parameter_is_refused_with_the_nearest(served: Served, path: str, name: str) -> None:
    """Each parameter of each route, with a letter missing: its name as it was written, and the one that was meant."""
    misspelt = without_a_letter(name)
    (fault,) = [f for f in faults(served, path, f"{misspelt}=1") if f["code"] == "unknown-parameter"]
    assert fault["pointer"] == f"/{misspelt}"
    assert f'"{misspelt}"' in fault["message"]
    assert name in fault["message"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        pytest.param("{name}=1&{name}=1", "repeated-parameter", id="twice"),
        pytest.param("{name}=1&{name}=2", "repeated-parameter", id="twice, differently"),
        pytest.param("{name}=", "bad-parameter", id="empty"),
        pytest.param("{name}", "bad-parameter", id="without a value"),
        pytest.param("{name}=%00", "bad-parameter", id="NUL"),
        pytest.param("{name}=" + "x" * 4_097, "bad-parameter", id="too long"),
    ],
)
@pytest.mark.parametrize(("path", "name"), PARAMETERS)
def test_a_value_that_cannot_be_meant_is_refused(
    served: Served, path: str, name: str, query: str, code: str
) -> None:
    """Each parameter of each route: twice, empty, with NUL, too long."""
    found = faults(served, path, query.replace("{name}", name))
    assert (code, f"/{name}") in {(fault["code"], fault["pointer"]) for fault in found}
    assert len({(fault["pointer"], fault["message"]) for fault in found}) == len(found), "each is said once"


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("workcentre=WC-1", 'unknown parameter "workcentre"; did you mean "work_centre"?'),
        ("Lot=L-1", 'unknown parameter "Lot"; did you mean "lot"?'),
        ("lot_id=L-1", 'unknown parameter "lot_id"; did you mean "lot"?'),
        ("order=PO-1&amp;lot=L-1", 'unknown parameter "amp;lot"; did you mean "lot"?'),
        (
            "order=PO-1;lot=L-1",
            '"order" holds "lot=": write "&" before the next parameter, and "%3B" for ";"',
        ),
        (
            "order=PO-1?lot=L-1",
            '"order" holds "lot=": write "&" before the next parameter, and "%3B" for ";"',
        ),
        ("lot=L-0&lot=L-1", '"lot" is given twice'),
        ("order=PO-1&lot=", '"lot" must be text of 1 to 4096 characters, without NUL'),
        ("", "name what the work is about: one or more of lot, serial, order, operation, item, work_centre"),
        ("%6Cot=L-1&lot%20=L-1", 'unknown parameter "lot "; did you mean "lot"?'),
    ],
)
def test_a_check_that_is_asked_wrongly_gives_no_leave(served: Served, query: str, says: str) -> None:
    """The lot is held; however an MES misspells its question, it is not told that it may proceed."""
    assert says in [fault["message"] for fault in faults(served, "/v1/holds/check", query)]


@pytest.mark.parametrize("lot", ["L;1", "L?1", "L;x=1", "L;=", "L=1", "a&lot=b"])
def test_letters_that_part_parameters_may_be_in_a_value(served: Served, lot: str) -> None:
    """Only what would be another parameter is refused; an id may hold any letter."""
    assert served.client.get(f"/v1/holds/check?{urlencode({'lot': lot})}").json()["may_proceed"] is True


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/v1/holds?status=standng", 'one of: standing, released; did you mean "standing"?'),
        (
            "/v1/holds?subject_type=lots",
            'one of: lot, serial, order, operation, item, work_centre; did you mean "lot"?',
        ),
        ("/v1/cases?status=opened", 'did you mean "open"?'),
        ("/v1/decisions?status=conflicts", 'did you mean "conflict"?'),
        ("/v1/decisions?kind=hol", 'did you mean "hold"?'),
        ("/v1/shelved?how=shelvd", 'did you mean "shelved"?'),
        ("/v1/deliveries?status=Dead", 'did you mean "dead"?'),
    ],
)
def test_a_word_that_is_none_of_a_few_is_refused_with_the_nearest(
    served: Served, path: str, says: str
) -> None:
    """An empty list of what nobody can be in would be taken for good news."""
    (fault,) = faults(served, *path.split("?"))
    assert fault["code"] == "bad-parameter"
    assert says in fault["message"]
