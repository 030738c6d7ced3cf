"""YAML text to values and places: the core schema, faults with their places, limits, and offsets inside scalars."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from engine.source import Document, decode, load


def codes(document: Document) -> list[str]:
    return [f"{d.span.line}:{d.span.column} {d.code}" for d in document.diagnostics]


def same(a: Any, b: Any) -> bool:
    """Equal, and of the same type: 1, True and Decimal(1) are three values here."""
    return type(a) is type(b) and a == b


VALUES = {
    "empty": ("a:", None),
    "tilde": ("a: ~", None),
    "null": ("a: null", None),
    "true": ("a: true", True),
    "false-upper": ("a: FALSE", False),
    "yes-is-text": ("a: yes", "yes"),
    "on-is-text": ("a: on", "on"),
    "no-is-text": ("a: No", "No"),
    "integer": ("a: 15", 15),
    "negative": ("a: -15", -15),
    "plus": ("a: +15", 15),
    "zero": ("a: 0", 0),
    "octal": ("a: 0o17", 15),
    "hexadecimal": ("a: 0xFf", 255),
    "decimal-not-float": ("a: 10.05", Decimal("10.05")),
    "decimal-point-first": ("a: .5", Decimal("0.5")),
    "decimal-point-last": ("a: 5.", Decimal(5)),
    "exponent": ("a: 1e3", Decimal("1e3")),
    "huge-exponent": ("a: 1e400", Decimal("1e400")),
    "34-digits": ("a: " + "9" * 34, int("9" * 34)),
    "date-is-text": ("a: 2026-01-01", "2026-01-01"),
    "time-is-text": ("a: 12:30", "12:30"),
    "underscore-is-text": ("a: 1_000", "1_000"),
    "quoted-number-is-text": ('a: "15"', "15"),
    "quoted-zeros": ("a: '007'", "007"),
    "lone-sign": ("a: '-'", "-"),
    "version-is-text": ("a: 1.2.3", "1.2.3"),
    "unicode": ("a: größe 😀", "größe 😀"),
    "list": ("a: [1, x]", [1, "x"]),
    "empty-list": ("a: []", []),
    "alias": ("b: &x [1]\na: *x", [1]),
    "duration-words": ("a: 15 min", "15 min"),
    "feel": ("a: = inspection.lot_id", "= inspection.lot_id"),
}


@pytest.mark.parametrize(("text", "value"), VALUES.values(), ids=VALUES)
def test_a_scalar_reads_by_the_core_schema_of_yaml_1_2(text: str, value: object) -> None:
    """Words of YAML 1.1 stay text, and numbers are exact."""
    document = load(text, "f.yaml")
    assert document.diagnostics == ()
    assert same(document.value["a"], value)


def test_keys_are_always_text() -> None:
    """A key that looks like a truth value or a number is its own text."""
    assert list(load("true: 1\n12: 2\non: 3", "f").value) == ["true", "12", "on"]


FAULTS = {
    "tab": ("a:\n\t- b", ["2:1 tab"]),
    "tab-in-a-list": ("a:\n  - b\n\t- c", ["3:1 tab"]),
    "flow-not-closed": ("a: [1\nb: 2\n", ["2:2 yaml-syntax"]),
    "quote-not-closed": ('x: 1\na: "abc\nb: 2\n', ["2:4 yaml-syntax"]),
    "second-colon": ("a: b: c", ["1:5 yaml-syntax"]),
    "text-after-quote": ('a: "x" = b', ["1:4 yaml-syntax"]),
    "at-sign": ("a: @x", ["1:4 yaml-syntax"]),
    "bad-escape": ('a: "\\d"', ["1:5 yaml-syntax"]),
    "bad-indentation": ("a:\n    b: 1\n  c: 2\n", ["3:3 yaml-syntax"]),
    "duplicate-key": ("a: 1\nb: 2\na: 3\n", ["3:1 duplicate-key"]),
    "duplicate-key-nested": ("a:\n  b: 1\n  b: 2\n  b: 3\n", ["3:3 duplicate-key", "4:3 duplicate-key"]),
    "merge-key": ("x: &x {a: 1}\ny:\n  <<: *x\n", ["3:3 merge-key"]),
    "key-not-text": ("? [a]\n: 1\n", ["1:3 key-not-text"]),
    "several-documents": ("a: 1\n---\nb: 2\n", ["2:1 several-documents"]),
    "tag": ("a: !!python/object/apply:os.system [x]", ["1:4 tag"]),
    "unknown-alias": ("a: *x\nb: *y\n", ["1:4 alias", "2:4 alias"]),
    "alias-in-itself": ("a: &x [*x]", ["1:8 alias"]),
    "leading-zero": ("a: 0042", ["1:4 leading-zero"]),
    "not-a-number": ("a: .nan\nb: -.inf\n", ["1:4 number", "2:4 number"]),
    "too-many-digits": ("a: " + "9" * 35, ["1:4 number"]),
    "million-digits": ("a: " + "9" * 1_000_000, ["1:4 number"]),
    "exponent-out-of-range": ("a: 1e99999999999", ["1:4 number"]),
    "null-byte": ("a: 1\nb: x\0y", ["2:5 control-character"]),
    "reversing-mark": ("a: x\u202ey", ["1:5 control-character"]),
    "line-separator": ("a: x\u2028y", ["1:5 control-character"]),
    "mark-inside": ("a: x\ufeff", ["1:5 control-character"]),
    "mark-at-the-start": ("\ufeffa: 01", ["1:1 byte-order-mark", "1:4 leading-zero"]),
    "every-fault-at-once": ("a: 01\na: 2\nb: !x y\n", ["1:4 leading-zero", "2:1 duplicate-key", "3:4 tag"]),
}


@pytest.mark.parametrize(("text", "found"), FAULTS.values(), ids=FAULTS)
def test_a_fault_has_its_place(text: str, found: list[str]) -> None:
    """Each fault is reported at the line and column a person would look at."""
    assert codes(load(text, "f.yaml")) == found


def test_bytes_that_are_not_utf8_have_their_place() -> None:
    """A file saved as Latin-1 says which byte, and where."""
    document = load(decode("a: 1\nb: größe\n".encode("latin-1")), "f.yaml")
    assert [str(d) for d in document.diagnostics] == [
        "f.yaml:2:6: error[not-utf8]: the byte 0xF6 is not UTF-8; save the file as UTF-8",
        "f.yaml:2:7: error[not-utf8]: the byte 0xDF is not UTF-8; save the file as UTF-8",
    ]


def _laughs() -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 30)]
    return "\n".join(lines)


HOSTILE = {
    "deep-list": ("[" * 100_000, "too-deep"),
    "deep-mapping": ("{" * 100_000, "too-deep"),
    "deep-block": ("- " * 100_000, "too-deep"),
    "deep-keys": ("? " * 100_000, "too-deep"),
    "billion-laughs": (_laughs(), "too-many-values"),
    "many-values": ("- a\n" * 200_000, "too-many-values"),
    "ten-megabytes": ("a: " + "x" * 10_000_000, "too-large"),
    "ten-megabytes-of-umlauts": ("a: " + "ü" * 700_000, "too-large"),
    "many-anchors": ("&a " * 100_000, "yaml-syntax"),
    "long-line-of-quotes": ('"' * 1_000_000, "yaml-syntax"),
}


@pytest.mark.parametrize(("text", "code"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_refused_quickly(text: str, code: str) -> None:
    """Size, depth, node count and alias expansion are bounded while reading, not after."""
    begun = time.process_time()
    document = load(text, "f.yaml")
    assert time.process_time() - begun < 2
    assert codes(document)[-1].endswith(code)
    assert len(document.diagnostics) == 1
    assert document.root is None


def test_aliases_are_written_out_once_and_shared() -> None:
    """An alias costs nodes by what it repeats, and memory once."""
    document = load("a: &x [1, 2]\nb: [*x, *x]", "f.yaml")
    assert document.value == {"a": [1, 2], "b": [[1, 2], [1, 2]]}
    assert document.value["b"][0] is document.value["a"]
    assert str(document.span(("b", 1, 0))) == "f.yaml:1:8"


PLACES = """\
plain: one two
folded plain: one
  two

  three
single: 'it''s
  on'
double: "a\\tb \\
  c\\u0041
  d"
literal: |
  a = 1
    and b

  or c
folded: >-
  one
  two

  three
    four
  five
stripped: |-
    x
indented: |2
    two more
anchored: &x
  value
list:
  - - nested
"""


def test_spans_of_keys_and_values() -> None:
    """Keys and values have their own places, also where a collection ends."""
    document = load(PLACES, "f.yaml")
    assert document.diagnostics == ()
    span = document.span(("plain",))
    assert (span.line, span.column, span.end_line, span.end_column) == (1, 8, 1, 15)
    key = document.key_span(("folded plain",))
    assert (key.line, key.column, key.end_line, key.end_column) == (2, 1, 2, 13)
    assert str(document.span(("list", 0, 0))) == "f.yaml:30:7"
    block = document.span(("literal",))
    assert (block.line, block.column, block.end_line, block.end_column) == (11, 10, 15, 7)
    assert str(document.span(("list", 7, "x"))) == "f.yaml:30:3"
    assert str(document.key_span(("list", 0))) == "f.yaml:30:5"


@pytest.mark.parametrize("key", list(yaml.safe_load(PLACES))[:-1])
def test_each_character_of_a_scalar_has_its_place(key: str) -> None:
    """A character that stands in the file as itself is found exactly there."""
    document = load(PLACES, "f.yaml")
    value = document.value[key]
    lines = PLACES.split("\n")
    exact = 0
    for offset, character in enumerate(value.rstrip("\n")):
        span = document.text_span((key,), offset, offset + 1)
        there = lines[span.line - 1][span.column - 1 : span.end_column - 1]
        if character not in " \n" and there != "\\":
            assert there == character, (offset, span)
            exact += 1
    assert exact >= 1


def test_a_span_over_lines_ends_after_its_last_character() -> None:
    """The end of a span is exclusive, on the line of its last character."""
    document = load("a: |\n  x = 1\n  and y\n", "f.yaml")
    span = document.text_span(("a",), 4, 9)
    assert (span.line, span.column, span.end_line, span.end_column) == (2, 7, 3, 6)


LINE = st.text(st.sampled_from("ab :#'\"\\-é\t "), min_size=0, max_size=8)


@given(st.lists(LINE, min_size=1, max_size=6), st.sampled_from(["'", '"', "|", ">", "|-", ">+", None]))
def test_retraced_text_is_where_it_stands(lines: list[str], style: str | None) -> None:
    """Whatever scalar a writer produces, each visible character is found at its own place."""
    value = "\n".join(lines)
    text = yaml.dump({"k": value}, default_style=style[:1] if style else None, allow_unicode=True, width=20)  # type: ignore[call-overload]
    document = load(text, "f.yaml")
    if document.root is None or "k" not in document.value or not isinstance(document.value["k"], str):
        return
    rows = text.split("\n")
    for offset, character in enumerate(document.value["k"]):
        if character in "abé:#-":
            span = document.text_span(("k",), offset, offset + 1)
            assert rows[span.line - 1][span.column - 1] == character


@given(st.binary(max_size=300))
def test_no_bytes_raise(raw: bytes) -> None:
    """Any bytes give a document."""
    document = load(decode(raw), "f.yaml")
    assert document.root is not None or document.value is None


@given(st.text(st.sampled_from("ab:-[]{}&*!|>'\"%@#?,\n\t \\0.<~"), max_size=120))
def test_no_yaml_like_text_raises(text: str) -> None:
    """Any text of YAML's own signs gives a document, and all its places can be asked for."""
    document = load(text, "f.yaml")
    document.span(())
    document.text_span((), 0, 3)
    for key in document.keys(()):
        document.key_span((key,))
        document.text_span((key,), 0, 1)
