"""FEEL, the expression language of DMN 1.5: text in, syntax trees, faults and Python functions out."""

from __future__ import annotations

from engine.feel import ast
from engine.feel.ast import Node
from engine.feel.faults import Fault, FeelSyntaxError

__all__ = ["Fault", "FeelSyntaxError", "Node", "ast"]
