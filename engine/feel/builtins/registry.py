"""The registry of built-in functions: each has one or more forms, and a form says its parameters in one line of text.

A form's guard checks counts and kinds, and turns a value into a list of one (or back) where the parameter asks for it
(DMN 1.5, 10.3.2.9.4), so that the functions themselves see only what they ask for. What does not fit is null.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, TypeVar

from engine.feel import types as t
from engine.feel.temporal import DateTimeValue, DateValue, DaysDuration, MonthsDuration, TimeValue
from engine.feel.types import FeelType
from engine.feel.values import ComparatorValue, FunctionValue, RangeValue
from engine.spc.capability import Process

TYPE_WORDS: dict[str, tuple[FeelType, tuple[type, ...]]] = {
    "number": (t.NUMBER, (int, Decimal)),
    "string": (t.STRING, (str,)),
    "boolean": (t.BOOLEAN, (bool,)),
    "null": (t.NULL, (type(None),)),
    "date": (t.DATE, (DateValue,)),
    "time": (t.TIME, (TimeValue,)),
    "date and time": (t.DATE_TIME, (DateTimeValue,)),
    "days and time duration": (t.DAYS_TIME, (DaysDuration,)),
    "years and months duration": (t.YEARS_MONTHS, (MonthsDuration,)),
    "list": (t.ANY_LIST, (list,)),
    "measurements": (t.ANY_LIST, (list, Process)),
    "context": (t.ANY_CONTEXT, (dict,)),
    "range": (t.ANY_RANGE, (RangeValue, ComparatorValue)),
    "function": (t.ANY_FUNCTION, (FunctionValue,)),
}
"""The words for types in signatures, with the classes of their values."""

ResultType = Callable[[Sequence[FeelType]], FeelType]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a form: the types it takes (none means any value, null included)."""

    name: str
    types: tuple[FeelType, ...]
    classes: frozenset[type]
    optional: bool

    def coerce(self, value: Any) -> tuple[bool, Any]:
        """Return whether *value* fits, and as what."""
        if not self.classes or type(value) in self.classes:
            return True, value
        if value is None:
            return False, None
        if list in self.classes:
            return True, [value]
        if type(value) is list and len(value) == 1 and type(value[0]) in self.classes:
            return True, value[0]
        return False, None


@dataclass(frozen=True, slots=True)
class Form:
    """One way to call a built-in. *spread*: arguments may be one list or its items; *clock*: `now` comes first.

    *bound* names what comes first instead: a value of the scope that no expression can name, or None where it has none.
    """

    name: str
    parameters: tuple[Parameter, ...]
    result: FeelType | ResultType
    function: Callable[..., Any]
    spread: bool
    clock: bool
    repeats: bool
    """Whether the last parameter takes any number of arguments."""
    bound: str = ""
    least: int = field(init=False)
    """The fewest arguments; and so *most*."""
    most: int = field(init=False)
    is_given: bool = field(init=False)
    """Whether something that is no argument comes first: the clock, or what is bound."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "least", sum(not p.optional for p in self.parameters))
        object.__setattr__(self, "most", len(self.parameters))
        object.__setattr__(self, "is_given", self.clock or bool(self.bound))

    def takes(self, count: int) -> bool:
        """Return whether *count* arguments fit."""
        if self.spread or self.repeats:
            return count >= max(1, self.least)
        return self.least <= count <= self.most

    def parameter(self, index: int) -> Parameter:
        """Return the parameter of the argument at *index*."""
        return self.parameters[min(index, len(self.parameters) - 1)]

    def places(self, names: Sequence[str]) -> tuple[int, ...] | None:
        """Return the position of each named argument, or None where the names do not fit."""
        known = [p.name for p in self.parameters]
        places = tuple(known.index(name) if name in known else -1 for name in names)
        # what takes anything takes null, which an argument is that is not given
        needed = {at for at, p in enumerate(self.parameters) if p.classes and not p.optional}
        if -1 in places or len(set(places)) != len(places) or not needed.issubset(places):
            return None
        return places

    def width(self, places: Sequence[int]) -> int:
        """Return how many arguments a call passes that gives those at *places*: what it leaves out on the way is null."""
        needed = [at for at, p in enumerate(self.parameters) if not p.optional and not self.repeats]
        return 1 + max((*places, *needed), default=-1)

    def result_of(self, arguments: Sequence[FeelType]) -> FeelType:
        """Return the type of the result for arguments of these types."""
        return self.result if isinstance(self.result, FeelType) else self.result(arguments)

    def guarded(self, *arguments: Any) -> Any:
        """Return the result for any arguments: null where they do not fit."""
        if self.spread:
            arguments = _gathered(arguments)
        if self.is_given:
            given, arguments = arguments[0], arguments[1:]
        if len(arguments) < self.least or (len(arguments) > self.most and not self.repeats):
            return None
        coerced = []
        for index, argument in enumerate(arguments):
            fits, value = self.parameter(index).coerce(argument)
            if not fits:
                return None
            coerced.append(value)
        return self.function(given, *coerced) if self.is_given else self.function(*coerced)

    def __str__(self) -> str:
        inner = ", ".join(f"{p.name}{'?' if p.optional else ''}" for p in self.parameters)
        return f"{self.name}({inner}{', ...' if self.spread or self.repeats else ''})"


def _gathered(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(arguments) == 1:
        return arguments
    return (list(arguments),)


@dataclass(frozen=True, slots=True)
class Builtin:
    """A built-in function: its name and its forms."""

    name: str
    forms: tuple[Form, ...]

    def by_count(self, count: int) -> Form | None:
        """Return the form for *count* arguments by position."""
        return next((form for form in self.forms if form.takes(count)), None)

    def by_names(self, names: Sequence[str]) -> tuple[Form, tuple[int, ...]] | None:
        """Return the form with these parameters, and each argument's position."""
        for form in self.forms:
            places = form.places(names)
            if places is not None:
                return form, places
        return None

    def as_value(self) -> FunctionValue:
        """Return the function as a FEEL value; those that read the clock or the scope are not values."""

        def dispatch(*arguments: Any) -> Any:
            form = self.by_count(len(arguments))
            return None if form is None or form.is_given else form.guarded(*arguments)

        return FunctionValue(None, dispatch, self.name)


REGISTRY: dict[str, Builtin] = {}
"""Every built-in by its name."""

_Function = TypeVar("_Function", bound=Callable[..., Any])


def builtin(
    name: str,
    signature: str,
    *,
    infer: ResultType | None = None,
    spread: bool = False,
    clock: bool = False,
    bound: str = "",
) -> Callable[[_Function], _Function]:
    """Register the function below as a form of *name*; its signature is text.

    `"a: number, b?: string|list, c...: any -> number"`: `?` marks what may be left out, `...` what may repeat.
    """
    inside, _, result_word = signature.partition("->")
    result = TYPE_WORDS[result_word.strip()][0] if result_word else t.ANY

    def register(function: _Function) -> _Function:
        parameters = tuple(_parameter(text) for text in inside.split(",") if text.strip())
        repeats = any(p.name.endswith("...") for p in parameters)
        parameters = tuple(replace(p, name=p.name.removesuffix("...")) for p in parameters)
        form = Form(name, parameters, infer or result, function, spread, clock, repeats, bound)
        known = REGISTRY[name].forms if name in REGISTRY else ()
        REGISTRY[name] = Builtin(name, (*known, form))
        return function

    return register


def _parameter(text: str) -> Parameter:
    name, _, kinds = text.partition(":")
    words = [word.strip() for word in kinds.split("|")]
    found = [] if words == ["any"] else [TYPE_WORDS[word] for word in words]
    classes = frozenset(cls for _, group in found for cls in group)
    return Parameter(
        name.strip().rstrip("?"), tuple(kind for kind, _ in found), classes, name.strip().endswith("?")
    )


def type_of_value(value: Any) -> FeelType:
    """Return the type of a value, or Null for null."""
    if value is None:
        return t.NULL
    return next((kind for kind, classes in TYPE_WORDS.values() if type(value) in classes), t.ANY)
