"""Any second log of the shop: however its rows are written and ordered, the right orders are held, and no text breaks it."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.compiler import compile_rules
from engine.replay import Mapping, map_log, parse_mapping, read_csv
from engine.rulebook import RuleBook
from service.cli.folding import Incoming, Tally, fold
from service.shipped import rule_files

EXAMPLE = Path(__file__).resolve().parent.parent / "fixtures/production_log"
HEADINGS = [
    "case_id",
    "activity",
    "resource",
    "start",
    "complete",
    "span",
    "work_order_qty",
    "part_desc",
    "worker_id",
    "report_type",
    "qty_completed",
    "qty_rejected",
    "qty_for_mrb",
    "rework",
]


def written(number: int) -> st.SearchStrategy[str]:
    """Return the ways in which exports write a quantity."""
    ways = [str(number), f"{number}.0", f" {number} ", f"{number:,}", f"{number:,}.00", f"\t{number}"]
    return st.sampled_from([*ways, "", " "] if number == 0 else ways)


@st.composite
def quantities(draw: st.DrawFn) -> tuple[int, str]:
    """Draw a quantity, most often none, and a way to write it."""
    number = draw(st.sampled_from([0, 0, 0, 1, 3, 12, 1000, 25_000]))
    return number, draw(written(number))


@st.composite
def times(draw: st.DrawFn) -> tuple[str, str]:
    """Draw the start and the end of a row as exports write them, either or both of which can be missing."""
    day, hour = draw(st.integers(1, 28)), draw(st.integers(0, 22))
    form = draw(
        st.sampled_from(
            [
                "2012-02-{d:02} {h:02}:15:00",
                "2012/02/{d:02} {h:02}:15:00.000",
                "2012-02-{d:02}T{h:02}:15",
                "2012-02-{d:02}",
            ]
        )
    )
    start, end = form.format(d=day, h=hour), form.format(d=day, h=hour + 1)
    return draw(st.sampled_from([(start, end), (start, end), ("", ""), (start, ""), ("", end)]))


@st.composite
def logs(draw: st.DrawFn) -> tuple[str, set[str], set[str]]:
    """Draw the text of a log, the cases that must be held, and those that must go to the review board."""
    rows: list[dict[str, str]] = []
    held: set[str] = set()
    board: set[str] = set()
    for _ in range(draw(st.integers(1, 25))):
        case = draw(st.sampled_from(["Case 1", "Case 2", "Case 10", "C, 3", 'C "4"', "Ä5"]))
        (made, rejected, mrb), (start, end) = [draw(quantities()) for _ in range(3)], draw(times())
        activity = draw(
            st.sampled_from(["Turning - Machine 2", "Final Inspection Q.C.", "Packing", "Round  Q.C.", ""])
        )
        rows.append(
            {
                "case_id": case,
                "activity": activity,
                "resource": draw(st.sampled_from(["Machine 2 - Turning", "Quality Check 1", ""])),
                "start": start,
                "complete": end,
                "span": "000:00",
                "work_order_qty": draw(written(40)),
                "part_desc": draw(st.sampled_from(["Pin", "Pin, long", ""])),
                "worker_id": "W1",
                "report_type": draw(st.sampled_from(["D", "S", "B", "d", ""])),
                "qty_completed": made[1],
                "qty_rejected": rejected[1],
                "qty_for_mrb": mrb[1],
                "rework": draw(st.sampled_from(["", "", "Y"])),
            }
        )
        if rejected[0] or mrb[0]:
            held.add(case)
        if mrb[0]:
            board.add(case)
    if not any(row["start"] or row["complete"] for row in rows):
        rows[-1]["start"] = "2012-02-01 06:00:00"
    out = io.StringIO()
    headings = [*draw(st.permutations(HEADINGS)), *draw(st.sampled_from([[], ["remark"]]))]
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    writer = csv.DictWriter(
        out, headings, restval="", lineterminator=draw(st.sampled_from(["\n", "\r\n"])), quoting=quoting
    )
    writer.writeheader()
    writer.writerows(rows)
    return draw(st.sampled_from(["", "\ufeff"])) + out.getvalue(), held, board


@pytest.fixture(scope="module")
def mapping() -> Mapping:
    """Return the example's mapping."""
    found, faults = parse_mapping((EXAMPLE / "mapping.yaml").read_text(encoding="utf-8"), "mapping.yaml")
    assert found is not None, faults
    return found


@pytest.fixture(scope="module")
def book() -> RuleBook:
    """Return the example's rules."""
    return compile_rules(rule_files([EXAMPLE / "rules"]))


@settings(max_examples=150, deadline=None)
@given(log=logs())
def test_the_right_orders_are_held(
    log: tuple[str, set[str], set[str]], mapping: Mapping, book: RuleBook
) -> None:
    """Cases with rejects or review board quantities on any row are held, those with the latter are routed, no others are."""
    text, held, board = log
    mapped = map_log(mapping, read_csv(text, "log.csv"))
    faults: list[Any] = []
    tally = Tally()
    incoming = [Incoming(fact.envelope, "log.csv", fact.origin.line, fact) for fact in mapped.facts]
    decisions = [d for _, outcome in fold(book, incoming, tally, faults) for d in outcome.decisions]
    assert [str(fault) for fault in (*mapped.faults, *faults)] == []
    assert {d.subject_id for d in decisions if d.kind == "hold"} == held
    assert {d.subject_id for d in decisions if d.kind == "route"} == board
    assert tally.duplicates == tally.refused == 0


@settings(max_examples=300, deadline=None)
@given(text=st.text(st.sampled_from('abc1",;\n\r \x00\ufeff\udcff'), max_size=80))
def test_no_text_breaks_the_reading(text: str) -> None:
    """Whatever a file holds, reading ends, each line is a row or a fault, and every fault stands in the file."""
    log = read_csv(text, "log.csv")
    lines = text.count("\n") + text.count("\r") + 1
    assert all(1 <= fault.span.line <= lines for fault in log.faults)
    assert log.refused == sum(fault.code == "log-row" for fault in log.faults)
    assert all(set(row.cells) == set(log.headings) for row in log.rows)


@settings(max_examples=100, deadline=None)
@given(log=logs(), cut=st.integers(0, 2000), put=st.sampled_from(['"', "\n", ",", "\x00", "x", '","']))
def test_one_stray_character_costs_little(
    log: tuple[str, set[str], set[str]], cut: int, put: str, mapping: Mapping, book: RuleBook
) -> None:
    """A character too many somewhere behind the headings never ends the replay; what is not decided is said."""
    text, held, _ = log
    body = text.index("\n") + 1
    place = body + cut % max(1, len(text) - body)
    mapped = map_log(mapping, read_csv(text[:place] + put + text[place:], "log.csv"))
    faults: list[Any] = []
    incoming = [Incoming(fact.envelope, "log.csv", fact.origin.line, fact) for fact in mapped.facts]
    found = {
        d.subject_id
        for _, o in fold(book, incoming, Tally(), faults)
        for d in o.decisions
        if d.kind == "hold"
    }
    if held - found:
        changed = {fact.envelope["data"].get("order_id") for fact in mapped.facts} - held
        assert mapped.faults or faults or changed
