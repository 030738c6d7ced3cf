"""Ids of decisions are stored and sent, and what was decided before is known by them: they stay, and no two are alike."""

from __future__ import annotations

from itertools import product

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
failed 0 () 2de7cca0d6933b1f2ff7021756dafcbf
failed 0 () e03e7801f07ce663be46db385007fe61
failed-badly 0 () 4537ce318f11b78a771eb4442131e2df
failed-badly 1 () 06702f63132a49710b5a9120fcfc43be
measured -1 () 71a4599a79a8a731880cdf261016a91d
of-a-released-order 0 () 7df56960d2ee1d11b078b91f38304e95
by-defects 0 (1,) 371fb53c7286b45cf2599726a6b73537
by-defects 0 (2,) 14ff5dedadfe8dad5b0448a28143617e
failing 0 () 1e4170accaf75323fbdf483ea2925fc9
failed 0 () 5e63118d6897c300a22c82a1a279e4d9
measured 0 () 8ada4f22897834142729b263f9bd68fd
down 0 () ff765dad826750391fd088e2c464f4f7
flagged 0 () d24804e43f6096ce72e5699b716fd396
down-for-long 0 () 37deefe62fe4e2623754b55f364ca89d
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


PAIRS = """
  - rule: a
    when: [{e: inspection}, {o: order, where: order_id = e.order_id}, {none: machine}]
    then: {notify: {lot: = e.lot_id, to: q, message: m}}
  - rule: a-b
    when: [{o: order}, {e: inspection, where: order_id = o.order_id}]
    then: [{notify: {lot: = e.lot_id, to: q, message: m}}, {notify: {lot: = e.lot_id, to: p, message: m}}]
"""


def test_no_two_lists_of_parts_read_alike() -> None:
    """Sources and ids that run into each other, or look like what stands for the fact itself, give ids of their own."""
    texts = ["a", "b", "ab", "a-b", "*", "-", "0", "a*"]
    make, rulebook, found = Facts(), book(PAIRS), []
    for (source, name), (owner, state) in product(product(texts, texts), product(texts[1:6], texts[1:6])):
        session = Session(rulebook)
        order = make("order", order_id="A", item="x", status="started")
        event = make("inspection", lot_id="L", order_id="A", result="fail")
        session.submit(Fact(owner, state, "order", order.time, order.data))
        found += [
            d.id for d in session.submit(Fact(source, name, "inspection", event.time, event.data)).decisions
        ]
    assert len(found) == 3 * 64 * 25
    assert len(set(found)) == len(found)
