"""What people write on their first day, from spreadsheets and other languages, and the advice that answers it."""

from __future__ import annotations

import pytest

from engine.feel import (
    ContextType,
    FeelSyntaxError,
    Field,
    Scope,
    Variable,
    check,
    compile_value,
    evaluate,
    parse,
    type_of_schema,
    types,
)
from engine.feel.temporal import parse_temporal
from engine.feel.values import MAX_STRING
from tests.engine.feel.test_faults import INSPECTION, ORDER

NOW = parse_temporal("2026-01-31T08:00:00Z")
LOT = type_of_schema(
    {"type": "object", "properties": {"lot_id": {"type": "string"}, "order_id": {"type": "string"}}}, "lot"
)
ALIASES = {
    "insp": Variable(INSPECTION, "p0"),
    "lot": Variable(LOT, "p1"),
    "order": Variable(ORDER, "p2"),
}
LONG = Scope(ALIASES)
"""What `then` sees in the long form of a rule: the aliases alone."""
SHORT = LONG.child(Scope.fields("d", INSPECTION))
assert isinstance(LOT, ContextType)


def answers(text: str, scope: Scope = SHORT) -> list[tuple[str, str, str]]:
    """Return the code, the place and the fix of each fault of *text*."""
    try:
        faults = check(parse(text), scope).faults
    except FeelSyntaxError as error:
        faults = error.faults
    return [(fault.code, text[fault.start : fault.end], fault.fix) for fault in faults]


NAMES = [
    # texts without quotes
    ("result = fail", "fail", 'write "fail" in quotes'),
    ("fail = result", "fail", 'write "fail" in quotes'),
    ("result = FAIL", "FAIL", 'write "fail" in quotes'),
    ("severity != mayor", "mayor", 'write "major" in quotes'),
    ("result in (fail)", "fail", 'write "fail" in quotes'),
    ("result in [fail]", "fail", 'write "fail" in quotes'),
    ("severity = xyz", "xyz", 'write a text in quotes, one of "critical", "major", "minor"'),
    ("result = True", "True", 'write a text in quotes, one of "fail", "pass"'),
    ("order_id = A17", "A17", 'write "A17" in quotes'),
    ("order_id = resul", "resul", 'did you mean "result", or the text "resul" in quotes?'),
    ('severity = "minor" or major', "major", 'write "major" in quotes'),
    ('severity = "minor" and rewrk', "rewrk", 'did you mean "rework"?'),
    # case, and the constants
    ('Result = "fail"', "Result", 'did you mean "result"?'),
    ("DEFECTS > 1", "DEFECTS", 'did you mean "defects"?'),
    ("rework = TRUE", "TRUE", 'did you mean "true"?'),
    ("rework = False", "False", 'did you mean "false"?'),
    ("rework = yes", "yes", 'did you mean "true"?'),
    ("severity = NULL", "NULL", 'did you mean "null"?'),
    ("day > TODAY", "TODAY", "write today()"),
    # fields of other records
    ('lot_id = "x"', "lot_id", 'did you mean "lot.lot_id"?'),
]


@pytest.mark.parametrize(("text", "place", "fix"), [pytest.param(*row, id=row[0]) for row in NAMES])
def test_name_that_is_not_there(text: str, place: str, fix: str) -> None:
    """A name that nothing declares is answered by what it stands beside."""
    assert answers(text) == [("unknown-field", place, fix)]


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("lot_id", 'did you mean "lot.lot_id"?'),
        ("defects", 'did you mean "insp.defects"?'),
        ("order_id", 'did you mean "insp.order_id" or "lot.order_id" or "order.order_id"?'),
        ("Insp.defects", 'did you mean "insp"?'),
    ],
)
def test_field_without_its_alias(text: str, fix: str) -> None:
    """In the long form a bare field is answered with the alias that has it."""
    ((code, _, found),) = answers(text, LONG)
    assert (code, found) == ("unknown-name", fix)


def test_cell_without_quotes() -> None:
    """A bare word among the tests after `in` that is a field stays one."""
    scope = Scope.fields(
        "d", ContextType({"a": Field(types.STRING), "b": Field(types.STRING)}, title="record")
    )
    assert answers("a in (b)", scope) == []
    assert answers("a in (c)", scope)[0][2] == 'write "c" in quotes'


FUNCTIONS = [
    ("IF(rework, 1, 2) = 1", "write if rework then 1 else 2"),
    ("NOT(rework)", "write not(rework)"),
    ("SUM(samples) > 1", 'did you mean "sum"?'),
    ("Count(samples) > 1", 'did you mean "count"?'),
    ('UPPER(order_id) = "X"', "write upper case(order_id)"),
    ('LOWER(order_id) = "X"', "write lower case(order_id)"),
    ("LEN(order_id) > 2", "write string length(order_id)"),
    ("ISBLANK(severity)", "write severity = null"),
    ("ISNULL(severity)", "write severity = null"),
    ("ISBLANK(defects + 1)", "write (defects + 1) = null"),
    ("ISBLANK()", "write x = null"),
    ("COUNTIF(samples, 5) > 2", "write count(list[condition])"),
    ("AVERAGE(samples) > 2", "write mean(samples)"),
    ("ROUND(defects, 2) = 1", "write round half up(defects, 2)"),
    ('LEFT(order_id, 3) = "A"', "write substring(order_id, 1, 3)"),
    ('CONCAT(order_id, "x") = "A"', 'write order_id + "x"'),
    ("IFERROR(defects, 0) = 1", "write if defects = null then 0 else defects"),
    ("day > TODAY()", "write today()"),
    ("at > NOW()", "write now()"),
    ("month(today()) = 1", "write today().month"),
    ("year(day) = 2026", "write day.year"),
    ("year(at - at) = 2026", "write (at - at).year"),
    ("day(at) = 1", "write at.day"),
    ('startswith(order_id, "A")', 'write starts with(order_id, "A")'),
    (
        "VLOOKUP(order_id, samples, 2) = 1",
        "read the value from a fact: add a pattern that finds it; decision tables come with a later version",
    ),
]


@pytest.mark.parametrize(("text", "fix"), [pytest.param(*row, id=row[0]) for row in FUNCTIONS])
def test_spreadsheet_function(text: str, fix: str) -> None:
    """A function of spreadsheets is answered with FEEL's form, the user's arguments in it."""
    ((code, _, found),) = answers(text)
    assert (code, found) == ("unknown-function", fix)


SYNTAX = [
    ("OR(rework, defects > 1)", "OR", "write rework or defects > 1"),
    ("and(rework, defects > 1)", "and", "write rework and defects > 1"),
    ("AND(rework or defects > 1, rework)", "AND", "write (rework or defects > 1) and rework"),
    ("OR()", "OR", "write a or b"),
    ("not order_id = " + "x" * 200, "not", "write not(...)"),
    ("if(rework, 1, 2) = 1", ",", "write if condition then value else value"),
    ("ROUND(defects;2)", ";", "use , between items"),
    # numbers
    ("defects > 5,2", "5,2", "write 5.2, with a decimal point"),
    ("(defects > 5,2) and rework", "5,2", "write 5.2, with a decimal point"),
    ("defects between 1,5 and 2", "1,5", "write 1.5, with a decimal point"),
    ("if defects > 5,2 then 1 else 2", "5,2", "write 5.2, with a decimal point"),
    ("defects > 1,000", "1,000", "write 1000, or 1.000 with a decimal point"),
    ("defects > 5 mm", "5 mm", "write 5 without the unit"),
    ("defects > 5mm", "5mm", "write 5 without the unit"),
    ("defects > 5 min", "5 min", 'write duration("PT5M") for a duration, 5 for a number'),
    ("defects > 1.5 h", "1.5 h", 'write duration("PT5400S") for a duration, 1.5 for a number'),
    ("defects > 2 weeks", "2 weeks", 'write duration("P14D") for a duration, 2 for a number'),
    (
        "defects > 5 blobs",
        "blobs",
        "write 5 without it, since a number carries no unit, or an operator between the two",
    ),
    # lists
    ('severity = "minor", "major"', ",", 'write severity in ("minor", "major")'),
    ('rework and severity != "minor", "major"', ",", 'write not(severity in ("minor", "major"))'),
    ('(severity = "minor", "major") and rework', ",", 'write severity in ("minor", "major")'),
    ('result = ("fail","pass")', "=", 'write result in ("fail", "pass")'),
    ('result != ("fail","pass")', "!=", 'write not(result in ("fail", "pass"))'),
    ('severity in "minor", "major"', ",", 'write severity in ("minor", "major")'),
    ("defects in 1..5", "..", "put a range in brackets, as in [1..5]"),
    ("defects > 5.000,00", "5.000,00", "write 5000.00, with a decimal point"),
    # operators
    ("= 5", "=", 'leave out the "=" at the beginning'),
    ("defects > 5 and < 10", "<", "name the value on both sides, as in x > 1 and x < 5"),
    ("defects in (> 5 or < 2)", "or", "put a comma between the two, as in < 1, > 5"),
    ("IF rework THEN 1 ELSE 2", "IF", 'write "if" in lower case'),
    ('not result = "fail"', "not", 'write not(result = "fail")'),
    ('NOT result = "fail" and rework', "NOT", 'write not(result = "fail")'),
    ('!result = "fail"', "!", 'write not(result = "fail")'),
    ("defects => 5", "=>", "use >= for at least"),
    ("defects =< 5", "=<", "use <= for at most"),
    ('start with(order_id, "A")', "with", 'did you mean "starts with"?'),
    ("list contain(samples, 1)", "contain", 'did you mean "list contains"?'),
    ('order_id starts with "A"', "starts", "use starts with(text, start)"),
    # dates and quotes
    ("today() > 2026-01-01", "2026-01-01", 'write @"2026-01-01"'),
    ("at > 2026-01-01T08:00:00Z", "2026-01-01T08:00:00Z", 'write @"2026-01-01T08:00:00Z"'),
    ("result = “fail” and rework", "“fail”", 'write "fail"'),
    ("result = „fail“", "„fail“", 'write "fail"'),
    ("result = «fail»", "«fail»", 'write "fail"'),
    ("result = ‘fail’", "‘fail’", 'write "fail"'),  # noqa: RUF001 - the slip itself
    # what a rule says outside its condition
    ('result = "fail" for 10 min', "for", 'write "for: 10 min" as a key of its own, beside the condition'),
]


@pytest.mark.parametrize(("text", "place", "fix"), [pytest.param(*row, id=row[0]) for row in SYNTAX])
def test_other_notation(text: str, place: str, fix: str) -> None:
    """Spelling from elsewhere is one fault, at its place, with what to write."""
    assert answers(text) == [("syntax", place, fix)]


TYPES = [
    ('severity = "minor" or "major"', '"major"', 'write severity in ("minor", "major")'),
    ('severity = "minor" or "major" or "critical"', '"major"', 'write severity in ("minor", "major", "critical")'),
    ('severity != "minor" and "major"', '"major"', 'write not(severity in ("minor", "major"))'),
    ("defects = 1 or 2", "2", "write defects in (1, 2)"),
    ("1 < defects < 5", "1 < defects", "write defects in (1..5)"),
    ("1 <= defects <= 5", "1 <= defects", "write defects in [1..5]"),
    ("5 > defects >= 1", "5 > defects", "write defects in [1..5)"),
    ('defects > "5 mm"', 'defects > "5 mm"', "write 5 without the unit"),
    ('waited > "5 min"', 'waited > "5 min"', 'write duration("PT5M")'),
    ('defects > "5,2"', 'defects > "5,2"', "write 5.2 without quotes"),
    ('waited > "PT10M"', 'waited > "PT10M"', 'write a duration as @"PT10M"'),
    ('day > "2026-02-01"', 'day > "2026-02-01"', 'write a date as @"2026-02-01"'),
    ('day > "1.2.2026"', 'day > "1.2.2026"', 'write a date as @"2026-01-31"'),
    ("day > today() - 7", "today() - 7", 'write a duration, such as @"P7D" for days'),
    ("waited > 5", "waited > 5", 'write a duration as @"PT15M"'),
    ("day > today", "today", "write today()"),
    ("order_id = order", "order_id = order", "write order.order_id"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "place", "fix"), [pytest.param(*row, id=row[0]) for row in TYPES])
def test_other_thinking(text: str, place: str, fix: str) -> None:
    """What parses but cannot work as written is answered with the form that does."""
    assert answers(text) == [("type-mismatch", place, fix)]


def test_slips_do_not_hide_one_another() -> None:
    """A slip is read as what it means, so that the next one is found in the same pass."""
    text = "not result = (“fail”, 'pass') and OR(rework, defects => 5 mm)"
    assert [place for _, place, _ in answers(text)] == ["not", "=", "“fail”", "'pass'", "OR", "=>", "5 mm"]


@pytest.mark.parametrize(
    "text",
    [
        "x in (5,2)",
        "max(5,2)",
        "[5,2]",
        "2026 - 01 - 01",
        "for a in [1,2] return a",
        "not(a) = b",
        "if (a) then 1 else 2",
        "5 in (1..9)",
        "1 between 0 and 2",
        '{"it’s": 1}',  # noqa: RUF001 - a text may hold any quote
    ],
)
def test_no_slip(text: str) -> None:
    """Sound text that looks like a slip is left alone."""
    parse(text)


@pytest.mark.timeout(5)
def test_stray_names_in_depth() -> None:
    """Advice for many stray names takes no more than one look at each."""
    assert len(answers("(x = " * 80 + "1" + ")" * 80)) >= 1


@pytest.mark.parametrize("size", [6000, 12000])
def test_loops_cost_the_same_explained_and_compiled(size: int) -> None:
    """A loop whose body does not ask for the results so far is not charged for them."""
    node = parse(f"count(for i in 1..{size} return i)")
    assert evaluate(node, {}, NOW) == compile_value(node, Scope(), [])(NOW) == size


def test_results_so_far_cost_the_same() -> None:
    """A loop whose body asks for them is charged alike in both."""
    node = parse("count(for i in 1..6000 return count(partial))")
    assert evaluate(node, {}, NOW) is compile_value(node, Scope(), [])(NOW) is None


@pytest.mark.parametrize(("function", "letter"), [("upper case", "ß"), ("lower case", "İ")])
def test_case_keeps_strings_within_bounds(function: str, letter: str) -> None:
    """A letter may become two: the limit holds for what is made."""
    node = parse(f"{function}(s)")
    assert evaluate(node, {"s": letter * MAX_STRING}, NOW) is None
    assert evaluate(node, {"s": letter * 10}, NOW) is not None
