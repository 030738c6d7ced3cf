"""Replay: the rows of a log become facts, as a mapping document says.

Text goes in, envelopes come out in the order they are to be submitted, with every row that could not be mapped named by its
place. Nothing here reads files or decides: the same envelopes can be replayed or posted.
"""

from __future__ import annotations

from engine.replay.agreement import disagreements
from engine.replay.facts import MappedFact, MappedLog, map_log
from engine.replay.mapping import Mapping, parse_mapping
from engine.replay.rows import Log, Origin, Row, read_csv, read_json_lines

__all__ = [
    "Log",
    "MappedFact",
    "MappedLog",
    "Mapping",
    "Origin",
    "Row",
    "disagreements",
    "map_log",
    "parse_mapping",
    "read_csv",
    "read_json_lines",
]
