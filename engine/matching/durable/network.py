"""One rule set of durable-rules, through its C module alone: tokens in, the cells they complete out.

What was measured of version 2.0.28 rules how it is used: a token that took part in a match is never retracted (that reads beyond
the library's own memory), it is forgotten here and left out there when the rule set is made anew; a fact that is asked about and
then leaves is retracted at once. docs/decisions/0012-durable-rules.md has the measurements.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from engine.rulebook import Key

Name = tuple[str, Key]
"""What a token stands for: a state by type and key, or ASKED."""
ASKED: Name = ("", ())
"""The fact that is only asked about."""

CELLS = 24
"""Cells of one rule set: 48 literals, and at most 98 properties of a token, well below what the library bears."""
SPARE = 500
"""So many forgotten tokens, beyond as many as live ones, are left in before the rule set is made anew."""
WORN = 20_000
"""So many matches, beyond four times those of the live tokens, are read before it is: each leaves some bytes behind."""

TAKEN, OBSERVED = 0, 2
SID = "0"
PRIMER = '{"id":"0","primer":1}'


class _Token(msgspec.Struct):
    id: str


class _Frame(msgspec.Struct):
    a: _Token
    b: _Token | None = None


_FRAMES: msgspec.json.Decoder[dict[str, _Frame]] = msgspec.json.Decoder(dict[str, _Frame])

Slots = Mapping[int, int]
"""A token: for each side of a cell that it fits, the value it stands under. Cell n has the sides 2n and 2n + 1."""
Found = tuple[int, Name, Name]
"""A cell, and the tokens on its two sides; of a cell of one side, the same one twice."""


class ExtensionMissing(ImportError):  # noqa: N818 - named for what happened
    """durable-rules is not installed, or does not load."""


def load_extension() -> Any:
    """Return the C module of durable-rules; raises ExtensionMissing that says how to install it."""
    try:
        import durable_rules_engine
    except ImportError as missing:
        raise ExtensionMissing(
            'the matcher "durable" needs durable-rules, which is not installed: '
            "pip install 'lineside[durable]' (Python up to 3.12, and a C compiler)"
        ) from missing
    return durable_rules_engine


class Network:
    """Up to CELLS cells, the live tokens, and how far the rule set that holds them is worn."""

    __slots__ = (
        "__weakref__",
        "_baseline",
        "_definition",
        "_extension",
        "_forgotten",
        "_free",
        "_handle",
        "_live",
        "_names",
        "_number",
        "_read",
        "_state",
    )

    def __init__(self, pairs: Sequence[bool]) -> None:
        """Make the rule set: *pairs* says of each cell whether it has two sides."""
        self._extension = load_extension()
        rules = {f"c{n}": _rule(n, pair) for n, pair in enumerate(pairs[:CELLS])}
        self._definition = msgspec.json.encode({**rules, "primer": {"all": [{"a": {"primer": 1}}]}}).decode()
        self._live: dict[Name, tuple[str, Slots]] = {}
        self._begin()

    def put(self, name: Name, slots: Slots) -> list[Found]:
        """Take in the live token *name*, which is new, and return what it completes."""
        self._renew_if_worn()
        number, found = self._insert(name, slots)
        self._live[name] = (number, slots)
        return found

    def drop(self, name: Name) -> None:
        """Forget the live token *name*."""
        number, _ = self._live.pop(name)
        del self._names[number]
        self._forgotten += 1

    def ask(self, slots: Slots) -> list[Found]:
        """Return what a token would complete, as ASKED; it is not kept."""
        self._renew_if_worn()
        number, found = self._insert(ASKED, slots)
        self._extension.retract_fact(self._handle, f'{{"id":"{number}"}}')
        del self._names[number]
        return found

    def _begin(self) -> None:
        self._handle = self._extension.create_ruleset("lineside", self._definition)
        self._names: dict[str, Name] = {}
        self._number = self._forgotten = self._read = 0
        # The library frees what it keeps of the last match unseen, whether there was one or not: so there always was one.
        _, self._state = self._extension.assert_fact(self._handle, PRIMER)
        self._free = weakref.finalize(self, _free, self._extension, self._handle)
        self._free.atexit = False  # the memory of a process that ends goes with it
        self._drain()
        for name, (_, slots) in self._live.items():
            self._live[name] = (self._insert(name, slots)[0], slots)
        self._baseline = self._read

    def _renew_if_worn(self) -> None:
        if self._forgotten > len(self._live) + SPARE or self._read > 5 * self._baseline + WORN:
            self._free()
            self._begin()

    def _insert(self, name: Name, slots: Slots) -> tuple[str, list[Found]]:
        body = ",".join([f'"p{slot}":1,"k{slot}":{value}' for slot, value in slots.items()])
        status = OBSERVED
        while (
            status == OBSERVED
        ):  # the library knows ids by a hash of 32 bits: this one it takes for one it has
            self._number += 1
            number = str(self._number)
            status, _ = self._extension.assert_fact(self._handle, f'{{"id":"{number}",{body}}}')
        if status != TAKEN:
            raise RuntimeError(f"durable-rules did not take a token: {status}")
        self._names[number] = name
        found = self._drain()
        for slot in slots:  # a fact may be its own partner; the library pairs distinct ones only
            if slot % 2 == 0 and slots.get(slot + 1) == slots[slot]:
                found.append((slot // 2, name, name))
        return number, found

    def _drain(self) -> list[Found]:
        """Read every match that the last token completed; those with tokens that are forgotten are passed over."""
        names = self._names
        found: list[Found] = []
        started = self._extension.start_action_for_state(self._handle, self._state)
        text = None if started is None else started[1]
        while text is not None:
            self._read += 1
            ((rule, frame),) = _FRAMES.decode(text).items()
            left = names.get(frame.a.id)
            right = left if frame.b is None else names.get(frame.b.id)
            if left is not None and right is not None:
                found.append((int(rule[1:]), left, right))
            text = self._extension.complete_and_start_action(self._handle, self._state)
        return found


def _rule(number: int, pair: bool) -> dict[str, Any]:
    left, right = 2 * number, 2 * number + 1
    one = {"a": {f"p{left}": 1}}
    if not pair:
        return {"all": [one]}
    return {"all": [one, {"b": {"$and": [{f"p{right}": 1}, {f"k{right}": {"a": f"k{left}"}}]}}]}


def _free(extension: Any, handle: int) -> None:
    """Give back the memory of a rule set: the library frees the state it keeps only when told so first."""
    extension.delete_state(handle, SID)
    extension.delete_ruleset(handle)
