"""Plain values to YAML text that the rule files' own reader reads back: mappings, lists, texts, numbers.

Blocks throughout; a text stands plain where nothing in it means something to YAML, else in double quotes, and over several
lines after a "|".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

_PLAIN = re.compile(r"[^\W\d][\w./-]*(?: [\w./()+*-]+)*|= \S(?:.*\S)?")
_MEANING = re.compile(r"true|false|null|yes|no|on|off|y|n|~|\.inf|\.nan", re.IGNORECASE)
_UNSAFE = re.compile(r":(?:\s|$)|\s#|[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]|^\s|\s\Z")
_ESCAPED = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")
_LONGEST = 100


class Rows(list[Any]):
    """A list whose items, lists of scalars, stand on one line each."""


def yaml_text(value: Mapping[str, Any]) -> str:
    """Return *value* as a YAML document."""
    return "\n".join(_mapping(value, 0)) + "\n"


def _mapping(value: Mapping[str, Any], level: int) -> Iterator[str]:
    pad = "  " * level
    for key, inner in value.items():
        head = f"{pad}{_scalar(key)}:"
        if isinstance(inner, str) and "\n" in inner and not _CONTROL.search(inner):
            yield f"{head} |-"
            yield from (f"{pad}  {line}" if line else "" for line in inner.split("\n"))
        elif _is_short(inner):
            yield f"{head} {_flow(inner)}"
        else:
            yield head
            yield from _block(inner, level + 1)


def _block(value: Any, level: int) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from _mapping(value, level)
        return
    pad = "  " * level
    for item in value:
        if isinstance(value, Rows) or _is_short(item):
            yield f"{pad}- {_flow(item)}"
            continue
        first, *others = _block(item, level + 1)
        yield f"{pad}- {first[len(pad) + 2 :]}"
        yield from others


def _is_short(value: Any) -> bool:
    """Return whether *value* stands on the line of its key: a scalar, or what is empty, or a short list of scalars."""
    if not isinstance(value, Mapping | list):
        return True
    if not value:
        return True
    if isinstance(value, Mapping):
        return False
    return all(not isinstance(item, Mapping | list) for item in value) and len(_flow(value)) <= _LONGEST


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{}"
    if isinstance(value, list):
        return f"[{', '.join(_scalar(item, inside=True) for item in value)}]"
    return _scalar(value)


def _scalar(value: Any, *, inside: bool = False) -> str:
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    if isinstance(value, int | Decimal):
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    text = str(value)
    is_plain = _PLAIN.fullmatch(text) and not _UNSAFE.search(text) and not _MEANING.fullmatch(text)
    if is_plain and not (inside and text.startswith("=")):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)
