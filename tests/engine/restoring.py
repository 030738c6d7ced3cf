"""A session saved and restored, with the claim that it has lost nothing by that."""

from __future__ import annotations

from engine.losses import losses_of
from engine.rulebook import RuleBook
from engine.session import Session
from engine.snapshot import read_snapshot


def restored(rulebook: RuleBook, session: Session, matcher: str = "native") -> Session:
    """Return *session* saved and restored under its own *rulebook*; fail where something did not come along."""
    raw = session.snapshot()
    again = Session.restore(rulebook, raw, matcher)
    assert losses_of(read_snapshot(raw), read_snapshot(again.snapshot()), rulebook) == ()
    return again
