"""Query strings -> filters, limits, times and cursors; every parameter that does not fit, at once."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import parse_qsl

from litestar import Request

from engine.admission import parse_time
from engine.diagnostics import did_you_mean, nearest
from service.api.problems import Answered
from service.clock import stamp
from service.schemas import BAD_QUERY, Fault

MOST = 500
USUAL = 50


class Query:
    """The parameters of one request; faults are gathered, and raised together by settle()."""

    def __init__(self, given: Mapping[str, str], known: Collection[str], faults: list[Fault]) -> None:
        self._given = dict(given)
        self._faults = faults
        for name, value in given.items():
            if name not in known:
                hint = did_you_mean(name, known) or "there are none here"
                message = f'unknown parameter "{name[:60]}"; {hint}'
                faults.append(Fault("unknown-parameter", f"/{name[:60]}", message))
            elif (swallowed := _swallowed(value, known)) is not None:
                self._fault(
                    name, f'holds "{swallowed}": write "&" before the next parameter, and "%3B" for ";"'
                )

    def text(self, name: str) -> str | None:
        """Return the parameter *name*, or None where it is not given."""
        value = self._given.get(name)
        if value is not None and (not value or len(value) > 4_096 or "\x00" in value):
            self._fault(name, "must be text of 1 to 4096 characters, without NUL")
            return None
        return value

    def texts(self, names: Collection[str]) -> dict[str, str]:
        """Return those of *names* that are given."""
        found = {name: self.text(name) for name in names}
        return {name: value for name, value in found.items() if value is not None}

    def one_of(self, name: str, known: Collection[str]) -> str | None:
        """Return the parameter *name*, which must be one of *known*; None where it is not given."""
        value = self.text(name)
        if value is not None and value not in known:
            close = nearest(value, known)
            hint = "" if close is None else f'; did you mean "{close}"?'
            self._fault(name, f"must be one of: {', '.join(known)}{hint}")
        return value

    def time(self, name: str) -> str | None:
        """Return the RFC 3339 parameter *name* as a stamp."""
        value = self.text(name)
        if value is None:
            return None
        # a plus sign in a query string means a blank
        moment = parse_time(value) or parse_time(value.replace(" ", "+"))
        if moment is None:
            self._fault(name, "must be an RFC 3339 time with a zone, such as 2026-01-31T13:45:00Z")
            return None
        return stamp(moment)

    def flag(self, name: str) -> bool:
        """Return whether the parameter *name* is true; it is false where it is not given."""
        value = self.text(name)
        if value not in (None, "true", "false"):
            self._fault(name, "must be true or false")
        return value == "true"

    def limit(self) -> int:
        """Return the page's size."""
        value = self.text("limit")
        if value is None:
            return USUAL
        if not (value.isascii() and value.isdigit() and len(value) < 6 and 1 <= int(value) <= MOST):
            self._fault("limit", f"must be a whole number from 1 to {MOST}")
            return USUAL
        return int(value)

    def cursor(self, kind: str) -> str | None:
        """Return the place where the page begins, as made by cursor_of()."""
        value = self.text("cursor")
        if value is None:
            return None
        try:
            text = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode()
        except (binascii.Error, ValueError):
            text = ""
        name, _, place = text.partition(":")
        if name != kind or not place or "\x00" in place:
            self._fault("cursor", 'must be the "next" of an earlier page of the same list')
            return None
        return place

    def number_cursor(self, kind: str) -> int | None:
        """Return the number before which the page begins."""
        place = self.cursor(kind)
        if place is None:
            return None
        if not (place.isascii() and place.isdigit() and len(place) < 19):
            self._fault("cursor", 'must be the "next" of an earlier page of the same list')
            return None
        return int(place)

    def settle(self) -> None:
        """Raise the problem with every fault found so far."""
        if self._faults:
            raise Answered(BAD_QUERY.problem(self._faults[0].message, self._faults))

    def _fault(self, name: str, message: str) -> None:
        fault = Fault("bad-parameter", f"/{name}", f'"{name}" {message}')
        if fault not in self._faults:
            self._faults.append(fault)


def _swallowed(value: str, known: Collection[str]) -> str | None:
    """Return what begins another of the *known* parameters inside *value*, where somebody parted them by something else."""
    for part in re.split("[;?]", value)[1:]:
        name, equals, _ = part.partition("=")
        if equals and name.strip() in known:
            return f"{name.strip()}="
    return None


def read_query(request: Request[Any, Any, Any], known: Collection[str]) -> Query:
    """Return the query of *request*, of which only *known* parameters may be given, each once."""
    faults: list[Fault] = []
    try:
        pairs = parse_qsl(
            request.scope["query_string"].decode("latin-1"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=50,
        )
    except ValueError:
        fault = Fault(
            "bad-query", "", "the query string is not percent-encoded UTF-8, or has too many fields"
        )
        raise Answered(BAD_QUERY.problem(fault.message, [fault])) from None
    given: dict[str, str] = {}
    for name, value in pairs:
        if name in given:
            faults.append(Fault("repeated-parameter", f"/{name[:60]}", f'"{name[:60]}" is given twice'))
        given[name] = value
    return Query(given, known, faults)


def cursor_of(kind: str, place: object) -> str:
    """Return the opaque cursor for the page that begins after *place*."""
    return base64.urlsafe_b64encode(f"{kind}:{place}".encode()).decode().rstrip("=")
