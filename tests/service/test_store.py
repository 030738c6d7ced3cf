"""The store: migrations make the tables, the outbox keeps its order, and the URL of a database is understood."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text

from service.store import migrate, open_database
from service.store.ledger import HoldChange, _project
from service.tables import metadata


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A migrated database."""
    made = open_database(f"sqlite:///{tmp_path}/x.db")
    migrate(made)
    yield made
    made.dispose()


def test_the_migrations_make_the_tables_that_are_declared(engine: Engine) -> None:
    """Nothing is left to migrate, and migrating again changes nothing."""
    migrate(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == "0008"


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 10_000)],
)
def test_sqlite_is_opened_for_durability(engine: Engine, pragma: str, value: object) -> None:
    """Every connection has the pragmas that durability rests on."""
    with engine.connect() as connection:
        assert connection.execute(text(f"pragma {pragma}")).scalar() == value


def row(name: str, seq: int = 1) -> HoldChange:
    """Return the placing of the hold *name*."""
    columns = {
        "hold_id": name,
        "subject_type": "lot",
        "subject_id": "L1",
        "inventory_status": "blocked",
        "rule": "r",
        "reason": "",
        "placed_at": "2026-01-01T00:00:00.000000Z",
        "fact_seq": seq,
        "body": "{}",
    }
    return HoldChange(name, columns)


END = "2026-01-02T00:00:00.000000Z"


@pytest.mark.parametrize(
    ("batches", "status"),
    [
        pytest.param([[row("h")]], "standing", id="placed"),
        pytest.param([[row("h"), HoldChange("h", None, END)]], "released", id="released-in-one"),
        pytest.param([[row("h")], [HoldChange("h", None, END)]], "released", id="released-later"),
        pytest.param([[row("h"), HoldChange("h", None, END), row("h")]], "standing", id="placed-again"),
        pytest.param(
            [[row("h")], [HoldChange("h", None, END)], [row("h")]], "standing", id="placed-again-later"
        ),
        pytest.param([[HoldChange("h", None, END)]], None, id="never-placed"),
    ],
)
def test_of_several_changes_to_a_hold_the_last_counts(
    engine: Engine, batches: list[list[HoldChange]], status: str | None
) -> None:
    """However the changes fall into batches, the table says what is so."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "insert into facts (seq, source, id, type, time, time_given, received_at, status, rulebook, body) "
                "values (1, 's', 'i', 't', '', 1, '', 'accepted', '', '{}')"
            )
        )
    for batch in batches:
        with engine.begin() as connection:
            _project(connection, batch)
    with engine.connect() as connection:
        assert connection.execute(text("select status from holds")).scalar() == status
