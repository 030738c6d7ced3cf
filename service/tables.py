"""The tables, as SQLAlchemy Core sees them; the migrations make them.

Facts, decisions and explanations are stored as the JSON text that was answered, so that numbers stay exact and a
repeated post is answered with the same bytes. Times are RFC 3339 text of fixed width (service.clock.stamp).
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Time = String(27)

PASSED_ON = "pass_on"
"""The kind of decision by which a flow passes a fact on; a fact is answered, and a session rebuilt, without them."""

INDEXED = 200
"""Characters of a subject's id that are indexed; a database refuses longer keys, and the body holds the whole."""

facts = Table(
    "facts",
    metadata,
    # given by the one writer, without gaps: the order in which the session saw them
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("source", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("time", Time, nullable=False),
    Column("time_given", Boolean, nullable=False),
    Column("received_at", Time, nullable=False),
    # how far the session's clock might go, where that was less than received_at
    Column("clock_limit", Time),
    Column("status", String(16), nullable=False),
    Column("rulebook", String(64), nullable=False),
    Column("body", Text, nullable=False),
    Column("missing", Text),
    Column("warnings", Text),
    Column("findings", Text),
    UniqueConstraint("source", "id"),
    Index(None, "type", "seq"),
)

decisions = Table(
    "decisions",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("id", String(128), nullable=False),
    Column("fact_seq", BigInteger, ForeignKey("facts.seq"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("kind", String(64), nullable=False),
    Column("subject_type", String(64), nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("ruleset", Text, nullable=False),
    Column("rulebook", String(64), nullable=False),
    Column("status", String(32), nullable=False),
    Column("time", Time, nullable=False),
    Column("body", Text, nullable=False),
    Column("explanation", Text),
    UniqueConstraint("id"),
    UniqueConstraint("fact_seq", "ordinal"),
    Index(None, "subject_type", "subject_id", "seq"),
    Index(None, "rule", "seq"),
    Index(None, "kind", "seq"),
    Index(None, "time"),
)

holds = Table(
    "holds",
    metadata,
    Column("hold_id", Text, primary_key=True),
    Column("subject_type", String(64), nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("inventory_status", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("rule", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("placed_at", Time, nullable=False),
    Column("released_at", Time),
    Column("fact_seq", BigInteger, ForeignKey("facts.seq"), nullable=False),
    Column("body", Text, nullable=False),
    # released ones stay for ever, and a check before each operation must not walk them
    Index(None, "subject_type", "subject_id", "status"),
    Index(None, "status"),
)

cases = Table(
    "cases",
    metadata,
    Column("case_id", String(128), primary_key=True),
    # of the decision that opened it: the order of pages
    Column("number", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject_type", String(64), nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("rule", Text, nullable=False),
    Column("opened_at", Time, nullable=False),
    Column("changed_at", Time, nullable=False),
    Column("closed_at", Time),
    # how far up its ladder it is; a closed case climbs no more
    Column("ladder", Text, nullable=False),
    Column("begun_at", Time),
    Column("climbed", Integer, nullable=False),
    Column("fact_seq", BigInteger, ForeignKey("facts.seq"), nullable=False),
    Column("body", Text, nullable=False),
    Index(None, "number"),
    Index(None, "subject_type", "subject_id"),
    Index(None, "status", "number"),
)

tasks = Table(
    "tasks",
    metadata,
    Column("case_id", String(128), ForeignKey("cases.case_id"), primary_key=True),
    Column("role", Text, primary_key=True),
    Column("ordinal", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    Column("changed_at", Time, nullable=False),
    Column("body", Text, nullable=False),
    Index(None, "role", "status"),
)

case_answers = Table(
    "case_answers",
    metadata,
    # of the fact by which somebody answered
    Column("seq", BigInteger, ForeignKey("facts.seq"), primary_key=True, autoincrement=False),
    Column("case_id", Text, nullable=False),
    Column("role", Text),
    Column("answer", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("comment", Text),
    Column("at", Time, nullable=False),
    # why it changed nothing
    Column("refused", Text),
    Index(None, "case_id", "seq"),
)

case_messages = Table(
    "case_messages",
    metadata,
    # of the decision by which somebody was told
    Column("seq", BigInteger, ForeignKey("decisions.seq"), primary_key=True, autoincrement=False),
    Column("case_id", Text, nullable=False),
    Index(None, "case_id", "seq"),
)

shelved = Table(
    "shelved",
    metadata,
    Column("shelved_id", String(128), primary_key=True),
    Column("how", String(32), nullable=False),
    Column("what", Text, nullable=False),
    Column("subject_type", String(64), nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("since", Time, nullable=False),
    Column("until", Time),
    Column("ended_at", Time),
    Column("fact_seq", BigInteger, ForeignKey("facts.seq"), nullable=False),
    Column("body", Text, nullable=False),
    Index(None, "status"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("key", String(64), nullable=False),
    Column("decision", String(128), ForeignKey("decisions.id"), nullable=False),
    Column("target", String(128), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Time, nullable=False),
    Column("next_at", Time, nullable=False),
    Column("lease_until", Time),
    Column("lease", String(64)),
    Column("delivered_at", Time),
    Column("last_status", Integer),
    Column("last_error", Text),
    # whom it was for, where a fallback has it now
    Column("first_target", String(128)),
    # when its schedule began anew: at a fallback, or because a person sent it again
    Column("renewed_at", Time),
    UniqueConstraint("key"),
    Index(None, "status", "target", "next_at", "id"),
    Index(None, "target", "subject", "id"),
    Index(None, "decision"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("delivery", BigInteger, ForeignKey("deliveries.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("at", Time, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("status", Integer),
    Column("error", Text),
    Column("milliseconds", Integer, nullable=False),
    # whom it went to; what was tried before fallbacks has none
    Column("target", String(128)),
    Index(None, "delivery"),
)

disabled_targets = Table(
    "disabled_targets",
    metadata,
    Column("target", String(128), primary_key=True),
    Column("url", Text, nullable=False),
    Column("disabled_at", Time, nullable=False),
    Column("reason", Text, nullable=False),
)

target_health = Table(
    "target_health",
    metadata,
    # a target that works has no row
    Column("target", String(128), primary_key=True),
    Column("failures", Integer, nullable=False),
    # the first of these failures
    Column("failing_since", Time),
    Column("paused_until", Time),
    Column("reason", Text, nullable=False),
    Column("changed_at", Time, nullable=False),
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("rulebook", String(64), primary_key=True),
    Column("made_at", Time, nullable=False),
    Column("session", LargeBinary, nullable=False),
)

rulebooks = Table(
    "rulebooks",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("sources", Text, nullable=False),
    Column("first_active_at", Time, nullable=False),
    Column("last_active_at", Time, nullable=False),
)
