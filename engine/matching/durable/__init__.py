"""The second matcher, on durable-rules: an independent implementation that the native one is checked against.

It is given small tokens only; which shapes of rules it takes, `unsupported` says before anything runs.
"""

from __future__ import annotations

from engine.matching.durable.matcher import DurableMatcher
from engine.matching.durable.network import ExtensionMissing, load_extension
from engine.matching.durable.shapes import unsupported

__all__ = ["DurableMatcher", "ExtensionMissing", "load_extension", "unsupported"]
