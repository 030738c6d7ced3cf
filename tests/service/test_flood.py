"""One broken gauge: ten thousand matches of one rule within a minute are one case, and few messages."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.service.couriers import deliveries, send_all
from tests.service.harness import HandClock, decode, serving, settings_for, wait_until, write_rules
from tests.service.receivers import SECRET_TEXT, receiving
from tests.service.test_cases import ASKED, BEGIN, a_failure

COUNT = 10_000

GAUGE = """
ruleset: gauges
owner: quality
rules:
  - rule: a-gauge-that-fails
    title: A failing gauge is looked at
    on: inspection_result
    if: result = "fail"
    then:
      - open_case:
          order: = order_id
          kind: broken-gauge
          title: "{order_id} fails at the gauge"
          tasks: {quality: look at the gauge, maintenance: mend the gauge}
          acknowledge: all within 5 min
          ladder: gauge
"""

LADDER = """
ladders:
  - ladder: gauge
    title: Who hears of a gauge that nobody mends
    steps:
      - {after: 5 min, tell: supervisor}
      - {after: 10 min, tell: [supervisor, plant manager]}
    repeat: {every: 1 h, times: 2}
"""

TARGETS = """
targets:
  people: {{url: "{url}", secret: "file:{folder}/secret", decisions: [open_case, ask, escalate, notify], allow_private: true}}
"""

ALLOWED = 1 + 2 + 1 + 2 + 2 * 2
"""Messages: the case, two who are asked, the first step, the second with two people, and that twice more."""


def test_ten_thousand_matches_are_one_case_and_the_messages_of_its_ladder(tmp_path: Path) -> None:
    """Through the service, delivered over HTTP: the count is ten thousand, and nobody is told twice of the same."""
    rules = write_rules(tmp_path, {"gauges.yaml": GAUGE, "ladders.yaml": LADDER})
    (tmp_path / "secret").write_text(SECRET_TEXT, encoding="utf-8")
    clock = HandClock(BEGIN)
    facts = [
        {
            "id": f"i{number}",
            "source": "mes/gauge-1",
            "type": "inspection_result",
            "time": (BEGIN + timedelta(milliseconds=6 * number)).isoformat(),
            "data": {"lot_id": f"L-{number}", "order_id": "PO-1", "result": "fail"},
        }
        for number in range(COUNT)
    ]
    with receiving() as receiver:
        (tmp_path / "targets.yaml").write_text(
            TARGETS.format(url=receiver.url, folder=tmp_path), encoding="utf-8"
        )
        settings = settings_for(tmp_path, rules=rules, targets=tmp_path / "targets.yaml", deliver=False)
        with serving(settings, clock=clock) as served:
            clock.move(minutes=1)
            answers = served.post_lines(facts)
            assert {answer["status"] for answer in answers} == {"accepted"}
            (case,) = served.get("/v1/cases")["cases"]
            assert case["count"] == COUNT
            send_all(served)
            assert [one["kind"] for one in deliveries(served)] == ["open_case", "ask", "ask"]
            for _ in range(5):
                clock.move(hours=1)
                served.post_lines(
                    [{**facts[0], "id": f"later-{clock.now()}", "time": clock.now().isoformat()}]
                )
            send_all(served)
            (case,) = served.get("/v1/cases")["cases"]
            whole = served.get(f"/v1/cases/{case['case_id']}")
    assert (whole["count"], whole["status"], whole["overdue"]) == (COUNT + 5, "open", True)
    assert len(receiver.taken) == ALLOWED
    told = [(one["to"], one["step"]) for one in whole["messages"]]
    assert told == [
        ("quality", None),
        ("maintenance", None),
        ("supervisor", 1),
        *[("supervisor", 2), ("plant manager", 2)] * 3,
    ]
    assert whole["ladder"]["next"] == []
    kinds = [decode(taken.body)["data"]["kind"] for taken in receiver.taken]
    assert (kinds.count("open_case"), kinds.count("ask"), kinds.count("escalate")) == (1, 2, 7)


def test_ten_thousand_failures_of_one_lot_are_one_quality_hold(tmp_path: Path) -> None:
    """By the shipped rules: one hold, one case, four who are asked, and then each step of the ladder, over HTTP."""
    (tmp_path / "secret").write_text(SECRET_TEXT, encoding="utf-8")
    clock = HandClock(BEGIN)
    facts = [
        {
            **a_failure(f"i{number}", "L-1"),
            "time": (BEGIN + timedelta(milliseconds=6 * number)).isoformat(),
        }
        for number in range(COUNT)
    ]
    with receiving() as receiver:
        (tmp_path / "targets.yaml").write_text(
            TARGETS.format(url=receiver.url, folder=tmp_path), encoding="utf-8"
        )
        settings = settings_for(tmp_path, targets=tmp_path / "targets.yaml", deliver=False)
        with serving(settings.model_copy(update={"rules": None}), clock=clock) as served:
            clock.move(minutes=1)
            served.post_lines(facts)
            clock.move(days=10)
            (case,) = served.get("/v1/cases")["cases"]
            path = f"/v1/cases/{case['case_id']}"
            wait_until(lambda: served.get(path)["ladder"]["next"] == [])
            send_all(served)
            whole = served.get(path)
            holds = served.get("/v1/holds", lot="L-1")["holds"]
    assert (whole["count"], len(holds)) == (COUNT, 1)
    told = [(one["to"], one["step"]) for one in whole["messages"]]
    ladder = [("supervisor", 1), ("supervisor", 2), ("quality lead", 2), *[("plant manager", 3)] * 4]
    assert told == [*((function, None) for function in ASKED), *ladder]
    sent = [decode(taken.body)["data"] for taken in receiver.taken]
    of_the_case = [
        (one["values"].get("to"), one["values"].get("step")) for one in sent if one["rule"] == case["rule"]
    ]
    assert of_the_case == [(None, None), *told]
