"""The built-in functions: those of DMN 1.5 (10.3.4), one small file for each kind of value, and those of shifts and of
process control, which DMN does not have. REGISTRY knows them by name.
"""

from __future__ import annotations

from engine.feel.builtins import (
    booleans,
    calendar,
    contexts,
    conversion,
    lists,
    numeric,
    ranges,
    shifts,
    spc,
    statistics,
    strings,
)
from engine.feel.builtins.registry import REGISTRY, Builtin, Form, Parameter

FAMILIES = (
    booleans,
    calendar,
    contexts,
    conversion,
    lists,
    numeric,
    ranges,
    shifts,
    spc,
    statistics,
    strings,
)
"""The modules whose import fills the registry."""

FUNCTION_NAMES = tuple(REGISTRY)

__all__ = ["FAMILIES", "FUNCTION_NAMES", "REGISTRY", "Builtin", "Form", "Parameter"]
