"""What the contracts of the flows ask of each fact on its way: facts in, findings out.

Pure; it reads states that the session holds, and keeps nothing of its own but running sums for each open order.
"""

from engine.contracts.contracts import Contracts
from engine.contracts.tallies import MOST_REPORTS, Tallies, Tally
from engine.contracts.work import final_operation, is_work, number_of

__all__ = [
    "MOST_REPORTS",
    "Contracts",
    "Tallies",
    "Tally",
    "final_operation",
    "is_work",
    "number_of",
]
