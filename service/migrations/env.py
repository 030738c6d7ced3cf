"""Runs the migrations on the connection it is given; it never opens one of its own."""

from __future__ import annotations

from alembic import context

from service.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
