"""A session as bytes: JSON with exact numbers, so that it can be read by people and restored anywhere.

Format 1: {"format": 1, "digest", "clock", "states", "holds", "standing", "gone"}; an
item of `standing` is [rule, keys] or, of a decision table, [rule, keys, rows]. Nothing here knows what a session does with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from engine.decisions import Fact
from engine.matching.lasting import Since
from engine.matching.memory import FactKey
from engine.repeating import SavedRepeats
from engine.rulebook import Key, Rows
from engine.waits import SavedWaits
from engine.windows import Counted

FORMAT = 1

_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(float_hook=Decimal)


@dataclass(frozen=True, slots=True)
class Saved:
    """What a snapshot holds: the rule book's digest, the clock, state facts, holds, standing matches and retraction times."""

    digest: str
    clock: datetime | None
    states: list[Fact]
    holds: list[Fact]
    standing: list[tuple[str, tuple[FactKey | None, ...], Rows]]
    gone: list[tuple[str, Key, datetime]]
    forgotten: Mapping[str, datetime] = field(default_factory=dict)
    """Up to when states of a type were retracted that are not among these any more."""
    lasting: list[Since] = field(default_factory=list)
    """Since when conditions that must last have held."""
    windows: list[tuple[datetime, Fact, datetime]] = field(default_factory=list)
    """The facts that are in some window, in order: when each counts, the fact, and what the clock said when it came."""
    counted: list[Counted] = field(default_factory=list)
    """How many of these facts each group of the window of a rule counts, by the rule's name."""
    waits: SavedWaits | None = None
    """The waits of rules with steps; None where no rule has any."""
    repeats: SavedRepeats = field(default_factory=list)
    """When rules that fire at most once in a while last did."""
    same: Mapping[str, str] = field(default_factory=dict)
    """What the same is to each of those rules, as text."""
    desk: Mapping[str, Any] = field(default_factory=dict)
    """The cases that are not closed and what is due for them, as the desk saves them."""
    tallies: list[Any] = field(default_factory=list)
    """What was confirmed for each open order, as engine.contracts keeps it."""
    board: Sequence[Any] = ()
    """The dispositions that wait for signatures, as the board saves them."""
    made: Sequence[Any] = ()
    """What was made from what, as the genealogy saves it."""


def write_snapshot(saved: Saved) -> bytes:
    """Return *saved* as bytes."""
    return _encoder.encode(
        {
            "format": FORMAT,
            "digest": saved.digest,
            "clock": saved.clock,
            "states": saved.states,
            "holds": saved.holds,
            "standing": [(name, keys, rows) if rows else (name, keys) for name, keys, rows in saved.standing],
            "gone": saved.gone,
            **({"forgotten": saved.forgotten} if saved.forgotten else {}),
            **({"lasting": saved.lasting} if saved.lasting else {}),
            **({"windows": [_kept(*one) for one in saved.windows]} if saved.windows else {}),
            **({"counted": saved.counted} if saved.counted else {}),
            **(
                {"waits": saved.waits}
                if saved.waits is not None and saved.waits.waits + saved.waits.kept
                else {}
            ),
            **({"repeats": saved.repeats, "same": saved.same} if saved.repeats else {}),
            **({"desk": saved.desk} if saved.desk else {}),
            **({"tallies": saved.tallies} if saved.tallies else {}),
            **({"board": saved.board} if saved.board else {}),
            **({"made": saved.made} if saved.made else {}),
        }
    )


def read_snapshot(raw: bytes) -> Saved:
    """Return what *raw* holds; ValueError where it is not a snapshot of this format."""
    try:
        plain = _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise ValueError(f"not a session snapshot: {fault}") from fault
    if not isinstance(plain, dict) or plain.get("format") != FORMAT:
        raise ValueError(f"not a session snapshot of format {FORMAT}")
    try:
        return Saved(
            digest=plain["digest"],
            clock=_time(plain["clock"]),
            states=[_fact(f) for f in plain["states"]],
            holds=[_fact(f) for f in plain["holds"]],
            standing=[_standing(*item) for item in plain["standing"]],
            gone=[(t, tuple(key), datetime.fromisoformat(at)) for t, key, at in plain["gone"]],
            forgotten={t: datetime.fromisoformat(at) for t, at in plain.get("forgotten", {}).items()},
            lasting=[
                (name, position, (t, tuple(key)), datetime.fromisoformat(since), bool(is_ripe))
                for name, position, (t, key), since, is_ripe in plain.get("lasting", ())
            ],
            windows=[_counted(*one) for one in plain.get("windows", ())],
            counted=[
                (name, [(tuple(key), int(count)) for key, count in groups])
                for name, groups in plain.get("counted", ())
            ],
            waits=_waits(plain["waits"]) if "waits" in plain else None,
            repeats=[
                (
                    (rule, is_missing, value),
                    datetime.fromisoformat(time),
                    datetime.fromisoformat(until),
                    [(action, decision) for action, decision in decisions],
                )
                for (rule, is_missing, value), time, until, decisions in plain.get("repeats", ())
            ],
            same=dict(plain.get("same", {})),
            desk=dict(plain.get("desk", {})),
            tallies=list(plain.get("tallies", ())),
            board=list(plain.get("board", ())),
            made=list(plain.get("made", ())),
        )
    except (KeyError, TypeError, ValueError) as fault:
        raise ValueError(f"a damaged session snapshot: {fault!r}") from fault


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _fact(plain: dict[str, Any]) -> Fact:
    return Fact(**{**plain, "time": datetime.fromisoformat(plain["time"])})


def _kept(at: datetime, fact: Fact, came: datetime) -> tuple[Any, ...]:
    return (at, fact) if came == at else (at, fact, came)  # most are on time


def _counted(at: str, fact: dict[str, Any], came: str | None = None) -> tuple[datetime, Fact, datetime]:
    time = datetime.fromisoformat(at)
    return time, _fact(fact), time if came is None else datetime.fromisoformat(came)


def _waits(plain: dict[str, Any]) -> SavedWaits:
    def facts(given: list[Any]) -> tuple[Fact | None, ...]:
        return tuple(None if one is None else _fact(one) for one in given)

    return SavedWaits(
        [
            (
                (rule, step),
                facts(bound),
                datetime.fromisoformat(begin),
                datetime.fromisoformat(due),
                None if keys is None else tuple(_fact_key(key) for key in keys),
                bool(is_closed),
            )
            for (rule, step), bound, begin, due, keys, is_closed in plain["waits"]
        ],
        [
            (
                (rule, step),
                datetime.fromisoformat(time),
                None if new is None else _fact(new),
                None if old is None else _fact(old),
            )
            for (rule, step), time, new, old in plain["kept"]
        ],
        plain["said"],
    )


def _standing(
    name: str, keys: list[Any], rows: Iterable[int] = ()
) -> tuple[str, tuple[FactKey | None, ...], Rows]:
    return name, tuple(_fact_key(key) for key in keys), tuple(rows)


def _fact_key(plain: list[Any] | None) -> FactKey | None:
    return None if plain is None else (plain[0], tuple(plain[1]))
