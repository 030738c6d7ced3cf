"""The running service as the command line sees it: posts and questions over HTTP, with plain words where it is not there.

A post that the service could not take (503, or a connection that broke) is sent again: facts have identities, so nothing
happens twice.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from service.cli.faults import Failed, UsedWrongly

if TYPE_CHECKING:
    import httpx

DEFAULT_URL = "http://127.0.0.1:8765"
TRIES = 6
FIRST_WAIT_SECONDS = 0.2
LONGEST_WAIT_SECONDS = 10.0
TIMEOUT_SECONDS = 60.0
PAGE = 500
"""So many are asked for at once."""


def add_url_option(parser: argparse._ActionsContainer) -> None:
    """Add --url to *parser*."""
    parser.add_argument(
        "--url",
        default=os.environ.get("LINESIDE_URL") or DEFAULT_URL,
        metavar="URL",
        help=f"where the service is (LINESIDE_URL, default: {DEFAULT_URL})",
    )


class Remote:
    """One service at one address."""

    def __init__(self, url: str, wait: Callable[[float], None] = time.sleep) -> None:
        import httpx

        self._url = url.rstrip("/")
        self._wait = wait
        if not self._url.startswith(("http://", "https://")):
            raise UsedWrongly(f"{url} is no address of a service; write it as {DEFAULT_URL}")
        self._client = httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False)

    def __enter__(self) -> Remote:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def post(self, path: str, body: bytes, media_type: str, key: str | None = None) -> httpx.Response:
        """Post *body* and return the answer, whatever it says; sent again while the service is busy.

        With *key*, the Idempotency-Key, it counts once.
        """
        headers = {"content-type": media_type, **({} if key is None else {"idempotency-key": key})}
        return self._ask("POST", path, content=body, headers=headers)

    def get(self, path: str) -> httpx.Response:
        """Get *path* and return the answer, whatever it says."""
        return self._ask("GET", path)

    def listed(self, path: str, query: Mapping[str, str], most: int) -> list[dict[str, Any]]:
        """Return up to *most* of what is listed at *path*, page by page; raises `Failed` with what the service says."""
        found: list[dict[str, Any]] = []
        asked = {**query, "limit": str(min(most, PAGE))}
        while len(found) < most:
            page = settled(self.get(f"{path}?{urlencode(asked)}"))
            found += page[path.rpartition("/")[2]]
            if page["next"] is None:
                break
            asked["cursor"] = page["next"]
        return found[:most]

    def pause(self) -> None:
        """Wait a little before facts that were not stored are sent again."""
        self._wait(FIRST_WAIT_SECONDS)

    def _ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        import httpx

        waited = FIRST_WAIT_SECONDS
        for left in reversed(range(TRIES)):
            try:
                answer = self._client.request(method, self._url + path, **given)
            except httpx.ConnectError:
                raise Failed(
                    f"no service answers at {self._url}; start it with `lineside serve`, or name it with --url"
                ) from None
            except (httpx.TransportError, httpx.InvalidURL) as broken:
                if not left or isinstance(broken, httpx.InvalidURL):
                    raise Failed(f"{self._url} did not answer: {broken or type(broken).__name__}") from None
            else:
                if answer.status_code != 503 or not left:
                    return answer
                waited = max(waited, _retry_after(answer))
            self._wait(min(waited, LONGEST_WAIT_SECONDS))
            waited *= 2
        raise AssertionError("the last try returns or raises")


def _retry_after(answer: httpx.Response) -> float:
    try:
        return max(0.0, float(answer.headers.get("retry-after", "0")))
    except ValueError:
        return 0.0


def settled(answer: httpx.Response) -> Any:
    """Return the JSON of an answer that is a success; raise `Failed` with what any other says."""
    if not answer.is_success:
        raise Failed(problem_text(answer))
    return decode(answer.text)


def subject_query(subject: str | None) -> dict[str, str]:
    """Return what names *subject*, which is written TYPE/ID, to the service; nothing where there is none."""
    if not subject:
        return {}
    kind, slash, name = subject.partition("/")
    if not (kind and slash and name):
        raise UsedWrongly(f'"{subject}" names no subject; write TYPE/ID, such as lot/L-7')
    return {"subject_type": kind, "subject_id": name}


def problem_text(answer: httpx.Response) -> str:
    """Return what an answer that is no success says, for people: an RFC 9457 problem, or its status."""
    try:
        problem = answer.json()
    except ValueError:
        problem = None
    if not isinstance(problem, dict):
        return f"the service answered {answer.status_code}"
    detail = str(
        problem.get("detail") or problem.get("title") or f"the service answered {answer.status_code}"
    )
    faults = [fault for fault in problem.get("errors", ()) if isinstance(fault, dict)]
    if [fault.get("message") for fault in faults] == [detail]:
        return detail
    return "\n".join(
        [
            detail,
            *(
                f"  {fault.get('pointer') or '/'}: [{fault.get('code', '')}] {fault.get('message', '')}"
                for fault in faults
            ),
        ]
    )


def decode(text: str) -> Any:
    """Return JSON text as plain values, numbers exact."""
    return json.loads(text, parse_float=Decimal)
