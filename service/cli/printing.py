"""Decisions as people and machines read them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from service.cli.paint import Paint, count, plain, plain_line

if TYPE_CHECKING:
    from engine.decisions import Warned

_COLOURS = {
    "hold": "red",
    "release": "green",
    "route": "magenta",
    "escalate": "yellow",
    "notify": "cyan",
    "reprioritise": "blue",
    "open_case": "red",
    "resolve_case": "green",
    "ask": "yellow",
    "sign": "green",
}
_ABOUT_FACTS = ("outside-shifts", "retraction-forgotten", "too-late", "waits-full", "window-full")
"""Codes of warnings that tell of a fact, not of a part of a condition."""
MOST_WARNINGS = 20
"""Warnings of conditions printed one by one."""

_DETAILS = ("to", "inventory_status", "priority", "quantity", "message", "answer_by")


def json_line(value: Any) -> str:
    """Return *value* as one line of JSON; decimals are numbers, keys stand as they came."""
    import msgspec

    global _ENCODER  # noqa: PLW0603 - made once, and late: `check` needs none
    if _ENCODER is None:
        _ENCODER = msgspec.json.Encoder(decimal_format="number")
    text: str = _ENCODER.encode(value).decode()
    return text


_ENCODER: Any = None


def unknown_lines(unknown: Mapping[tuple[str, str], int], paint: Paint) -> Iterator[str]:
    """Yield one line for each field that facts carried and their types do not declare, by (fact type, field)."""
    for (fact_type, name), number in sorted(unknown.items()):
        carried = f"{count(number, 'fact')} carried"
        said = plain(f'{fact_type} has no field "{name[:60]}", which {carried}; no rule reads it')
        yield f"{paint('yellow', 'unknown')}  {said}\n"


def warning_lines(warnings: Mapping[Warned, int], paint: Paint) -> Iterator[str]:
    """Yield one line for each part of a condition that came to null by itself, and for each way in which facts do not count.

    Each says how many facts it was; of facts that do not count, the first is named.
    """
    summed: dict[tuple[str, ...], tuple[Warned, int]] = {}
    for warned, number in warnings.items():
        what = warned.code if warned.code in _ABOUT_FACTS else warned.message
        first, before = summed.setdefault((warned.place, warned.rule, warned.text, what), (warned, 0))
        summed[warned.place, warned.rule, warned.text, what] = (first, before + number)
    ordered = sorted(summed.values(), key=lambda one: (-one[1], one[0].place, one[0].message))
    for warned, number in ordered[:MOST_WARNINGS]:
        number_of = count(number, "fact")
        if warned.code not in _ABOUT_FACTS:
            number_of = f"{warned.text} was null for {number_of}"
        elif number > 1:
            number_of += ", the first of them"
        said = plain(f"{warned.place}: {warned.rule or warned.text}: {number_of}: ")
        yield f"{paint('yellow', 'warning')}  {said}{plain(warned.message)} [{warned.code}]\n"
    if len(ordered) > MOST_WARNINGS:
        yield f"{paint('yellow', 'warning')}  and {len(ordered) - MOST_WARNINGS:,} more\n"


def finding_lines(findings: Mapping[str, int], paint: Paint) -> Iterator[str]:
    """Yield one line for each kind of finding, with how many there are."""
    for kind, number in sorted(findings.items()):
        yield f"{paint('yellow', 'finding')}  {plain_line(kind)} {number:,}\n"


def human_line(decision: Mapping[str, Any], paint: Paint | None = None) -> str:
    """Return a decision's JSON object as one line for people."""
    paint = Paint(sys.stdout) if paint is None else paint
    kind, subject, values = decision["kind"], decision["subject"], decision.get("values") or {}
    details = [*([_signature(values)] if kind == "sign" else [])]
    details += [
        f"{name.replace('_', ' ')} {values[name]}" for name in _DETAILS if values.get(name) is not None
    ]
    if decision.get("reason"):
        details.append(str(decision["reason"]))
    status = (
        "" if decision.get("status", "decided") == "decided" else paint("yellow", f" [{decision['status']}]")
    )
    when = paint("dim", str(decision["time"]))
    about = paint("bold", plain_line(f"{subject['type']} {subject['id']}"))
    name = f"  {paint('dim', plain_line(f'({rule})'))}" if (rule := decision["rule"]) else ""
    return f"{when}  {paint(_COLOURS.get(kind, 'bold'), f'{kind:12}')} {about}  {plain_line('; '.join(details))}{status}{name}"


def _signature(values: Mapping[str, Any]) -> str:
    """Return who signed what, what it means, and which signatures are still waited for."""
    meaning = f": {values['meaning']}" if values.get("meaning") else ""
    waits = f", waits for {' and '.join(values['waits_for'])}" if values.get("waits_for") else ""
    role = f" ({values['role']})" if values.get("role") else ""
    return f"{values.get('disposition')} by {values.get('by')}{role}{meaning}{waits}"
