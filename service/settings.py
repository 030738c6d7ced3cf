"""Environment and command line -> Settings: where the database is, which rules, how large, how often.

Every setting is an environment variable LINESIDE_<NAME>. Reading settings opens nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from engine.admission import Limits
from engine.diagnostics import did_you_mean, nearest

PREFIX = "LINESIDE_"


class StartRefused(Exception):  # noqa: N818 - named for what happened
    """The service cannot start as it is set up; the text says what is wrong and what would be right."""


class Settings(BaseSettings):
    """How one service process is set up. Sizes are bytes, times are seconds."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True)

    database_url: str = "sqlite:///lineside.db"
    rules: Path | None = None
    """Directory of rule files; the shipped rules where it is not given."""
    matcher: Literal["native", "naive", "durable"] = "native"
    targets: Path | None = None
    """YAML file of webhook targets; nothing is delivered where it is not given."""
    host: str = "127.0.0.1"
    port: int = Field(default=8765, ge=0, le=65_535)
    public_url: str | None = Field(default=None, pattern=r"^https?://[^\s/?#@]+(/[^\s?#]*)?$", max_length=500)
    """Where people reach this service; messages link to it."""
    partition: str = Field(default="site", pattern=r"^[A-Za-z0-9_.-]{1,64}$")

    snapshot_every: int = Field(default=10_000, ge=1)
    """Facts between two snapshots of the session."""
    snapshots_kept: int = Field(default=3, ge=1)
    batch_facts: int = Field(default=500, ge=1, le=5_000)
    """Facts after which a batch is committed."""
    queue_facts: int = Field(default=10_000, ge=1)
    queue_bytes: int = Field(default=64 * 1_048_576, ge=1_048_576)

    max_fact_bytes: int = Field(default=1_048_576, ge=256)
    max_array_bytes: int = Field(default=16 * 1_048_576, ge=256)
    """Largest JSON array or CloudEvents batch; NDJSON is read as a stream and may be longer."""
    max_stream_bytes: int = Field(default=4 * 1024**3, ge=1_048_576)
    max_header_bytes: int = Field(default=65_536, ge=1_024)
    header_seconds: float = Field(default=10, gt=0)
    """How long a request line with its headers may take."""
    body_seconds: float = Field(default=30, gt=0)
    """How long nothing much may come of a body, or go out of an answer."""
    max_depth: int = Field(default=32, ge=4, le=200)
    max_text: int = Field(default=65_536, ge=256)
    max_ahead_days: int = Field(default=366, ge=0, le=36_500)
    """How far a fact's time may lie ahead of the service's clock."""

    deliver: bool = True
    """Whether this process sends deliveries; otherwise `service.worker` does."""
    delivery_concurrency: int = Field(default=16, ge=1, le=256)
    delivery_per_target: int = Field(default=4, ge=1, le=64)
    delivery_poll_seconds: float = Field(default=0.5, gt=0)
    shutdown_seconds: int = Field(default=10, ge=0)

    log_format: Literal["json", "console"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @property
    def limits(self) -> Limits:
        """Return the limits of one fact."""
        return Limits(bytes=self.max_fact_bytes, depth=self.max_depth, text=self.max_text)


def read_settings(**given: object) -> Settings:
    """Return the settings from the environment, with *given* ones first; a given None counts as not given.

    Raises StartRefused naming every variable that does not fit.
    """
    chosen = {name: value for name, value in given.items() if value is not None}
    try:
        return Settings(**chosen)  # type: ignore[arg-type]
    except ValidationError as fault:
        lines = [
            f"LINESIDE_{'_'.join(str(step) for step in error['loc']).upper()} {in_words(error)}"
            for error in fault.errors()
        ]
        raise StartRefused("settings do not fit: " + "; ".join(lines)) from None


def misspelt_variables(environment: Iterable[str]) -> tuple[str, ...]:
    """Return a sentence for each variable of *environment* that sets nothing and looks like one that would."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | {f"{PREFIX}URL"}
    found = []
    for name in sorted(environment):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            close = nearest(name.upper().removeprefix(PREFIX), [one.removeprefix(PREFIX) for one in known])
            if close is not None:
                found.append(f"{name} sets nothing; did you mean {PREFIX}{close}?")
    return tuple(found)


def in_words(error: Mapping[str, Any], known: Iterable[str] = ()) -> str:
    """Return what a validation error says of its value, in words for whoever wrote it; *known* are the keys there are."""
    kind, context = str(error["type"]), error.get("ctx", {})
    if kind == "extra_forbidden":
        return f"is no key here; {did_you_mean(str(error['loc'][-1]), known)}"
    if kind == "value_error":
        return str(context["error"])
    if kind in _BOUNDS:
        words, name = _BOUNDS[kind]
        return words.format(context[name]) + _given(error)
    found = next((words for begin, words in _WORDS.items() if kind.startswith(begin)), "")
    if kind == "missing":
        return found
    return (found or str(error["msg"])) + _given(error)


def _given(error: Mapping[str, Any]) -> str:
    value = error.get("input")
    return f', not "{str(value)[:60]}"' if isinstance(value, str | int | float) else ""


_BOUNDS = {
    "literal_error": ("must be {}", "expected"),
    "string_pattern_mismatch": ("must match {}", "pattern"),
    "greater_than_equal": ("must be at least {}", "ge"),
    "greater_than": ("must be more than {}", "gt"),
    "less_than_equal": ("must be at most {}", "le"),
    "too_short": ("must have at least {}", "min_length"),
    "string_too_short": ("must have a length of at least {}", "min_length"),
    "string_too_long": ("must have at most {} characters", "max_length"),
}
_WORDS = {
    "missing": "is missing",
    "int_": "must be a whole number",
    "float_": "must be a number",
    "bool_": "must be true or false",
    "string_": "must be text",
    "list_": "must be a list",
    "dict_": "must be a mapping",
    "model_": "must be a mapping",
    "path_": "must be a path",
}
