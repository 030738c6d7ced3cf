"""What follows from decisions until people have answered: holds, cases with their tasks, and ladders meanwhile.

State machines driven by decisions, facts and the clock; they return what they make, and read no clock.
"""

from engine.coordination.cases import (
    CASE_ANSWERS,
    CASE_STATUSES,
    TASK_ANSWERS,
    Case,
    Task,
    case_data,
    order_of,
    task_data,
)
from engine.coordination.desk import ANSWER, SHELVING, Desk
from engine.coordination.holds import HOLD, SOURCE, SUBJECT_FIELDS, HoldLedger, is_ahead, restriction
from engine.coordination.keeping import EXPIRY, REVIEW, Keeping
from engine.coordination.ladders import Due, climb
from engine.coordination.signing import SAID, SIGNATURE, Board, Waiting, is_said_in_vain
from engine.coordination.telling import CASE, SHELVED, TASK, TOLD, Consequences

__all__ = [
    "ANSWER",
    "CASE",
    "CASE_ANSWERS",
    "CASE_STATUSES",
    "EXPIRY",
    "HOLD",
    "REVIEW",
    "SAID",
    "SHELVED",
    "SHELVING",
    "SIGNATURE",
    "SOURCE",
    "SUBJECT_FIELDS",
    "TASK",
    "TASK_ANSWERS",
    "TOLD",
    "Board",
    "Case",
    "Consequences",
    "Desk",
    "Due",
    "HoldLedger",
    "Keeping",
    "Task",
    "Waiting",
    "case_data",
    "climb",
    "is_ahead",
    "is_said_in_vain",
    "order_of",
    "restriction",
    "task_data",
]
