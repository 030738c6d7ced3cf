"""Facts that were stored are answered as they were, also when the rules have come to declare them differently since."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.service.harness import RULES, decode, inspection, ndjson, serving, settings_for, write_rules

NAME = "facts/inspection_result.yaml"
CHANGED = {
    "owner": {
        NAME: RULES[NAME].replace("owner: mes", "owner: erp"),
        "flows.yaml": RULES["flows.yaml"].replace(
            "mes -> erp, owner: mes, facts: [insp", "erp -> mes, owner: erp, facts: [insp"
        ),
    },
    "wider": {NAME: RULES[NAME].replace("[minor, critical]", "[minor, critical, fatal]")},
    "stricter": {NAME: RULES[NAME].replace("[lot_id, result]", "[lot_id, result, measured]")},
}


@pytest.mark.parametrize("how", CHANGED)
def test_what_was_answered_is_answered_the_same_under_other_rules(tmp_path: Path, how: str) -> None:
    """The sender that never saw the answer gets it; what is new, or says something else, is held against the rules of now."""
    facts = [inspection(name, f"L-{name}", order_id="A") for name in ("a", "b")]
    assert CHANGED[how][NAME] != RULES[NAME]
    with serving(settings_for(tmp_path)) as served:
        first = served.post_lines(facts)
        assert [answer["status"] for answer in first] == ["accepted", "accepted"]
    write_rules(tmp_path, CHANGED[how])
    with serving(settings_for(tmp_path, rules=tmp_path / "rules")) as served:
        other = {**facts[0], "data": {**facts[0]["data"], "severity": "minor"}}
        raw = ndjson([*facts, other, inspection("c", "L-c", order_id="A")])
        lines = served.post(raw, "application/x-ndjson").content.splitlines()
        again = [decode(line) for line in lines]
    assert [answer["status"] for answer in again[:2]] == ["duplicate", "duplicate"]
    assert [answer["decisions"] for answer in again[:2]] == [answer["decisions"] for answer in first]
    assert again[2]["status"] == "refused"
    assert again[3]["status"] == ("accepted" if how == "wider" else "refused")
