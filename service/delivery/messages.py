"""A decision in words for people, by e-mail or chat: what happened, what is asked, until when, and where to look.

apprise knows a hundred services by their addresses; it connects by itself, so that its connections are guarded. It is
told to follow no redirect, to verify TLS and to wait no longer than the target allows, and says why it failed in its log
alone, which is listened to here and goes nowhere else: it may hold parts of the address.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from service.delivery.addresses import guarded
from service.delivery.replies import Parcel, Reply
from service.targets import MessageChannel, Target, Unfilled

if TYPE_CHECKING:
    from apprise import NotifyBase

MOST_CHARACTERS = 4_000
"""Of each part of a message: facts may carry long texts, and a chat takes short ones."""


@dataclass(frozen=True, slots=True)
class Words:
    """A message as people read it."""

    title: str
    body: str


def words_of(channel: MessageChannel, parcel: Parcel) -> Words:
    """Return what *parcel* says in words; raise Unfilled where a template of the target cannot be filled."""
    scope = parcel.scope()
    subject = f"{scope['subject']['type'].replace('_', ' ')} {scope['subject']['id']}"
    values: Mapping[str, Any] = scope["values"] or {}
    usual = {
        "title": f"{_TITLES.get(parcel.kind, parcel.kind.replace('_', ' '))}: {subject}",
        "happened": scope["reason"] or values.get("message") or f"{scope['rule']} holds for {subject}",
        "asked": what_is_asked(parcel.kind, subject, values),
        "until": next((str(values[name]) for name in _UNTIL if values.get(name)), "no time is set"),
    }
    said = {
        name: _short(channel.texts[name].text(scope) if name in channel.texts else str(text))
        for name, text in usual.items()
    }
    lines = (
        f"What happened: {said['happened']}",
        f"What is asked: {said['asked']}",
        f"Until: {said['until']}",
        *_where(channel, scope),
        "",
        f"Decided by {scope['rule']} at {scope['time']}. Reference {parcel.key}",
    )
    return Words(" ".join(said["title"].split()), "\n".join(lines))


async def send_message(target: Target, channel: MessageChannel, parcel: Parcel) -> Reply:
    """Send *parcel* in words and return what came of it; never raises for what the network or the receiver does."""
    from apprise import NotifyFormat

    try:
        words = words_of(channel, parcel)
    except Unfilled as fault:
        return Reply(None, str(fault), is_final=True)
    service = service_of(channel.url, target.timeout_seconds)
    if service is None:
        return Reply(None, "apprise does not know the address", is_final=True)
    reasons: list[str] = []
    token = _REASONS.set(reasons)
    try:
        with guarded(target.reach) as refused:
            async with asyncio.timeout(target.timeout_seconds + 1):
                taken = await service.async_notify(
                    body=words.body, title=words.title, body_format=NotifyFormat.TEXT
                )
    except TimeoutError:
        return Reply(None, f"no answer within {target.timeout_seconds:g} s")
    except Exception as fault:
        # a plugin of apprise may raise anything; it is one failed attempt like any other
        return Reply(None, f"{type(fault).__name__} in apprise")
    finally:
        _REASONS.reset(token)
    if taken:
        return Reply(None, None)
    return Reply(
        None, "; ".join([*refused, *reasons])[:300] or "apprise could not send it, and does not say why"
    )


def service_of(url: str, timeout_seconds: float) -> NotifyBase | None:
    """Return apprise's way to *url*, or None where it knows none."""
    import apprise

    _listen()
    asset = apprise.AppriseAsset(
        app_id="Lineside",
        app_desc="Lineside",
        app_url="",
        http_redirects=False,
        storage_mode="memory",
        secure_logging=True,
    )
    found = apprise.Apprise.instantiate(url, asset=asset)
    if found is None:
        return None
    # whatever the address says of these: they are not the address's to choose
    found.redirects = False
    found.verify_certificate = True
    found.socket_connect_timeout = found.socket_read_timeout = timeout_seconds
    # how often is the target's to say, and its rate is kept already
    found.request_rate_per_sec = 0
    return found


def _where(channel: MessageChannel, scope: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the line that leads to the case or the decision; none for what was stored before the service said where it is."""
    link = scope["link"] if channel.link is None else channel.link.url(scope)
    return () if link is None else (f"Look here: {link}",)


def what_is_asked(kind: str, subject: str, values: Mapping[str, Any]) -> str:
    """Return what a decision of *kind* asks of whoever reads of it."""
    if values.get("message"):
        return str(values["message"])
    match kind:
        case "hold":
            status = str(values.get("inventory_status") or "blocked").replace("_", " ")
            if values.get("from_operation"):
                return (
                    f"do not begin operation {values['from_operation']} of {subject}; its status is {status}"
                )
            return f"do not use or move {subject}; its status is {status} until it is released"
        case "release":
            left = str(values.get("inventory_status") or "unrestricted")
            if left != "unrestricted":
                return f"do not use {subject} yet: another hold stands, and its status is {left.replace('_', ' ')}"
            return f"nothing; {subject} may be used again"
        case "resolve_case":
            return f"nothing more; what was open about {subject} is resolved"
        case "route" if values.get("to"):
            return f"take {subject} to {values['to']}"
        case "reprioritise" if values.get("priority") is not None:
            return f"give {subject} priority {values['priority']}"
        case _:
            return "see the page below"


def _short(text: str) -> str:
    # what is said in several lines is indented, so that no text of a fact can look like another part of the message
    text = "\n  ".join(text.splitlines())
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 3] + "..."


_TITLES: Mapping[str, str] = {
    "hold": "Hold",
    "release": "Released",
    "route": "New route",
    "escalate": "Please act",
    "notify": "For your information",
    "reprioritise": "New priority",
    "open_case": "Case",
    "resolve_case": "Case resolved",
    "ask": "Please answer",
    "pass_on": "For your information",
    "sign": "Signed",
    "assert": "Noted",
}
_UNTIL = ("until", "answer_by", "due_at", "due")
"""The values in which a decision says until when it wants an answer; the first that is there."""

_REASONS: ContextVar[list[str] | None] = ContextVar("lineside_apprise_reasons", default=None)


class _Listener(logging.Handler):
    """Gives what apprise complains of to whoever called it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the text of *record* for the attempt under way in this context; of what is for debugging the cause alone."""
        reasons = _REASONS.get()
        if reasons is None:
            return
        if record.levelno >= logging.WARNING:
            reasons.append(record.getMessage())
        elif (text := record.getMessage()).startswith("Socket Exception"):
            reasons.extend(found[0].strip() for found in _CAUSES.finditer(text))


_CAUSES = re.compile(
    r"certificate verify failed: [\w ,.'-]+|\[SSL: (?!CERTIFICATE_VERIFY_FAILED)\w+\]|\[Errno -?\d+\] [A-Za-z ]+"
    r"|STARTTLS extension not supported|timed out"
)
"""What apprise tells of a connection's fault where it tells all, the address and its secrets too: what may be shown of that."""


@cache
def _listen() -> None:
    log = logging.getLogger("apprise")
    log.addHandler(_Listener(logging.DEBUG))
    # its own level: else it takes that of the service's logs, and where those are of errors alone it says no reason
    log.setLevel(logging.DEBUG)
    log.propagate = False
