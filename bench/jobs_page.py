"""What was measured of each job, as a part of docs/benchmarks.md. Reads figures, measures nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from bench.figures import MARK, Figures, Found, fastest, find, ratio
from bench.plan import EXTENSION, JOBS, OWN, TAKE_JSON


@dataclass(frozen=True, slots=True)
class Section:
    """A job as the page tells it: its heading, what the job is, and what its sizes count."""

    title: str
    text: str
    counted: str
    beside: int
    """The size that Lineside's rates at other sizes are told beside."""


SECTIONS: Mapping[str, Section] = {
    "rules": Section(
        "Single-fact rules",
        """\
Rule *i* of *N* says `kind = "kI" and part = "pJ" and defects > M` of an event, and routes the item. Every fact fits
exactly one rule, in random turns. Lineside gets admitted facts and gives decisions. durable-rules gets `post` with a
dict, and calls a function for each rule; it does not return from compiling about 512 or more literals on one property, so
it is asked for 10 and 100 rules only. CLIPS, Drools, CEL, rule-engine, ZEN and json-rules-engine get the same three tests
in their own notation; an expression library runs all of its N conditions on each fact, ZEN looks through a decision table
of N rows. *durable extension* is the C module of durable-rules alone, JSON text in and JSON text out: nothing reads the
answer before the clock stops, so it says what matching costs there, and not what deciding costs; it is a row for
information, and no peer.
""",
        "rules",
        10,
    ),
    "json": Section(
        "From JSON bytes to decisions",
        """\
The same rules and facts, each fact as the bytes of a CloudEvents envelope. Lineside decodes, checks the envelope, the
sender and the data against its JSON Schema, and submits. No peer checks anything. ZEN, Drools and json-rules-engine read
the bytes themselves; for durable-rules, CLIPS, CEL and rule-engine they are decoded by msgspec, the fastest that Python
has. The target is about the fastest peer that takes JSON; beside it stands the same about the fastest for which msgspec
decodes, which may be the faster of the two.
""",
        "rules",
        10,
    ),
    "join": Section(
        "A join with live facts",
        """\
An inspection that failed concerns the order it names, where that order is started: `order_id = piece.order_id and status
= "started"`, with so many orders live. One step in five changes an order, the others are inspections, half of which
failed. durable-rules and Drools keep an event that fits nothing, and would answer later, so an inspection is a fact there
that is retracted at once; a change retracts what the order was. CLIPS modifies it. A library without facts of its own is
not asked.
""",
        "live orders",
        1_000,
    ),
    "windows": Section(
        "A sliding window for each key",
        """\
`count(failures) >= 5` within 60 minutes, per machine: 10,000 machines in random turns, 20,000 checks an hour, four in
five of them failures, measured when the windows are full. A machine is told once, until it has fewer again. CLIPS has no
clock: the host says what has left, from a queue of its own, and rules count.
""",
        "machines",
        10_000,
    ),
    "scaling": Section(
        "Scaling with what has been",
        """\
A window of 60 minutes for each of 10,000 machines, 10,000 failures an hour. Measured are stretches of 10,000 facts after so
many. The first 10,000 are the first of every machine: each makes a group, and none pushes another out. The second 10,000
push those out, one each, and find most groups there. From 20,000 on the windows are full of random turns, and the work stays
the same: one comes, one leaves, a third of the machines have none and their group is made again. The comparison is between
that state after 20,000 facts and after 1,000,000. But for the last row, sessions are made anew for every stretch.
""",
        "facts before",
        20_000,
    ),
    "filled": Section(
        "Scaling with what a window holds",
        """\
The same, with full windows of 10,000 failures in all (one for each machine, five are too many) beside windows of
1,000,000 (a hundred for each, 115 are too many; about as many machines are told).
""",
        "failures in the windows",
        10_000,
    ),
    "charts": Section(
        "Scaling with the values of a chart",
        """\
Values of 200 processes, with two windows for each, which hold about so many values: one rule looks at Cpk (below 1.6, of ten
values at least), another at Nelson's second rule beside the limits of the process, a state. Both are asked when a value comes
and when one leaves. What must be answered is worked out with exact fractions.
""",
        "values in a window",
        20,
    ),
}


def section(found: Found, job: str) -> list[str]:
    """Return the part of the page about *job*."""
    told = SECTIONS[job]
    rows = [f"## {told.title}\n", told.text, *_rates(found, job), ""]
    if job == "join":
        rows += _memory(found)
    if job == "scaling":
        rows += _flat(found)
    return rows


def _rates(found: Found, job: str) -> list[str]:
    plan = JOBS[job]
    rows = [
        f"| | {SECTIONS[job].counted} | facts per second | Lineside over it |",
        "|---|---:|---:|---:|",
    ]
    for size in plan.sizes:
        own = find(found, OWN, job, size)
        for engine, asked in plan.asked.items():
            one = find(found, engine, job, size)
            if one is not None:
                times = "" if engine == OWN else f"{ratio(own, one):,.2f}" if one.rates else ""
                rows.append(f"| {named(one)} | {size:,} | {rate(one)} | {times} |")
            elif not isinstance(asked, str):
                rows.append(f"| {engine} | {size:,} | not asked |  |")
    rows += [
        f"| {engine} | | not asked: {why} |  |" for engine, why in plan.asked.items() if isinstance(why, str)
    ]
    return rows + _own_ratios(found, job)


def _own_ratios(found: Found, job: str) -> list[str]:
    first, counted = SECTIONS[job].beside, SECTIONS[job].counted
    others = [size for size in JOBS[job].sizes if size != first and find(found, OWN, job, size) is not None]
    if not others or find(found, OWN, job, first) is None:
        return []
    said = [
        f"at {size:,} {counted} it has {ratio(find(found, OWN, job, size), find(found, OWN, job, first)):.2f} times the rate"
        for size in others
    ]
    return ["", f"Beside Lineside at {first:,} {counted}, {'; '.join(said)}."]


def named(one: Figures) -> str:
    """Return the engine with its version."""
    return f"{one.engine} {one.version}".strip()


def rate(one: Figures) -> str:
    """Return a rate as a cell: the median, the lowest and the highest; or why there is none."""
    if one.gave_up is not None or not one.rates:
        return f"left out: {one.gave_up or 'not measured'}"
    middle, low, high = (shown(x) for x in (median(one.rates), min(one.rates), max(one.rates)))
    return f"{middle} ({low} to {high})"


def shown(number: float) -> str:
    """Return *number* with as many digits as it deserves."""
    return f"{number:,.0f}" if number >= 100 else f"{number:.1f}"


def _memory(found: Found) -> list[str]:
    size = max(JOBS["join"].sizes)
    asked = [f for f in found if (f.job, f.size) == ("join", size)]
    rows = [
        f"What {size:,} live orders take, each in a process of its own: how much its memory grows while they go in, "
        "and how much of that each order takes beyond its JSON (the CloudEvents envelope). Drools grows by what its "
        "virtual machine takes from the system; with durable-rules and Drools, the host keeps what it will have to retract.\n",
        "| | memory | JSON of an order | beyond it, for each order |",
        "|---|---:|---:|---:|",
    ]
    for one in asked:
        if one.filled_memory is None or one.beyond_json is None:
            continue
        grown = (one.filled_memory - one.resident[0]) / 1e6
        rows.append(
            f"| {named(one)} | {grown:,.0f} MB | {one.json_bytes / one.filled:,.0f} bytes | {one.beyond_json / 1000:,.2f} kB |"
        )
    return [*rows, ""]


def _flat(found: Found) -> list[str]:
    size = max(JOBS["scaling"].sizes)
    one = find(found, OWN, "scaling", size)
    if one is None or one.filled_memory is None or one.kept_memory is None:
        return []
    return [
        f"Memory of that process: {one.resident[1] / 1e6:,.0f} MB after {MARK:,} facts, "
        f"{one.filled_memory / 1e6:,.0f} MB after {size:,}, {one.resident[-1] / 1e6:,.0f} MB at the end.",
        "",
    ]


def loading(found: Found) -> list[str]:
    """Return the part of the page about what it costs to take rules in."""
    sizes = JOBS["rules"].sizes
    rows = [
        "## Loading\n",
        "From the text of the single-fact rules to an engine that takes facts, in seconds, once; importing a package and "
        "starting a virtual machine are not counted. Lineside checks every rule for all that `lineside check` looks at.\n",
        "| | " + " | ".join(f"{size:,} rules" for size in sizes) + " |",
        "|---|" + "---:|" * len(sizes),
    ]
    for engine in JOBS["rules"].asked:
        cells = [_loaded(find(found, engine, "rules", size)) for size in sizes]
        rows.append(f"| {engine} | " + " | ".join(cells) + " |")
    return [*rows, ""]


def _loaded(one: Figures | None) -> str:
    if one is None:
        return "not asked"
    return "left out" if one.gave_up is not None else f"{one.made_in_seconds:,.3f}"


def over_fastest(found: Found, job: str, size: int, takes_json: bool | None = None) -> tuple[float, str]:
    """Return Lineside's rate over that of its fastest peer, and which that is; 0 where either has none.

    With *takes_json*, only peers count that are given JSON as it is (True), or for which msgspec decodes it (False).
    """
    peers = [
        name for name in JOBS[job].peers(size) if takes_json is None or (name in TAKE_JSON) is takes_json
    ]
    best = fastest(found, job, size, peers)
    assert best is None or best.engine not in (OWN, EXTENSION)
    return ratio(find(found, OWN, job, size), best), best.engine if best is not None else "none"
