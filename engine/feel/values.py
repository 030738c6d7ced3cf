"""Values that plain Python has no class for: ranges, comparators and functions; and the cost of evaluating.

Numbers are int and Decimal, lists are Python lists, contexts are dicts, dates live in `temporal`. Values are never
changed once made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from engine.feel.types import FunctionType

MAX_STRING = 1_000_000
"""Characters in a string that an expression makes; beyond it the result is null."""

MAX_LIST = 200_000
"""Items in a list that an expression makes; beyond it the result is null."""

MAX_STEPS = 200_000
"""How often loops, filters and functions may run their bodies in one evaluation; beyond it the result is null."""


@dataclass(frozen=True, slots=True)
class RangeValue:
    """The values from *low* to *high*, each end included or not."""

    low: Any
    high: Any
    low_included: bool
    high_included: bool


@dataclass(frozen=True, slots=True)
class ComparatorValue:
    """The values for which `value operator operand` is true, such as `> 5`."""

    operator: str
    operand: Any


@dataclass(frozen=True, slots=True, eq=False)
class FunctionValue:
    """A function of a fixed number of parameters, or of any number where *parameters* is None.

    *signature* gives its type, where that is known: asked only by `instance of`, since it costs.
    """

    parameters: tuple[str, ...] | None
    function: Callable[..., Any]
    name: str = ""
    signature: Callable[[], FunctionType] | None = field(default=None, repr=False)


class Exhausted(Exception):  # noqa: N818 - named for what happened
    """An evaluation has run out of steps; it ends as null."""


class Steps:
    """What one evaluation may still do: bodies run and items touched are charged, so that none runs for ever."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MAX_STEPS

    def charge(self, cost: int = 1) -> None:
        """Take *cost* from what is left; raise Exhausted below zero."""
        self.left -= cost
        if self.left < 0:
            raise Exhausted
