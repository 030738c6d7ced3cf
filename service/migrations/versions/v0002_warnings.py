"""Facts keep the warnings of the rules that read them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add a column beside the missing fields."""
    op.add_column("facts", sa.Column("warnings", sa.Text(), nullable=True))
