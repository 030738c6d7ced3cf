"""What generated rules say: conditions by fact type, joins by pair of fact types, what windows come to, cells of tables."""

from __future__ import annotations

HEAD = "parameters: {some: 1, hot: 90, worst: critical, wait: 2 min, many: 6}\ncalendar: plant\n"
LATENESS = "lateness: 3 min\n"
CALENDAR = {
    "calendars.yaml": """
calendars:
  - calendar: plant
    title: A day with breaks, and a change of shift, soon after the start
    time_zone: UTC
    shifts:
      - shift: early
        days: weekdays
        start: 05:00
        end: 06:06
        breaks: [{start: 06:02, end: 06:04}]
      - shift: late
        days: weekdays
        start: 06:06
        end: 14:00
        breaks: [{start: 06:10, end: 06:15}]
"""
}

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

UNTIL = {
    "machine": ['m.status = "running"', "m.temperature < 50"],
    "order": ['m.status = "completed"', "m.quantity = 0"],
}
LASTS = ["1 min", "2 min", "4 min", "= parameters.wait", "2 working minutes"]


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
