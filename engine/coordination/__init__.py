"""What follows from decisions until people have answered: holds, cases with their tasks, and ladders meanwhile.

State machines driven by decisions, facts and the clock; they return what they make, and read no clock.
"""

from engine.coordination.cases import Case, Task, case_data
from engine.coordination.desk import ANSWER, SHELVING, Desk
from engine.coordination.holds import HOLD, SOURCE, SUBJECT_FIELDS, HoldLedger
from engine.coordination.ladders import Due, climb
from engine.coordination.telling import CASE, TASK, TOLD, Consequences

__all__ = [
    "ANSWER",
    "CASE",
    "HOLD",
    "SHELVING",
    "SOURCE",
    "SUBJECT_FIELDS",
    "TASK",
    "TOLD",
    "Case",
    "Consequences",
    "Desk",
    "Due",
    "HoldLedger",
    "Task",
    "case_data",
    "climb",
]
