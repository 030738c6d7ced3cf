"""Trees to Python functions, as values (three-valued) or as conditions (true or not).

The source is generated from the checked tree alone and kept on the function as `__feel_source__`. A function
never raises: data that is not of the declared types gives null, or False.

What is no more than one Python expression can stand in other generated code, too: see `alone`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from engine.feel.ast import Node
from engine.feel.checker import infer
from engine.feel.condition import ConditionGenerator
from engine.feel.scope import Scope


class FunctionPool:
    """Functions compiled so far, so that expressions which say the same share one.

    Rules of one book often do ("= lot_id"): sharing keeps a large book small, and within the processor's cache.
    """

    __slots__ = ("_functions",)

    def __init__(self) -> None:
        self._functions: dict[Any, tuple[Callable[..., Any], dict[str, Any]]] = {}

    def function(self, source: str, needs: dict[str, Any], text: str | None) -> Callable[..., Any]:
        """Return the function that *source* defines with the names it *needs*; *text* is its expression if it is one alone."""
        name = (source, tuple(sorted((word, id(value)) for word, value in needs.items())))
        found = self._functions.get(name)
        if found is None:
            # what the function needs is kept beside it, so that no id of its name is given to something else
            found = self._functions[name] = (_function(source, needs, text), dict(needs))
        return found[0]


def compile_value(
    node: Node, scope: Scope, parameters: Sequence[str], pool: FunctionPool | None = None
) -> Callable[..., Any]:
    """Return a function of *parameters* and `now` that gives the FEEL value of *node*; one of *pool* if it has it.

    A parameter called `steps` is what the evaluation may still do; without one, each call has its own.
    """
    generator = _generator(node, scope, parameters)
    result = generator.value(node)
    source = generator.source(result, "None")
    return (pool or FunctionPool()).function(source, generator.namespace, generator.alone(result))


def compile_condition(
    node: Node, scope: Scope, parameters: Sequence[str], pool: FunctionPool | None = None
) -> Callable[..., bool]:
    """Return a function of *parameters* and `now` that gives True where *node* is true; one of *pool* if it has it."""
    generator = _generator(node, scope, parameters)
    result = generator.true(node)
    source = generator.source(result, "False", decides=True)
    return (pool or FunctionPool()).function(source, generator.namespace, generator.alone(result))


class Alone(NamedTuple):
    """The one Python expression that a compiled function is: its text, which reads the function's parameters, and what else that
    needs by name. Where it raises, the function gives None, or False.
    """

    text: str
    needs: Mapping[str, Any]


def alone(function: Callable[..., Any]) -> Alone | None:
    """Return the expression that *function* gives the value of; None where it is more than one, or was not compiled here."""
    found: Alone | None = getattr(function, "__feel_alone__", None)
    return found


def _generator(node: Node, scope: Scope, parameters: Sequence[str]) -> ConditionGenerator:
    if not all(name.isidentifier() for name in parameters):
        raise ValueError("parameters are Python names")
    return ConditionGenerator(infer(node, scope), (*parameters, "now"))


def _function(source: str, needs: dict[str, Any], text: str | None) -> Callable[..., Any]:
    # Nothing of the rule's text is in the source but string literals by repr, and no built-in of Python is in reach.
    namespace: dict[str, Any] = {"__builtins__": {}, **needs}
    exec(compile(source, "<feel>", "exec"), namespace)  # noqa: S102 - see above
    function: Callable[..., Any] = namespace["compiled"]
    function.__feel_source__ = source  # type: ignore[attr-defined]
    others = {name: value for name, value in needs.items() if name != "Exception"}
    function.__feel_alone__ = None if text is None else Alone(text, others)  # type: ignore[attr-defined]
    return function
