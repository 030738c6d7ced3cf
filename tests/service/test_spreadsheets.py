"""Workbooks to their text form: every kind of cell, what cannot be read, and files made to do harm."""

from __future__ import annotations

import datetime
import json
import zipfile
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from service.spreadsheets import refusal_text, workbook_text
from service.spreadsheets.archive import MAX_BYTES
from service.spreadsheets.formats import Format, format_of


def book(rows: list[list[Any]], title: str = "Plan") -> openpyxl.Workbook:
    """Return a workbook with *rows* on its one sheet."""
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    return made


def saved(made: openpyxl.Workbook) -> bytes:
    out = BytesIO()
    made.save(out)
    return out.getvalue()


def lines(raw: bytes, *sheets: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in workbook_text(raw, sheets or ("",)).splitlines()]


def cells(made: openpyxl.Workbook) -> dict[str, Any]:
    """Return the cells of the first row."""
    return next(line for line in lines(saved(made)) if line.get("row") == 1)


def feel(text: str) -> dict[str, str]:
    return {"feel": f'@"{text}"'}


day, moment, clock, length = datetime.date, datetime.datetime, datetime.time, datetime.timedelta
VALUES: dict[str, tuple[Any, str | None, Any]] = {
    "text": ("minor", None, "minor"),
    "blanks around": ("  minor\n", None, "minor"),
    "digits as text": ("007", None, "007"),
    "letters of others": ("größer ≥ 5", None, "größer ≥ 5"),
    "escape": ("a_x0041_b", None, "aAb"),
    "whole": (5, None, 5),
    "decimal": (2.5, None, 2.5),
    "sum of floats": (0.1 + 0.2, None, 0.3),
    "negative": (-0.125, None, -0.125),
    "large": (123456789012345, None, 123456789012345),
    "tiny": (1e-20, None, 1e-20),
    "percent": (0.05, "0%", 0.05),
    "money": (5, '"€" #,##0.00;[Red]-#,##0.00', 5),
    "exponent": (5, "0.00E+00", 5),
    "true": (True, None, True),
    "false": (False, None, False),
    "date": (day(2026, 1, 31), None, feel("2026-01-31")),
    "german date": (day(2026, 1, 31), "[$-407]d. mmmm yyyy;@", feel("2026-01-31")),
    "month": (day(2026, 1, 31), "mmm", feel("2026-01-31")),
    "date and time": (moment(2026, 1, 31, 8, 30), None, feel("2026-01-31T08:30:00")),
    "midnight": (moment(2026, 1, 31), "yyyy-mm-dd h:mm", feel("2026-01-31T00:00:00")),
    "date that hides a time": (moment(2026, 1, 31, 8, 30), "yyyy-mm-dd", feel("2026-01-31T08:30:00")),
    "time": (clock(8, 30), None, feel("08:30:00")),
    "time to the millisecond": (clock(8, 30, 1, 250_000), "h:mm:ss.000", feel("08:30:01.250")),
    "before noon": (clock(8, 30), "h:mm AM/PM", feel("08:30:00")),
    "duration": (length(hours=26, minutes=30), None, feel("P1DT2H30M")),
    "no duration": (0, "[h]:mm", feel("PT0S")),
    "negative duration": (-0.5, "[h]:mm", feel("-PT12H")),
    "first day": (1, "yyyy-mm-dd", feel("1900-01-01")),
    "day after the one that was none": (61, "yyyy-mm-dd", feel("1900-03-01")),
    "rich text": (CellRichText("a ", TextBlock(InlineFont(b=True), "bold"), " word"), None, "a bold word"),
}


@pytest.mark.parametrize(("value", "shown", "read"), VALUES.values(), ids=VALUES)
def test_values(value: Any, shown: str | None, read: Any) -> None:
    """A cell holds a text, a number as it is shown, a truth value, or FEEL for what its format makes of a number."""
    made = book([[value]])
    if shown is not None:
        made.active["A1"].number_format = shown
    assert cells(made)["A"] == read
    assert type(cells(made)["A"]) is type(read)


FAULTY: dict[str, tuple[Any, str | None, str]] = {
    "error": ("#N/A", None, "the cell shows #N/A"),
    "formula": ("=1+1", None, "the formula was saved without a value"),
    "long number": (10**15, None, "a spreadsheet does not keep all digits of a number this long"),
    "day after all days": (3_000_000, "yyyy-mm-dd", "the cell holds a day after the year 9999"),
    "negative day": (-1, "yyyy-mm-dd", "a date or time cannot be negative"),
    "time of two days": (1.5, "h:mm", "the cell shows a time of day and holds more than a day"),
}


@pytest.mark.parametrize(("value", "shown", "message"), FAULTY.values(), ids=FAULTY)
def test_cells_that_hold_nothing_that_counts(value: Any, shown: str | None, message: str) -> None:
    """What must not pass for a blank, or for another value, says what it is and what to do."""
    made = book([[value]])
    if shown is not None:
        made.active["A1"].number_format = shown
    found = cells(made)["A"]
    assert found["fault"] == message
    assert found["fix"]


def test_days_counted_from_1904() -> None:
    """A workbook made on an old Macintosh counts its days from another one, and says so."""
    made = book([[day(2026, 1, 31)]])
    made.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    assert cells(made)["A"] == feel("2026-01-31")


def test_rows_and_columns_keep_their_names() -> None:
    """Blank rows and cells are left out, and the others stay where they are, hidden ones too."""
    made = book([["a", None, "c"], [], [None, "  ", 5]])
    made.active["AB5"] = "far"
    made.active.row_dimensions[5].hidden = True
    made.active.column_dimensions["C"].hidden = True
    assert lines(saved(made))[2:] == [
        {"row": 1, "A": "a", "C": "c"},
        {"row": 3, "C": 5},
        {"row": 5, "AB": "far"},
    ]


def test_merged_cells() -> None:
    """A value merged over rows counts in each that holds something; one merged sideways is a fault, as no column has it."""
    made = book([["a", 1, "x", "y"], [None, 2], [None, 3], [], [None, 5]])
    made.active.merge_cells("A1:A5")
    made.active.merge_cells("C1:D2")
    fault = {
        "fault": "the cell is merged with those beside it",
        "fix": "unmerge it, and write into each cell what counts there",
    }
    assert lines(saved(made))[2:] == [
        {"row": 1, "A": "a", "B": 1, "C": fault},
        {"row": 2, "A": "a", "B": 2},
        {"row": 3, "A": "a", "B": 3},
        {"row": 5, "A": "a", "B": 5},
    ]


def test_only_the_sheets_that_are_named() -> None:
    """The only sheet that can be seen needs no name; the rest of the workbook is in no text."""
    made = book([["a"]])
    made.create_sheet("Notes").append(["secret"])
    head = {"workbook": 1, "sheets": ["Plan", "Notes"], "hidden": []}
    assert lines(saved(made)) == [head]
    assert lines(saved(made), "Plan", "Other") == [head, {"sheet": "Plan"}, {"row": 1, "A": "a"}]
    made["Notes"].sheet_state = "veryHidden"
    head = {**head, "hidden": ["Notes"]}
    assert lines(saved(made)) == [head, {"sheet": "Plan"}, {"row": 1, "A": "a"}]
    assert lines(saved(made), "Notes")[1:] == [{"sheet": "Notes"}, {"row": 1, "A": "secret"}]


def test_the_same_table_is_the_same_text() -> None:
    """When and by whom a workbook was saved, its colours and its other sheets change nothing."""
    first, second = book([["a", 1]]), book([["a", 1]])
    second.properties.creator = "somebody"
    second.active["A1"].font = openpyxl.styles.Font(bold=True)
    second.create_sheet("Notes")
    assert lines(saved(first), "Plan")[1:] == lines(saved(second), "Plan")[1:]


FORMATS = {
    "General": Format.NUMBER,
    "0.00": Format.NUMBER,
    '0 "days"': Format.NUMBER,
    "0\\d": Format.NUMBER,
    "[Red]0": Format.NUMBER,
    "@": Format.NUMBER,
    "yyyy": Format.DATE,
    "MM/DD/YY": Format.DATE,
    "hh:mm": Format.TIME,
    "mm:ss.0": Format.TIME,
    "dd.mm.yyyy hh:mm": Format.DATE_TIME,
    "[mm]:ss": Format.ELAPSED,
}


@pytest.mark.parametrize(("code", "meant"), FORMATS.items())
def test_formats(code: str, meant: Format) -> None:
    """Letters of a format outside of quotes, brackets and escapes tell what a number stands for."""
    assert format_of(200, code) is meant


# made by hand, since no program writes them


def archive(parts: dict[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return out.getvalue()


def sheet(rows: str, **others: str | bytes) -> bytes:
    """Return the bytes of a small workbook with *rows* of a worksheet, its parts by the names of strict producers."""
    office = "http://purl.oclc.org/ooxml/officeDocument/relationships"
    package = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
    main = "http://purl.oclc.org/ooxml/spreadsheetml/main"

    def related(**targets: str) -> str:
        each = "".join(
            f'<Relationship Id="{kind}" Type="{office}/{kind}" Target="{target}"/>'
            for kind, target in targets.items()
        )
        return f"<Relationships {package}>{each}</Relationships>"

    parts: dict[str, str | bytes] = {
        "_rels/.rels": related(officeDocument="/xl/book.xml"),
        "xl/book.xml": f'<x:workbook xmlns:x="{main}" xmlns:r="{office}"><x:sheets>'
        '<x:sheet name="S" sheetId="1" r:id="worksheet"/></x:sheets></x:workbook>',
        "xl/_rels/book.xml.rels": related(worksheet="../XL/a.xml", sharedStrings="texts.xml"),
        "xl/a.xml": f'<x:worksheet xmlns:x="{main}"><x:sheetData>{rows}</x:sheetData></x:worksheet>',
        "xl/texts.xml": f'<sst xmlns="{main}"><si><t>東京</t><rPh sb="0" eb="2"><t>とうきょう</t></rPh></si></sst>',
    }
    return archive(
        {**parts, **{name.replace("__", "/").replace("_xml", ".xml"): part for name, part in others.items()}}
    )


ODD = {
    "shared text": ('<x:row><x:c t="s"><x:v>0</x:v></x:c></x:row>', {"row": 1, "A": "東京"}),
    "no references": ("<x:row><x:c><x:v>1</x:v></x:c><x:c/><x:c><x:v>2</x:v></x:c></x:row>", {"row": 1, "A": 1, "C": 2}),
    "inline": ('<x:row r="4"><x:c r="B4" t="inlineStr"><x:is><x:t>a</x:t></x:is></x:c></x:row>', {"row": 4, "B": "a"}),
    "formula of a text": ('<x:row><x:c t="str"><x:f>A1</x:f><x:v>b</x:v></x:c></x:row>', {"row": 1, "A": "b"}),
    "formula of no text": ('<x:row><x:c t="str"><x:f>A1</x:f><x:v/></x:c><x:c><x:v>1</x:v></x:c></x:row>', {"row": 1, "B": 1}),
    "formula of a number": ("<x:row><x:c><x:f>A1</x:f><x:v>4</x:v></x:c></x:row>", {"row": 1, "A": 4}),
    "iso date": ('<x:row><x:c t="d"><x:v>2026-01-31</x:v></x:c></x:row>', {"row": 1, "A": feel("2026-01-31")}),
    "style that is not there": ('<x:row><x:c s="99"><x:v>4</x:v></x:c></x:row>', {"row": 1, "A": 4}),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "read"), ODD.values(), ids=ODD)
def test_what_other_programs_write(rows: str, read: dict[str, Any]) -> None:
    """Names of parts in any case, namespaces with a prefix, cells without references and texts in place are read alike."""
    assert lines(sheet(rows))[2:] == [read]


WRONG = {
    "text that is not there": ('<x:row><x:c t="s"><x:v>9</x:v></x:c></x:row>', "the text of the cell is lost"),
    "no number": ("<x:row><x:c><x:v>five</x:v></x:c></x:row>", "the cell holds no number"),
    "not finite": ("<x:row><x:c><x:v>nan</x:v></x:c></x:row>", "a spreadsheet does not keep all digits of a number this long"),
    "no date": ('<x:row><x:c t="d"><x:v>soon</x:v></x:c></x:row>', "the cell holds no date"),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "message"), WRONG.values(), ids=WRONG)
def test_cells_that_are_broken(rows: str, message: str) -> None:
    """A cell that no program should write is a fault of that cell."""
    assert lines(sheet(rows))[2]["A"]["fault"] == message


ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'
NO_BOOK = "the file is not a sound XLSX workbook"
HARMFUL = {
    "no zip": (b"severity;=> route.to", NO_BOOK),
    "nothing": (b"", NO_BOOK),
    "a zip of something else": (archive({"a.txt": "a"}), NO_BOOK),
    "cut off": (saved(book([["a"]]))[:-50], NO_BOOK),
    "the older form": (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "the workbook has a password, or is of the older form (.xls)"),
    "too many bytes": (b"PK" + b"\0" * MAX_BYTES, "the file is larger than 16 MiB"),
    "entities": (sheet("", xl__a_xml=ENTITIES), NO_BOOK),
    "entities in utf-16": (sheet("", xl__a_xml=ENTITIES.encode("utf-16")), NO_BOOK),
    "entities in texts": (sheet("", xl__texts_xml=ENTITIES), NO_BOOK),
    "an outside document type": (sheet("", xl__a_xml='<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>'), NO_BOOK),
    "zip bomb": (sheet("", xl__a_xml=b" " * (60 << 20)), "the workbook inflates to more than 48 MiB"),
    "deep": (sheet("", xl__a_xml="<a>" * 200_000), NO_BOOK),
    "one text in many cells": (
        sheet('<x:row><x:c t="s"><x:v>0</x:v></x:c></x:row>' * 9_000, xl__texts_xml=f"<sst><si><t>{'a' * 2_000}</t></si></sst>"),
        "the sheet holds more than is read",
    ),
    "too many parts": (archive({f"a{n}": "" for n in range(5_001)}), "the workbook has more than 5,000 parts"),
    "a part that is not there": (archive({"_rels/.rels": "<Relationships/>"}), NO_BOOK),
    "no worksheet": (sheet("", xl__book_xml="<workbook><sheets/></workbook>"), "the workbook has no worksheet"),
}  # fmt: skip


@pytest.mark.parametrize(("raw", "message"), HARMFUL.values(), ids=HARMFUL)
def test_files_that_are_refused(raw: bytes, message: str) -> None:
    """What is no workbook, or was made to do harm, is a text that says so, and takes neither time nor memory."""
    (said,) = lines(raw)
    assert said["fault"] == message
    assert said["fix"]
    assert workbook_text(raw, [""]) == refusal_text(said["fault"], said["fix"])


SMALL = saved(book([["a", "=> b"], ["minor", 5], [day(2026, 1, 1), "#N/A"]]))


@given(st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_no_bytes_stop_the_reading(edits: list[tuple[int, int]]) -> None:
    """A workbook with bytes changed gives a text, whatever was changed."""
    raw = bytearray(SMALL)
    for at, byte in edits:
        raw[at] = byte
    assert workbook_text(bytes(raw), ("", "Plan")).startswith('{"workbook":1,')


@given(st.text(st.sampled_from("<>/xcrvtsf =\"'0123A:mergeCl&;#"), max_size=60))
def test_no_xml_stops_the_reading(text: str) -> None:
    """A worksheet of any text gives a text."""
    assert workbook_text(sheet(text), [""]).startswith('{"workbook":1,')
