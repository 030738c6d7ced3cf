"""The YAML of a scenario in, a Scenario out, or every fault of the document with its place.

A scenario that expects nothing is a fault: it would pass whatever the rules say.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from engine import feel
from engine.admission import parse_time
from engine.diagnostics import Diagnostic, Span, did_you_mean, error, has_errors, in_order
from engine.feel import DaysDuration
from engine.model import INVENTORY_STATUSES, SUBJECTS
from engine.rulebook import plain_key
from engine.scenario.model import Expectation, Expected, Post, Refusal, Scenario, Step
from engine.scenario.shape import KINDS, SCENARIO
from engine.shapes import faults as structural_faults
from engine.shapes.actions import HOLD_STATUSES
from engine.source import Document, Path, load

DEFAULT_START = datetime(2026, 1, 5, 6, tzinfo=UTC)
"""A Monday morning shift: when the clock begins where a scenario does not say."""

_EXPECTED = ("decisions", "nothing", "absent", "refused", "holds", "cases", "findings", "stale")
"""Keys that expect something."""

_FIELDS = {"order": "order_id", "lot": "lot_id"}
"""The fields of findings that scenarios name as subjects."""

NUMBERS = ("priority", "quantity", "count", "step", "again")
"""Values of decisions that are numbers."""


def parse_scenario(text: str, file: str) -> tuple[Scenario | None, tuple[Diagnostic, ...]]:
    """Return the scenario in *text*, None where it has errors, and every diagnostic."""
    document = load(text, file)
    faults = list(document.diagnostics)
    if not document.is_readable:
        return None, in_order(faults)
    faults.extend(structural_faults(document, SCENARIO.record))
    if has_errors(faults):
        return None, in_order(faults)
    found = _Reader(document, faults).scenario()
    return (None if has_errors(faults) else found), in_order(faults)


class _Reader:
    """Reads one document whose structure is sound."""

    def __init__(self, document: Document, faults: list[Diagnostic]) -> None:
        self._document = document
        self._faults = faults

    def scenario(self) -> Scenario:
        """Return the whole scenario."""
        value = self._document.value
        start = self._start(value.get("start"))
        steps = tuple(self._steps(value["steps"], start))
        if not any(step.expect is not None for step in steps):
            message = f'scenario "{value["scenario"]}" expects nothing, so it would always pass'
            self._fault("no-expectation", ("scenario",), message, "add expect: to a step")
        return Scenario(
            name=value["scenario"],
            title=value.get("title", ""),
            file=self._document.file,
            rules=tuple(_many(value.get("rules", []))),
            steps=steps,
            span=self._document.span(("scenario",)),
            rules_span=self._document.span(("rules",)) if "rules" in value else None,
        )

    def _start(self, written: str | None) -> datetime:
        if written is None:
            return DEFAULT_START
        moment = parse_time(written)
        if moment is None:
            self._fault("bad-time", ("start",), f'"{written}" is not a time', "such as 2026-03-02T06:00:00Z")
        return moment or DEFAULT_START

    def _steps(self, steps: list[dict[str, Any]], start: datetime) -> Iterator[Step]:
        now = start
        for number, step in enumerate(steps):
            path: Path = ("steps", number)
            at = self._when(path, step, start, now)
            if at < now:
                self._fault(
                    "time-order",
                    (*path, "at"),
                    "this step is earlier than the one before it",
                    "order steps by time",
                )
            now = max(at, now)
            expect = self._expectation((*path, "expect"), step["expect"]) if "expect" in step else None
            yield Step(now, tuple(self._posts(path, step.get("post", []))), expect, self._document.span(path))

    def _when(self, path: Path, step: dict[str, Any], start: datetime, before: datetime) -> datetime:
        for key, base in (("at", start), ("after", before)):
            if key not in step:
                continue
            moment = parse_time(step[key]) if key == "at" else None
            if moment is not None:
                return moment
            duration = feel.parse_duration(step[key])
            length = duration.to_timedelta() if isinstance(duration, DaysDuration) else None
            if length is not None:
                return base + length
            fix = "such as 10 min, 2 h or PT15M" + (", or 2026-03-02T06:00:00Z" if key == "at" else "")
            self._fault("bad-time", (*path, key), f'"{step[key]}" is not a duration', fix)
        return before

    def _posts(self, step: Path, posts: Any) -> Iterator[Post]:
        many = isinstance(posts, list)
        for number, post in enumerate(_many(posts)):
            path = (*step, "post", number) if many else (*step, "post")
            places = {
                "type": self._document.span((*path, "type")),
                **self._fields((*path, "data"), post["data"]),
            }
            yield Post(post, self._document.span(path), places)

    def _fields(self, path: Path, data: dict[str, Any]) -> dict[str, Span]:
        return {f"data.{name}": self._document.key_span((*path, name)) for name in data}

    def _expectation(self, path: Path, expect: dict[str, Any]) -> Expectation:
        exactly = expect.get("exactly", False) or expect.get("nothing", False)
        if not any(key in expect for key in _EXPECTED if key != "nothing" or expect.get(key)):
            self._fault(
                "no-expectation",
                path,
                "this expects nothing",
                "name decisions, absent, refused, holds, cases, findings or nothing: true",
            )
        if expect.get("nothing") and "decisions" in expect:
            message = "nothing may be decided, and yet decisions are expected"
            self._fault("conflicting-keys", (*path, "nothing"), message, "keep one of the two")
        if expect.get("in_order") and "decisions" not in expect:
            message = "there are no decisions whose order could be looked at"
            self._fault("conflicting-keys", (*path, "in_order"), message, "name the decisions")
        return Expectation(
            decisions=self._decisions((*path, "decisions"), expect.get("decisions", [])),
            exactly=bool(exactly),
            absent=self._decisions((*path, "absent"), expect.get("absent", [])),
            refused=tuple(self._refusals((*path, "refused"), expect.get("refused", []))),
            holds=self._all(path, "holds", "hold", expect),
            stale=expect.get("stale"),
            span=self._document.span(path),
            cases=self._all(path, "cases", "case", expect),
            in_order=bool(expect.get("in_order")),
            findings=self._findings((*path, "findings"), expect.get("findings")),
        )

    def _findings(self, path: Path, findings: list[dict[str, Any]] | None) -> tuple[Expected, ...] | None:
        """Return what must be found, or None where nothing is said of it."""
        if findings is None:
            return None
        found = []
        for number, one in enumerate(findings):
            values = {_FIELDS.get(name, name): value for name, value in one.items()}
            text = f"finding {', '.join(f'{name}: {_shown(value)}' for name, value in one.items())}"
            span = self._document.span((*path, number))
            found.append(Expected("finding", None, values, None, None, span, text))
        return tuple(found)

    def _all(self, path: Path, key: str, kind: str, expect: dict[str, Any]) -> tuple[Expected, ...] | None:
        """Return the states of *kind* that must stand, or None where nothing is said of them."""
        if expect.get(key) is None:
            return None
        return tuple(self._expected((*path, key, n), kind, one, {}) for n, one in enumerate(expect[key]))

    def _decisions(self, path: Path, decisions: Any) -> tuple[Expected, ...]:
        many = isinstance(decisions, list)
        found = []
        for number, decision in enumerate(_many(decisions)):
            here = (*path, number) if many else path
            kind = next(k for k in KINDS if k in decision)
            found.append(self._expected(here, kind, decision[kind], decision))
        return tuple(found)

    def _expected(self, path: Path, kind: str, body: dict[str, Any], around: dict[str, Any]) -> Expected:
        values = dict(body)
        rule = around.get("rule") or (values.pop("rule", None) if not around else None)
        here = (*path, kind) if around else path
        places = {} if rule is None else {"rule": self._document.span((*path, "rule"))}
        subject = None
        if kind == "assert":
            if len(values) > 1:
                self._fault(
                    "conflicting-keys", here, "one decision asserts one fact", "expect them one by one"
                )
            fact_type, fields = next(iter(values.items()))
            places |= {"type": self._document.key_span((*here, fact_type))}
            places |= self._fields((*here, fact_type), fields)
            values, subject = dict(fields), (fact_type, None)
        else:
            name = next((name for name in SUBJECTS if name in values), None)
            subject = None if name is None else (name, values.pop(name))
            if _is_number(begins := values.get("from_operation")):
                values["from_operation"] = feel.to_text(plain_key(begins))  # operations are known by names
            self._values_fit(here, kind, values)
        text = f"{kind} {', '.join(f'{k}: {_shown(v)}' for k, v in body.items())}"
        if rule:
            text += f" by {rule}"
        if (row := around.get("row")) is not None:
            text += f" row {row}"
            places["row"] = self._document.span((*path, "row"))
        span = self._document.span(path)
        return Expected(kind, subject, values, rule, around.get("status"), span, text, places, row)

    def _values_fit(self, path: Path, kind: str, values: dict[str, Any]) -> None:
        """Refuse values that no decision can have, since what can never come is never found absent."""
        statuses = INVENTORY_STATUSES if kind == "release" else HOLD_STATUSES
        for name, value in values.items():
            if name == "inventory_status" and not isinstance(value, dict) and value not in statuses:
                message = f'"inventory_status" cannot be "{value}"'
                self._fault("action-value", (*path, name), message, did_you_mean(str(value), statuses))
            elif name in NUMBERS and (not _is_number(value)):
                self._fault("action-value", (*path, name), f'"{name}" is a number, not {_shown(value)}')

    def _refusals(self, path: Path, refusals: Any) -> Iterator[Refusal]:
        many = isinstance(refusals, list)
        for number, one in enumerate(_many(refusals)):
            text = ", ".join(f"{key}: {value}" for key, value in one.items())
            span: Span = self._document.span((*path, number) if many else path)
            yield Refusal(one.get("code"), one.get("pointer"), one.get("message"), span, text)

    def _fault(self, code: str, path: Path, message: str, fix: str = "") -> None:
        self._faults.append(error(code, self._document.span(path), message, fix))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _shown(value: Any) -> str:
    if isinstance(value, dict) and set(value) == {"contains"}:
        return f"...{value['contains']}..."
    return str(value)
