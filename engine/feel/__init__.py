"""FEEL, the expression language of DMN 1.5: text in, syntax trees, faults and Python functions out."""

from __future__ import annotations

from engine.feel import ast, types
from engine.feel.ast import Node
from engine.feel.checker import Checked, check
from engine.feel.compile import Alone, FunctionPool, alone, compile_condition, compile_value
from engine.feel.convert import to_feel, to_json, type_of_schema
from engine.feel.doubts import Doubt
from engine.feel.faults import Fault, FeelSyntaxError
from engine.feel.parser import parse, parse_unary_tests
from engine.feel.printer import format_node
from engine.feel.reading import NOT_LITERAL, conjuncts, free_names, literal_value
from engine.feel.risks import Risk, may_warn, risks
from engine.feel.runtime import any_fits, coerce, equal, fits, instance_of, order, typed
from engine.feel.scope import Scope, Variable
from engine.feel.temporal import (
    DateTimeValue,
    DateValue,
    DaysDuration,
    MonthsDuration,
    TimeValue,
    parse_duration,
)
from engine.feel.text import to_text
from engine.feel.types import (
    Any_,
    AnyDuration,
    Boolean,
    ContextType,
    Date,
    DateTime,
    DaysTimeDuration,
    FeelType,
    Field,
    FunctionType,
    ListType,
    Null,
    Number,
    RangeType,
    Restricted,
    String,
    Time,
    YearsMonthsDuration,
)
from engine.feel.values import ComparatorValue, FunctionValue, RangeValue
from engine.feel.walk import Explained, evaluate, explain

__all__ = [
    "NOT_LITERAL",
    "Alone",
    "AnyDuration",
    "Any_",
    "Boolean",
    "Checked",
    "ComparatorValue",
    "ContextType",
    "Date",
    "DateTime",
    "DateTimeValue",
    "DateValue",
    "DaysDuration",
    "DaysTimeDuration",
    "Doubt",
    "Explained",
    "Fault",
    "FeelSyntaxError",
    "FeelType",
    "Field",
    "FunctionPool",
    "FunctionType",
    "FunctionValue",
    "ListType",
    "MonthsDuration",
    "Node",
    "Null",
    "Number",
    "RangeType",
    "RangeValue",
    "Restricted",
    "Risk",
    "Scope",
    "String",
    "Time",
    "TimeValue",
    "Variable",
    "YearsMonthsDuration",
    "alone",
    "any_fits",
    "ast",
    "check",
    "coerce",
    "compile_condition",
    "compile_value",
    "conjuncts",
    "equal",
    "evaluate",
    "explain",
    "fits",
    "format_node",
    "free_names",
    "instance_of",
    "literal_value",
    "may_warn",
    "order",
    "parse",
    "parse_duration",
    "parse_unary_tests",
    "risks",
    "to_feel",
    "to_json",
    "to_text",
    "type_of_schema",
    "typed",
    "types",
]
