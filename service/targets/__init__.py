"""The targets file: where decisions are delivered to, how, and with which secrets. Every fault of it is said at once."""

from service.targets.model import (
    SCHEDULE,
    Breaker,
    Channel,
    MessageChannel,
    Rate,
    Reach,
    RestChannel,
    RestRequest,
    StreamChannel,
    Target,
    WebhookChannel,
)
from service.targets.reading import KINDS, read_targets
from service.targets.secrets import SigningKey
from service.targets.templates import Template, Unfilled, UrlTemplate, scope_of

__all__ = [
    "KINDS",
    "SCHEDULE",
    "Breaker",
    "Channel",
    "MessageChannel",
    "Rate",
    "Reach",
    "RestChannel",
    "RestRequest",
    "SigningKey",
    "StreamChannel",
    "Target",
    "Template",
    "Unfilled",
    "UrlTemplate",
    "WebhookChannel",
    "read_targets",
    "scope_of",
]
