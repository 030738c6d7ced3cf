"""The two ways in which a command ends early, with a text for people."""

from __future__ import annotations


class UsedWrongly(Exception):  # noqa: N818 - named for what happened
    """A command that cannot be carried out as it was written; exit code 2."""


class Failed(Exception):  # noqa: N818 - named for what happened
    """A command that could not do its work; exit code 1."""
