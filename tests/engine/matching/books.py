"""Random rule books of mixed kinds of pattern, over the fact types of tests.engine.books.

KINDS is the table of kinds: a function from a source of chance to the text of one rule. Its key begins the rule's name, so
that decisions can be counted by kind. Every draw comes from the Random that is given, so a seed names a book.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.engine.matching.conditions import (
    BESIDE_WINDOW,
    CELLS,
    HAVINGS,
    HEAD,
    HITS,
    LASTS,
    LATENESS,
    LOCAL,
    LOOSE,
    TIED,
    UNTIL,
)

MOST_RULES = 4

EVENTS, STATES = ("inspection", "alarm"), ("machine", "order")
SUBJECTS = {"inspection": "lot_id", "machine": "machine_id", "order": "order_id", "alarm": "machine_id"}
ALIASES = {"inspection": "e", "alarm": "e", "machine": "m", "order": "m"}


@dataclass(frozen=True, slots=True)
class Written:
    """A rule book as drawn: the text of each rule, by the kind it is of."""

    rules: tuple[tuple[str, str], ...]
    head: str = HEAD

    @property
    def text(self) -> str:
        """The rules as they stand under `rules:`."""
        return "\n".join(text for _, text in self.rules)


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


FOLLOWS = {
    "inspection": ["order_id = {0}", "lot_id = {0}", 'order_id = {0} and result = "pass"', 'result = "pass"'],
    "alarm": ["machine_id = {0}", "machine_id = {0} and level > 1", "level >= 2"],
    "machine": ["machine_id = {0}", 'machine_id = {0} and status = "running"', "temperature < 90"],
    "order": ["order_id = {0}", 'order_id = {0} and status = "started"'],
    "flag": ["flag_id = {0}", 'flag_id = {0} and colour = "red"', "flag_id > {0}"],
}
"""What steps ask, by fact type, of what the rule is about."""
TIMES = ["1 min", "2 min", "4 min", "8 min", "= parameters.wait", "2 working minutes"]


def _follow(draft: Draft, word: str) -> None:
    """Add a step, and perhaps something that is looked at then."""
    chance = draft.chance
    fact_type = chance.choice(sorted(FOLLOWS))
    draft.when.append(f"      - {word}: {fact_type}")
    if word == "then":
        draft.when.append(f"        as: t{len(draft.when)}")
    draft.when.append(f"        where: {quoted(chance.choice(FOLLOWS[fact_type]).format(draft.subject))}")
    draft.when.append(f"        within: {chance.choice(TIMES)}")
    if chance.random() < 0.3:
        draft.beside(lasting=chance.random() < 0.2)


def _once(chance: Random, text: str, subject: str) -> str:
    """Return the rule *text*, perhaps as one that fires at most once in a while."""
    if chance.random() < 0.7:
        return text
    each = f"\n    for_each: = {subject}" if chance.random() < 0.5 else ""
    return f"{text}\n    at_most: once per {chance.choice(TIMES)}{each}"


def follow(chance: Random, name: str, tied: bool) -> str:
    """Return a rule of one thing after another, perhaps with something that must not fail to come in the end."""
    draft = _begun(chance, name, tied, chance.choice([*EVENTS, *STATES]), 0.4)
    if chance.random() < 0.2:
        draft.beside()
    for _ in range(chance.choice([1, 1, 2, 3])):
        _follow(draft, "then")
    if chance.random() < 0.3:
        _follow(draft, "expect")
    return _once(chance, draft.text(), draft.subject)


def expect(chance: Random, name: str, tied: bool) -> str:
    """Return a rule that fires when something fails to come."""
    draft = _begun(chance, name, tied, chance.choice([*EVENTS, *STATES]), 0.4)
    if chance.random() < 0.2:
        draft.beside()
    _follow(draft, "expect")
    ends = chance.choice(UNTIL[draft.first]) if draft.first in UNTIL and chance.random() < 0.3 else ""
    return _once(chance, draft.text(ends), draft.subject)


def window(chance: Random, name: str, tied: bool) -> str:
    """Return a rule of a sliding window of inspections for each order, perhaps with a state or a `none` beside it."""
    length = chance.choice(["2 min", "4 min", "= parameters.wait", "3 working minutes"])
    return _windowed(chance, name, [f"        within: {length}"])


def tumbling(chance: Random, name: str, tied: bool) -> str:
    """Return a rule of the inspections of a shift, looked at as they come or when the shift is over."""
    at_end = chance.random() < 0.5
    return _windowed(chance, name, ["        each: shift", *(["        at: end"] if at_end else [])], at_end)


def _windowed(chance: Random, name: str, span: list[str], at_end: bool = False) -> str:
    lines = [f"  - rule: {name}", f"    priority: {chance.randrange(3)}", "    on_missing: skip", "    when:"]
    lines.append("      - fs: inspection")
    if chance.random() < 0.6:
        lines.append(f"        where: {quoted(chance.choice(LOCAL['inspection']))}")
    lines += ["        per: order_id", *span, f"        having: {quoted(chance.choice(HAVINGS))}"]
    if chance.random() < 0.5:
        lines += chance.choice(BESIDE_WINDOW)
    hold = f"hold: {{order: = order_id, reason: {name}}}"
    notify = f"notify: {{order: = order_id, to: q, message: {name}}}"
    lines += ["    then:", f"      - {chance.choice([hold, notify])}"]
    if not at_end and chance.random() < 0.3:
        lines.append(f"    until: {chance.choice(['count(fs) = 0', 'count(fs) < 2'])}")
    return "\n".join(lines)


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
    "tumbling": tumbling,
    "table": table,
    "follow": follow,
    "expect": expect,
}
"""A kind of rule by name: what it is drawn with (chance, its name, whether equalities must tie its patterns), and its text."""


def write_book(chance: Random) -> Written:
    """Return a rule book of a few rules of mixed kinds."""
    tied = chance.random() < 0.6
    kinds = [chance.choice(sorted(KINDS)) for _ in range(chance.randint(1, MOST_RULES))]
    rules = tuple((kind, KINDS[kind](chance, f"{kind}-{at}", tied)) for at, kind in enumerate(kinds))
    return Written(rules, HEAD + (LATENESS if chance.random() < 0.3 else ""))
