"""What follows from decisions until people have answered: holds, and ladders that are climbed meanwhile.

State machines driven by decisions, facts and the clock; they return what they make, and read no clock.
"""

from engine.coordination.holds import HOLD, SOURCE, SUBJECT_FIELDS, HoldLedger
from engine.coordination.ladders import Due, climb

__all__ = ["HOLD", "SOURCE", "SUBJECT_FIELDS", "Due", "HoldLedger", "climb"]
