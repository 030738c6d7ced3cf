"""Facts keep what was found on them in the flow that they came by, and are found by their type."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision: str | None = "0005"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add a column beside the warnings, and an index for those who read all facts of a type."""
    op.add_column("facts", sa.Column("findings", sa.Text(), nullable=True))
    op.create_index(op.f("ix_facts_type_seq"), "facts", ["type", "seq"])
