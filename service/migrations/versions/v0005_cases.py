"""Cases with their tasks, answers and messages, and what is shelved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision: str | None = "0004"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Make the tables in which people see what is asked of them and what they answered."""
    op.create_table(
        "cases",
        sa.Column("case_id", sa.String(length=128), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_type", sa.String(length=64), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.String(length=27), nullable=False),
        sa.Column("changed_at", sa.String(length=27), nullable=False),
        sa.Column("closed_at", sa.String(length=27), nullable=True),
        sa.Column("ladder", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.String(length=27), nullable=True),
        sa.Column("climbed", sa.Integer(), nullable=False),
        sa.Column("fact_seq", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["fact_seq"], ["facts.seq"], name=op.f("fk_cases_fact_seq")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_cases")),
    )
    op.create_index(op.f("ix_cases_number"), "cases", ["number"])
    op.create_index(op.f("ix_cases_subject_type_subject_id"), "cases", ["subject_type", "subject_id"])
    op.create_index(op.f("ix_cases_status_number"), "cases", ["status", "number"])
    op.create_table(
        "tasks",
        sa.Column("case_id", sa.String(length=128), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("changed_at", sa.String(length=27), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_tasks_case_id")),
        sa.PrimaryKeyConstraint("case_id", "role", name=op.f("pk_tasks")),
    )
    op.create_index(op.f("ix_tasks_role_status"), "tasks", ["role", "status"])
    op.create_table(
        "case_answers",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("refused", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["seq"], ["facts.seq"], name=op.f("fk_case_answers_seq")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_case_answers")),
    )
    op.create_index(op.f("ix_case_answers_case_id_seq"), "case_answers", ["case_id", "seq"])
    op.create_table(
        "case_messages",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["decisions.seq"], name=op.f("fk_case_messages_seq")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_case_messages")),
    )
    op.create_index(op.f("ix_case_messages_case_id_seq"), "case_messages", ["case_id", "seq"])
    op.create_table(
        "shelved",
        sa.Column("shelved_id", sa.String(length=128), nullable=False),
        sa.Column("how", sa.String(length=32), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("subject_type", sa.String(length=64), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("since", sa.String(length=27), nullable=False),
        sa.Column("until", sa.String(length=27), nullable=True),
        sa.Column("ended_at", sa.String(length=27), nullable=True),
        sa.Column("fact_seq", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["fact_seq"], ["facts.seq"], name=op.f("fk_shelved_fact_seq")),
        sa.PrimaryKeyConstraint("shelved_id", name=op.f("pk_shelved")),
    )
    op.create_index(op.f("ix_shelved_status"), "shelved", ["status"])
