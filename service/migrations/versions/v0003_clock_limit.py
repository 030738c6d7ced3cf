"""Facts keep how far the session's clock might go with them, where timers were held back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add a column beside the time at which a fact was received."""
    op.add_column("facts", sa.Column("clock_limit", sa.String(length=27), nullable=True))
