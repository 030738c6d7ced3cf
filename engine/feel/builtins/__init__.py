"""The built-in functions of DMN 1.5 (10.3.4), one small file for each kind of value; REGISTRY knows them by name."""

from __future__ import annotations

from engine.feel.builtins import (
    booleans,
    calendar,
    contexts,
    conversion,
    lists,
    numeric,
    ranges,
    statistics,
    strings,
)
from engine.feel.builtins.registry import REGISTRY, Builtin, Form, Parameter

FAMILIES = (booleans, calendar, contexts, conversion, lists, numeric, ranges, statistics, strings)
"""The modules whose import fills the registry."""

FUNCTION_NAMES = tuple(REGISTRY)

__all__ = ["FAMILIES", "FUNCTION_NAMES", "REGISTRY", "Builtin", "Form", "Parameter"]
