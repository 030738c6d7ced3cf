"""What was made from what, as confirmations say: edges from what was consumed to what was made, for as long as they are kept.

Facts and times go in, what was made from something comes out. Loops in the data end. It reads no clock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from engine.decisions import Fact

Thing = tuple[str, str]
"""A lot or a serial number: its type as a subject, and its id."""

Edge = tuple[datetime, Thing, Thing]
"""When something was consumed, what it was, and what was made of it."""

_FIELDS = (("lot", "lot_id"), ("serial", "serial_id"))


class Genealogy:
    """The edges that are kept, none of them longer than *kept*; nothing is kept where that is zero."""

    __slots__ = ("_edges", "_kept", "_made")

    def __init__(self, kept: timedelta = timedelta()) -> None:
        self._kept = kept
        self._edges: deque[Edge] = deque()
        self._made: dict[Thing, dict[Thing, datetime]] = {}

    def __bool__(self) -> bool:
        return bool(self._kept)

    def note(self, confirmation: Fact) -> list[tuple[Thing, Thing]]:
        """Keep what *confirmation* says; return each thing that was consumed, with what was made of it."""
        data, at = confirmation.data, confirmation.time
        self._forget(at)
        made = _things(data)
        consumed = data.get("materials_consumed") or ()
        used = [thing for one in consumed if isinstance(one, Mapping) for thing in _things(one)]
        found = [(one, other) for one in dict.fromkeys(used) for other in made if one != other]
        for one, other in found:
            self._keep((at, one, other))
        return found

    def made_from(self, thing: Thing, now: datetime) -> Iterator[tuple[Thing, Thing]]:
        """Yield what was made from *thing*, directly or not, each once and with what it was made of; nearest first."""
        seen = {thing}
        ahead = deque([thing])
        while ahead:
            one = ahead.popleft()
            for other, at in self._made.get(one, {}).items():
                if other not in seen and now - at <= self._kept:
                    seen.add(other)
                    ahead.append(other)
                    yield other, one

    def saved(self) -> list[Edge]:
        """Return the edges, for a snapshot."""
        return list(self._edges)

    def load(self, saved: Iterable[Any]) -> None:
        """Take in what `saved` gave."""
        for at, one, other in saved if self else ():
            self._keep((datetime.fromisoformat(at), tuple(one), tuple(other)))

    def _keep(self, edge: Edge) -> None:
        at, one, other = edge
        self._edges.append(edge)
        known = self._made.setdefault(one, {})
        known[other] = max(at, known.get(other, at))

    def _forget(self, now: datetime) -> None:
        """Drop the edges that came first and are older than they are kept."""
        while self._edges and now - self._edges[0][0] > self._kept:
            at, one, other = self._edges.popleft()
            known = self._made.get(one, {})
            if known.get(other) == at:  # else it was made of it again since
                del known[other]
            if not known:
                self._made.pop(one, None)


def _things(data: Mapping[str, Any]) -> list[Thing]:
    return [(kind, data[name]) for kind, name in _FIELDS if isinstance(data.get(name), str) and data[name]]
