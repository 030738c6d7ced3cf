"""What to write in place of a name that nothing declares: FEEL's form of a spreadsheet's function, a quoted text, a field.

Takes names and trees, gives fix texts; the checker says where the fault stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.diagnostics import did_you_mean, nearest
from engine.feel import ast
from engine.feel import types as t
from engine.feel.ast import Node
from engine.feel.builtins import REGISTRY
from engine.feel.printer import format_node
from engine.feel.scope import Scope
from engine.feel.types import FeelType

_CONSTANTS = ("false", "null", "true")
_MEANT = {"none": "null", "nil": "null", "undefined": "null", "yes": "true", "no": "false"}
_LONGEST = 60
"""Characters of an argument that a fix repeats; a longer one is a letter."""

_SHOWN = 12

# function -> (how many arguments, what to write): {0} is an argument as it is, {a} the first one within operators
_FORMS: dict[str, tuple[int, str]] = {
    "if": (3, "if {0} then {1} else {2}"),
    "iif": (3, "if {0} then {1} else {2}"),
    "and": (2, "{a} and {b}"),
    "or": (2, "{a} or {b}"),
    "xor": (2, "{a} != {b}"),
    "not": (1, "not({0})"),
    "isblank": (1, "{a} = null"),
    "isempty": (1, "{a} = null"),
    "isnull": (1, "{a} = null"),
    "isna": (1, "{a} = null"),
    "iserror": (1, "{a} = null"),
    "exists": (1, "{a} != null"),
    "isnumber": (1, "{a} instance of number"),
    "istext": (1, "{a} instance of string"),
    "iferror": (2, "if {a} = null then {1} else {0}"),
    "ifna": (2, "if {a} = null then {1} else {0}"),
    "ifnull": (2, "if {a} = null then {1} else {0}"),
    "nvl": (2, "if {a} = null then {1} else {0}"),
    "coalesce": (2, "if {a} = null then {1} else {0}"),
    "upper": (1, "upper case({0})"),
    "ucase": (1, "upper case({0})"),
    "toupper": (1, "upper case({0})"),
    "lower": (1, "lower case({0})"),
    "lcase": (1, "lower case({0})"),
    "tolower": (1, "lower case({0})"),
    "len": (1, "string length({0})"),
    "length": (1, "string length({0})"),
    "left": (2, "substring({0}, 1, {1})"),
    "right": (2, "substring({0}, -{b})"),
    "mid": (3, "substring({0}, {1}, {2})"),
    "substr": (3, "substring({0}, {1}, {2})"),
    "find": (2, "contains({1}, {0})"),
    "search": (2, "contains({1}, {0})"),
    "concat": (2, "{a} + {b}"),
    "exact": (2, "{a} = {b}"),
    "startswith": (2, "starts with({0}, {1})"),
    "beginswith": (2, "starts with({0}, {1})"),
    "endswith": (2, "ends with({0}, {1})"),
    "text": (1, "string({0})"),
    "str": (1, "string({0})"),
    "value": (1, "number({0})"),
    "datevalue": (1, "date({0})"),
    "average": (1, "mean({0})"),
    "avg": (1, "mean({0})"),
    "stdev": (1, "stddev({0})"),
    "counta": (1, "count({0})"),
    "size": (1, "count({0})"),
    "round": (2, "round half up({0}, {1})"),
    "roundup": (2, "round up({0}, {1})"),
    "rounddown": (2, "round down({0}, {1})"),
    "int": (1, "floor({0})"),
    "ceil": (1, "ceiling({0})"),
    "mod": (2, "modulo({0}, {1})"),
    "power": (2, "{a} ** {b}"),
    "today": (0, "today()"),
    "now": (0, "now()"),
    "datediff": (2, "{b} - {a}"),
    "datedif": (2, "{b} - {a}"),
    "days": (2, "({a} - {b}).days"),
    **{
        part: (1, f"{{c}}.{part}") for part in ("year", "month", "day", "hour", "minute", "second", "weekday")
    },
}
_LOOKUP = "read the value from a fact: add a pattern that finds it; decision tables come with a later version"
_TOLD = {
    **dict.fromkeys(("vlookup", "hlookup", "xlookup", "lookup"), _LOOKUP),
    "countif": "write count(list[condition])",
    "countifs": "write count(list[condition])",
    "sumif": "write sum(list[condition])",
    "sumifs": "write sum(list[condition])",
    "averageif": "write mean(list[condition])",
    "ifs": "write if x then y else if z then ...",
    "switch": "write if x then y else if z then ...",
}
_LETTERS = ("x", "y", "z")
_OPERATIONS = (
    *(ast.Comparison, ast.Logic, ast.Arithmetic, ast.Between, ast.In, ast.If, ast.For),
    *(ast.Quantified, ast.InstanceOf, ast.FunctionLiteral),
)


def function_fix(name: str, arguments: Sequence[ast.Argument]) -> str:
    """Return what to write for a call of a function that is not there, or nothing where no guess is close."""
    known = foreign_form(name, arguments)
    if known:
        return known
    close = nearest(name, REGISTRY)
    return "" if close is None else f'did you mean "{close}"?'


def foreign_form(name: str, arguments: Sequence[ast.Argument]) -> str:
    """Return what to write for a call of a function that other notations have, or nothing."""
    lower = name.replace("_", "").lower()
    if lower in _FORMS:
        return f"write {_form(lower, [argument.value for argument in arguments])}"
    return _TOLD.get(lower, "")


def _form(name: str, arguments: list[Node]) -> str:
    count, form = _FORMS[name]
    plain, within = list(_LETTERS), list(_LETTERS)
    if len(arguments) == count:
        for index, argument in enumerate(arguments):
            text = format_node(argument)
            if len(text) <= _LONGEST:
                plain[index] = text
                within[index] = f"({text})" if isinstance(argument, _OPERATIONS) else text
    source = f"({plain[0]})" if plain[0] != "x" and isinstance(arguments[0], ast.Negation) else within[0]
    return form.format(*plain, a=within[0], b=within[1], c=source)


def name_fix(name: str, known: Iterable[str], scope: Scope, beside: FeelType | None) -> str:
    """Return what to write for a *name* that nothing declares; *beside* is the type it is compared with, if any."""
    choices = set(known)
    text = isinstance(beside, t.String)
    if isinstance(beside, t.String) and beside.enum is not None:
        listed = _same_but_case(name, beside.enum) or nearest(name, sorted(beside.enum))
        if listed is not None and _same_but_case(name, choices) is None:
            return f'write "{listed}" in quotes'
    if name.lower() in _MEANT and not text and _same_but_case(name, choices) is None:
        return f'did you mean "{_MEANT[name.lower()]}"?'
    constants = ("null",) if text else _CONSTANTS
    same = _same_but_case(name, (*choices, *constants))
    if same is not None:
        return f'did you mean "{same}"?'
    owners = _owners(name, scope)
    if owners:
        return f"did you mean {' or '.join(owners)}?"
    if name.lower() in ("today", "now"):
        return f"write {name.lower()}()"
    if isinstance(beside, t.String):
        return _quoted(name, choices, beside)
    # constants are listed only where they are meant
    alike = {constant for constant in _CONSTANTS if abs(len(constant) - len(name)) <= 1}
    close = nearest(name, choices | alike)
    return did_you_mean(name, choices) if close is None else f'did you mean "{close}"?'


def _same_but_case(name: str, known: Iterable[str]) -> str | None:
    return next((one for one in sorted(known) if one.lower() == name.lower()), None)


def _owners(name: str, scope: Scope) -> list[str]:
    """Return the paths to the field *name* of each record in sight, if they are few."""
    found = []
    for owner in sorted(scope.names()):
        variable = scope.lookup(owner)
        if variable is not None and isinstance(variable.type, t.ContextType) and name in variable.type.fields:
            found.append(f'"{owner}.{name}"')
    return found if len(found) <= 3 else []


def _quoted(name: str, known: set[str], beside: t.String) -> str:
    """Return how to write a *name* beside a string: a text in quotes, unless a field has nearly this name."""
    close = nearest(name, known)
    if beside.enum is not None:
        texts = ", ".join(f'"{text}"' for text in sorted(beside.enum)[:_SHOWN])
        return f'did you mean "{close}"?' if close else f"write a text in quotes, one of {texts}"
    return (
        f'did you mean "{close}", or the text "{name}" in quotes?' if close else f'write "{name}" in quotes'
    )
