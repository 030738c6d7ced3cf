"""Deliveries know since when they are due for the target that has them, and targets since when they fail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision: str | None = "0007"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add both times, counted generously for what waits already, and find what waits by status and target."""
    op.add_column("deliveries", sa.Column("renewed_at", sa.String(length=27), nullable=True))
    op.execute("update deliveries set renewed_at = next_at where status in ('due', 'sending')")
    op.add_column("target_health", sa.Column("failing_since", sa.String(length=27), nullable=True))
    op.execute("update target_health set failing_since = changed_at")
    op.create_index(
        op.f("ix_deliveries_status_target_next_at_id"), "deliveries", ["status", "target", "next_at", "id"]
    )
    op.drop_index(op.f("ix_deliveries_status_next_at"), table_name="deliveries")
