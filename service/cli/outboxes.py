"""The outbox as the command line sees it: of a running service over HTTP, or of a database that no service need run on.

Both answer with the same JSON; what cannot be asked is said in words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

from service.cli.faults import Failed

if TYPE_CHECKING:
    import httpx

    from service.cli.remote import Remote
    from service.store import Outbox, Reading


class Deliveries(Protocol):
    """What the command asks of an outbox."""

    def listed(self, filters: Mapping[str, str], most: int) -> list[dict[str, Any]]:
        """Return up to *most* deliveries that fit, newest first."""

    def one(self, number: int) -> dict[str, Any]:
        """Return a delivery with its body and attempts."""

    def replay(self, number: int) -> str:
        """Make a delivery due again and return what it was before; "due" and "sending" are left as they are."""

    def enable(self, target: str) -> bool:
        """Send to a target again and return whether it was disabled."""

    def targets(self) -> Sequence[dict[str, Any]]:
        """Return what is known of each target."""


@contextmanager
def outbox_of(url: str, database: str | None) -> Iterator[Deliveries]:
    """Open the outbox of *database* where it is given, and else that of the service at *url*."""
    if database is None:
        from service.cli.remote import Remote

        with Remote(url) as remote:
            yield _OfService(remote, url)
    else:
        with _stored(database) as stored:
            yield stored


class _OfService:
    """The outbox of a running service."""

    def __init__(self, remote: Remote, url: str) -> None:
        self._remote = remote
        self._url = url

    def listed(self, filters: Mapping[str, str], most: int) -> list[dict[str, Any]]:
        """Return up to *most* deliveries that fit, newest first."""
        return self._remote.listed("/v1/deliveries", filters, most)

    def one(self, number: int) -> dict[str, Any]:
        """Return a delivery with its body and attempts."""
        found: dict[str, Any] = self._answer(self._remote.get(f"/v1/deliveries/{number}"), number)
        return found

    def replay(self, number: int) -> str:
        """Make a delivery due again and return what it was before."""
        answer = self._remote.post(f"/v1/deliveries/{number}/replay", b"", "application/json")
        if answer.status_code == 409:
            return str(self.one(number)["status"])
        return str(self._answer(answer, number)["was"])

    def enable(self, target: str) -> bool:
        """Send to a target again and return whether it was disabled."""
        answer = self._remote.post(f"/v1/targets/{quote(target, safe='')}/enable", b"", "application/json")
        if answer.status_code == 404:
            names = [known["target"] for known in self.targets()]
            raise Failed(_no_target(target, names))
        return bool(self._answer(answer)["was_disabled"])

    def targets(self) -> list[dict[str, Any]]:
        """Return the targets of the service."""
        found: list[dict[str, Any]] = self._answer(self._remote.get("/v1/targets"))["targets"]
        return found

    def _answer(self, answer: httpx.Response, number: int | None = None) -> Any:
        from service.cli.remote import settled

        if answer.status_code == 404 and number is not None:
            raise Failed(f"the service at {self._url} has no delivery {number}")
        return settled(answer)


class _Stored:
    """The outbox of a database."""

    def __init__(self, reading: Reading, outbox: Outbox, shown: str) -> None:
        self.reading = reading
        self._outbox = outbox
        self._shown = shown

    def listed(self, filters: Mapping[str, str], most: int) -> list[dict[str, Any]]:
        """Return up to *most* deliveries that fit, newest first."""
        from service.delivery.listing import delivery_to_json

        return [delivery_to_json(row) for row in self.reading.deliveries(filters, None, most)]

    def one(self, number: int) -> dict[str, Any]:
        """Return a delivery with its body and attempts."""
        from service.cli.remote import decode
        from service.delivery.listing import attempt_to_json, delivery_to_json

        found = self.reading.delivery(number)
        if found is None:
            raise self._unknown(number)
        row, tried = found
        return {
            **delivery_to_json(row),
            "body": decode(row.body),
            "tried": [attempt_to_json(one) for one in tried],
        }

    def replay(self, number: int) -> str:
        """Make a delivery due again and return what it was before."""
        from service.clock import SystemClock

        was = self._outbox.replay(number, SystemClock().now())
        if was is None:
            raise self._unknown(number)
        return was

    def enable(self, target: str) -> bool:
        """Send to a target again and return whether it was disabled."""
        return self._outbox.enable(target)

    def targets(self) -> list[dict[str, Any]]:
        """Return the targets that are disabled or failing: a database knows of no others."""
        from service.clock import SystemClock
        from service.delivery.listing import state_to_json

        disabled, health, now = self._outbox.disabled(), self._outbox.health(), SystemClock().now()
        return [
            {"target": name, **state_to_json(disabled.get(name), health.get(name), now)}
            for name in sorted({*disabled, *health})
        ]

    def _unknown(self, number: int) -> Failed:
        return Failed(f"{self._shown} has no delivery {number}")


@contextmanager
def reading_of(database: str) -> Iterator[Reading]:
    """Open what *database* holds for reading."""
    with _stored(database) as stored:
        yield stored.reading


@contextmanager
def _stored(database: str) -> Iterator[_Stored]:
    from sqlalchemy.exc import SQLAlchemyError

    from service.settings import StartRefused
    from service.store import Outbox, Reading, open_database

    try:
        engine = open_database(database)
    except StartRefused as refused:
        raise Failed(str(refused)) from None
    shown = engine.url.render_as_string(hide_password=True)
    if engine.url.get_backend_name() == "sqlite" and not Path(str(engine.url.database)).is_file():
        # opening it would make an empty one
        raise Failed(f"there is no database {engine.url.database}; name the service's own with --database")
    try:
        yield _Stored(Reading(engine), Outbox(engine), shown)
    except SQLAlchemyError as fault:
        reason = str(getattr(fault, "orig", None) or fault).strip()
        raise Failed(
            f"{shown} cannot be asked: {reason}; where its tables are of an older Lineside, start the service once"
        ) from None
    finally:
        engine.dispose()


def _no_target(target: str, names: Sequence[str]) -> str:
    from engine.diagnostics import did_you_mean

    return f'there is no target "{target}"; {did_you_mean(target, names)}'
