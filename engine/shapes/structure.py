"""A document and its shape in, every structural fault out: unknown and missing keys, wrong types and words.

It goes on after each fault, so that one reading names them all; what values mean is for the parser and checks.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping, Sequence, Set
from decimal import Decimal
from typing import Any

from engine.diagnostics import Diagnostic, did_you_mean, error, nearest
from engine.shapes.vocabulary import (
    AnyValue,
    Either,
    Flag,
    Free,
    Integer,
    JsonSchema,
    Key,
    ListOf,
    MapOf,
    Number,
    OneOrMany,
    Record,
    Scalar,
    Shape,
    Tagged,
    Text,
)
from engine.shapes.wording import describe, fix_of_key, named, right_case, short
from engine.source import Document, Path


def faults(document: Document, shape: Shape, path: Path = ()) -> Iterator[Diagnostic]:
    """Yield every place where the value at *path* does not have *shape*."""
    value = _value(document, path)
    match shape:
        case AnyValue():
            return
        case Scalar():
            if isinstance(value, list | dict):
                yield _wrong_type(document, path, value, "a single value", "")
        case Text():
            yield from _text_faults(document, shape, path, value)
        case Integer():
            if isinstance(value, bool) or not isinstance(value, int):
                yield _wrong_type(document, path, value, "a whole number", "write digits, unquoted")
        case Number():
            if isinstance(value, bool) or not isinstance(value, int | Decimal):
                yield _wrong_type(document, path, value, "a number", "write digits, unquoted")
            elif value < shape.least:
                message = f"{named(path)} is {value}"
                yield error("wrong-type", document.span(path), message, f"write {shape.least} or more")
        case Flag():
            if not isinstance(value, bool):
                yield _wrong_type(document, path, value, "true or false", "write one of them, unquoted")
        case JsonSchema():
            if not isinstance(value, dict):
                yield _wrong_type(document, path, value, "a mapping (JSON Schema)", "")
        case ListOf():
            yield from _list_faults(document, shape, path, value)
        case OneOrMany():
            if isinstance(value, list):
                listed = ListOf(shape.item, least=1, most=shape.most, empty_fix=shape.empty_fix)
                yield from _list_faults(document, listed, path, value)
            else:
                yield from faults(document, shape.item, path)
        case MapOf():
            yield from _map_faults(document, shape, path, value)
        case Record():
            yield from _record_faults(document, shape, path, value)
        case Tagged():
            yield from _tagged_faults(document, shape, path, value)
        case Either():
            yield from _record_faults(document, _chosen(shape, value), path, value)


def _value(document: Document, path: Path) -> Any:
    value = document.value
    for step in path:
        value = value[step]
    return value


def _wrong_type(document: Document, path: Path, value: Any, wanted: str, fix: str) -> Diagnostic:
    if value is None:
        return error("wrong-type", document.key_span(path), f"{named(path)} is empty", f"write {wanted}")
    span = document.span(path)
    return error("wrong-type", span, f"{named(path)} is {describe(value)}, not {wanted}", fix)


def _text_faults(document: Document, shape: Text, path: Path, value: Any) -> Iterator[Diagnostic]:
    if not isinstance(value, str):
        if value is None and shape.blank_fix:
            span = document.key_span(path)
            yield error("wrong-type", span, f"{named(path)} is empty", shape.blank_fix)
            return
        wanted = f"one of {', '.join(shape.choices)}" if shape.choices else (shape.wanted or "text")
        fix = shape.list_fix if isinstance(value, list) else shape.number_fix
        fix = "" if shape.choices or isinstance(value, dict) else fix
        yield _wrong_type(document, path, value, wanted, fix)
        return
    span = document.span(path)
    if not value.strip():
        fix = shape.blank_fix or "write it, or leave the key out"
        yield error("empty", span, f"{named(path)} is empty", fix)
    elif shape.choices and value not in shape.choices:
        fix = did_you_mean(value, shape.choices)
        yield error("not-one-of", span, f'{named(path)} cannot be "{short(value)}"', fix)
    elif shape.pattern and not re.fullmatch(shape.pattern, value):
        message = f'{named(path)} cannot be "{short(value)}"'
        yield error(shape.bad_code, span, message, f"write {shape.wanted}")


def _list_faults(document: Document, shape: ListOf, path: Path, value: Any) -> Iterator[Diagnostic]:
    if not isinstance(value, list):
        yield _wrong_type(document, path, value, "a list", 'begin each item with "- "')
        return
    if len(value) < shape.least:
        yield error("empty", document.key_span(path), f"{named(path)} has no items", shape.empty_fix)
    if shape.most and len(value) > shape.most:
        span = document.span((*path, shape.most))
        yield error("too-many-items", span, f"{named(path)} has more than {shape.most} items", "split it")
    for index in range(min(len(value), shape.most or len(value))):
        yield from faults(document, shape.item, (*path, index))


def _map_faults(document: Document, shape: MapOf, path: Path, value: Any) -> Iterator[Diagnostic]:
    if not isinstance(value, dict):
        yield _wrong_type(document, path, value, "a mapping", 'write "name: value" pairs below it')
        return
    if len(value) < shape.least:
        yield error("empty", document.key_span(path), f"{named(path)} has no entries", "add one")
    for name in value:
        yield from _name_faults(document, shape.key, (*path, name), name)
        yield from faults(document, shape.value, (*path, name))


def _name_faults(document: Document, shape: Text, path: Path, name: str) -> Iterator[Diagnostic]:
    span = document.key_span(path)
    if shape.choices and name not in shape.choices:
        yield error("unknown-key", span, f'unknown key "{short(name)}"', did_you_mean(name, shape.choices))
    elif shape.pattern and not re.fullmatch(shape.pattern, name):
        yield error("bad-name", span, f'"{short(name)}" cannot be a name here', f"write {shape.wanted}")


def _record_faults(document: Document, shape: Record, path: Path, value: Any) -> Iterator[Diagnostic]:
    if not isinstance(value, dict):
        yield _wrong_type(document, path, value, f"a {shape.name} (a mapping)", _record_hint(shape, value))
        return
    yield from _not_yet_faults(document, shape.not_yet, path, value)
    known = {key.name: key for key in shape.keys}
    unknown = [name for name in value if name not in known and name not in shape.not_yet]
    taken = _key_as_name(shape, value, unknown)
    if taken:
        span = document.key_span((*path, taken))
        message = f'"{taken}" is a key of {shape.name}s, and cannot be an alias'
        yield error("bad-name", span, message, "choose another word")
    elif shape.free is not None:
        unknown = yield from _free_faults(document, shape, shape.free, path, unknown)
    meant: set[str] = set()
    for name in unknown:
        span = document.key_span((*path, name))
        right = right_case(name, known.keys() - value.keys())
        meant |= {right} if right else set()
        fix = f'did you mean "{right}"?' if right else _beside(shape, name, value)
        if (before := name.partition(":")[0]) in known:
            meant.add(before)
            fix = 'write a space after the ":"'
        fix = fix or fix_of_key(name, known.keys(), shape.not_yet.keys(), value.keys())
        yield error("unknown-key", span, f'{shape.name} has no key "{short(name)}"', fix)
    slips = (name for name in unknown if not _beside(shape, name, value))
    near = {nearest(name, known.keys()) or "" for name in slips}
    for key in shape.keys:
        if key.name in value:
            if key.name != taken:
                yield from faults(document, key.shape, (*path, key.name))
        elif key.required and key.name not in meant | near:
            message = f'{shape.name} has no "{key.name}"'
            yield error("missing-key", _begin(document, path), message, _example(key))
    yield from _group_faults(document, shape, path, {**value, **dict.fromkeys(meant)})
    for name in shape.needs:
        if name in value and name != taken and not _stands_beside(shape, name, value.keys() | meant | near):
            others = _needed(shape, name)
            span = document.key_span((*path, name))
            either = " or ".join(f'"{other}"' for other in others)
            fix = _beside(shape, name, value) or f"add {either}"
            yield error("conflicting-keys", span, f'"{name}" stands only beside {either}', fix)


def _key_as_name(shape: Record, value: Mapping[str, Any], unknown: Sequence[str]) -> str:
    """Return the known key that stands first, where the author's own should, with what follows such a name; or ""."""
    first = next(iter(value), "")
    free = shape.free
    if free is None or not isinstance(free.shape, Text) or unknown or first not in shape.needs:
        return ""
    said, own = value[first], next(key.shape for key in shape.keys if key.name == first)
    if first in free.instead or not (isinstance(said, str) and re.fullmatch(free.shape.pattern, said)):
        return ""
    if isinstance(own, Text) and own.choices:
        return first if said not in own.choices else ""
    return "" if _stands_beside(shape, first, value.keys()) else first


def _needed(shape: Record, name: str) -> tuple[str, ...]:
    """Return the keys beside one of which the key *name* makes sense; none where it always does."""
    needed = shape.needs.get(name, ())
    return (needed,) if isinstance(needed, str) else needed


def _stands_beside(shape: Record, name: str, present: Set[str]) -> bool:
    """Return whether the key *name* makes sense beside those *present*."""
    others = _needed(shape, name)
    return not others or any(other in present for other in others)


def _chosen(shape: Either, value: Any) -> Record:
    """Return the record that *value* is meant to be."""
    if not isinstance(value, dict) or shape.by in value:
        return shape.special if isinstance(value, dict) else shape.usual
    own = {key.name for key in shape.special.keys} - {key.name for key in shape.usual.keys}
    first = {key.name for key in shape.usual.keys} - {key.name for key in shape.special.keys}
    return shape.special if own & value.keys() and not first & value.keys() else shape.usual


def _beside(shape: Record, name: str, present: Mapping[str, Any]) -> str:
    """Return the fix for the key *name* that is wrong beside one of those *present*, or ""."""
    return next(
        (fix for (key, other), fix in shape.beside.items() if key == name and other in present),
        "",
    )


def _free_faults(
    document: Document, shape: Record, free: Free, path: Path, unknown: list[str]
) -> Generator[Diagnostic, None, list[str]]:
    """Take the author's own key out of *unknown*; return what is left (as the generator's value)."""
    known = [key.name for key in shape.keys]
    present = set(document.keys(path))
    mistaken = {**free.mistaken, **{name: f'did you mean "{name}"?' for name in known}}
    slips = [name for name in unknown if name.lower() in mistaken]
    for name in slips:
        message = f'"{name}" cannot be a name here'
        yield error("unknown-key", document.key_span((*path, name)), message, mistaken[name.lower()])
    unknown = [name for name in unknown if name not in slips]
    if slips:
        return unknown
    several = [name for name in unknown if len(unknown) > 1 and len(name) > 2]  # "a" is no slip of "at"
    misspelt = [name for name in several if nearest(name, set(known) - present)]
    chosen = [name for name in unknown if name not in misspelt] or unknown
    if instead := next((word for word in free.instead if word in present), None):
        for name in chosen:
            span = document.key_span((*path, name))
            message = f'"{short(name)}" stands beside "{instead}"'
            yield error("conflicting-keys", span, message, f'keep one: "{instead}", or a name')
        return misspelt
    if not chosen and present & shape.not_yet.keys():
        return misspelt
    if not chosen:
        fix = f'write "{free.name.examples[0]}: ..."' + (
            f' or "{free.instead[0]}: ..."' if free.instead else ""
        )
        yield error("missing-key", _begin(document, path), f"{shape.name} names no {free.name.wanted}", fix)
        return misspelt
    first, *others = chosen
    yield from _name_faults(document, free.name, (*path, first), first)
    at = (*path, first)
    if isinstance(_value(document, at), dict | None):
        message = f'"{short(first)}" is not followed by a {free.name.wanted}'
        fix = f'a {shape.name} is "alias: {short(first)}"'
        yield error("wrong-type", document.key_span(at), message, fix)
    else:
        yield from faults(document, free.shape, at)
    return [*misspelt, *others]


def _group_faults(
    document: Document, shape: Record, path: Path, value: dict[str, Any]
) -> Iterator[Diagnostic]:
    for group in shape.groups:
        given = [name for name in value if name in group.names]
        choices = ", ".join(group.names[:-1]) + " or " + group.names[-1]
        if len(given) > 1:
            span = document.key_span((*path, given[1]))
            message = f'{shape.name} has both "{given[0]}" and "{given[1]}"'
            yield error(group.doubled_code, span, message, f"keep one {group.word}")
        elif not given and group.required:
            message = f"{shape.name} has no {group.word}"
            yield error(group.missing_code, _begin(document, path), message, f"write one of {choices}")


def _tagged_faults(document: Document, shape: Tagged, path: Path, value: Any) -> Iterator[Diagnostic]:
    known = {key.name: key for key in shape.keys}
    if not isinstance(value, dict) or not value:
        wanted = f"a mapping with one {shape.word}"
        yield _wrong_type(document, path, value, wanted, f"known: {', '.join(known)}")
        return
    yield from _not_yet_faults(document, shape.not_yet, path, value)
    names = [name for name in value if name not in shape.not_yet]
    if flush := _keys_flush_with(names, known, value):
        for name in flush:
            span = document.key_span((*path, name))
            message = f'"{short(name)}" stands beside "{names[0]}", not in it'
            yield error("conflicting-keys", span, message, f'indent it further than "{names[0]}"')
        return
    for name in names:
        span = document.key_span((*path, name))
        if name not in known:
            message = f'unknown {shape.word} "{short(name)}"'
            yield error("unknown-key", span, message, did_you_mean(name, known))
        else:
            yield from faults(document, known[name].shape, (*path, name))
    if len(names) > 1:
        span = document.key_span((*path, names[1]))
        yield error(
            "conflicting-keys",
            span,
            f'"{short(names[1])}" stands in the same {shape.word} as "{short(names[0])}"',
            f'begin each {shape.word} with its own "- "',
        )


def _keys_flush_with(names: list[str], known: Mapping[str, Key], value: dict[str, Any]) -> list[str]:
    """Return the keys that belong into the first of *names*, which is empty, and stand beside it; or none."""
    if len(names) < 2 or names[0] not in known or value[names[0]] is not None:
        return []
    shape = known[names[0]].shape
    keys = {key.name for key in shape.keys} if isinstance(shape, Record) else set()
    return names[1:] if keys >= set(names[1:]) else []


def _not_yet_faults(
    document: Document, words: Mapping[str, str], path: Path, value: dict[str, Any]
) -> Iterator[Diagnostic]:
    for word, what in words.items():
        if word in value:
            span = document.key_span((*path, word))
            yield error("not-yet", span, f'"{word}" is not read yet: {what}', "leave it out for now")


def _begin(document: Document, path: Path) -> Any:
    """Return where the record at *path* begins: its key if it has one, else its first key."""
    if path and isinstance(path[-1], str):
        return document.key_span(path)
    first = next(document.keys(path), None)
    return document.span(path) if first is None else document.key_span((*path, first))


def _example(key: Key) -> str:
    examples = key.shape.examples
    if examples and isinstance(examples[0], str | int):
        plain = " " not in str(examples[0]) or str(examples[0]).startswith("= ")
        return f'add "{key.name}: {examples[0]}"' if plain else f'add {key.name}: "{examples[0]}"'
    return f'add "{key.name}:"'


def _record_hint(shape: Record, value: Any) -> str:
    """Return how to make a record of *value*: what a pattern lacks is an alias, what a key lacks is a space."""
    if isinstance(value, str) and shape.free and re.fullmatch(shape.free.name.pattern, value):
        return f'a {shape.name} is "alias: {short(value)}"'
    if isinstance(value, str) and re.match(r"\w+:\S", value):
        return 'write a space after the ":"'
    return f"known keys: {', '.join(key.name for key in shape.keys[:12])}"
