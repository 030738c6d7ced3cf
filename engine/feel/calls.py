"""The checker's rules for calls: which function, how many arguments, of what types, and the type of the result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.diagnostics import did_you_mean
from engine.feel import ast
from engine.feel import types as t
from engine.feel.advice import foreign_form, function_fix
from engine.feel.builtins import REGISTRY, Builtin, Form, Parameter
from engine.feel.builtins.domains import impossible
from engine.feel.builtins.patterns import refusal_of
from engine.feel.printer import format_node
from engine.feel.reading import NOT_LITERAL, literal_value
from engine.feel.types import FeelType, is_unknown

if TYPE_CHECKING:
    from engine.feel.checker import Checker

_READS_TEXT = frozenset(
    ("date", "time", "date and time", "duration", "years and months duration", "number", "matches")
)
"""Built-ins whose literal arguments can be tried at once: null then means that the text is wrong."""

_OF_NUMBERS = frozenset(
    (
        *("sum", "product", "mean", "median", "stddev", "trend", "slope", "cusum", "ewma", "control limits"),
        *("nelson", "nelson signals", "western electric", "western electric signals"),
        *("cp", "cpk", "cpl", "cpu", "pp", "ppk", "ppl", "ppu"),
    )
)
"""Built-ins whose first argument is a list of numbers, but for a sum of durations."""


def check_call(checker: Checker, node: ast.Call) -> FeelType:
    """Return the type of a call, and note what is wrong with it."""
    arguments = [checker.infer(argument.value) for argument in node.arguments]
    found = builtin_of(checker, node)
    if found is not None:
        return _check_builtin(checker, node, found, arguments)
    if isinstance(node.function, ast.Name) and checker.lookup(node.function.name) is None:
        name = node.function.name
        fix = function_fix(name, node.arguments)
        checker.fault(node.function, "unknown-function", f'there is no function "{name}"', fix)
        return t.ANY
    function = checker.infer(node.function)
    if isinstance(function, t.FunctionType):
        if function.parameters is not None:
            _check_own(checker, node, function, arguments)
        return function.result
    if not is_unknown(function):
        text = format_node(node.function)
        fix = foreign_form(text, node.arguments)
        checker.fault(node.function, "unknown-function", f"{text} is {function.word}, not a function", fix)
    return t.ANY


def _check_own(checker: Checker, node: ast.Call, function: t.FunctionType, arguments: list[FeelType]) -> None:
    """Note what is wrong with the arguments of a function that is no built-in."""
    known = function.parameters or ()
    called = format_node(node.function)
    names = [argument.name for argument in node.arguments if argument.name is not None]
    if function.names is not None and names:
        for argument in node.arguments:
            if argument.name is not None and argument.name not in function.names:
                fix = did_you_mean(argument.name, function.names)
                checker.fault(argument, "wrong-arguments", f'{called} takes no "{argument.name}"', fix)
        places = [function.names.index(name) if name in function.names else None for name in names]
    elif len(known) != len(arguments) and not (names and len(arguments) < len(known)):
        fix = "" if function.names is None else f"write {called}({', '.join(function.names)})"
        message = f"{called} takes {_count(len(known))}, not {len(arguments)}"
        checker.fault(node, "wrong-arguments", message, fix)
        return
    else:
        places = [None] * len(arguments) if names else list(range(len(arguments)))
    for argument, kind, place in zip(node.arguments, arguments, places, strict=True):
        if place is not None and not may_be(kind, known[place]):
            wanted, own = t.bare(known[place]).word, t.bare(kind).word
            message = f"{called} takes {wanted} here, and {format_node(argument.value)} is {own}"
            checker.fault(argument, "type-mismatch", message)


def may_be(kind: FeelType, wanted: FeelType) -> bool:
    """Return whether a value of type *kind* may be coerced to one of *wanted* (DMN 1.5, 10.3.2.9.4)."""
    kind, wanted = t.bare(kind), t.bare(wanted)
    if is_unknown(kind) or is_unknown(wanted):
        return True
    if isinstance(wanted, t.ListType):
        return may_be(kind.item if isinstance(kind, t.ListType) else kind, wanted.item)
    if isinstance(kind, t.ListType):
        return may_be(kind.item, wanted)
    if isinstance(kind, t.Date) and isinstance(wanted, t.DateTime):
        return True
    return t.comparable(kind, wanted)


def builtin_of(checker: Checker, node: ast.Call) -> Builtin | None:
    """Return the built-in that is called: one of that name, unless a function of the rule's own hides it."""
    if not isinstance(node.function, ast.Name):
        return None
    own = t.bare(checker.lookup(node.function.name) or t.ANY)
    return None if isinstance(own, t.FunctionType) else REGISTRY.get(node.function.name)


def choose(builtin: Builtin, node: ast.Call) -> tuple[Form, tuple[int, ...]] | None:
    """Return the form that a call uses, and the position of each of its arguments."""
    names = [argument.name for argument in node.arguments]
    given = [name for name in names if name is not None]
    if given:
        return builtin.by_names(given)
    form = builtin.by_count(len(names))
    return None if form is None else (form, tuple(range(len(names))))


def _check_builtin(checker: Checker, node: ast.Call, builtin: Builtin, arguments: list[FeelType]) -> FeelType:
    chosen = choose(builtin, node)
    if chosen is None:
        forms = " or ".join(str(form) for form in builtin.forms)
        named = any(argument.name for argument in node.arguments)
        given = "these names" if named else str(len(arguments))
        checker.fault(node, "wrong-arguments", f"{builtin.name} does not take {given}", f"write {forms}")
        return t.NULL
    form, places = chosen
    ordered: list[FeelType] = [t.ANY] * form.width(places)
    for argument, place, kind in zip(node.arguments, places, arguments, strict=True):
        ordered[place] = kind
        parameter = form.parameter(place)
        if not form.spread and not _takes(parameter, kind):
            wanted = " or ".join(p.word for p in parameter.types)
            checker.fault(
                argument,
                "type-mismatch",
                f"{builtin.name} takes {wanted} here, and {format_node(argument.value)} is {kind.word}",
                f"write string({format_node(argument.value)})" if parameter.types == (t.STRING,) else "",
            )
    _try_literals(checker, node, form)
    _try_numbers(checker, node, form)
    _try_constants(checker, node, form, places)
    return form.result_of(ordered)


def _try_numbers(checker: Checker, node: ast.Call, form: Form) -> None:
    """Note a list that holds no numbers where numbers are asked for."""
    values = [argument.value for argument in node.arguments]
    if form.name not in _OF_NUMBERS or not values or any(argument.name for argument in node.arguments):
        return
    kind = t.bare(checker.of(values[0]))
    item = t.bare(kind.item) if isinstance(kind, t.ListType) else t.ANY
    if isinstance(values[0], ast.Path | ast.Name) and isinstance(item, t.String | t.Boolean | t.ContextType):
        text = format_node(values[0])
        fix = f"name a field that is a number, as {text}.field" if isinstance(item, t.ContextType) else ""
        message = f"{form.name} takes numbers here, and each of {text} is {item.word}"
        checker.fault(values[0], "type-mismatch", message, fix)


def _takes(parameter: Parameter, kind: FeelType) -> bool:
    if not parameter.types or is_unknown(kind) or isinstance(kind, t.AnyDuration):
        return True
    if any(isinstance(p, t.ListType) or type(p) is type(kind) for p in parameter.types):
        return True
    # a list of one counts as its item
    return isinstance(kind, t.ListType) and _takes(parameter, kind.item)


def _try_literals(checker: Checker, node: ast.Call, form: Form) -> None:
    """Note a pattern or a date that cannot be read, where it stands in the rule itself."""
    values = [argument.value for argument in node.arguments]
    if form.name not in _READS_TEXT or any(argument.name for argument in node.arguments):
        return
    texts = [value.value for value in values if isinstance(value, ast.StringLiteral)]
    if form.name == "matches":
        texts = ["", *(v.value for v in values[1:] if isinstance(v, ast.StringLiteral))]
        if len(texts) == len(values) and form.guarded(*texts) is None:
            reason, fix = refusal_of(texts[1])
            why = f": {reason[:120]}" if reason else " that is known here"
            message = f"{format_node(values[1])} is no regular expression{why}"
            checker.fault(
                values[1], "bad-pattern", message, fix or "write it as XPath has it, without look-around"
            )
    elif len(texts) == len(values) and form.guarded(*texts) is None:
        checker.fault(node, "bad-literal", f"{format_node(node)} is null: the text cannot be read")


def _try_constants(checker: Checker, node: ast.Call, form: Form, places: tuple[int, ...]) -> None:
    """Note each argument, known already, with which the call is null whatever its other arguments are."""
    given = {
        form.parameter(place).name: argument for argument, place in zip(node.arguments, places, strict=True)
    }
    values = {name: checker.known(argument.value) for name, argument in given.items()}
    known = {name: value for name, value in values.items() if value is not NOT_LITERAL}
    listed = t.bare(checker.of(given["values"].value)) if "values" in given else t.ANY
    are_single = isinstance(listed, t.ListType) and isinstance(t.bare(listed.item), t.Number)
    for parameter, why, fix in impossible(form.name, known, given, are_single=are_single):
        argument, value = given[parameter], known[parameter]
        text = format_node(argument.value)
        is_literal = literal_value(argument.value) is not NOT_LITERAL
        shown = text if is_literal else f"{text}, which is {value},"
        message = f"{form.name} is always null here: {why.format(shown).rstrip(',')}"
        checker.fault(argument, "impossible-argument", message, fix)


def _count(count: int) -> str:
    return "one argument" if count == 1 else f"{count} arguments"
