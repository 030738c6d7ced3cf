"""HEAD on a real server: whatever answers GET answers it, with the status and headers of GET and nothing after them."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from service.api import ROUTES
from tests.service.harness import HandClock, Served, inspection, serving, settings_for

READING = sorted(path for handler in ROUTES if "GET" in handler.http_methods for path in handler.paths)
MOVING = {"/metrics"}
"""What tells of the requests themselves: two answers to it differ."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service that has decided something."""
    with serving(settings_for(tmp_path_factory.mktemp("heads")), clock=HandClock()) as running:
        running.post(inspection("1", "L1"))
        yield running


def places(served: Served) -> dict[str, str]:
    """Return a path that there is for each route that reads, by the route's own."""
    decision = served.decisions()[0]
    source, fact = decision["facts"][0]["source"], decision["facts"][0]["id"]
    digest = served.get("/v1/rulebooks")["rulebooks"][0]["digest"]
    known = {
        "/v1/decisions/{name:str}": f"/v1/decisions/{decision['id']}",
        "/v1/rulebooks/{digest:str}": f"/v1/rulebooks/{digest}",
        "/v1/facts": f"/v1/facts?source={source}&id={fact}",
        "/v1/facts/{identity:path}": f"/v1/facts/{source}/{fact}",
        "/v1/holds/check": "/v1/holds/check?lot=L1",
        "/problems/{name:str}": "/problems/not-found",
    }
    return {path: known.get(path, re.sub(r"\{[^}]*\}", "7", path)) for path in READING}


def test_every_route_that_reads_answers_head_as_get(served: Served) -> None:
    """Status and headers are the same, and so is the length that is told, of a body that is not sent."""
    seen: dict[str, int] = {}
    for route, path in places(served).items():
        got, headed = served.client.get(path), served.client.head(path)
        seen[route] = headed.status_code
        left_out = {"date", *(("content-length",) if route in MOVING else ())}
        assert headed.status_code == got.status_code, path
        assert {k: v for k, v in headed.headers.items() if k not in left_out} == {
            k: v for k, v in got.headers.items() if k not in left_out
        }, path
        assert headed.content == b""
        assert int(headed.headers["content-length"]) > 0
    assert len(seen) > 15
    assert {route for route, status in seen.items() if status != 200} == {
        "/v1/cases/{name:str}",  # there is none with the number 7
        "/v1/deliveries/{number:str}",
    }


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/decisions?limit=0", 400),
        ("/v1/decisions/none", 404),
        ("/nowhere", 404),
        ("/v1/cases/x/done", 405),
    ],
)
def test_a_problem_has_no_body_either(served: Served, path: str, status: int) -> None:
    """What is refused is refused as GET is, and a route that reads nothing has no HEAD."""
    got, headed = served.client.get(path), served.client.head(path)
    assert (headed.status_code, got.status_code) == (status, status)
    assert headed.headers["content-type"] == "application/problem+json"
    assert headed.content == b""


def test_what_may_be_asked_is_told(served: Served) -> None:
    """The Allow header of a 405 names HEAD beside GET."""
    answer = served.client.delete("/v1/decisions")
    assert {"GET", "HEAD"} <= set(answer.headers["allow"].split(", "))


def test_the_next_answer_follows_at_once_on_the_same_connection(served: Served) -> None:
    """Not a byte comes between the headers of HEAD and the next answer."""
    address = urlsplit(served.url)
    host = f"Host: {address.netloc}\r\n"
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=10) as connection:
        connection.sendall(
            f"HEAD /v1/decisions HTTP/1.1\r\n{host}\r\n".encode()
            + f"GET /health/live HTTP/1.1\r\n{host}Connection: close\r\n\r\n".encode()
        )
        told = b"".join(iter(lambda: connection.recv(65_536), b"")).decode()
    first, second, last = told.split("\r\n\r\n")
    assert first.startswith("HTTP/1.1 200")
    assert second.startswith("HTTP/1.1 200")
    assert last == '{"status":"live"}'
