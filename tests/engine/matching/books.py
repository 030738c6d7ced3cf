"""Random rule books of mixed kinds of pattern, and random histories for them, over the fact types of tests.engine.books.

KINDS is the table of kinds: a function from a source of chance to the text of one rule. Its key begins the rule's name, so
that decisions can be counted by kind. Every draw comes from the Random that is given, so a seed names a book.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from engine.decisions import Fact
from engine.session import CLOCK
from tests.engine.books import START, Facts

HEAD = "parameters: {some: 1, hot: 90, worst: critical, wait: 2 min, many: 6}\ncalendar: plant\n"
LATENESS = "lateness: 3 min\n"
CALENDAR = {
    "calendars.yaml": """
calendars:
  - calendar: plant
    title: A day with breaks soon after the start
    time_zone: UTC
    shifts:
      - shift: early
        days: weekdays
        start: 05:00
        end: 14:00
        breaks: [{start: 06:02, end: 06:04}, {start: 06:10, end: 06:15}]
"""
}
MOST_RULES = 4
MOST_STEPS = 14

LOCAL = {
    "inspection": [
        'result = "fail"',
        'result = "fail"',
        'severity in ("major", "critical")',
        "severity = parameters.worst",
        "defects > 1",
        "defects > parameters.some",
        "defects in [1..3)",
        'lot_id = "a" and defects >= 1',
        'not(result = "pass")',
        "measured between 1 and 2",
        "measured < 2 and measured >= parameters.some",
        'severity = "minor" or defects = 0',
        "measured != null and defects > measured",
    ],
    "order": [
        'status = "released"',
        'status in ["released", "started"]',
        "quantity > 5",
        "quantity >= parameters.many",
        "quantity in (< 1, [6..9])",
        'item = "x"',
        'line != "l1"',
    ],
    "machine": [
        'status = "down"',
        'status = "down"',
        "temperature > 90",
        "temperature > parameters.hot",
        "temperature in [1..90]",
        'line = "l1"',
        'status != "running" and line = "l2"',
    ],
    "flag": ['colour = "red"', 'colour != "red"'],
    "alarm": ["level > 1", "level <= parameters.some"],
}

TIED = {
    ("order", "inspection"): ["order_id = e.order_id", "e.order_id = order_id and quantity > e.defects"],
    ("machine", "inspection"): ["machine_id = e.lot_id", "line = e.lot_id", "line = e.lot_id and temperature > e.measured"],
    ("flag", "inspection"): ["flag_id = e.lot_id", "colour = e.severity and flag_id != e.lot_id"],
    ("hold", "inspection"): ["lot_id = e.lot_id", "order_id = e.order_id"],
    ("machine", "alarm"): ["machine_id = e.machine_id", "machine_id = e.machine_id and temperature > e.level"],
    ("flag", "alarm"): ["flag_id = e.machine_id"],
    ("hold", "alarm"): ["lot_id = e.machine_id"],
    ("order", "machine"): ["line = m.line", "order_id = m.machine_id"],
    ("flag", "machine"): ["flag_id = m.machine_id", "flag_id = m.line"],
    ("hold", "machine"): ["lot_id = m.machine_id"],
    ("order", "order"): ["line = m.line and order_id != m.order_id", "line = m.line and quantity = m.quantity"],
    ("machine", "order"): ["line = m.line", "line = m.line and temperature > m.quantity"],
    ("flag", "order"): ["flag_id = m.order_id"],
    ("hold", "order"): ["order_id = m.order_id"],
}  # fmt: skip
"""(second fact type, first) -> conditions that an equality ties; `e` is an event, `m` a state."""

LOOSE = {
    ("order", "inspection"): ["quantity >= e.defects", "quantity > e.defects and line != e.lot_id"],
    ("machine", "inspection"): ["temperature > e.measured"],
    ("machine", "order"): ["temperature > m.quantity"],
    ("order", "machine"): ["quantity < m.temperature"],
}

EVENTS, STATES = ("inspection", "alarm"), ("machine", "order")
SUBJECTS = {"inspection": "lot_id", "machine": "machine_id", "order": "order_id", "alarm": "machine_id"}
ALIASES = {"inspection": "e", "alarm": "e", "machine": "m", "order": "m"}
UNTIL = {
    "machine": ['m.status = "running"', "m.temperature < 50"],
    "order": ['m.status = "completed"', "m.quantity = 0"],
}
LASTS = ["1 min", "2 min", "4 min", "= parameters.wait", "2 working minutes"]


@dataclass(frozen=True, slots=True)
class Written:
    """A rule book as drawn: the text of each rule, by the kind it is of."""

    rules: tuple[tuple[str, str], ...]
    head: str = HEAD

    @property
    def text(self) -> str:
        """The rules as they stand under `rules:`."""
        return "\n".join(text for _, text in self.rules)


@dataclass(frozen=True, slots=True)
class Step:
    """A fact that is received at a time, or the clock that moves there."""

    at: datetime
    fact: Fact | None = None


@dataclass(slots=True)
class Draft:
    """A rule that is being drawn: its patterns, and what its conclusions may be."""

    chance: Random
    name: str
    tied: bool
    """Whether every pattern is tied to another by an equality: what every matcher runs."""
    when: list[str]
    first: str
    reads_holds: bool = False

    @property
    def subject(self) -> str:
        """What the rule decides about."""
        return f"{ALIASES[self.first]}.{SUBJECTS[self.first]}"

    def beside(self, negated: bool | None = None, lasting: bool = False) -> None:
        """Add a pattern beside the first: a state, or none of them."""
        chance = self.chance
        other = chance.choice([o for o, f in TIED if f == self.first])
        loose = LOOSE.get((other, self.first), [])
        if self.tied or chance.random() < 0.7:
            conditions = [chance.choice(TIED[other, self.first])]
        else:
            conditions = [chance.choice(loose)] if loose and chance.random() < 0.7 else []
        if other in LOCAL and chance.random() < 0.4:
            conditions.append(f"({chance.choice(LOCAL[other])})")
        if negated is None:
            negated = chance.random() < 0.4
        self.reads_holds |= other == "hold" and not negated
        self.when.append(f"      - {'none' if negated else f's{len(self.when)}'}: {other}")
        if conditions:
            self.when.append(f"        where: {quoted(' and '.join(conditions))}")
        if lasting and other != "hold":
            self.when.append(f"        for: {chance.choice(LASTS)}")

    def text(self, until: str = "") -> str:
        """Return the rule with conclusions of some kinds."""
        chance, subject = self.chance, self.subject
        if self.reads_holds:  # a rule that reads holds and places them would be an endless chain
            then = [f"      - notify: {{lot: '= {subject}', to: quality, message: {self.name}}}"]
        else:
            then = [f"      - hold: {{lot: '= {subject}', reason: '{self.name} {{{subject}}}'}}"]
        extra = chance.random()
        if extra < 0.3:
            then.append(f"      - route: {{lot: '= {subject}', to: {chance.choice(['mrb', 'rework'])}}}")
        elif extra < 0.4:
            then.append(f"      - assert: {{flag: {{flag_id: '= {subject}', colour: red}}}}")
        elif extra < 0.5:
            then.append(f"      - assert: {{alarm: {{machine_id: '= {subject}', level: 2}}}}")
        elif extra < 0.55 and not self.reads_holds:
            then = [f"      - release: {{lot: '= {subject}', reason: {self.name}}}"]
        policies = (
            ["skip", "alert"] if self.reads_holds or "release" in then[0] else ["skip", "alert", "hold"]
        )
        lines = [
            f"  - rule: {self.name}",
            f"    priority: {chance.randrange(3)}",
            f"    on_missing: {chance.choice(policies)}",
            "    when:",
            *self.when,
            "    then:",
            *then,
        ]
        if until:
            lines.append(f"    until: {quoted(until)}")
        return "\n".join(lines)


def quoted(text: str) -> str:
    """Return *text* as a YAML single-quoted scalar."""
    return "'" + text.replace("'", "''") + "'"


def _begun(chance: Random, name: str, tied: bool, first: str, condition: float = 0.6) -> Draft:
    when = [f"      - {ALIASES[first]}: {first}"]
    if chance.random() < condition:
        when.append(f"        where: {quoted(chance.choice(LOCAL[first]))}")
    return Draft(chance, name, tied, when, first)


def event(chance: Random, name: str, tied: bool) -> str:
    """Return a rule of one event."""
    return _begun(chance, name, tied, chance.choice(EVENTS), 0.9).text()


def state(chance: Random, name: str, tied: bool) -> str:
    """Return a rule of one state."""
    return _begun(chance, name, tied, chance.choice(STATES), 0.9).text()


def join(chance: Random, name: str, tied: bool) -> str:
    """Return a rule of an event or a state, and one or two states beside it."""
    draft = _begun(chance, name, tied, chance.choice(["inspection", "alarm", "machine", "order"]))
    for _ in range(chance.randint(1, 2)):
        draft.beside(negated=False)
    return draft.text()


def none(chance: Random, name: str, tied: bool) -> str:
    """Return a rule with one or two `none`, and perhaps a state between."""
    draft = _begun(chance, name, tied, chance.choice(["inspection", "machine", "machine", "order"]))
    for _ in range(chance.randint(0, 1)):
        draft.beside(negated=False)
    for _ in range(chance.randint(1, 2)):
        draft.beside(negated=True)
    return draft.text()


def until(chance: Random, name: str, tied: bool) -> str:
    """Return a rule of states whose match ends by a condition of its own."""
    draft = _begun(chance, name, tied, chance.choice(STATES), 0.9)
    for _ in range(chance.randint(0, 2)):
        draft.beside()
    return draft.text(chance.choice(UNTIL[draft.first]))


def lasting(chance: Random, name: str, tied: bool) -> str:
    """Return a rule with conditions that must have held for some time."""
    draft = _begun(chance, name, tied, chance.choice(["machine", "machine", "order", "inspection"]), 0.9)
    if draft.first != "inspection":
        draft.when.append(f"        for: {chance.choice(LASTS)}")
    for _ in range(1 if draft.first == "inspection" else chance.randint(0, 2)):
        draft.beside(lasting=draft.first == "inspection" or chance.random() < 0.4)
    ends = chance.choice(UNTIL[draft.first]) if draft.first != "inspection" and chance.random() < 0.3 else ""
    return draft.text(ends)


HAVINGS = [
    "count(fs) >= 2",
    "count(fs) >= 3",
    "count(fs) < 2",
    "sum(fs.defects) > 3 or count(fs) > 2",
    "max(fs.measured) - min(fs.measured) >= 1",
    "mean(fs.defects) > 1",
    'count(fs[result = "fail"]) / count(fs) > 0.5',
    'share(fs.result, "fail") > 0.5',
    'in a row(fs.result, "fail") >= 2',
    "longest run(fs.defects, (> 1)) > 1 or trend(fs.measured) > 1",
    "count(distinct values(fs.lot_id)) > 1",
    "fs[1].defects > fs[-1].defects",
    'fs[-1].result = "fail" and median(fs.defects) >= 1',
]
BESIDE_WINDOW = [
    ["      - none: flag", "        where: flag_id = order_id"],
    ["      - o: order", "        where: order_id = fs[-1].order_id"],
    ["      - o: machine", "        where: 'machine_id = order_id and status = \"down\"'"],
    ["      - none: order", "        where: order_id = fs[1].lot_id"],
]


def window(chance: Random, name: str, tied: bool) -> str:
    """Return a rule of a sliding window of inspections for each order, perhaps with a state or a `none` beside it."""
    lines = [f"  - rule: {name}", f"    priority: {chance.randrange(3)}", "    on_missing: skip", "    when:"]
    lines.append("      - fs: inspection")
    if chance.random() < 0.6:
        lines.append(f"        where: {quoted(chance.choice(LOCAL['inspection']))}")
    lines.append("        per: order_id")
    lines.append(
        f"        within: {chance.choice(['2 min', '4 min', '= parameters.wait', '3 working minutes'])}"
    )
    lines.append(f"        having: {quoted(chance.choice(HAVINGS))}")
    if chance.random() < 0.5:
        lines += chance.choice(BESIDE_WINDOW)
    kind = chance.choice(
        [
            f"hold: {{order: = order_id, reason: {name}}}",
            f"notify: {{order: = order_id, to: q, message: {name}}}",
        ]
    )
    lines += ["    then:", f"      - {kind}"]
    if chance.random() < 0.3:
        lines.append(f"    until: {chance.choice(['count(fs) = 0', 'count(fs) < 2'])}")
    return "\n".join(lines)


CELLS = {
    "inspection": {
        "result": ['"fail"', '"pass"', 'not("pass")', "-"],
        "defects": ["> 1", "[0..2]", "0, 3", "null", "> measured", "> parameters.some", "-"],
        "severity": ['"minor"', '"major", "critical"', "null", "-"],
    },
    "machine": {
        "status": ['"down"', '"running"', "-"],
        "temperature": ["> 90", "[1..80]", "< 5, > 94", "null", "-"],
        "line": ['"l1"', "null", "-"],
    },
}
HITS = ["unique", "any", "first", "priority", "rule order", "output order", "collect"]


def table(chance: Random, name: str, tied: bool) -> str:
    """Return a rule with a decision table of up to five rows over an event or a state."""
    fact_type = chance.choice(sorted(CELLS))
    columns = chance.sample(sorted(CELLS[fact_type]), chance.randint(1, 3))
    rows = []
    for _ in range(chance.randint(1, 5)):
        tests = [chance.choice(CELLS[fact_type][column]) for column in columns]
        outputs = [chance.choice(["mrb", "rework", "-"]), chance.choice(["blocked", "restricted", "-"])]
        rows.append("      | " + " | ".join([*tests, *outputs]) + " |")
    lines = [
        f"  - table: {name}",
        f"    priority: {chance.randrange(3)}",
        f"    hit: {chance.choice(HITS)}",
        f"    on_missing: {chance.choice(['skip', 'alert', 'hold'])}",
        f"    on: {fact_type}",
        """    allowed: {route.to: '"rework", "mrb", "store"'}""",
        "    then:",
        f"      - route: {{lot: = {SUBJECTS[fact_type]}}}",
        f"      - hold: {{lot: = {SUBJECTS[fact_type]}, reason: {name}}}",
        "    columns: |",
        f"      | {' | '.join(columns)} | => route.to | hold.inventory_status |",
        *rows,
    ]
    if chance.random() < 0.5:
        lines.insert(5, "    default: {route.to: store}")
    return "\n".join(lines)


Maker = Callable[[Random, str, bool], str]
KINDS: dict[str, Maker] = {
    "event": event,
    "state": state,
    "join": join,
    "none": none,
    "until": until,
    "for": lasting,
    "window": window,
    "table": table,
}
"""A kind of rule by name: what it is drawn with (chance, its name, whether equalities must tie its patterns), and its text."""


def write_book(chance: Random) -> Written:
    """Return a rule book of a few rules of mixed kinds."""
    tied = chance.random() < 0.6
    kinds = [chance.choice(sorted(KINDS)) for _ in range(chance.randint(1, MOST_RULES))]
    rules = tuple((kind, KINDS[kind](chance, f"{kind}-{at}", tied)) for at, kind in enumerate(kinds))
    return Written(rules, HEAD + (LATENESS if chance.random() < 0.3 else ""))


IDS = ["a", "b", "l1"]
DATA: dict[str, dict[str, list[Any]]] = {
    "inspection": {"lot_id": IDS, "order_id": IDS, "result": ["pass", "fail", "fail"]},
    "alarm": {"machine_id": IDS},
    "order": {"order_id": IDS, "item": ["x", "y"], "status": ["released", "started", "completed"]},
    "machine": {"machine_id": IDS, "status": ["running", "down", "down"]},
    "flag": {"flag_id": IDS},
}
OPTIONAL: dict[str, dict[str, list[Any]]] = {
    "inspection": {
        "severity": ["minor", "major", "critical"],
        "measured": [0, 1, 2],
        "defects": [0, 1, 2, 3],
    },
    "alarm": {"level": [1, 2, 3]},
    "order": {"quantity": [0, 1, 6], "line": ["l1", "l2"]},
    "machine": {"line": ["l1", "l2"], "temperature": [1, 80, 95]},
    "flag": {"colour": ["red", "green", "minor"]},
}
KEYS = {"order": "order_id", "machine": "machine_id", "flag": "flag_id"}
FACT_TYPES = ["inspection"] * 4 + ["alarm", "order", "order", "machine", "machine", "machine", "flag"]


def history(chance: Random) -> list[Step]:
    """Return facts that come one after another or at once, on time, late or from a clock that is ahead, and clock moves."""
    make, minutes = Facts(), 0.0
    steps: list[Step] = []
    for _ in range(chance.randint(3, MOST_STEPS)):
        minutes += chance.choice([0, 0.5, 1, 1, 2, 4])
        at = START + timedelta(minutes=minutes)
        draw = chance.random()
        if draw < 0.07:
            steps.append(Step(at))
            continue
        if draw < 0.12:
            steps.append(Step(at, Fact("lineside", f"tick{len(steps)}", CLOCK, at, {})))
            continue
        said = minutes + chance.choice([0, 0, 0, 0, -1, -3, -5, 2])
        fact_type = chance.choice(FACT_TYPES)
        if fact_type in KEYS and chance.random() < 0.2:
            fact = make(fact_type, at=said, op="retract", **{KEYS[fact_type]: chance.choice(IDS)})
        else:
            data = {name: chance.choice(values) for name, values in DATA[fact_type].items()}
            data |= {n: chance.choice(v) for n, v in OPTIONAL[fact_type].items() if chance.random() < 0.7}
            fact = make(fact_type, at=said, **data)
        steps.append(Step(at, fact))
    return steps
