"""The function under construction: its statements, its namespace, and what names mean at the point reached.

Names of the generated code come from a counter and keep clear of the caller's; whatever is no literal stands in the
function's namespace.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from engine.feel import ast, runtime
from engine.feel import types as t
from engine.feel.ast import Node
from engine.feel.builtins import REGISTRY
from engine.feel.checker import Typing
from engine.feel.convert import converter
from engine.feel.emitted import ATOM, NONE, Code, call
from engine.feel.scope import Variable
from engine.feel.types import FeelType
from engine.feel.values import Steps

MAX_NESTING = 12
"""Brackets an expression may nest before a part of it is spilled into a variable."""

_RESERVED = ("now", "steps", "Steps", "Exception", "FunctionValue", "compiled")


class Block:
    """The statements of one generated function, and the names its FEEL variables have there."""

    def __init__(self, level: int, parameters: str, name: str) -> None:
        self.level = level
        """How deep its statements are indented."""
        self.lines: list[str] = [f"{'    ' * (level - 1)}def {name}({parameters}):"]

    def add(self, line: str) -> None:
        """Append one statement."""
        self.lines.append(f"{'    ' * self.level}{line}")


class Local:
    """A name that the expression itself declares: its type and its code; *item* marks what a filter runs over."""

    __slots__ = ("code", "item", "name", "type")

    def __init__(self, name: str, found: FeelType, code: Code, *, item: bool = False) -> None:
        self.name = name
        self.type = found
        self.code = code
        self.item = item


class Writer:
    """Writes the body of one function; what a construct becomes is for the classes below it to say."""

    max_nesting = MAX_NESTING

    def __init__(self, typing: Typing, parameters: Sequence[str]) -> None:
        self.typing = typing
        self.namespace: dict[str, Any] = {}
        self.block = Block(2, ", ".join(parameters), "compiled")
        # the caller's names, which ours must not hide
        self._taken = frozenset((*parameters, *_RESERVED))
        self.locals: list[Local] = []
        self._count = 0
        self.loops = 0
        self._uses_steps = False
        self._has_steps = "steps" in parameters

    def source(self, result: Code, otherwise: str, *, decides: bool = False) -> str:
        """Return the function's text, ending with *result*; data that is not of its type gives *otherwise*.

        One that *decides* is True or False. It asks its result and returns a constant, since Python specialises comparisons
        that a branch follows, and not those that are returned.
        """
        first, *statements = self.block.lines
        if self._uses_steps and not self._has_steps:
            statements.insert(0, "        steps = Steps()")
            self.namespace["Steps"] = Steps
        self.namespace["Exception"] = Exception
        told = ["        if " + result.text + ":", "            return True", "        return False"]
        if not decides:
            told = [f"        return {result.text}"]
        ends = [*told, "    except Exception:", f"        return {otherwise}"]
        return "\n".join([first.strip(), "    try:", *statements, *ends]) + "\n"

    def alone(self, result: Code) -> str | None:
        """Return the text of *result* where the function is no more than that."""
        return result.text if len(self.block.lines) == 1 and not self._uses_steps else None

    # names and constants of the generated code

    def fresh(self, prefix: str) -> str:
        """Return a name that nothing else in the function has."""
        while True:
            self._count += 1
            name = f"{prefix}{self._count}"
            if name not in self._taken:
                return name

    def constant(self, value: Any, prefix: str = "k") -> Code:
        """Return a name in the function's namespace that holds *value*."""
        name = self.fresh(prefix)
        self.namespace[name] = value
        return Code(name, nullable=value is None)

    def use(self, function: Callable[..., Any], prefix: str = "") -> str:
        """Return the name under which the generated code finds *function*."""
        name = prefix + function.__name__
        if name in self._taken or self.namespace.setdefault(name, function) is not function:
            return self.constant(function, prefix="f").text
        return name

    def invoke(self, function: Callable[..., Any], *arguments: Code, nullable: bool = True) -> Code:
        """Return a call of *function*, charged for what it reads where it stands in a loop."""
        name = self.use(function)
        if self.loops:
            return call(self.use(runtime.charged), self.steps(), Code(name), *arguments, nullable=nullable)
        return call(name, *arguments, nullable=nullable)

    def steps(self) -> Code:
        """Return the name of the evaluation's step counter."""
        self._uses_steps = True
        return Code("steps", nullable=False)

    def mark(self) -> int:
        """Return how many statements the block has, for `rewind`."""
        return len(self.block.lines)

    def rewind(self, mark: int) -> None:
        """Take back the statements since *mark*, when an attempt at plainer code came to nothing."""
        del self.block.lines[mark:]

    def spilled(self, code: Code) -> Code:
        """Return a variable that holds *code*; nothing has side effects, so the order does not matter."""
        name = self.fresh("t")
        self.block.add(f"{name} = {code.text}")
        return Code(name, nullable=code.nullable)

    # what names mean

    def type_of(self, node: Node) -> FeelType:
        """Return the static type of *node*."""
        return self.typing.of(node)

    def name(self, name: str) -> Code:
        """Return code for the value of a variable, of a filter's item or its entry, or of a built-in."""
        return self.resolve(name, len(self.locals)) or self.outside(name)

    def resolve(self, name: str, below: int) -> Code | None:
        """Return code for *name* among the locals before index *below*, the innermost first."""
        for index in range(below - 1, -1, -1):
            local = self.locals[index]
            if not local.item:
                if local.name == name:
                    return local.code
                continue
            item = local.type
            if isinstance(item, t.ContextType) and name in item.fields:
                return call(self.use(runtime.path), local.code, Code(repr(name)))
            if isinstance(item, t.Any_) or (isinstance(item, t.ContextType) and item.open):
                # only the item itself says whether it has such an entry
                outer = local.code if name == "item" else self.resolve(name, index) or self.outside(name)
                return call(self.use(runtime.entry), local.code, Code(repr(name)), outer)
            if name == "item":
                return local.code
        return None

    def outside(self, name: str) -> Code:
        """Return code for what *name* means in the scope, or as a built-in; null where it means nothing."""
        variable = self.typing.scope.lookup(name)
        if variable is not None:
            return self.converted(variable)
        if name in REGISTRY:
            return self.constant(REGISTRY[name].as_value())
        return NONE

    def converted(self, variable: Variable) -> Code:
        """Return code for a variable's value, made a FEEL value where its type is no plain JSON."""
        if variable.makes is not None:
            return call(
                self.constant(variable.makes).text, Code("now", nullable=False), self.steps(), nullable=False
            )
        code = Code(variable.code, ATOM, nullable=not variable.required)
        convert = converter(variable.type)
        if convert is None:
            return code
        return call(self.constant(convert, "convert").text, code)

    def is_builtin(self, node: ast.Call) -> bool:
        """Return whether a call is one of a built-in."""
        return self.builtin_called(node) is not None

    def builtin_called(self, node: ast.Call) -> str | None:
        """Return the name of the built-in that is called, unless the expression's own function hides it."""
        if not isinstance(node.function, ast.Name) or node.function.name not in REGISTRY:
            return None
        name = node.function.name
        for local in reversed(self.locals):
            if not local.item and local.name == name:
                return None if isinstance(local.type, t.FunctionType) else name
        variable = self.typing.scope.lookup(name)
        hidden = variable is not None and isinstance(t.bare(variable.type), t.FunctionType)
        return None if hidden else name
