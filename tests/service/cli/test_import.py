"""`lineside import dmn`: what is written, what is said of the rest, and that the page about it is true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.dmn.versions import WRITTEN
from service.cli import main
from tests.engine.dmn.models import WHOLE, decision, definitions, literal

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs/dmn.md").read_text(encoding="utf-8")
MODEL = WRITTEN["1.3"].model
IMPORTED = definitions(
    '<inputData name="lot" id="i"><variable name="lot" typeRef="string"/></inputData>'
).replace('name="plant" namespace="urn:plant"', 'name="lots" namespace="urn:lots"')
IMPORTING = definitions(
    f'<import name="shared" namespace="urn:lots" importType="{MODEL}"/>'
    + decision(
        "d",
        literal("shared.lot"),
        '<informationRequirement><requiredInput href="urn:lots#i"/></informationRequirement>',
    )
)


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    """Run `lineside` and return its exit code and what it printed."""
    code = main(list(argv))
    said = capsys.readouterr()
    return code, said.out, said.err


def written(folder: Path, text: str, name: str = "plant.dmn") -> str:
    """Write *text* to a file in *folder*, and return its path."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def block(language: str) -> str:
    """Return the first block of code of a language in the page about DMN."""
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_page_is_true(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The DMN of the page becomes the document of the page."""
    code, out, err = run(capsys, "import", "dmn", written(tmp_path, block("xml"), "disposition.dmn"))
    assert (code, out, err) == (0, block("yaml"), "")


@pytest.mark.parametrize(
    "text", [pytest.param(block("xml"), id="the-page"), pytest.param(WHOLE, id="everything")]
)
def test_what_is_written_is_accepted(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`check` finds nothing wrong with what was imported, and `export` writes it again."""
    out = tmp_path / "rules"
    assert run(capsys, "import", "dmn", written(tmp_path, text), "--output", str(out))[0] == 0
    assert run(capsys, "check", str(out))[0] == 0
    assert run(capsys, "export", "dmn", str(out))[0] == 0


def test_a_document_that_check_refuses_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is larger than a rule file may be is written, and said to be too large."""
    model = definitions("".join(decision(f"d{n}", literal(f'"{"x" * 9_000}"')) for n in range(120)))
    code, out, err = run(capsys, "import", "dmn", written(tmp_path, model))
    assert (code, len(out) > 1 << 20) == (1, True)
    assert 'the document of "plant" is larger than 1 MiB' in err


def test_what_is_left_out_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A part that decides nothing is a warning, a comment at the head of the document, and no fault."""
    text = definitions(decision("d", literal("1")) + '<knowledgeSource name="k" id="k"/>')
    code, out, err = run(capsys, "import", "dmn", written(tmp_path, text))
    assert code == 0
    assert "warning[dmn-left-out]: a knowledge source not taken over" in err
    assert "#   2:113: a knowledge source not taken over; no decision depends on that\n" in out


def test_what_cannot_be_taken_over_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A decision that cannot be read is told with its place, the others are written, and the exit code says it."""
    text = definitions(decision("bad", literal("1 +")) + "\n" + decision("good", literal("1 + 1")))
    code, out, err = run(capsys, "import", "dmn", written(tmp_path, text))
    assert code == 1
    assert "plant.dmn:2:83: error[syntax]" in err
    assert "#   2:83: the expression ends where a value is expected" in out
    assert "value: = 1 + 1" in out


CIRCLE = '<informationRequirement><requiredDecision href="#d-d"/></informationRequirement>'


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        pytest.param(
            definitions(decision("d", literal("1"), CIRCLE)),
            1,
            '2:1: error[cycle]: decisions need one another: "d" -> "d"',
            id="requires-itself",
        ),
        pytest.param(
            definitions(decision("d", literal("1"))).replace('name="plant"', 'name=""'),
            0,
            'warning[dmn-structure]: the model has no name; it is called "unnamed" here',
            id="no-name",
        ),
    ],
)
def test_what_is_told_of_the_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, code: int, said: str
) -> None:
    """What ails a model as a whole is said at import, in the document as well."""
    found, out, err = run(capsys, "import", "dmn", written(tmp_path, text))
    assert found == code
    assert said in err
    assert said.partition("]: ")[2] in " ".join(out.split())


def test_imported_models_are_documents_of_their_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A model beside the file is found by its namespace; the two documents are accepted together."""
    written(tmp_path, IMPORTED, "lots.dmn")
    out = tmp_path / "rules"
    code, said, err = run(capsys, "import", "dmn", written(tmp_path, IMPORTING), "--output", str(out))
    assert (code, err) == (0, "")
    assert [Path(line).name for line in said.splitlines()] == ["plant.yaml", "lots.yaml"]
    assert run(capsys, "check", str(out))[0] == 0


@pytest.mark.parametrize(
    ("text", "argv", "code", "said"),
    [
        pytest.param("hello", [], 1, "error[xml-syntax]", id="no-xml"),
        pytest.param('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', [], 1, "error[xml-doctype]", id="entities"),
        pytest.param(IMPORTING, [], 1, "the imported model \"urn:lots\" is not there", id="import-is-not-there"),
    ],
)  # fmt: skip
def test_what_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, argv: list[str], code: int, said: str
) -> None:
    """A file that is none of DMN, or not whole, fails with its fault."""
    found, _, err = run(capsys, "import", "dmn", written(tmp_path, text), *argv)
    assert found == code
    assert said in err


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A path that leads nowhere is wrong use."""
    assert run(capsys, "import", "dmn", str(tmp_path / "no.dmn"))[0] == 2


def test_nothing_is_replaced_unasked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A document that is there stays, unless --force says otherwise."""
    source = written(tmp_path, definitions(decision("d", literal("1"))))
    written(tmp_path, "mine", "plant.yaml")
    code, _, err = run(capsys, "import", "dmn", source, "--output", str(tmp_path))
    assert code == 1
    assert "is there already; --force replaces it" in err
    assert (tmp_path / "plant.yaml").read_text(encoding="utf-8") == "mine"
    assert run(capsys, "import", "dmn", source, "--output", str(tmp_path), "--force")[0] == 0
    assert "define: d" in (tmp_path / "plant.yaml").read_text(encoding="utf-8")


def test_several_documents_need_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output takes one document."""
    written(tmp_path, IMPORTED, "lots.dmn")
    code, out, err = run(capsys, "import", "dmn", written(tmp_path, IMPORTING))
    assert (code, out) == (1, "")
    assert "name a folder with --output" in err
