"""Plain JSON values -> a Fact that fits the rule book, or every fault in it with its JSON Pointer.

Takes the fact types, the systems and the flows of a rule book. It must not read the clock or remember facts.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Protocol

from engine.admission.decoding import DEFAULT_LIMITS, Limits, escape, refuse, short
from engine.admission.schema import compile_schema, key_schema, schema_faults
from engine.admission.ways import Ways
from engine.admission.wire import CONTEXT, parse_time
from engine.decisions import Fact
from engine.diagnostics import FactFault, FactRefused, did_you_mean, nearest
from engine.model import FactType, Flow, Kind, System

OWNERSHIP = frozenset({"wrong-owner", "unknown-source", "reserved-source"})
"""Codes of faults that say this sender may not send this fact."""


_EXTENSION_NAME = re.compile(r"[a-z0-9]{1,64}\Z")
_JSON_MEDIA = re.compile(r"[\w.+-]+/(json|[\w.-]+\+json)\s*(;.*)?\Z", re.ASCII | re.IGNORECASE)
_WORDS = re.compile(r"[^A-Za-z0-9]+")
_SCHEMES = frozenset({"urn", "http", "https"})


class Declarations(Protocol):
    """The part of a rule book that admission reads."""

    @property
    def fact_types(self) -> Mapping[str, FactType]:
        """Return the fact types by name."""

    @property
    def systems(self) -> Mapping[str, System]:
        """Return the systems by name."""

    @property
    def flows(self) -> tuple[Flow, ...]:
        """Return the flows between the systems."""


class Admission:
    """The gate before a session: turns envelopes into facts that fit the rule book's declarations.

    *reserved* systems are refused as senders, whatever they own: the service speaks for `lineside` itself.
    """

    def __init__(
        self, rulebook: Declarations, limits: Limits = DEFAULT_LIMITS, reserved: Collection[str] = ()
    ) -> None:
        self._fact_types = rulebook.fact_types
        self._systems = rulebook.systems
        self._flows = rulebook.flows
        self._limits = limits
        self._reserved = frozenset(reserved)
        self._word_to_system = {
            word.lower(): system.name for system in rulebook.systems.values() for word in system.sources
        }
        self._validators: dict[tuple[str, str], Any] = {}
        self._ways = Ways(limits)
        self.recognise = self._ways.recognise
        """Bytes -> the fact in them at once if it came as most do, else None: admit() of what decode() gives says what it is."""

    def admit(self, envelope: Any, received: datetime) -> Fact:
        """Return the fact in *envelope*; *received* (aware) is its time where the envelope has none.

        Raises FactRefused with every fault: of the envelope, of ownership, and of data against the schema.
        """
        if (plain := self._ways.admit(envelope)) is not None:
            return plain
        if not isinstance(envelope, dict):
            raise refuse("not-an-object", "", "a fact is a JSON object with id, source, type and data")
        faults: list[FactFault] = []
        identity = {name: self._text(envelope, name, faults) for name in ("id", "source", "type")}
        time = self._time(envelope, received, faults)
        subject = self._optional_text(envelope, "subject", faults)
        op = self._op(envelope, faults)
        extensions = self._extensions(envelope, faults)
        fact_type = self._fact_type(identity["type"], faults)
        if fact_type is not None:
            self._check_owner(identity["source"], fact_type, faults)
            if op == "retract" and fact_type.kind is Kind.EVENT:
                message = f"{fact_type.name} is an event, and what happened cannot be retracted"
                faults.append(FactFault("retract-event", "/op", message))
        data = self._data(envelope, fact_type, op, faults)
        if faults:
            raise FactRefused(faults[: self._limits.faults])
        if fact_type is not None and op == "assert":
            self._ways.remember(identity["source"], fact_type, self._validator(fact_type, op).is_valid)
        return Fact(
            source=identity["source"],
            id=identity["id"],
            type=identity["type"],
            time=time,
            data=data,
            subject=subject,
            op=op,
            extensions=extensions or None,
        )

    def as_sent(self, envelope: Any, received: datetime) -> Fact | None:
        """Return the fact that *envelope* says, whoever sends it, whatever its type and its data; None where it is none."""
        if not isinstance(envelope, dict) or not isinstance(envelope.get("data"), dict):
            return None
        faults: list[FactFault] = []
        source, name, fact_type = (self._text(envelope, key, faults) for key in ("source", "id", "type"))
        fact = Fact(
            source=source,
            id=name,
            type=fact_type,
            time=self._time(envelope, received, faults),
            data=envelope["data"],
            subject=self._optional_text(envelope, "subject", faults),
            op=self._op(envelope, faults),
            extensions=self._extensions(envelope, faults) or None,
        )
        return None if faults else fact

    def system_of(self, source: str) -> str | None:
        """Return the system that *source* belongs to by its first word, or None."""
        for word in _WORDS.split(source):
            if word and word.lower() not in _SCHEMES:
                return self._word_to_system.get(word.lower())
        return None

    def _text(self, envelope: dict[str, Any], name: str, faults: list[FactFault]) -> str:
        pointer = f"/{name}"
        if name not in envelope:
            faults.append(FactFault("missing", pointer, f'"{name}" is missing'))
            return ""
        value = envelope[name]
        if not isinstance(value, str):
            faults.append(FactFault("not-text", pointer, f'"{name}" must be text, not {_kind(value)}'))
            return ""
        if not value.strip():
            faults.append(FactFault("empty", pointer, f'"{name}" must not be empty'))
            return ""
        if len(value) > self._limits.identity:
            message = f'"{name}" has {len(value):,} characters; at most {self._limits.identity:,} are allowed'
            faults.append(FactFault("text-too-long", pointer, message))
            return ""
        return value

    def _optional_text(self, envelope: dict[str, Any], name: str, faults: list[FactFault]) -> str | None:
        if envelope.get(name) is None:
            return None
        return self._text(envelope, name, faults) or None

    def _time(self, envelope: dict[str, Any], received: datetime, faults: list[FactFault]) -> datetime:
        value = envelope.get("time")
        if value is None:
            return received.astimezone(UTC)
        moment = parse_time(value) if isinstance(value, str) else None
        if moment is None:
            shown = f'"{short(value)}"' if isinstance(value, str) else _kind(value)
            message = f"{shown} is not an RFC 3339 time with a zone, such as 2026-01-31T13:45:00Z"
            faults.append(FactFault("bad-time", "/time", message))
            return received
        return moment

    @staticmethod
    def _op(envelope: dict[str, Any], faults: list[FactFault]) -> str:
        value = envelope.get("op")
        if value is None or value == "assert":
            return "assert"
        if value != "retract":
            faults.append(FactFault("bad-op", "/op", '"op" must be "assert" or "retract"'))
            return "assert"
        return "retract"

    @staticmethod
    def _extensions(envelope: dict[str, Any], faults: list[FactFault]) -> dict[str, Any]:
        """Return the extension attributes; report unknown keys, and what a JSON data fact cannot have."""
        extensions: dict[str, Any] = {}
        version = envelope.get("specversion")
        if version is not None and version != "1.0":
            faults.append(FactFault("bad-specversion", "/specversion", '"specversion" must be "1.0"'))
        for name, value in envelope.items():
            if name in CONTEXT:
                continue
            pointer = f"/{escape(name)}"
            if name == "data_base64":
                message = 'binary data is not read; send the data as a JSON object in "data"'
                faults.append(FactFault("binary-data", pointer, message))
            elif name == "datacontenttype":
                if value is not None and not (isinstance(value, str) and _JSON_MEDIA.match(value)):
                    message = '"datacontenttype" must be application/json; other data is not read'
                    faults.append(FactFault("bad-datacontenttype", pointer, message))
            elif name != "dataschema" and not _EXTENSION_NAME.match(name):
                known = CONTEXT | {"datacontenttype", "dataschema"}
                close = nearest(name, known)
                fix = (
                    f'did you mean "{close}"?'
                    if close
                    else "extension names are lower-case letters and digits"
                )
                faults.append(FactFault("unknown-key", pointer, f'unknown key "{short(name)}"; {fix}'))
            elif value is None:
                continue
            elif isinstance(value, str | bool | int):
                extensions[name] = value
            else:
                message = f'extension "{name}" must be text, a boolean or an integer, not {_kind(value)}'
                faults.append(FactFault("bad-extension", pointer, message))
        return extensions

    def _fact_type(self, name: str, faults: list[FactFault]) -> FactType | None:
        if not name:
            return None
        found = self._fact_types.get(name)
        if found is None:
            message = f'unknown fact type "{short(name)}"; {did_you_mean(name, self._fact_types)}'
            faults.append(FactFault("unknown-fact-type", "/type", message))
        return found

    def _check_owner(self, source: str, fact_type: FactType, faults: list[FactFault]) -> None:
        if not source:
            return
        system = self.system_of(source)
        if system is None:
            words = ", ".join(sorted(self._word_to_system))
            message = (
                f'source "{short(source)}" belongs to no known system; its first word must be one of: {words}'
            )
            faults.append(FactFault("unknown-source", "/source", message))
        elif system in self._reserved:
            message = f'source "{short(source)}" belongs to {system}, which sends its own facts itself'
            faults.append(FactFault("reserved-source", "/source", message))
        elif system not in fact_type.owners:
            owner = " or ".join(fact_type.owners)
            flow = next((f for f in self._flows if fact_type.name in f.facts), None)
            way = ""
            if flow is not None:
                way = f" (flow: {flow.name.replace('-', ' ')}, {flow.owner} -> {flow.receiver})"
            message = f"{fact_type.name} belongs to {owner}{way}; {system} may not send it"
            faults.append(FactFault("wrong-owner", "/source", message))

    def _data(
        self, envelope: dict[str, Any], fact_type: FactType | None, op: str, faults: list[FactFault]
    ) -> dict[str, Any]:
        if "data" not in envelope:
            if "data_base64" not in envelope:
                faults.append(FactFault("missing", "/data", '"data" is missing'))
            return {}
        data = envelope["data"]
        if not isinstance(data, dict):
            faults.append(FactFault("not-an-object", "/data", f'"data" must be an object, not {_kind(data)}'))
            return {}
        if fact_type is None:
            return {}
        validator = self._validator(fact_type, op)
        if not validator.is_valid(data):
            for error in validator.iter_errors(data):
                faults.extend(schema_faults(error, fact_type))
                if len(faults) >= self._limits.faults:
                    break
        if fact_type.kind is Kind.STATE:
            _check_key(data, fact_type, faults)
        return data

    def _validator(self, fact_type: FactType, op: str) -> Any:
        found = self._validators.get((fact_type.name, op))
        if found is None:
            schema = fact_type.schema if op == "assert" else key_schema(fact_type)
            found = self._validators[fact_type.name, op] = compile_schema(schema)
        return found


def _check_key(data: dict[str, Any], fact_type: FactType, faults: list[FactFault]) -> None:
    """Add a fault for each part of a state's key that is not there, or that nothing can be looked up by."""
    named = {fault.pointer for fault in faults}
    for name in fact_type.key:
        value = data.get(name)
        pointer = f"/data/{escape(name)}"
        if pointer in named:
            continue
        if value is None:
            message = f'"{name}" is part of the key of {fact_type.name} and must have a value'
            faults.append(FactFault("missing", pointer, message))
        elif isinstance(value, dict | list):
            message = f'"{name}" is part of the key of {fact_type.name} and must not be {_kind(value)}'
            faults.append(FactFault("bad-key", pointer, message))


def _kind(value: Any) -> str:
    """Return what JSON calls the kind of *value*, with its article."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | Decimal):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "an array" if isinstance(value, list) else "an object"
