"""Reading a log as rows: one stray byte or quote never swallows the rest, and nothing goes missing unsaid."""

from __future__ import annotations

import pytest

from engine.replay.rows import read_csv, read_json_lines


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        pytest.param("a,b\n1,2\n3,4\n", [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}], id="plain"),
        pytest.param("a,b\r\n1,2\r\n", [{"a": "1", "b": "2"}], id="CR LF"),
        pytest.param("a,b\r1,2\r", [{"a": "1", "b": "2"}], id="CR"),
        pytest.param("\ufeffa,b\n1,2", [{"a": "1", "b": "2"}], id="byte order mark, no end of line"),
        pytest.param('a,b\n"1,5","say ""x"""\n', [{"a": "1,5", "b": 'say "x"'}], id="quotes"),
        pytest.param('a,b\n"one\ntwo",2\n', [{"a": "one\ntwo", "b": "2"}], id="a line end inside quotes"),
        pytest.param("a,b\n\n1,2\n  \n", [{"a": "1", "b": "2"}], id="blank lines"),
        pytest.param("a,b\n1,2,,\n", [{"a": "1", "b": "2"}], id="empty cells too many"),
        pytest.param(" a , b\n1,2\n", [{"a": "1", "b": "2"}], id="blanks around headings"),
        pytest.param("a,b\n1,\u2028x\n", [{"a": "1", "b": "\u2028x"}], id="a line separator is no line end"),
    ],
)
def test_csv_rows(text: str, rows: list[dict[str, str]]) -> None:
    """CSV is read as RFC 4180 and spreadsheets write it."""
    log = read_csv(text, "log.csv")
    assert [row.cells for row in log.rows] == rows
    assert log.faults == ()
    assert log.refused == 0


@pytest.mark.parametrize(
    ("text", "kept", "places"),
    [
        pytest.param("a,b\n1\n3,4\n", ["3"], ["log.csv:2:1"], id="too few cells"),
        pytest.param("a,b\n1,2,3\n3,4\n", ["3"], ["log.csv:2:1"], id="too many cells"),
        pytest.param('a,b\n1,"2\n3,4\n5,6\n', ["3", "5"], ["log.csv:2:1"], id="a quote never closed"),
        pytest.param('a,b\n"1"x,2\n3,4\n', ["3"], ["log.csv:2:1"], id="text behind a quote"),
        pytest.param("a,b\n1,\udcff\n3,4\n", ["3"], ["log.csv:2:1"], id="bytes that are not UTF-8"),
        pytest.param("a,b\n1,2\n3\n4\n5,6\n", ["1", "5"], ["log.csv:3:1", "log.csv:4:1"], id="every fault"),
    ],
)
def test_lines_that_are_no_rows(text: str, kept: list[str], places: list[str]) -> None:
    """A line that is no row is named by its place and counted, and the rows behind it are read."""
    log = read_csv(text, "log.csv")
    assert [row.cells["a"] for row in log.rows] == kept
    assert [str(fault.span) for fault in log.faults] == places
    assert log.refused == len(places)


def test_rows_know_their_lines_and_columns() -> None:
    """A row knows its line, blank and folded lines counted, and where each of its cells begins."""
    log = read_csv('a,b\n\n"x\ny",2\n"1,5",77\n', "log.csv")
    assert [row.origin.line for row in log.rows] == [3, 5]
    assert log.rows[1].origin.column_of("b") == 7


@pytest.mark.parametrize("text", ["", "\n\n", "\ufeff"], ids=["nothing", "blank lines", "a byte order mark"])
def test_an_empty_log_is_a_fault(text: str) -> None:
    """A log without headings is one fault, not an empty result."""
    assert [fault.code for fault in read_csv(text, "log.csv").faults] == ["log-header"]


def test_a_heading_that_stands_twice_is_a_fault() -> None:
    """Two columns of one heading cannot both be meant."""
    assert [fault.code for fault in read_csv("a,b,a\n1,2,3\n", "log.csv").faults] == ["log-header"]


def test_json_lines() -> None:
    """One object a line is a row; what is no object is named by its line and the rest goes on."""
    log = read_json_lines(
        '\ufeff{"a": 1.50}\n\nnot json\n[1]\n{"a": NaN}\n{"a": "x", "b": null}\r\n', "log.jsonl"
    )
    assert [(row.origin.line, str(row.cells["a"])) for row in log.rows] == [(1, "1.50"), (6, "x")]
    assert [fault.span.line for fault in log.faults] == [3, 4, 5]
    assert log.headings == ("a", "b")
