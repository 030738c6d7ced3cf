"""Where an expression asks calendars: the calls of the built-ins that do, with the arguments that name a calendar or a shift."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.feel import ast
from engine.feel.builtins import REGISTRY
from engine.feel.builtins.shifts import FUNCTIONS
from engine.feel.calls import choose


@dataclass(frozen=True, slots=True)
class CalendarCall:
    """A call that asks a calendar, and what names the calendar and the shift in it, where something does."""

    node: ast.Call
    calendar: ast.Node | None
    shift: ast.Node | None


def calendar_calls(node: ast.Node) -> Iterator[CalendarCall]:
    """Yield each call in *node* of a built-in that asks calendars; one with wrong arguments is passed over."""
    for part in ast.walk(node):
        if not (isinstance(part, ast.Call) and isinstance(part.function, ast.Name)):
            continue
        name = part.function.name
        chosen = choose(REGISTRY[name], part) if name in FUNCTIONS else None
        if chosen is None:
            continue
        form, places = chosen
        given = {
            form.parameter(place).name: argument.value
            for place, argument in zip(places, part.arguments, strict=True)
        }
        yield CalendarCall(part, given.get("calendar"), given.get("shift"))


def asks_calendars(node: ast.Node) -> bool:
    """Return whether *node* asks a calendar: its value is then its rule set's own."""
    return any(True for _ in calendar_calls(node))
