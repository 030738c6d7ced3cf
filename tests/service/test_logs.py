"""What the logs say of a fault: where it was, and nothing that a fact held."""

from __future__ import annotations

import json
import logging

import pytest

from service.logs import configure_logs, logger_for


def fail_over(note: str) -> None:
    """Fail with *note* in a variable."""
    body = {"note": note}
    raise ValueError(len(body))


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_a_fault_is_logged_without_the_values_of_variables(
    log_format: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """The traceback names file, line and fault in either format, and no data: variables hold facts."""
    configure_logs(log_format, "info")
    try:
        fail_over("-".join(("of", "a", "customer")))
    except ValueError:
        logger_for("x").exception("it failed", fact="f1")
    said = capfd.readouterr().err
    assert "it failed" in said
    assert "f1" in said
    assert "test_logs.py" in said
    assert "ValueError: 1" in said
    assert "of-a-customer" not in said
    if log_format == "json":
        assert json.loads(said)["level"] == "error"


def test_the_level_is_the_settings(capfd: pytest.CaptureFixture[str]) -> None:
    """What is below the level is not said, by structlog and by the libraries beneath."""
    configure_logs("console", "warning")
    logger_for("x").info("too little")
    logging.getLogger("uvicorn.error").info("too little")
    logging.getLogger("uvicorn.error").warning("enough")
    said = capfd.readouterr().err
    assert "too little" not in said
    assert "enough" in said
