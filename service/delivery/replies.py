"""What goes to a receiver, and what comes of one attempt: the same words for every channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec

from service.targets import scope_of

ABOUT_THE_MESSAGE = frozenset({400, 404, 405, 406, 409, 411, 413, 414, 415, 422})
"""Statuses of a receiver that works, and refuses this one message."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One delivery on its way: its idempotency key, its kind, and its CloudEvent as it was stored."""

    key: str
    kind: str
    body: str

    def scope(self) -> dict[str, Any]:
        """Return what templates see of it; numbers are exact."""
        return scope_of(_DECODER.decode(self.body))


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of one attempt.

    *status* is what an HTTP receiver answered, None where there was no such answer; *error* says why the attempt does
    not count, None where it was taken. *is_final*: no other attempt can end differently.
    """

    status: int | None
    error: str | None
    retry_after: timedelta | None = None
    is_final: bool = False

    @property
    def is_delivered(self) -> bool:
        """Return whether the receiver took the message."""
        return self.error is None

    @property
    def is_gone(self) -> bool:
        """Return whether the receiver wants no more messages (410, Standard Webhooks)."""
        return self.status == 410

    @property
    def is_failure_of_target(self) -> bool:
        """Return whether it speaks of the receiver rather than of the message: others would fare no better."""
        return self.error is not None and not self.is_final and self.status not in ABOUT_THE_MESSAGE


_DECODER = msgspec.json.Decoder(float_hook=Decimal)
