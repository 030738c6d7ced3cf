"""`lineside explain`: why a decision was made and why a rule did not fire, from recorded facts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from service.cli import main
from tests.service.harness import inspection, ndjson, write_rules

ROOT = Path(__file__).resolve().parents[3]
STORY = str(ROOT / "fixtures/facts/story.ndjson")


def explained(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    """Run `lineside explain` on the story and return what it printed."""
    assert main(["explain", "--facts", STORY, *argv]) == 0
    return capsys.readouterr().out


def test_every_decision(capsys: pytest.CaptureFixture[str]) -> None:
    """--all explains each decision of a replay: the rule and its place, the facts, and the value of every condition."""
    lines = explained(capsys, "--all", "--json").splitlines()
    replayed = main(["replay", "--json", STORY])
    assert replayed == 0
    decisions = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [json.loads(line)["id"] for line in lines] == [decision["id"] for decision in decisions]
    why = json.loads(lines[0])["explanation"]
    assert why["place"].startswith("rules/quality-holds/inspection.yaml:")
    assert why["conditions"][0]["value"] is True


def test_one_decision(capsys: pytest.CaptureFixture[str]) -> None:
    """A decision is found by its id and shown as a tree for people."""
    first = json.loads(explained(capsys, "--all", "--json").splitlines()[0])
    out = explained(capsys, first["id"])
    assert out.startswith("hold lot L-2001\n")
    assert "rule        critical-failure-holds-the-lot: A failed critical" in out
    assert "inspection: inspection_result ir-2 from mes" in out
    assert 'severity  =  "critical"' in out


def test_what_a_decision_says_is_written_as_rules_write_it(capsys: pytest.CaptureFixture[str]) -> None:
    """The tasks of a case are a context of FEEL, not the text of a Python dict."""
    out = explained(capsys, "--rule", "critical-failure-is-answered-by-four", "--fact", "ir-2")
    assert 'tasks       {production: "Contain lot L-2001 at MILL-3", quality: ' in out
    assert "kind        quality-hold\n" in out


def test_a_rule_that_fired(capsys: pytest.CaptureFixture[str]) -> None:
    """A rule and the fact it fired for show the decisions."""
    assert "hold lot L-2001" in explained(
        capsys, "--rule", "critical-failure-holds-the-lot", "--fact", "ir-2"
    )


@pytest.mark.parametrize(
    ("rule", "fact", "said"),
    [
        pytest.param(
            "critical-failure-holds-the-lot", "ir-1", 'fails  result = "fail"  ->  false', id="a clause"
        ),
        pytest.param("minor-failure-tells-quality", "ir-1", 'result  =  "pass"', id="the value it read"),
        pytest.param("priority-change-of-an-unknown-order", "pc-1", "fits, and nothing may", id="none"),
        pytest.param(
            "major-failure-restricts-the-lot",
            "pc-1",
            "it does not read priority_change",
            id="another fact type",
        ),
        pytest.param(
            "critical-failure-holds-the-lot",
            "ir-1",
            'because     inspection_result ir-1 from mes does not fit: result = "fail" is false\n',
            id="the headline names the clause",
        ),
    ],
)
def test_a_rule_that_did_not_fire(
    rule: str, fact: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A rule that did not fire for a fact says which clause failed, with the values it read."""
    out = explained(capsys, "--rule", rule, "--fact", fact)
    assert out.startswith(f"{rule} did not fire\n")
    assert said in out


def test_no_such_fact(capsys: pytest.CaptureFixture[str]) -> None:
    """A fact that is not there is said, with 1."""
    assert main(["explain", "--facts", STORY, "--rule", "minor-failure-tells-quality", "--fact", "nope"]) == 1
    assert "there is no fact nope" in capsys.readouterr().err


def test_no_such_rule(capsys: pytest.CaptureFixture[str]) -> None:
    """A rule that is not there is said with the nearest, with 1, as a fact that is not there is."""
    rule = "critical-failure-holds-the-lt"
    assert main(["explain", "--facts", STORY, "--rule", rule, "--fact", "ir-1"]) == 1
    said = f'there is no rule "{rule}"; did you mean "critical-failure-holds-the-lot"?'
    assert said in capsys.readouterr().err


def test_places_can_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The place of a rule is a path from where one stands, into the folder that was named."""
    (tmp_path / "plant").mkdir()
    (tmp_path / "plant/rules").symlink_to(ROOT / "rules")
    monkeypatch.chdir(tmp_path)
    out = explained(capsys, "--rules", "plant/rules", "--all")
    places = [line.split()[1] for line in out.splitlines() if line.startswith("  place ")]
    assert places
    assert all(Path(place.split(":")[0]).is_file() for place in places)


def test_a_rule_that_fires_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A rule that waits at the fact and fires when its time is over is explained as having fired, if the replay runs so far."""
    rules = tmp_path / "plant/rules"
    rules.mkdir(parents=True)
    (rules / "stands.yaml").write_text(
        "ruleset: stands\ntitle: Stands\nowner: quality\nrules:\n  - rule: stands\n    on: machine_state\n"
        '    if: state = "down"\n    for: 3 s\n'
        "    then: {notify: {work_centre: = work_centre, to: maintenance, message: stands}}\n"
    )
    fact = {"id": "a", "source": "mes", "type": "machine_state", "time": "2026-03-02T07:00:00Z"}
    log = tmp_path / "log.ndjson"
    log.write_text(json.dumps({**fact, "data": {"work_centre": "M-1", "state": "down"}}))
    monkeypatch.chdir(tmp_path)
    asked = ["explain", "--rules", "plant/rules", "--facts", str(log), "--rule", "stands", "--fact", "a"]
    assert main(asked) == 0
    assert "has to hold for 3 s" in capsys.readouterr().out
    assert main([*asked, "--until", "2026-03-02T08:00:00Z"]) == 0
    assert "time        2026-03-02T07:00:03Z" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("until", "because"),
    [
        pytest.param(
            "2026-03-02T07:20:00Z",
            "it has begun, and goes on with expect: inspection_result within 30 min",
            id="it waits",
        ),
        pytest.param(
            "2026-03-02T09:00:00Z",
            "inspection_result b from mes came in time, and ended the wait from 2026-03-02T07:00:00Z to 2026-03-02T07:30:00Z",
            id="it came",
        ),
    ],
)
def test_a_wait_that_ends_later(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    until: str,
    because: str,
) -> None:
    """Why a rule did not fire for what began a wait names the fact that came, whether asked of the one or of the other."""
    rules = tmp_path / "plant"
    rules.mkdir()
    (rules / "inspected.yaml").write_text(
        "ruleset: inspected\ntitle: Inspected\nowner: quality\nrules:\n  - rule: nobody-inspects\n    when:\n"
        "      - done: production_confirmation\n"
        "      - {expect: inspection_result, where: order_id = done.order_id, within: 30 min}\n"
        "    then: {notify: {order: = done.order_id, to: quality, message: nobody inspects}}\n"
    )
    done: dict[str, Any] = {"id": "a", "source": "mes", "type": "production_confirmation"}
    done |= {"time": "2026-03-02T07:00:00Z"}
    done["data"] = {"order_id": "PO-1", "operation": "drilling", "quantity_completed": 1}
    came: dict[str, Any] = {"id": "b", "source": "mes", "type": "inspection_result"}
    came |= {"time": "2026-03-02T07:25:00Z"}
    came["data"] = {"lot_id": "L", "order_id": "PO-1", "work_centre": "M"}
    came["data"] |= {"characteristic": "bore", "result": "pass"}
    log = tmp_path / "log.ndjson"
    log.write_text("\n".join(json.dumps(fact) for fact in (done, came) if fact["time"] < until))
    monkeypatch.chdir(tmp_path)
    for asked in ("a", "b") if until > came["time"] else ("a",):
        why = ["--rules", "plant", "--facts", str(log), "--rule", "nobody-inspects", "--fact", asked]
        assert main(["explain", *why]) == 0
        assert f"  because     {because}\n" in capsys.readouterr().out


def test_what_was_expected_and_did_not_come_is_told_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a rule that fired since nothing came, the condition says from when until when none did."""
    rules = tmp_path / "inspected.yaml"
    rules.write_text(
        "ruleset: inspected\ntitle: Inspected\nowner: quality\nrules:\n  - rule: nobody-inspects\n    when:\n"
        "      - done: production_confirmation\n"
        "      - {expect: inspection_result, where: order_id = done.order_id, within: 30 min}\n"
        "    then: {notify: {order: = done.order_id, to: quality, message: nobody inspects}}\n"
    )
    done: dict[str, Any] = {"id": "a", "source": "mes", "type": "production_confirmation"}
    done |= {"time": "2026-03-02T07:00:00Z"}
    done["data"] = {"order_id": "PO-1", "operation": "drilling", "quantity_completed": 1}
    log = tmp_path / "log.ndjson"
    log.write_text(json.dumps(done))
    asked = ["--rules", str(rules), "--facts", str(log), "--until", "2026-03-02T09:00:00Z", "--all"]
    assert main(["explain", *asked]) == 0
    assert (
        "    expect: inspection_result within 30 min where order_id = done.order_id  ->  "
        "none came from 2026-03-02T07:00:00Z until 2026-03-02T07:30:00Z\n"
        '      done.order_id  =  "PO-1"\n'
    ) in capsys.readouterr().out


def test_faults_in_rules_can_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What keeps rules from being replayed is named with the path by which they were given."""
    rules = tmp_path / "plant/rules"
    rules.mkdir(parents=True)
    (rules / "wrong.yaml").write_text("ruleset: wrong\ntitle: Wrong\nowner: quality\nrules: 5\n")
    monkeypatch.chdir(tmp_path)
    assert main(["replay", "--rules", "plant/rules", STORY]) == 1
    assert "plant/rules/wrong.yaml:4:8: error" in capsys.readouterr().err


BY_SHIFT = """
ruleset: by-shift
owner: quality
rules:
  - rule: bad-day
    title: A day with failures only is told
    when:
      - results: inspection_result
        per: lot_id
        each: day
        having: count(results[result = "pass"]) < 1
        at: end
    then: {notify: {lot: = lot_id, to: quality, message: "{period.day}"}}
"""


def test_a_window_is_told_by_its_period_and_its_facts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An explanation of a day says which it was, how many facts it had, the first and the last; what came too late is told."""
    rules = write_rules(tmp_path, {"by-shift.yaml": BY_SHIFT})
    times = [f"2026-03-01T06:{minute:02}:00Z" for minute in range(23)]
    times += ["2026-03-02T06:00:00Z", "2026-03-01T07:00:00Z", "2026-03-01T08:00:00Z"]
    facts = [{**inspection(f"i{n}", "L"), "time": time} for n, time in enumerate(times)]
    log = tmp_path / "facts.ndjson"
    log.write_bytes(ndjson(facts))
    asked = ["explain", "--rules", str(rules), "--facts", str(log)]
    main([*asked, "--rule", "bad-day", "--fact", "i23"])
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert "the day of 2026-03-01, 2026-03-01T00:00:00Z to 2026-03-02T00:00:00Z" in lines
    (told,) = [line for line in lines if line.startswith("23 facts: i0 from mes/line1, ")]
    assert told.endswith(", i22 from mes/line1")
    assert ", ... 3 more ..., " in told
    main([*asked, "--rule", "bad-day", "--fact", "i24"])
    assert "the day 2026-03-01 was closed at 2026-03-02T00:00:00Z, before it came" in capsys.readouterr().out
    main(["replay", "--rules", str(rules), str(log), "--quiet"])
    said = capsys.readouterr().err
    assert (
        "bad-day: 2 facts, the first of them: inspection_result of 2026-03-01T07:00:00Z is not counted: "
        in said
    )
