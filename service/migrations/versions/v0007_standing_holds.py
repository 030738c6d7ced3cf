"""Holds are found by what they stand on and whether they still do, however many were released before."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision: str | None = "0006"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Put the status into the index of subjects."""
    op.create_index(
        op.f("ix_holds_subject_type_subject_id_status"), "holds", ["subject_type", "subject_id", "status"]
    )
    op.drop_index(op.f("ix_holds_subject_type_subject_id"), table_name="holds")
