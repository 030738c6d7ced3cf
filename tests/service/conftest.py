"""What every test of the service leaves as it found it."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import structlog

SILENCED = ("uvicorn", "uvicorn.error", "uvicorn.access", "httpx", "httpcore", "alembic")
"""Loggers that a service sets up for its process."""


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """Give the logs back as they were: a service that starts in a test's process sets them up for all of it."""
    loggers = [logging.getLogger(), *map(logging.getLogger, SILENCED)]
    before = [(logger.level, logger.handlers[:], logger.propagate) for logger in loggers]
    configured = structlog.get_config()
    yield
    structlog.configure(**configured)
    for logger, (level, handlers, propagate) in zip(loggers, before, strict=True):
        logger.setLevel(level)
        logger.handlers = handlers
        logger.propagate = propagate
