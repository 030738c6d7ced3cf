"""Boolean built-ins (DMN 1.5, 10.3.4.2 and 10.3.4.6): `not`, `is`."""

from __future__ import annotations

from typing import Any

from engine.feel.builtins.registry import builtin
from engine.feel.runtime import equal, negation
from engine.feel.temporal import DateTimeValue, TimeValue


@builtin("not", "negand: any -> boolean")
def not_(negand: Any) -> bool | None:
    """Return the other boolean, or null."""
    return negation(negand)


@builtin("is", "value1: any, value2: any -> boolean")
def is_(value1: Any, value2: Any) -> bool | None:
    """Return whether both are the same element of the same domain: two moments also with the same zone."""
    if type(value1) is not type(value2) and (isinstance(value1, bool) or isinstance(value2, bool)):
        return False
    if isinstance(value1, TimeValue | DateTimeValue):
        return bool(value1 == value2)
    return equal(value1, value2) is True
