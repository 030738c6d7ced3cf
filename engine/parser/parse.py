"""Files in, documents out: each file is read, checked for structure, and parsed by its kind.

Files are taken in the order of their names, so that the same files always give the same model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine import shapes
from engine.calendars import Calendar
from engine.definitions.model import Definitions
from engine.definitions.names import callable_names
from engine.diagnostics import Diagnostic, Span, did_you_mean, error, in_order
from engine.model import OWNERS, Disposition, Documents, FactType, Flow, Kind, Ladder, RuleSet, System
from engine.parser.beside import Beside
from engine.parser.calendars import read_calendars
from engine.parser.definitions import read_all
from engine.parser.dispositions import read_dispositions
from engine.parser.fact_types import read_fact_type
from engine.parser.flows import read_flows
from engine.parser.ladders import read_ladders
from engine.parser.reader import Reader, TooManyFaults
from engine.parser.rulesets import read_ruleset
from engine.shapes import RULE_KINDS
from engine.sheets import is_sheet
from engine.source import Document, load

_NAMED_FACT = re.compile(r"^fact:[ \t]*([A-Za-z_][A-Za-z0-9_]*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Parsed:
    """What the files say, and every fault in how they say it."""

    documents: Documents
    diagnostics: tuple[Diagnostic, ...]


@dataclass(slots=True)
class _Collected:
    """What has been read so far, and where each name was first."""

    files: Mapping[str, str]
    fact_types: dict[str, FactType] = field(default_factory=dict)
    rulesets: list[RuleSet] = field(default_factory=list)
    systems: dict[str, System] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)
    definitions: list[Reader] = field(default_factory=list)
    calendars: list[Reader] = field(default_factory=list)
    ladders: dict[str, Ladder] = field(default_factory=dict)
    dispositions: dict[str, Disposition] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    faults: list[Diagnostic] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    first: dict[tuple[str, str], Span] = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    """Names of several words that rules can call."""

    def claim(self, word: str, name: str, span: Span) -> bool:
        """Return whether *name* is new; one that is there already is a fault that names the first place."""
        if not name:
            return True
        there = self.first.setdefault((word, name), span)
        if there is span:
            return True
        message = f'the {word} "{name}" is there already, at {there.file}:{there.line}'
        self.faults.append(error("duplicate-name", span, message, "rename one, or delete it"))
        return False


def parse(files: Mapping[str, str]) -> Parsed:
    """Return the documents in *files* (name -> text); scenarios and mappings are passed over.

    Rule sets come last, when fact types and definitions are known: what a cell or a condition says depends on them.
    """
    found = _Collected(files)
    waiting: list[Document] = []
    for name in sorted(files):
        if is_sheet(name):
            continue
        document = load(files[name], name)
        found.faults += document.diagnostics
        if document.root is None:
            if document.diagnostics:
                found.unread += _NAMED_FACT.findall(document.text[:10_000])
            else:
                fix = "begin it with fact, ruleset, flows, ladders, calendars or dispositions, or delete the file"
                found.faults.append(error("empty", document.span(()), "the file is empty", fix))
        elif isinstance(document.value, dict) and "rules" in document.value:
            waiting.append(document)
        else:
            _read(document, found)
    for name in found.unread:
        found.fact_types.setdefault(name, _unread_fact_type(name))
    definitions = _read_definitions(found)
    found.names = callable_names(definitions)
    for document in waiting:
        _read(document, found)
    documents = Documents(
        fact_types=found.fact_types,
        rulesets=tuple(sorted(found.rulesets, key=lambda ruleset: ruleset.span)),
        systems=found.systems,
        flows=tuple(found.flows),
        definitions=definitions,
        calendars=_read_calendars(found),
        ladders=found.ladders,
        dispositions=found.dispositions,
        sources=found.sources,
    )
    return Parsed(documents, in_order(_without_echoes(found.faults)))


def _without_echoes(faults: list[Diagnostic]) -> Iterator[Diagnostic]:
    """Yield *faults* but for zeros before a time of the clock: 0600 is no time, and in quotes it is none either."""
    times = {fault.span for fault in faults if fault.code == "bad-time"}
    for fault in faults:
        if fault.code != "leading-zero" or fault.span not in times:
            yield fault


def _read(document: Document, found: _Collected) -> None:
    value: Any = document.value
    if not isinstance(value, dict):
        message = "the document is not a mapping"
        found.faults.append(error("wrong-type", document.span(()), message, 'begin it with "ruleset: name"'))
        return
    kind = shapes.kind_of(value)
    if kind is None:
        first = next(iter(value), "")
        span = document.key_span((first,)) if first else document.span(())
        message = f'the document begins with "{first[:60]}", which is no kind of document'
        found.faults.append(error("unknown-kind", span, message, did_you_mean(first, RULE_KINDS)))
        return
    shape = shapes.shape_of(kind)
    if kind not in RULE_KINDS or shape is None:
        return
    found.sources[document.file] = document.text
    reader = Reader(document)
    try:
        reader.check(shape.record)
        _take(reader, kind, found)
    except TooManyFaults:
        # said by the last of its faults; what else the document declares is not looked at
        found.unread += [reader.text(("fact",))] if kind == "fact" else []
    if all(reader is not later for later in (*found.definitions, *found.calendars)):
        found.faults += reader.faults


def _read_definitions(found: _Collected) -> tuple[Definitions, ...]:
    """Read the definitions documents, which may use each other's names; their faults are theirs until then."""
    beside = Beside(found.fact_types, found.files)
    try:
        made = read_all(found.definitions, beside)
    except TooManyFaults:
        made = ()
    for reader in found.definitions:
        found.faults += reader.faults
    found.sources |= {name: found.files[name] for name in beside.read if name in found.files}
    return made


def _read_calendars(found: _Collected) -> dict[str, Calendar]:
    """Read the calendars of all documents, which may extend each other; their faults are theirs until then."""
    made = read_calendars(found.calendars)
    for reader in found.calendars:
        found.faults += reader.faults
    return made


def _take(reader: Reader, kind: str, found: _Collected) -> None:
    """Parse the document by its kind, and add what it declares to what is *found*."""
    if kind == "fact":
        fact_type = read_fact_type(reader)
        if found.claim("fact type", fact_type.name, fact_type.span) and fact_type.name:
            found.fact_types[fact_type.name] = fact_type
    elif kind == "ruleset":
        beside = Beside(found.fact_types, found.files)
        reader.names = found.names
        ruleset = read_ruleset(reader, beside)
        found.sources |= {name: found.files[name] for name in beside.read}
        found.claim("rule set", ruleset.name, ruleset.span)
        for rule in ruleset.rules:
            found.claim("rule", rule.name, rule.span)
        found.rulesets.append(ruleset)
    elif kind == "definitions":
        found.claim("definitions document", reader.text(("definitions",)), reader.span(("definitions",)))
        found.definitions.append(reader)
    elif kind == "calendars":
        for path in reader.items(("calendars",)):
            found.claim("calendar", reader.text((*path, "calendar")), reader.span((*path, "calendar")))
        found.calendars.append(reader)
    elif kind == "ladders":
        for ladder in read_ladders(reader):
            if found.claim("ladder", ladder.name, ladder.span) and ladder.name:
                found.ladders[ladder.name] = ladder
    elif kind == "dispositions":
        for disposition in read_dispositions(reader):
            if found.claim("disposition", disposition.name, disposition.span) and disposition.name:
                found.dispositions[disposition.name] = disposition
    else:
        systems, flows = read_flows(reader)
        for system, span in systems:
            if found.claim("system", system.name, span):
                found.systems[system.name] = system
        for flow in flows:
            found.claim("flow", flow.name, flow.span)
        found.flows += flows


def _unread_fact_type(name: str) -> FactType:
    """Return a stand-in for a fact type whose file is not YAML, so that its fault is not echoed by every rule."""
    nowhere = Span("", 1, 1, 1, 1)
    return FactType(name, "", "", Kind.STATE, OWNERS, (), {}, {}, nowhere)
