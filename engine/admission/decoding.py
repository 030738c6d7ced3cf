"""Bytes -> plain JSON values, within limits, or every fault with its JSON Pointer (RFC 6901).

Takes untrusted bytes; lets nothing through that could stop what comes after it: depth, text, and the size of
numbers are bounded here. It knows nothing of fact types.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

import msgspec

from engine.diagnostics import FactFault, FactRefused

MALFORMED = frozenset(
    {"not-json", "invalid-utf8", "too-deep", "text-too-long", "number-too-large", "nul", "duplicate-key"}
)
"""Codes of faults in the bytes themselves, before anything is known of the fact."""

TOO_LARGE = "too-large"


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a fact, and what is in it, may be."""

    bytes: int = 1_048_576
    depth: int = 32
    text: int = 65_536
    digits: int = 1_000
    exponent: int = 6_144
    identity: int = 256
    faults: int = 50
    plain: int = field(init=False, repr=False, compare=False)
    """In so many bytes without an exponent nothing is too large or too long, nor too deep that is three objects."""

    def __post_init__(self) -> None:
        plain = 0 if self.depth < 3 else min(self.bytes, self.text, self.digits, self.exponent)
        object.__setattr__(self, "plain", plain)


DEFAULT_LIMITS = Limits()


def refuse(code: str, pointer: str, message: str) -> FactRefused:
    """Return the refusal for a single fault."""
    return FactRefused((FactFault(code, pointer, message),))


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        # Decimal's own exponent limit; the walk below names the place of every smaller excess
        raise refuse("number-too-large", "", f'number "{short(text)}" is too large or too long') from None


_DECODER = msgspec.json.Decoder(float_hook=_number)


def decode(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> Any:
    """Return the JSON value in *raw*; numbers are int or Decimal, never float.

    Raises FactRefused for more bytes than the limit, bad UTF-8 (with the byte's offset), text that is not
    JSON (NaN and Infinity included), NUL characters, repeated keys, and whatever is too deep, too long or too large.
    """
    if len(raw) > limits.bytes:
        raise refuse(TOO_LARGE, "", f"{len(raw):,} bytes are more than the {limits.bytes:,} a fact may have")
    if (plain := _decode_plain(raw, limits)) is not None:
        return plain
    if raw.startswith(b"\xef\xbb\xbf"):
        raw = raw[3:]
    try:
        raw.decode()
        value = _DECODER.decode(raw)
    except UnicodeDecodeError as fault:
        message = f"byte {fault.start} is not UTF-8 ({fault.reason})"
        raise refuse("invalid-utf8", "", message) from None
    except msgspec.ValidationError:
        # the only validation of an untyped decoder: an integer beyond the interpreter's own limit of digits
        message = f"a number has more than {limits.digits:,} digits"
        raise refuse("number-too-large", "", message) from None
    except msgspec.DecodeError as fault:
        if not raw.strip():
            raise refuse("not-json", "", "the body is empty") from None
        where = f" (byte {len(raw)})" if "truncated" in str(fault) else ""
        raise refuse("not-json", "", f"not JSON: {fault}{where}") from None
    except RecursionError:
        message = f"nested more than {limits.depth} levels deep"
        raise refuse("too-deep", _place_too_deep(raw, limits.depth), message) from None
    keys = _bounded(value, limits, 1)
    if keys < 0:
        raise FactRefused(list(_unbounded(value, limits))[: limits.faults])
    if raw.count(b'":') != keys or _hides_keys(raw):
        # a key may be there twice, or a text looks like one, or blanks hide one: only a slow reading tells
        repeated = list(_repeated(raw))
        if repeated:
            raise FactRefused(repeated[: limits.faults])
    return value


def _decode_plain(raw: bytes, limits: Limits) -> Any:
    """Return the fact in *raw* if it is written as most are; None where it has to be looked at more closely.

    That is an object with `data` in it, too short to hold anything too long, without escapes, lists, exponents, and objects
    further in that have keys; so it can hold nothing too deep or too large either. There are then as many keys as colons after a
    quote: more colons are a key that is there twice, an object further in, or a text that begins with one.
    """
    if len(raw) > limits.plain or BACKSLASH in raw or BRACKET in raw:
        return None
    try:
        value = _PLAIN_DECODER.decode(raw)
    except NOT_PLAIN:
        return None
    data = value.get("data") if value.__class__ is dict else None
    if data.__class__ is not dict or count_keys(raw) != len(value) + len(data):
        return None
    return value


def _hides_keys(raw: bytes) -> bool:
    """Return whether blanks in *raw* may keep a key from being counted by its colon."""
    # one byte is found at a fraction of what it costs to find two
    return (
        _TAB in raw or _RETURN in raw or (_BLANK in raw and b" :" in raw) or (_LINE in raw and b"\n:" in raw)
    )


_TAB, _LINE, _RETURN, _BLANK, COLON, BRACKET, BACKSLASH = b"\t\n\r :[\\"
NUL = b"\\u0000"


def _plain_number(text: str) -> Decimal:
    if "e" in text or "E" in text:
        raise OverflowError(text)
    return Decimal(text)


_PLAIN_DECODER = msgspec.json.Decoder(float_hook=_plain_number)

NOT_PLAIN = (msgspec.DecodeError, UnicodeDecodeError, ArithmeticError, RecursionError)
"""What decoding as most facts are written ends in where one is not."""


class Envelope(msgspec.Struct, gc=False):
    """What every fact must have, its time, and what CloudEvents mostly have beside it."""

    id: str
    source: str
    type: str
    time: str
    data: dict[str, Any]
    specversion: Literal["1.0"] | msgspec.UnsetType = msgspec.UNSET
    datacontenttype: Literal["application/json"] | msgspec.UnsetType = msgspec.UNSET


decode_envelope = msgspec.json.Decoder(Envelope, float_hook=_plain_number).decode
"""Bytes -> an Envelope; keys of other names are passed over, and of one that is there twice the last counts."""


def count_keys(raw: bytes) -> int:
    """Return how many keys *raw*, which is sound JSON, has at most, -1 where that cannot be told by their colons.

    A text that begins with a colon is counted as well.
    """
    return -1 if _hides_keys(raw) else raw.count(b'":')


def keys_within(value: dict[str, Any] | list[Any], levels: int) -> int:
    """Return how many keys *value* and all in it have, -1 where it is deeper than so many levels."""
    if levels < 1:
        return -1
    keys, parts = (len(value), value.values()) if isinstance(value, dict) else (0, value)
    for part in parts:
        if part.__class__ is dict or part.__class__ is list:
            more = keys_within(part, levels - 1)
            if more < 0:
                return -1
            keys += more
    return keys


class _Pairs(list[tuple[str, Any]]):
    """An object as it is written, its repeated keys included."""


def _repeated(raw: bytes) -> Iterator[FactFault]:
    """Yield a fault for each key that an object in *raw*, which is sound and bounded JSON, has again."""
    whole = json.loads(raw, object_pairs_hook=_Pairs, parse_int=str, parse_float=str)
    stack: list[tuple[Any, str]] = [(whole, "")]
    while stack:
        item, pointer = stack.pop()
        if isinstance(item, _Pairs):
            seen: set[str] = set()
            for name, part in item:
                here = f"{pointer}/{escape(name)}"
                if name in seen:
                    yield FactFault("duplicate-key", here, f'the key "{short(name)}" is there twice')
                seen.add(name)
                stack.append((part, here))
        elif isinstance(item, list):
            stack.extend((part, f"{pointer}/{n}") for n, part in enumerate(item))


_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[{\]},]', re.DOTALL)


def _place_too_deep(raw: bytes, depth: int) -> str:
    """Return the pointer to what first nests deeper than *depth* in *raw*, which is sound JSON as far as that."""
    steps: list[str | int] = []  # the key or the index at which each open bracket's contents stand now
    is_key = False
    for token in (found[0] for found in _TOKEN.finditer(raw)):
        if token in (b"[", b"{"):
            if len(steps) == depth:
                break
            steps.append("" if token == b"{" else 0)
            is_key = token == b"{"
        elif token in (b"]", b"}"):
            steps.pop()
            is_key = False
        elif token == b",":
            here = steps[-1]
            is_key = isinstance(here, str)
            if isinstance(here, int):
                steps[-1] = here + 1
        elif is_key:
            steps[-1] = str(_DECODER.decode(token))
            is_key = False
    return "".join(f"/{escape(str(step))}" for step in steps)


def _bounded(value: Any, limits: Limits, depth: int) -> int:
    """Return how many keys *value* has in all, -1 where something is too deep, too long or too large.

    The quick look that most facts pass.
    """
    kind = type(value)
    if kind is str:
        return 0 if len(value) <= limits.text and "\x00" not in value else -1
    if kind is dict:
        if depth > limits.depth:
            return -1
        keys = len(value)
        for name, part in value.items():
            if len(name) > limits.text or "\x00" in name:
                return -1
            if type(part) is str:
                if len(part) > limits.text or "\x00" in part:
                    return -1
                continue
            more = _bounded(part, limits, depth + 1)
            if more < 0:
                return -1
            keys += more
        return keys
    if kind is list:
        if depth > limits.depth:
            return -1
        keys = 0
        for part in value:
            more = _bounded(part, limits, depth + 1)
            if more < 0:
                return -1
            keys += more
        return keys
    if kind is int:
        return 0 if -(2**128) < value < 2**128 or value.bit_length() * 0.30103 <= limits.digits else -1
    if kind is Decimal:
        bounded = len(value.as_tuple().digits) <= limits.digits and abs(value.adjusted()) <= limits.exponent
        return 0 if bounded else -1
    return 0


def _unbounded(value: Any, limits: Limits) -> Iterator[FactFault]:
    """Yield what in *value* is too deep, too long or too large, without recursion."""
    stack: list[tuple[Any, str, int]] = [(value, "", 1)]
    while stack:
        item, pointer, depth = stack.pop()
        kind = type(item)
        if kind is str:
            if len(item) > limits.text:
                message = f"{len(item):,} characters are more than the {limits.text:,} a text may have"
                yield FactFault("text-too-long", pointer, message)
            if "\x00" in item:
                yield FactFault("nul", pointer, "the NUL character (\\u0000) is not allowed in text")
        elif kind is int:
            # bit_length first: the digits of a very long integer are slow to count
            if item.bit_length() > 128 and item.bit_length() * 0.30103 > limits.digits:
                yield FactFault("number-too-large", pointer, f"more than {limits.digits:,} digits")
        elif kind is Decimal:
            if len(item.as_tuple().digits) > limits.digits:
                yield FactFault("number-too-large", pointer, f"more than {limits.digits:,} digits")
            elif abs(item.adjusted()) > limits.exponent:
                message = f"the exponent is beyond {limits.exponent:,}"
                yield FactFault("number-too-large", pointer, message)
        elif kind is dict or kind is list:
            if depth > limits.depth:
                yield FactFault("too-deep", pointer, f"nested more than {limits.depth} levels deep")
                continue
            if kind is list:
                stack.extend((part, f"{pointer}/{n}", depth + 1) for n, part in enumerate(item))
                continue
            for name, part in item.items():
                if len(name) > limits.text or "\x00" in name:
                    yield FactFault("bad-name", pointer, "a name is too long or has a NUL character")
                else:
                    stack.append((part, f"{pointer}/{escape(name)}", depth + 1))


def escape(name: str) -> str:
    """Return *name* as one step of a JSON Pointer."""
    if "~" in name or "/" in name:
        name = name.replace("~", "~0").replace("/", "~1")
    return name if len(name) <= 200 else name[:200] + "..."


def short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
