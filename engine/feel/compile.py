"""Trees to Python functions, as values (three-valued) or as conditions (true or not).

The source is generated from the checked tree alone and kept on the function as `__feel_source__`. A function
never raises: data that is not of the declared types gives null, or False.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from engine.feel.ast import Node
from engine.feel.checker import infer
from engine.feel.condition import ConditionGenerator
from engine.feel.scope import Scope


def compile_value(node: Node, scope: Scope, parameters: Sequence[str]) -> Callable[..., Any]:
    """Return a function of *parameters* and `now` that gives the FEEL value of *node*."""
    generator = _generator(node, scope, parameters)
    return _function(generator, generator.source(generator.value(node), "None"))


def compile_condition(node: Node, scope: Scope, parameters: Sequence[str]) -> Callable[..., bool]:
    """Return a function of *parameters* and `now` that gives True where *node* is true, and False elsewhere."""
    generator = _generator(node, scope, parameters)
    return _function(generator, generator.source(generator.true(node), "False"))


def _generator(node: Node, scope: Scope, parameters: Sequence[str]) -> ConditionGenerator:
    if not all(name.isidentifier() for name in parameters):
        raise ValueError("parameters are Python names")
    return ConditionGenerator(infer(node, scope), (*parameters, "now"))


def _function(generator: ConditionGenerator, source: str) -> Callable[..., Any]:
    # Nothing of the rule's text is in the source but string literals by repr, and no built-in of Python is in reach.
    namespace: dict[str, Any] = {"__builtins__": {}, **generator.namespace}
    exec(compile(source, "<feel>", "exec"), namespace)  # noqa: S102 - see above
    function: Callable[..., Any] = namespace["compiled"]
    function.__feel_source__ = source  # type: ignore[attr-defined]
    return function
