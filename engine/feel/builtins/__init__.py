"""The built-in functions of DMN 1.5 (10.3.4), one small file for each kind of value; REGISTRY knows them by name."""

from __future__ import annotations

from engine.feel.builtins import booleans
from engine.feel.builtins.registry import REGISTRY, Builtin, Form, Parameter

FUNCTION_NAMES = tuple(REGISTRY)

__all__ = ["FUNCTION_NAMES", "REGISTRY", "Builtin", "Form", "Parameter", "booleans"]
