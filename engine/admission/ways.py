"""Facts that come as most do -> facts at once: a sender of theirs is known, and they say no more than they must.

Takes bytes, or envelopes in plain JSON. What is None here may be sound or not: that is for decoding and the gate to say, which
let pass whatever passes here, and make the same of it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec import UNSET

from engine.admission.decoding import (
    BACKSLASH,
    BRACKET,
    COLON,
    NOT_PLAIN,
    NUL,
    Limits,
    count_keys,
    decode_envelope,
    keys_within,
)
from engine.admission.wire import parse_time
from engine.decisions import Fact
from engine.model import FactType, Kind

MOST_WAYS = 10_000
"""So many pairs of source and fact type are remembered as sound; the names are the senders' own, and could be ever new ones."""

_moment_of = datetime.fromisoformat


class _Way:
    """A source from which facts of a type were admitted before: nothing about either needs to be looked at again."""

    __slots__ = ("is_valid", "key", "source", "type")

    def __init__(self, source: str, fact_type: FactType, is_valid: Callable[[Any], bool]) -> None:
        self.source = source
        """Shared by all facts that come this way, as is the name of their type."""
        self.type = fact_type.name
        self.is_valid = is_valid
        self.key = fact_type.key if fact_type.kind is Kind.STATE else ()


class Ways:
    """The ways by which facts were admitted, and the short cuts for what comes by them."""

    def __init__(self, limits: Limits) -> None:
        self._ways: dict[tuple[str, str], _Way] = {}
        self._plain = limits.plain
        self._levels = limits.depth - 1
        self._identity = limits.identity

    def remember(self, source: str, fact_type: FactType, is_valid: Callable[[Any], bool]) -> None:
        """Note that *source* may assert facts of the type, whose data *is_valid* knows."""
        if len(self._ways) < MOST_WAYS:
            way = _Way(source, fact_type, is_valid)
            self._ways.setdefault((way.source, way.type), way)

    def recognise(self, raw: bytes, *, versioned: bool = False) -> Fact | None:
        """Return the fact in *raw* if it is written as most are and came by a way that is known; None where it must be decoded.

        It has its own time; with *versioned* also a specversion. Beside those and a datacontenttype it has nothing but what every
        fact must have.
        """
        # one function and not three, because a call costs a twentieth of all that is done here
        has_escapes = BACKSLASH in raw
        if len(raw) > self._plain or (has_escapes and NUL in raw):
            return None
        try:
            envelope = decode_envelope(raw)
        except NOT_PLAIN:
            return None
        way = self._ways.get((envelope.source, envelope.type))
        if way is None:
            return None
        time, name, data = envelope.time, envelope.id, envelope.data
        shape = time[4:20:3]
        if (shape == "--T::." and time[-1] == "Z" and len(time) < 28) or (
            shape == "--T::Z" and len(time) == 20
        ):
            try:  # the first case of parse_time()
                moment: datetime | None = _moment_of(time)
            except ValueError:
                return None
        else:
            moment = parse_time(time)
        if moment is None:
            return None
        # Every key has a colon, and so have hours and minutes, unless they are written as escapes. Where there are no more than
        # those, no key is there twice, and none that was passed over or is further in. Else keys are counted.
        has_version = envelope.specversion is not UNSET
        keys = 6 if has_version else 5
        if has_escapes or BRACKET in raw or raw.count(COLON) != keys + len(data) + 2:
            within = keys_within(data, self._levels)
            keys += envelope.datacontenttype is not UNSET
            if within < 0 or count_keys(raw) != keys + within:
                return None
        if (
            (versioned and not has_version)
            or len(name) > self._identity
            or not name.strip()
            or not way.is_valid(data)
            or (way.key and not _has_key(data, way.key))
        ):
            return None
        return Fact(way.source, name, way.type, moment, data)

    def admit(self, envelope: Any) -> Fact | None:
        """Return the fact in *envelope* if it is sound, came by a way that is known, and says no more than most do; else None.

        Such facts have nothing beside the keys that every fact must have and a time.
        """
        if envelope.__class__ is not dict:
            return None
        source, name, fact_type = envelope.get("source"), envelope.get("id"), envelope.get("type")
        time, data = envelope.get("time"), envelope.get("data")
        if not (
            source.__class__ is name.__class__ is fact_type.__class__ is time.__class__ is str
            and data.__class__ is dict
            and len(envelope) == (6 if envelope.get("specversion") == "1.0" else 5)
            and len(name) <= self._identity
            and name.strip()
        ):
            return None
        way = self._ways.get((source, fact_type))
        moment = None if way is None else parse_time(time)
        if way is None or moment is None or not way.is_valid(data) or not _has_key(data, way.key):
            return None
        return Fact(way.source, name, way.type, moment, data)


def _has_key(data: dict[str, Any], key: tuple[str, ...]) -> bool:
    """Return whether *data* has something for each part of *key* that a state can be looked up by."""
    for part in key:
        value = data.get(part)
        if value is None or isinstance(value, dict | list):
            return False
    return True
