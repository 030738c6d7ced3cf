"""FEEL, the expression language of DMN 1.5: text in, syntax trees, faults and Python functions out."""

from __future__ import annotations

from engine.feel import ast, types
from engine.feel.ast import Node
from engine.feel.checker import Checked, check
from engine.feel.compile import FunctionPool, compile_condition, compile_value
from engine.feel.convert import to_feel, to_json, type_of_schema
from engine.feel.evaluate import Explained, evaluate, explain
from engine.feel.faults import Fault, FeelSyntaxError
from engine.feel.parser import parse, parse_unary_tests
from engine.feel.printer import format_node
from engine.feel.reading import NOT_LITERAL, conjuncts, free_names, literal_value
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
    String,
    Time,
    YearsMonthsDuration,
)

__all__ = [
    "NOT_LITERAL",
    "AnyDuration",
    "Any_",
    "Boolean",
    "Checked",
    "ContextType",
    "Date",
    "DateTime",
    "DateTimeValue",
    "DateValue",
    "DaysDuration",
    "DaysTimeDuration",
    "Explained",
    "Fault",
    "FeelSyntaxError",
    "FeelType",
    "Field",
    "FunctionPool",
    "FunctionType",
    "ListType",
    "MonthsDuration",
    "Node",
    "Null",
    "Number",
    "RangeType",
    "Scope",
    "String",
    "Time",
    "TimeValue",
    "Variable",
    "YearsMonthsDuration",
    "ast",
    "check",
    "compile_condition",
    "compile_value",
    "conjuncts",
    "evaluate",
    "explain",
    "format_node",
    "free_names",
    "literal_value",
    "parse",
    "parse_duration",
    "parse_unary_tests",
    "to_feel",
    "to_json",
    "to_text",
    "type_of_schema",
    "types",
]
