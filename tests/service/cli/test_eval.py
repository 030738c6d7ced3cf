"""`lineside eval`: the value of an expression and of its parts, faults with carets, contexts as JSON."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from engine.feel import Fault
from service.cli import main
from service.cli.carets import WIDTH, displayed, fault_lines, width
from service.cli.contexts import MAX_CHARACTERS, read_context

ROOT = Path(__file__).resolve().parents[3]
BORE = '{"measured": 40.08, "upper_limit": 40.05, "result": "fail"}'


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    """Run `lineside eval` and return its exit code and what it printed."""
    code = main(["eval", *argv])
    said = capsys.readouterr()
    return code, said.out, said.err


def plain(colour: str, text: str) -> str:
    """Paint nothing."""
    del colour
    return text


def test_every_part_is_shown_and_the_result_last(capsys: pytest.CaptureFixture[str]) -> None:
    """The parts stand as a tree with their values in one column, and the result stands alone at the end."""
    code, out, err = run(capsys, 'result = "fail" and measured > upper_limit', "--context", BORE)
    assert (code, err) == (0, "")
    assert out == (
        'result = "fail"         =  true\n'
        '  result                =  "fail"\n'
        "measured > upper_limit  =  true\n"
        "  measured              =  40.08\n"
        "  upper_limit           =  40.05\n"
        "true\n"
    )


@pytest.mark.parametrize(
    ("argv", "last"),
    [
        pytest.param(["10.05 - 10 > 0.05"], "false", id="no context"),
        pytest.param(['"a" + "b"'], '"ab"', id="a text, in quotes"),
        pytest.param(['date("2026-03-02") + duration("P1D")'], '@"2026-03-03"', id="a date, as a literal"),
        pytest.param(
            ['{a: [1, null, "x"], "b-c": @"PT1H"}'], '{a: [1, null, "x"], "b-c": @"PT1H"}', id="a context"
        ),
        pytest.param(["[1..5)"], "[1..5)", id="a range"),
        pytest.param(["count"], "function(...)", id="a function"),
        pytest.param(["now()", "--now", "2026-03-02T07:25:00Z"], '@"2026-03-02T07:25:00Z"', id="now"),
        pytest.param(
            ["today()", "--now", "2026-03-02T07:25:00-05:00"], '@"2026-03-02"', id="now at an offset"
        ),
        pytest.param(["[9.95..10.05]", "--unary", "10.02"], "true", id="a cell with a range"),
        pytest.param(['"fail", "rework"', "--unary", '"pass"'], "false", id="a cell with texts"),
        pytest.param(["-", "--unary", "null"], "true", id="a cell with any value"),
        pytest.param(
            ["< limit", "--unary", "x + 1", "--context", '{"x": 1, "limit": 3}'],
            "true",
            id="a cell and names",
        ),
        pytest.param(
            ["unit price * 2", "--context", '{"unit price": 1.25}'], "2.50", id="a name of two words"
        ),
        pytest.param(
            ["o.unit price", "--context", '{"o": {"unit price": 3}}'], "3", id="a field of two words"
        ),
        pytest.param(["--context", '{"x": 3}', "--", "-x + 1"], "-2", id="a minus sign after the options"),
        pytest.param(
            ["measured - upper_limit", "--fact-type", "inspection_result", "--context", BORE],
            "0.03",
            id="a fact's data",
        ),
        pytest.param(
            [
                'due + duration("P1D")',
                "--fact-type",
                "production_order",
                "--context",
                '{"due": "2026-03-06T16:00:00Z"}',
            ],
            '@"2026-03-07T16:00:00Z"',
            id="a fact's dates are dates",
        ),
        pytest.param(
            ["severity = null", "--fact-type", "inspection_result", "--context", BORE],
            "true",
            id="a missing field",
        ),
    ],
)
def test_the_result(argv: list[str], last: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What an expression comes to is the last line, as FEEL writes it."""
    _, out, err = run(capsys, *argv)
    assert err == ""
    assert out.splitlines()[-1] == last


def test_texts_that_look_like_something_else_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    """A context's text that looks like a number or a date says that it is a string."""
    _, out, _ = run(capsys, 'date(due) > @"2026-01-01"', "--context", '{"due": "2026-03-06"}')
    assert '"2026-03-06"  (a string)' in out
    _, out, _ = run(capsys, "name", "--context", '{"name": "MILL-3"}')
    assert "(a string)" not in out


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        pytest.param(
            ['measured > 3 && result == "fail"'],
            1,
            'expression:1:14: error[syntax]: && is not an operator; use the word "and"\n'
            '  measured > 3 && result == "fail"\n'
            "               ^^\n"
            "expression:1:24: error[syntax]: == is not an operator; use = to compare\n"
            '  measured > 3 && result == "fail"\n'
            "                         ^^\n",
            id="two faults",
        ),
        pytest.param(
            ["if x > 3 then\n\t漢字 == 2\nelse 1"],
            1,
            "expression:2:5: error[syntax]: == is not an operator; use = to compare\n"
            "      漢字 == 2\n"
            "           ^^\n",
            id="the second line, a tab and wide characters",
        ),
        pytest.param(["1 +"], 1, "  1 +\n     ^\n", id="the end"),
        pytest.param(
            ["severty = 1", "--context", '{"severity": 1}'],
            1,
            'error[unknown-name]: there is no "severty" here; did you mean "severity"?\n  severty = 1\n  ^^^^^^^\n',
            id="a name that is not there",
        ),
        pytest.param(
            ["x", "--context", "[1]"],
            1,
            "context:1:1: error[json-syntax]: the context is a list",
            id="a list",
        ),
        pytest.param(
            ["x", "--context", '{"a": 1,\n "a": 2,\n "b": NaN}'],
            1,
            'context:2:2: error[duplicate-key]: "a" stands here twice\n'
            "context:3:7: error[json-syntax]: NaN is no number; write null\n",
            id="a key twice, and no number",
        ),
        pytest.param(["x", "--context", '{"a": 1,}'], 1, "context:1:", id="a comma too many"),
        pytest.param(["x", "--context", '{"a": 1e9999999}'], 1, "error[too-large]", id="a number beyond all"),
        pytest.param(["x", "--context", "[" * 500], 1, "error[too-deep]", id="deep nesting"),
        pytest.param(
            ["x", "--context", "@no/such.json"], 2, "there is no file no/such.json", id="no such file"
        ),
        pytest.param(["x" * 10_001], 1, "error[too-long]", id="too long"),
        pytest.param(["x", "--fact-type", "inspection"], 1, "did you mean", id="an unknown fact type"),
        pytest.param(
            ["x", "--rules", "rules"], 2, "--rules is for --fact-type", id="rules without a fact type"
        ),
        pytest.param(["x", "--now", "yesterday"], 2, '--now: "yesterday" is no time', id="a bad time"),
        pytest.param(["x", "--now", "2026-03-02T07:25:00"], 2, "names no zone; write it as", id="no zone"),
        pytest.param(
            ['"fail"', "--unary", "fail"], 2, "a text stands in quotes: --unary '\"fail\"'", id="a bare word"
        ),
        pytest.param(["-", "--context", "-"], 2, "cannot both be read", id="standard input twice"),
        pytest.param(["\x1b[31m"], 1, "\\x1b[31m", id="control characters are shown"),
    ],
)
def test_faults(argv: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every fault is said at once, with its place and carets under it; what is used wrongly exits with 2."""
    found, _, err = run(capsys, *argv)
    assert found == code
    assert said in err
    assert "\x1b" not in err


def test_what_a_rule_would_be_refused_for_is_evaluated(capsys: pytest.CaptureFixture[str]) -> None:
    """A comparison of a number with a text is a fault, and its value is shown all the same."""
    code, out, err = run(capsys, '"5" < 6')
    assert (code, out) == (1, "null\n")
    assert "error[type-mismatch]" in err


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        pytest.param(
            "a / b > 1",
            "expression:1:1: warning[division-by-zero]: b is 0\n  a / b > 1\n  ^^^^^\n",
            id="a part",
        ),
        pytest.param(
            "for x in [1, b] return 1 / x",
            "expression:1:24: warning[division-by-zero]: x is 0\n  for x in [1, b] return 1 / x\n"
            "                         ^^^^^\n",
            id="within a loop",
        ),
        pytest.param("a != null and b / a = 0", "", id="nothing is null by itself"),
    ],
)
def test_why_a_null_is_null(expression: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A null that did not come in is a warning with carets under what began it; the exit code stays 0."""
    code, _, err = run(capsys, expression, "--context", '{"a": 1, "b": 0}')
    assert (code, err) == (0, said)


def test_a_fault_is_not_repeated_as_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    """Where a fault says what is wrong, the warning about its null is left out."""
    _, _, err = run(capsys, "x.y + 1", "--context", '{"x": {"z": 1}}')
    assert err.count("expression:") == 1


def test_standard_input(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The expression or the context is read from standard input where "-" stands for it, and no more than is allowed."""

    def give(raw: bytes) -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))

    give(b"\xef\xbb\xbf1 +\r\n2\n")
    assert run(capsys, "-")[:2] == (0, "3\n")
    give(BORE.encode())
    assert run(capsys, "measured", "--context", "-")[1] == "40.08\n"
    give(b"x" * 100_001)
    assert "more than 100,000 bytes" in run(capsys, "-")[2]
    give(b"1 +\n\xff")
    assert "is not UTF-8: byte 0xff in line 2" in run(capsys, "-")[2]


def test_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The context is read from a file after "@", and its faults name the file."""
    file = tmp_path / "bore.json"
    file.write_text(BORE)
    assert run(capsys, "measured", "--context", f"@{file}")[1] == "40.08\n"
    file.write_text('{"a": 1\n"b": 2}')
    assert "bore.json:2:1: error[json-syntax]" in run(capsys, "a", "--context", f"@{file}")[2]


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    """--json prints one object: the value with its type, every part with its offsets, and the faults."""
    code, out, err = run(capsys, "measured > 40 and x", "--context", BORE, "--json")
    found: dict[str, Any] = json.loads(out)
    assert (code, err) == (1, "")
    assert list(found) == ["expression", "type", "value", "parts", "faults", "warnings"]
    assert (found["type"], found["value"]) == ("null", None)
    (first, second) = found["parts"]
    assert {name: first[name] for name in ("text", "start", "end", "type", "value")} == {
        "text": "measured > 40",
        "start": 0,
        "end": 13,
        "type": "boolean",
        "value": True,
    }
    assert first["parts"][0]["value"] == 40.08
    assert second["text"] == "x"
    (fault,) = found["faults"]
    assert (fault["line"], fault["column"], fault["start"], fault["end"]) == (1, 19, 18, 19)
    assert fault["code"] == "unknown-name"
    assert json.loads(run(capsys, "1 +", "--json")[1])["faults"][0]["code"] == "syntax"


def test_the_tree_for_developers(capsys: pytest.CaptureFixture[str]) -> None:
    """--ast prints the tree with offsets, and as JSON with --json."""
    code, out, _ = run(capsys, "x in [1..5)", "--ast")
    assert code == 0
    assert out == (
        "In  0..11\n"
        "  value: Name name='x'  0..1\n"
        "  tests: Interval low_included=True high_included=False  5..11\n"
        "    low: NumberLiteral value=1  6..7\n"
        "    high: NumberLiteral value=5  9..10\n"
    )
    tree = json.loads(run(capsys, "x in [1..5)", "--ast", "--json")[1])
    assert (tree["node"], tree["tests"][0]["low"]["value"]) == ("In", 1)


@pytest.mark.parametrize(
    ("line", "shown", "columns"),
    [
        pytest.param("ab", "ab", [0, 1, 2], id="plain"),
        pytest.param("\ta\tb", "    a   b", [0, 4, 5, 8, 9], id="tabs"),
        pytest.param("漢x", "漢x", [0, 2, 3], id="wide"),
        pytest.param("e\u0301x", "e\u0301x", [0, 1, 1, 2], id="a combining mark"),
        pytest.param("\x07x", "\\x07x", [0, 4, 5], id="a control character"),
    ],
)
def test_columns_are_those_of_a_terminal(line: str, shown: str, columns: list[int]) -> None:
    """Tabs are spread, wide characters count twice, marks count nothing, control characters are shown."""
    assert displayed(line) == (shown, columns)


@pytest.mark.parametrize("at", [0, 3, 50, 150, 1_000, 1_990, 1_999])
def test_a_long_line_is_cut_around_its_fault(at: int) -> None:
    """Of a line wider than the terminal the part around the fault is shown, the carets under it."""
    text = "".join(chr(ord("a") + n % 26) if n % 7 else "漢" for n in range(2_000))
    fault = Fault(at, at + 1, "syntax", "wrong")
    _, line, carets = fault_lines(text, fault, plain)
    assert width(line) <= WIDTH + 4
    assert carets.strip() == "^" * width(text[at])
    column = carets.index("^")
    starts = [width(line[:n]) for n in range(len(line))]
    assert line[starts.index(column)] == text[at]


def test_a_context_has_limits() -> None:
    """A context that is too long is refused before it is read, and one with odd keys is not."""
    assert [fault.code for fault in read_context(" " * (MAX_CHARACTERS + 1), "context").faults] == [
        "too-long"
    ]
    assert read_context('{"a": "{\\"a\\": 1, \\"a\\"", "b c": [{"a": 1}, {"a": 2}]}', "context").faults == ()


def test_calendars_are_those_of_the_rules(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Shifts are asked of the shipped calendars by name, or of those in --rules; the only one need not be named."""
    asked = 'in shift(@"2026-03-02T07:00:00+01:00", "early"'
    assert run(capsys, f'{asked}, "plant")') == (0, "true\n", "")
    code, out, err = run(capsys, f"{asked})")
    assert (code, out) == (0, "null\n")
    assert 'names no calendar, and there are several; known: "maintenance", "plant", "quality"' in err
    assert 'there is no calendar "plnt"; did you mean "plant"?' in run(capsys, f'{asked}, "plnt")')[2]
    shift = "{shift: early, days: daily, start: 06:00, end: 14:00}"
    text = f"calendars:\n  - {{calendar: mill, time_zone: UTC, shifts: [{shift}]}}\n"
    (tmp_path / "calendars.yaml").write_text(text, encoding="utf-8")
    assert run(capsys, f"{asked})", "--rules", str(tmp_path)) == (0, "true\n", "")
