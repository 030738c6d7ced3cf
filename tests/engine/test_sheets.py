"""Grids: pipe tables, CSV and the text form of workbooks, cell by cell with their places."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.sheets import MAX_BYTES, MAX_COLUMNS, MAX_ROWS, Grid, read_delimited, read_pipes, read_workbook
from engine.source import place_of, span_of


def texts(grid: Grid) -> list[list[str]]:
    return [[cell.text for cell in line.cells] for line in grid.lines]


def said(grid: Grid) -> list[str]:
    return [f"{d.span.line}:{d.span.column} {d.code}: {d.message}" for d in grid.faults]


def placed(grid: Grid) -> list[list[tuple[int, int]]]:
    return [[place_of(cell.places, 0) for cell in line.cells] for line in grid.lines]


PIPES = {
    "plain": ("| a | b |\n| 1 | 2 |", [["a", "b"], ["1", "2"]]),
    "blank cells": ("|a||\n| | - |", [["a", ""], ["", "-"]]),
    "ruler": ("| a | b |\n|---|:--:|\n| - | -- |\n| - | - |", [["a", "b"], ["-", "--"], ["-", "-"]]),
    "blank lines": ("\n| a |\n\n   \n| 1 |\n", [["a"], ["1"]]),
    "last pipe left out": ("| a | b\n| 1 | 2", [["a", "b"], ["1", "2"]]),
    "pipe in quotes": ('| "x | y" | "a\\" | b" |', [['"x | y"', '"a\\" | b"']]),
    "pipe escaped": (r"| x \| y | \|\| |", [["x | y", "||"]]),
    "escape in quotes": (r'| "x \| y" |', [[r'"x \| y"']]),
    "quote not closed": ('| 5" | b |', [['5"', "b"]]),
    "only pipes": ("||", [[""]]),
    "nothing": ("", []),
}


@pytest.mark.parametrize(("text", "cells"), PIPES.values(), ids=PIPES)
def test_pipes(text: str, cells: list[list[str]]) -> None:
    """Pipes divide cells, but for those in quotes and those behind a backslash."""
    grid = read_pipes(text, ((0, 1, 1),), "r.yaml")
    assert texts(grid) == cells
    assert said(grid) == []


def test_pipes_know_their_places() -> None:
    r"""A cell has the place of its first character, and each character its own, behind `\|` too."""
    text = "| ab | |\n  | x \\| y | z |"
    grid = read_pipes(text, ((0, 10, 7), (9, 11, 7)), "r.yaml")
    assert placed(grid)[0][0] == (10, 9)
    first = grid.lines[1].cells[0]
    assert (first.text, str(first.span), first.span.end_column) == ("x | y", "r.yaml:11:11", 17)
    assert [place_of(first.places, at) for at in range(5)] == [(11, c) for c in (11, 12, 14, 15, 16)]
    assert str(grid.lines[0].cells[1].span) == "r.yaml:10:13"


def test_a_line_without_a_pipe_is_a_fault_of_its_own() -> None:
    """The other lines are read."""
    grid = read_pipes("| a |\noops | b |\n| 1 |", ((0, 1, 1), (6, 2, 1), (17, 3, 1)), "r.yaml")
    assert texts(grid) == [["a"], ["1"]]
    assert said(grid) == ['2:1 table-row: a line of the table does not begin with "|"']


CSV = {
    "comma": ("a,=> b\n1,2\n", [["a", "=> b"], ["1", "2"]]),
    "semicolon": ("max(a, b, c);=> b\n1,5;2\n", [["max(a, b, c)", "=> b"], ["1,5", "2"]]),
    "tab": ("a\t=> b\n1\t2", [["a", "=> b"], ["1", "2"]]),
    "arrow in quotes": ('"a,b";"=> b"\n1;2', [["a,b", "=> b"], ["1", "2"]]),
    "no arrow": ("a;b;c\n1;2,3;4", [["a", "b", "c"], ["1", "2,3", "4"]]),
    "mark": ("\ufeffa,=> b\n1,2", [["a", "=> b"], ["1", "2"]]),
    "quoted": ('a,=> b\n"1,5","x ""y"" z"', [["a", "=> b"], ["1,5", 'x "y" z']]),
    "lines in a field": ('a,=> b\n"1\n2",3\n4,5', [["a", "=> b"], ["1\n2", "3"], ["4", "5"]]),
    "blanks around quotes": ('a,=> b\n "1" , "2"  \n', [["a", "=> b"], ["1", "2"]]),
    "feel string first": ('a;=> b\n"x", "y";"z"', [["a", "=> b"], ['"x", "y"', "z"]]),
    "separator in feel string": ('a;=> b\nnot("x;y");z', [["a", "=> b"], ['not("x;y")', "z"]]),
    "quote not closed": ('a,=> b\n"x,y\n1,2', [["a", "=> b"], ['"x', "y"], ["1", "2"]]),
    "blank lines": ("\n\na,=> b\n,\n\n1,2\n\n", [["a", "=> b"], ["1", "2"]]),
    "blank fields at the end": ("a,=> b,,\n1,2,,\n3,,,", [["a", "=> b"], ["1", "2"], ["3", ""]]),
    "ends with a separator": ("a,=> b\n1,", [["a", "=> b"], ["1", ""]]),
    "short and long": ("a,=> b\n1\n1,2,3", [["a", "=> b"], ["1"], ["1", "2", "3"]]),
    "separator said": ("sep=;\na,b;=> c\n1,5;2", [["a,b", "=> c"], ["1,5", "2"]]),
    "separator said, and saved again": ('"sep=;"\r\na;=> c\r\n', [["a", "=> c"]]),
    "tab said": ("\ufeffSEP=\t\na,b\t=> c", [["a,b", "=> c"]]),
    "separator said without headings": ("sep=;\na,b,c;d", [["a,b,c", "d"]]),
    "separator of no meaning": ("sep=|\na,=> b", [["a", "=> b"]]),
    "title": (
        'Plan of 2026\n"For ""pins"", and bolts",,,x\n\na,=> b\n1,=> 2',
        [["a", "=> b"], ["1", "=> 2"]],
    ),
    "line ends": ("a,=> b\r\n1,2\r3,4", [["a", "=> b"], ["1", "2"], ["3", "4"]]),
    "nothing": ("", []),
}


@pytest.mark.parametrize(("text", "cells"), CSV.values(), ids=CSV)
def test_csv(text: str, cells: list[list[str]]) -> None:
    """RFC 4180, the separator found from the headings, and gentler where that is safe."""
    grid = read_delimited(text, "plan.csv")
    assert texts(grid) == cells
    assert said(grid) == []


def test_a_csv_of_another_encoding_says_what_spreadsheets_call_the_right_one() -> None:
    """Excel's plain CSV is not UTF-8, and its other one has a name."""
    fix = 'save the file as UTF-8, which Excel calls "CSV UTF-8"'
    (fault,) = read_delimited("a,=> b\nH\udce4rte,1", "plan.csv").faults
    assert (fault.code, fault.fix) == ("not-utf8", fix)


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        pytest.param("PK\x03\x04...", "save it as CSV; a workbook's file ends in .xlsx", id="a workbook"),
        pytest.param("\0\1\2\3\4\5\6\7\b" * 3, "save it as CSV", id="no text"),
    ],
)
def test_a_csv_that_is_no_text_is_told_to_be_one(text: str, fix: str) -> None:
    """What is no text is told to be saved as what its name says it is."""
    (fault,) = read_delimited(text, "plan.csv").faults
    assert (fault.code, fault.fix) == ("not-text", fix)


def test_what_stands_above_counts_as_lines() -> None:
    """Behind a separator that is said, and below a title, lines have their own numbers."""
    assert placed(read_delimited("sep=;\nPlan\n\na;=> b\n1;2", "plan.csv")) == [
        [(4, 1), (4, 3)],
        [(5, 1), (5, 3)],
    ]


def test_csv_knows_its_places() -> None:
    """Line and column are those of the text file: in quotes, behind doubled ones and after line breaks."""
    grid = read_delimited('\ufeffa,=> b\n"x\ny ""z"" w", 5 \n6,7', "plan.csv")
    first, second = grid.lines[1].cells
    assert (str(first.span), first.span.end_line, first.span.end_column) == ("plan.csv:2:1", 3, 11)
    assert first.text == 'x\ny "z" w'
    wanted = [(2, 2), (2, 3), (3, 1), (3, 2), (3, 3), (3, 5), (3, 6), (3, 8), (3, 9)]
    assert [place_of(first.places, at) for at in range(9)] == wanted
    assert (second.text, str(second.span)) == ("5", "plan.csv:3:13")
    assert placed(grid)[2] == [(4, 1), (4, 3)]


@given(
    st.lists(
        st.lists(st.text(st.sampled_from('ab,;"\n- =>\t'), max_size=6), min_size=2, max_size=4),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from(",;\t"),
)
def test_csv_reads_what_is_written_in_quotes(rows: list[list[str]], separator: str) -> None:
    """Whatever a program writes with all of its fields in quotes comes back, but for the blanks around it."""
    out = io.StringIO()
    head = ["head", *["=> x"] * 4]
    csv.writer(out, delimiter=separator, quoting=csv.QUOTE_ALL).writerows([head, *rows])
    found = texts(read_delimited(out.getvalue(), "plan.csv"))
    wanted = [[field.strip() for field in row] for row in rows]
    wanted = [row for row in wanted if any(row)]
    assert found[1:] == wanted


@given(st.text(st.sampled_from('a,;"\n\r\t|\\- =>\ufeff\x00\udcff')))
def test_no_text_stops_a_reader(text: str) -> None:
    """Every text gives a grid, and every cell has a place that can be shown."""
    for grid in (
        read_delimited(text, "a.csv"),
        read_pipes(text, ((0, 1, 1),), "r.yaml"),
        read_workbook(text, "a.xlsx", ""),
    ):
        for line in grid.lines:
            for cell in line.cells:
                assert span_of("a", cell.places, 0, len(cell.text)).line >= 1


LIMITS = {
    "csv rows": (lambda: read_delimited("a,=> b\n" + "1,2\n" * (MAX_ROWS + 2), "p"), "table-size"),
    "csv columns": (lambda: read_delimited("a," * MAX_COLUMNS + "=> b\n", "p"), "table-size"),
    "csv bytes": (lambda: read_delimited("a" * (MAX_BYTES + 1), "p"), "table-size"),
    "csv of bytes": (lambda: read_delimited("a,=> b\n\udcff,1", "p"), "not-utf8"),
    "csv with marks that hide": (lambda: read_delimited("a,=> b\n\u202e,1", "p"), "control-character"),
    "pipe rows": (lambda: read_pipes("| a |\n" * (MAX_ROWS + 2), ((0, 1, 1),), "p"), "table-size"),
    "pipe columns": (lambda: read_pipes("|a" * (MAX_COLUMNS + 1), ((0, 1, 1),), "p"), "table-size"),
    "workbook bytes": (lambda: read_workbook(" " * (MAX_BYTES + 1), "p", ""), "table-size"),
}


@pytest.mark.parametrize(("read", "code"), LIMITS.values(), ids=LIMITS)
def test_limits(read: object, code: str) -> None:
    """Beyond its limits a table is cut off and says so."""
    assert callable(read)
    assert [fault.code for fault in read().faults] == [code]


HEAD = '{"workbook":1,"sheets":["Notes","Plan"],"hidden":["Notes"]}\n'
ROWS = (
    '{"sheet":"Plan"}\n{"row":1,"B":"Plan of 2026"}\n{"row":3,"B":"a","C":" => b ","D":"# c"}\n'
    '{"row":4,"B":5,"C":0.30,"D":true}\n{"row":9,"B":{"feel":"@\\"2026-01-02\\""},"C":"x",'
    '"D":{"fault":"the cell shows #N/A","fix":"correct it"}}\n'
)


def test_a_workbook_s_sheet() -> None:
    """The table begins with the row of the arrow; row and column are those of the sheet, for every character of a cell."""
    grid = read_workbook(HEAD + ROWS, "plan.xlsx", "")
    assert grid.sheet == "Plan"
    assert texts(grid) == [["a", "=> b", "# c"], ["5", "0.30", "true"], ['@"2026-01-02"', "x", ""]]
    assert [cell.value for cell in grid.lines[2].cells] == ['= @"2026-01-02"', "x", None]
    cell = grid.lines[2].cells[0]
    assert str(cell.span) == str(span_of("plan.xlsx", cell.places, 5, 7)) == "plan.xlsx:9:2"
    assert (grid.lines[2].cells[2].fault, grid.lines[2].cells[2].fix) == ("the cell shows #N/A", "correct it")


UNREAD = ["1:1 table-file: the file was not read as a workbook"]
SEVERAL = ["1:1 table-file: the workbook has 2 sheets, and the rule does not say which"]
NO_ARROW = ['1:1 table-file: no row of sheet "Notes" has a heading that begins with "=>"']
WORKBOOKS = {
    "named": (HEAD + ROWS, "Plan", []),
    "misspelt": (HEAD, "Plam", ['1:1 table-file: the workbook has no sheet "Plam"']),
    "several": (HEAD.replace('["Notes"]', "[]"), "", SEVERAL),
    "no arrow": (HEAD + '{"sheet":"Plan"}\n{"row":1,"A":"=>x"}', "Notes", NO_ARROW),
    "beside": (
        HEAD + ROWS + '{"row":10,"A":"left","B":1,"E":"right"}\n{"row":12,"Z":"alone"}',
        "Plan",
        [
            '10:1 table-row: cell A10 of sheet "Plan" stands beside the columns of the table',
            '10:5 table-row: cell E10 of sheet "Plan" stands beside the columns of the table',
            '12:26 table-row: cell Z12 of sheet "Plan" stands beside the columns of the table',
        ],
    ),
    "refused": ('{"workbook":1,"fault":"it has a password","fix":"x"}', "", ["1:1 table-file: it has a password"]),
    "no form": ("PK\x03\x04", "", UNREAD),
    "empty": ("", "", UNREAD),
    "other json": ("[]", "", UNREAD),
    "odd row": (HEAD + '{"sheet":"Plan"}\n{"row":"x","A":"=>"}', "Plan", UNREAD),
    "odd column": (HEAD + '{"sheet":"Plan"}\n{"row":1,"a1":"=>"}', "Plan", UNREAD),
    "odd cell": (HEAD + '{"sheet":"Plan"}\n{"row":1,"A":"=>","B":[]}', "Plan", UNREAD),
    "deep": (HEAD + "[" * 100_000, "Plan", UNREAD),
    "hidden character": (HEAD + '{"sheet":"Plan"}\n{"row":1,"A":"=>\\u202e"}', "Plan", []),
}  # fmt: skip


@pytest.mark.parametrize(("text", "sheet", "faults"), WORKBOOKS.values(), ids=WORKBOOKS)
def test_what_is_wrong_with_a_workbook(text: str, sheet: str, faults: list[str]) -> None:
    """A fault of the whole file stands at its beginning, others at their cells; none is raised."""
    assert said(read_workbook(text, "plan.xlsx", sheet)) == faults


def test_a_cell_with_a_character_that_hides_is_refused() -> None:
    """What cannot be seen in a cell is refused there, as it is in files of text."""
    text = HEAD + '{"sheet":"Plan"}\n{"row":1,"A":"=> \\u202ea"}'
    assert "U+202E" in read_workbook(text, "plan.xlsx", "").lines[0].cells[0].fault
