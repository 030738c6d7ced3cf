"""Clients that send or read slowly, over real sockets: they are answered 408 and cut off, and nobody else is."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from service.api.wire import LEAST_BYTES
from tests.service.harness import (
    Served,
    a_log,
    decode,
    encode,
    inspection,
    ndjson,
    serving,
    settings_for,
    wait_until,
)

HEADER_SECONDS, BODY_SECONDS = 0.5, 0.8
POST = b"POST /v1/facts HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/x-ndjson\r\n"
CHUNKED = POST + b"transfer-encoding: chunked\r\n\r\n"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A service that has little patience."""
    settings = settings_for(tmp_path, header_seconds=HEADER_SECONDS, body_seconds=BODY_SECONDS)
    with serving(settings) as running:
        yield running


@contextmanager
def connected(served: Served) -> Iterator[socket.socket]:
    """Open a connection to the service."""
    port = int(served.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        yield connection


def rest_of(connection: socket.socket) -> bytes:
    """Return what comes until the service hangs up."""
    found = b""
    with suppress(ConnectionError):
        while chunk := connection.recv(65_536):
            found += chunk
    return found


def drip(connection: socket.socket, piece: bytes, every: float, most: float = 15.0) -> tuple[bytes, float]:
    """Send *piece* again and again until the service hangs up; return what it said, and after how long."""
    begun = time.monotonic()
    found = b""
    connection.settimeout(every)
    while time.monotonic() - begun < most:
        try:
            connection.sendall(piece)
            chunk = connection.recv(65_536)
        except TimeoutError:
            continue
        except ConnectionError:
            break
        if not chunk:
            break
        found += chunk
    return found, time.monotonic() - begun


def assert_too_slow(answer: bytes, says: str) -> None:
    """Fail unless *answer* is the 408 problem."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 "), answer
    assert b"content-type: application/problem+json" in head
    assert b"connection: close" in head
    problem = decode(body)
    assert problem["type"] == "/problems/too-slow"
    assert says in problem["detail"]


@pytest.mark.parametrize(
    ("begin", "piece"),
    [
        pytest.param(b"GET /health/live HTTP/1.1\r\nhost: x\r\n", b"x-a: b\r\n", id="a header at a time"),
        pytest.param(b"GET /", b"a", id="a path that does not end"),
        pytest.param(b"GET /health/live HTTP/1.1\r\nx-a: ", b"b", id="a value that does not end"),
        pytest.param(b"", b"\r\n", id="empty lines"),
    ],
)
def test_headers_that_drip_are_cut_off(served: Served, begin: bytes, piece: bytes) -> None:
    """However they are stretched, headers have as long as the setting says from their first byte on, and no longer."""
    with connected(served) as connection:
        connection.sendall(begin)
        answer, seconds = drip(connection, piece, 0.05)
    assert HEADER_SECONDS * 0.8 < seconds < HEADER_SECONDS + 5
    assert_too_slow(answer, f"within {HEADER_SECONDS:g} s")


def test_a_connection_that_says_nothing_is_closed(served: Served) -> None:
    """Who connects and waits takes no place for long."""
    with connected(served) as connection:
        begun = time.monotonic()
        assert_too_slow(rest_of(connection), "request line")
        assert time.monotonic() - begun < HEADER_SECONDS + 5


@pytest.mark.parametrize(
    ("begin", "piece"),
    [
        pytest.param(POST + b"content-length: 100000\r\n\r\n", b" ", id="a byte at a time"),
        pytest.param(CHUNKED, b"1\r\n \r\n", id="a chunk at a time"),
        pytest.param(CHUNKED, b"0", id="a size that does not end"),
    ],
)
def test_a_body_that_drips_is_cut_off(served: Served, begin: bytes, piece: bytes) -> None:
    """A few bytes now and then do not keep a post alive."""
    with connected(served) as connection:
        connection.sendall(begin)
        answer, seconds = drip(connection, piece, 0.05)
    assert BODY_SECONDS * 0.8 < seconds < BODY_SECONDS + 5
    assert_too_slow(answer, f"less than {LEAST_BYTES:,} bytes of the body came within {BODY_SECONDS:g} s")


def test_a_client_that_hangs_up_is_no_fault_of_ours(served: Served) -> None:
    """A post that breaks off in the middle is told in the log as that, and not as a failure with a traceback."""
    with capture_logs() as logs:
        with connected(served) as connection:
            connection.sendall(POST + b"content-length: 100000\r\n\r\n ")
            time.sleep(0.2)
        wait_until(lambda: logs)
    assert [(log["event"], log["log_level"], log["path"]) for log in logs] == [
        ("a client hung up in the middle of its request", "info", "/v1/facts")
    ]


def test_what_was_stored_of_a_post_that_stops_stays_stored(served: Served) -> None:
    """A sender that hangs in the middle is cut off, and posts all of it again."""
    facts = [inspection(str(n), f"L{n}") for n in range(600)]
    lines = ndjson(facts)
    with connected(served) as connection:
        half = lines[: len(lines) // 2]
        connection.sendall(CHUNKED + f"{len(half):x}\r\n".encode() + half + b"\r\n")
        assert_too_slow(rest_of(connection), "of the body")
    answers = served.post_lines(facts)
    assert {answer["status"] for answer in answers} <= {"accepted", "duplicate"}
    assert len(served.decisions()) == 2 * len(facts)


def test_a_body_that_comes_steadily_may_take_long(served: Served) -> None:
    """A slow line that brings enough in each stretch is let finish, over several of them."""
    note = "n" * 2_000
    with connected(served) as connection:
        connection.sendall(CHUNKED)
        begun, sent = time.monotonic(), 0
        while time.monotonic() - begun < 3 * BODY_SECONDS:
            for _ in range(3):
                line = encode(inspection(f"s{sent}", f"LS{sent}", note=note)) + b"\n"
                connection.sendall(f"{len(line):x}\r\n".encode() + line + b"\r\n")
                sent += 1
            time.sleep(0.1)
        connection.sendall(b"0\r\n\r\n")
        answer = rest_of(connection)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.count(b'"accepted"') == sent


def test_it_is_not_the_client_who_is_slow_where_the_service_does_not_read(tmp_path: Path) -> None:
    """While the writer is held up, posts wait without being cut off, and are answered in full."""
    gate = threading.Event()
    settings = settings_for(tmp_path, header_seconds=0.3, body_seconds=0.3, queue_facts=50, batch_facts=10)

    def checkpoint(name: str) -> None:
        if name == "after-submit":
            gate.wait(30)

    with serving(settings, checkpoint=checkpoint) as served, ThreadPoolExecutor(2) as pool:
        stream = pool.submit(served.post_lines, a_log(3_000))
        time.sleep(1.5)
        assert not stream.done(), "it waits for room, and is not read"
        gate.set()
        assert {answer["status"] for answer in stream.result()} <= {"accepted", "stale"}


def test_a_connection_that_is_kept_may_send_many_requests(served: Served) -> None:
    """The time is each request's: a connection lives longer than any of them."""
    begun = time.monotonic()
    while time.monotonic() - begun < 3 * BODY_SECONDS:
        assert served.post(inspection("same", "L1")).status_code == 200
        time.sleep(0.1)


def test_the_second_request_of_a_connection_may_not_drip_either(served: Served) -> None:
    """After an answer the clock of the next request begins with its first byte."""
    with connected(served) as connection:
        connection.sendall(b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n")
        answered = b""
        while b"live" not in answered:
            answered += connection.recv(65_536)
        connection.sendall(b"GET /health/live HTTP/1.1\r\n")
        answer, seconds = drip(connection, b"x-a: b\r\n", 0.05)
    assert_too_slow(answer, "request line")
    assert seconds < HEADER_SECONDS + 5


def test_an_answer_that_nobody_reads_is_given_up(served: Served) -> None:
    """A client that asks for much and does not read is cut off before all of it went out."""
    served.post_lines([inspection(f"b{n}", f"LB{n}") for n in range(250)])
    asked, times = b"GET /v1/decisions?limit=500 HTTP/1.1\r\nhost: x\r\n\r\n", 60
    size = len(served.client.get("/v1/decisions?limit=500").content)
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.settimeout(20)
        connection.connect(("127.0.0.1", int(served.url.rpartition(":")[2])))
        connection.sendall(asked * times)
        time.sleep(BODY_SECONDS + 4)
        assert len(rest_of(connection)) < size * times / 2
    assert served.get("/health/live") == {"status": "live"}
