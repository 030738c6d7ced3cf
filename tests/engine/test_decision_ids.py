"""Ids of decisions are stored and sent, and what was decided before is known by them: they stay what they have always been."""

from __future__ import annotations

from engine.decisions import Fact
from engine.session import Session
from tests.engine.books import Facts, book

RULES = """
  - {rule: failed, on: inspection, if: result = "fail", then: {route: {lot: = lot_id, to: rework}}}
  - rule: failed-badly
    on: inspection
    if: result = "fail" and severity = "critical"
    then:
      - {notify: {to: quality, message: "{lot_id} is bad"}}
      - {hold: {lot: = lot_id, inventory_status: blocked, reason: critical}}
  - rule: measured
    on: inspection
    if: measured > 5
    on_missing: alert
    then: {reprioritise: {order: = order_id, priority: 2, reason: thick}}
  - rule: of-a-released-order
    when:
      - {i: inspection}
      - {o: order, where: order_id = i.order_id and status = "released"}
      - {none: machine, where: line = o.line and status = "running"}
    then: {notify: {to: planning, message: "{o.item}"}}
  - table: by-defects
    hit: collect
    on: inspection
    on_missing: skip
    columns: |
      | defects | => notify.to | => notify.message |
      | > 1     | repair       | two               |
      | > 3     | scrap        | four              |
  - rule: down
    when: [{m: machine, where: status = "down"}]
    then: {assert: {flag: {flag_id: = m.machine_id, colour: red}}}
  - rule: flagged
    when: [{f: flag, where: colour = "red"}]
    then: {notify: {to: maintenance, message: "{f.flag_id}"}}
  - rule: down-for-long
    when: [{m: machine, where: status = "down", for: 10 min}]
    then: {notify: {to: maintenance, message: still}}
  - rule: failing
    when:
      - {failures: inspection, where: result = "fail", per: order_id, within: 1 h, having: count(failures) >= 2}
    then: {notify: {to: quality, message: two}}
"""


EXPECTED = """
failed 0 () ecec3786c650a2f5150df937f749afbc
failed 0 () 6129a949282d1f10dd2dc5f305519fee
failed-badly 0 () 02c36b48e105954f6fdeae84d171e2f6
failed-badly 1 () b5a2c9ca01970a00f16e6b7964380175
measured -1 () 983496252c41f20a52c97fd2623457fc
of-a-released-order 0 () f0b592dc31daf2a9549e0716cd3111f4
by-defects 0 (1,) 725a9885c71371e9d587a0a966e0b091
by-defects 0 (2,) cd954edb6b63caf9eae03ec479844bd7
failing 0 () 22dea091f0a66842046ef6e6e7087b32
failed 0 () 19377d1c8c6cc46a90642936cecbf7b9
measured 0 () d116ae806d8a3af928e7d7df6d478d2f
down 0 () 1c6995c0bdbdef0e9e8ab0499c857434
flagged 0 () 114c16e68f222034d3b4ba4e67769b5b
down-for-long 0 () 43b66af1e77fe556372712deacde0e94
"""


def history() -> list[Fact]:
    """Return facts that make every rule above decide."""
    make = Facts()
    return [
        make("inspection", lot_id="L1", order_id="A", result="fail", severity="minor", measured=1),
        make("order", order_id="A", item="bolt", status="released", line="l1", source="erp"),
        make("inspection", lot_id="Größe/部", order_id="A", result="fail", severity="critical", defects=5),
        Fact(
            "mes\ud800",
            "seltsam ü",
            "inspection",
            make("flag", flag_id="x").time,
            {"lot_id": "L", "order_id": "B", "result": "fail", "measured": 9, "severity": "minor"},
        ),
        make("machine", machine_id="M", status="down"),
        make("machine", machine_id="M", status="down", at=30),
    ]


def test_ids_stay() -> None:
    """The same rules and facts give the ids that they gave when ids were first stored."""
    session = Session(book(RULES))
    found = [
        f"{d.rule} {d.action} {d.rows} {d.id}" for fact in history() for d in session.submit(fact).decisions
    ]
    assert found == EXPECTED.splitlines()[1:]
