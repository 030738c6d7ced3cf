"""Deliveries remember whom they were for first, attempts whom they went to, and targets how they have been doing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision: str | None = "0003"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add the columns of fallbacks, and the table of targets that fail."""
    op.add_column("deliveries", sa.Column("first_target", sa.String(length=128), nullable=True))
    op.add_column("attempts", sa.Column("target", sa.String(length=128), nullable=True))
    op.create_table(
        "target_health",
        sa.Column("target", sa.String(length=128), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("paused_until", sa.String(length=27), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("target", name=op.f("pk_target_health")),
    )
