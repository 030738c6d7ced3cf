"""Waits: what rules with steps have begun and not ended, each for the next fact that fits, or for none to come in time.

A rule is, to the matchers, one rule for each of its stages; what is bound so far travels from one to the next as an event.
"""

from __future__ import annotations

from engine.waits.opened import MOST_WAITS, Bound, Wait
from engine.waits.waiting import Happened, SavedWaits, Waits, waits_of

__all__ = ["MOST_WAITS", "Bound", "Happened", "SavedWaits", "Wait", "Waits", "waits_of"]
