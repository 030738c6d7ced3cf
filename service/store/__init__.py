"""The database: what the writer puts in (ledger), what readers see (reading), what is to be sent (outbox)."""

from service.store.casereading import CaseReading
from service.store.casework import Casework
from service.store.database import for_writing, migrate, open_database
from service.store.ledger import Batch, HoldChange, Ledger, StoredFact, Tail
from service.store.lock import Lock, lock_for_writing
from service.store.outbox import Due, Outbox
from service.store.reading import Reading

__all__ = [
    "Batch",
    "CaseReading",
    "Casework",
    "Due",
    "HoldChange",
    "Ledger",
    "Lock",
    "Outbox",
    "Reading",
    "StoredFact",
    "Tail",
    "for_writing",
    "lock_for_writing",
    "migrate",
    "open_database",
]
