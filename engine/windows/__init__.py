"""Windows: events that count together for a while, group by group, as states that patterns can read.

A window is a state of a type of its own: there is one for each group of events for which the rule's `having` is true. So
matches stand, end, join and are explained as those of any state.
"""

from __future__ import annotations

from engine.windows.book import Counted, Windows, windows_of
from engine.windows.group import MOST_FACTS, Stretch

__all__ = ["MOST_FACTS", "Counted", "Stretch", "Windows", "windows_of"]
