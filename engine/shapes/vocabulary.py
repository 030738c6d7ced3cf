"""The words a document shape is made of: text, numbers, lists, records with known keys, single-key choices.

Pure descriptions; `structure` reads them to find faults and `json_schema` to write schemas.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KEBAB = r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*"
IDENTIFIER = r"[A-Za-z_][A-Za-z0-9_]*"


@dataclass(frozen=True, slots=True)
class AnyValue:
    """Any YAML value; another stage looks at it."""

    description: str = ""
    examples: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class JsonSchema:
    """A mapping that is itself a JSON Schema 2020-12 object."""

    description: str = ""
    examples: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Scalar:
    """Text, a number, true, false or null: a literal, FEEL after "=", or text with FEEL in braces."""

    description: str = ""
    examples: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Text:
    """Text that is not empty; of one of *choices* if there are any, and all of it fitting *pattern*.

    *wanted* says in words what the pattern asks for, *bad_code* is the code where it does not fit,
    *blank_fix* says what to do where nothing is written, *number_fix* where a number is, and *list_fix* where a list is.
    """

    description: str = ""
    examples: tuple[Any, ...] = ()
    choices: tuple[str, ...] = ()
    pattern: str = ""
    wanted: str = ""
    bad_code: str = "bad-name"
    blank_fix: str = ""
    number_fix: str = "put it in quotes"
    list_fix: str = "write one text in place of the list"


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number."""

    description: str = ""
    examples: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Number:
    """A number, whole or not, of at least *least*."""

    description: str = ""
    examples: tuple[Any, ...] = ()
    least: int = 0


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    description: str = ""
    examples: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of one shape, with at least *least* items, and at most *most* where that is not 0."""

    item: Shape
    least: int = 0
    description: str = ""
    examples: tuple[Any, ...] = ()
    most: int = 0
    empty_fix: str = "add one"
    """What is proposed where there are fewer than *least*."""


@dataclass(frozen=True, slots=True)
class OneOrMany:
    """One value of a shape, or a list of them with at least one, and at most *most* where that is not 0."""

    item: Shape
    description: str = ""
    examples: tuple[Any, ...] = ()
    most: int = 0
    empty_fix: str = "add one"
    """What is proposed where the list is empty."""


@dataclass(frozen=True, slots=True)
class MapOf:
    """A mapping whose keys the author chooses, all values of one shape, with at least *least* keys."""

    value: Shape
    key: Text = field(default_factory=Text)
    least: int = 0
    description: str = ""
    examples: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Key:
    """A known key of a record."""

    name: str
    shape: Shape
    required: bool = False


@dataclass(frozen=True, slots=True)
class Free:
    """The one key of a record whose name the author chooses, such as a pattern's alias."""

    name: Text
    shape: Shape
    instead: tuple[str, ...] = ()
    """The known keys that stand in its place."""
    mistaken: Mapping[str, str] = field(default_factory=dict)
    """Words that are no name but a slip for another key, each with the fix: taken as a name, they would be silent."""


@dataclass(frozen=True, slots=True)
class Group:
    """Keys of which at most one, or with *required* exactly one, is given."""

    names: tuple[str, ...]
    word: str
    required: bool = True
    missing_code: str = "missing-key"
    doubled_code: str = "conflicting-keys"


@dataclass(frozen=True, slots=True)
class Record:
    """A mapping with known keys and no others.

    *not_yet* holds words that a later version reads, with what they will do; *needs* says which key makes
    sense only beside which other, or beside one of several, and *beside* has the fix for a key that is wrong beside
    another one. The schema writes a record once, by its *name*, and refers to it.
    """

    name: str
    keys: tuple[Key, ...]
    free: Free | None = None
    groups: tuple[Group, ...] = ()
    needs: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    beside: Mapping[tuple[str, str], str] = field(default_factory=dict)
    not_yet: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    examples: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Tagged:
    """A mapping with exactly one key, which says what its value is."""

    word: str
    keys: tuple[Key, ...]
    not_yet: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    examples: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Either:
    """A mapping of one of two kinds: *special* where it has the key that is named *by*, else *usual*.

    One that has no such key, but another one that only *special* knows, is taken for a *special* one that lacks it.
    """

    by: str
    special: Record
    usual: Record
    description: str = ""
    examples: tuple[Any, ...] = ()


Shape = (
    AnyValue
    | JsonSchema
    | Scalar
    | Text
    | Integer
    | Number
    | Flag
    | ListOf
    | OneOrMany
    | MapOf
    | Record
    | Tagged
    | Either
)
