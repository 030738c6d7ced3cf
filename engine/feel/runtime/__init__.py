"""FEEL's operators on values of any kind: what compiled functions call where types are not known before.

Each takes FEEL values and returns one; what has no meaning is null (DMN 1.5, 10.3.2). Nothing here raises but
Exhausted, which ends an evaluation that costs too much.
"""

from __future__ import annotations

from engine.feel.runtime.access import PROPERTIES, entry, path
from engine.feel.runtime.arithmetic import ARITHMETIC, add, divide, minus, multiply, power, subtract
from engine.feel.runtime.comparison import (
    COMPARISONS,
    any_fits,
    at_least,
    at_most,
    between,
    both,
    comparator,
    either,
    equal,
    fits,
    greater,
    interval,
    less,
    negation,
    order,
    unequal,
)
from engine.feel.runtime.loops import (
    Span,
    apply,
    apply_named,
    at_index,
    charged,
    every,
    for_each,
    not_run,
    select,
    some,
    span,
    spanned,
)
from engine.feel.runtime.typed import coerce, instance_of, typed

__all__ = [
    "ARITHMETIC",
    "COMPARISONS",
    "PROPERTIES",
    "Span",
    "add",
    "any_fits",
    "apply",
    "apply_named",
    "at_index",
    "at_least",
    "at_most",
    "between",
    "both",
    "charged",
    "coerce",
    "comparator",
    "divide",
    "either",
    "entry",
    "equal",
    "every",
    "fits",
    "for_each",
    "greater",
    "instance_of",
    "interval",
    "less",
    "minus",
    "multiply",
    "negation",
    "not_run",
    "order",
    "path",
    "power",
    "select",
    "some",
    "span",
    "spanned",
    "subtract",
    "typed",
    "unequal",
]
