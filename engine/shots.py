"""Rules that one event decides, alone or with one state beside it: a function for each goes from the event to the decision.

It is written as Python, condition and all, where the rule is first asked, since calls between the parts cost more than the parts.
Rules that say the same share what is written. What comes out equals what `engine.firing` makes of the same match; the tests hold
the two against each other.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable
from datetime import datetime
from types import FunctionType
from typing import Any, NamedTuple

from engine import feel
from engine.decisions import Decision, Fact, FactRef
from engine.identity import TRIGGER, hashed, named, new_hash
from engine.rulebook import CompiledAction, CompiledPattern, CompiledRule, Value

Fire = Callable[[Any, Fact, datetime], tuple[Decision, ...] | None]
"""From what stands for the rule (its *name* is read), the event and its time to the rule's decisions, which nothing has settled
yet: none where the rule does not hold, None where it holds more than once."""

NO_SUBJECT = "the subject is missing: its expression is null for these facts"


class Beside(NamedTuple):
    """How the state beside an event is found: by the value that is *asked* of the event.

    *find* gives all that fit. Where those that fit are kept by that value, as their *field* has it, *kept* gives it.
    """

    asked: Value
    find: Callable[[Any, datetime], tuple[Fact, ...]]
    kept: Callable[[Any], Fact | None] | None
    field: str


def is_shot(rule: CompiledRule) -> bool:
    """Return whether *rule*, which reads one event and one state at most, can fire so: it is plain, and says what each action is
    about.
    """
    return rule.is_plain and all(
        action.fact_type is None and action.subject is not None and action.subject_type is not None
        for action in rule.actions
    )


class Shots:
    """The functions by which rules of the book called *digest* fire."""

    __slots__ = ("_digest", "_made", "_written")

    def __init__(self, digest: str) -> None:
        self._digest = digest
        self._written: dict[str, FunctionType] = {}
        """What is written, by its text."""
        self._made: dict[Any, Fire] = {}

    def of(self, rule: CompiledRule, beside: Beside | None, *, asks: bool) -> Fire:
        """Return how *rule* fires; *beside* says how the state beside the event is found, where it reads one.

        It *asks* the event what the rule asks of it by itself, or that has been asked.
        """
        assert rule.event is not None  # noqa: S101 - the caller looked
        pattern = rule.patterns[rule.event]
        said = (
            (asks, pattern.fact_type, pattern.local and id(pattern.local), *map(id, rule.actions)),
            (rule.ruleset, rule.priority, rule.aliases, id(rule.parameters)),
        )
        if beside is None and said in self._made:
            return self._made[said]
        made = _Writer(rule, self._digest, beside).made(self._written, asks=asks)
        if beside is None:
            self._made[said] = made
        return made


_NEEDED = {
    "Decision": Decision,
    "Exception": Exception,
    "FactRef": FactRef,
    "TypeError": TypeError,
    "UnicodeEncodeError": UnicodeEncodeError,
    "hashed": hashed,
    "len": len,
    "new_hash": new_hash,
    "no_subject": NO_SUBJECT,
}
"""What every function finds by name."""
_VARIABLES = frozenset(
    "entry fact now p0 p1 asked state states name source fact_id owner state_id hashing".split()  # noqa: SIM905
)
"""Names that mean something in every function."""
_PARAMETERS = "parameters_"
"""What FEEL calls the parameters of the rule set (see engine.scopes)."""
_EVENT, _STATE = named("{source}", "{fact_id}"), named("{owner}", "{state_id}")


class _Lifting(ast.NodeTransformer):
    """Puts names in the place of what a condition compares with, so that conditions which differ in that alone are written alike.

    Rules come in families, one for each machine or limit: code that many share stays in the processor's cache.
    """

    def __init__(self, needs: dict[str, Any]) -> None:
        self._needs = needs

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        """Return *node* with names for its texts and numbers."""
        self.generic_visit(node)
        node.left = self._lifted(node.left)
        node.comparators = [self._lifted(one) for one in node.comparators]
        return node

    def _lifted(self, node: ast.expr) -> ast.expr:
        if not isinstance(node, ast.Constant) or node.value is None or isinstance(node.value, bool):
            return node
        name = f"constant_{len(self._needs)}"
        self._needs[name] = node.value
        return ast.Name(name, ast.Load())


class _Writer:
    """Writes one function. Each line of it is ours. Of the rule come in what FEEL has made of the checked condition, of the
    subject, and of the value that a state is found by; names of types, fields and kinds, by `repr`; and numbers. All else is an
    argument.
    """

    def __init__(self, rule: CompiledRule, digest: str, beside: Beside | None) -> None:
        assert rule.event is not None  # noqa: S101 - the caller looked
        self._rule = rule
        self._digest = digest
        self._pattern = rule.patterns[rule.event]
        self._beside = beside
        self._at = rule.event
        self._data = f"p{rule.event}"
        self._others = f"p{1 - rule.event}"
        self._all = tuple([f"p{at}" for at in range(len(rule.patterns))])
        self._lines: list[str] = []
        self._needs: dict[str, Any] = {}
        """What differs between rules that are written alike: the defaults of arguments that nobody gives."""

    def made(self, written: dict[str, FunctionType], *, asks: bool) -> Fire:
        """Return the function; its code is that of *written* which has its text, if there is one."""
        self._add(f"{self._data} = fact.data")
        if asks:
            self._tested(self._pattern)
        if self._beside is not None:
            self._found(self._beside)
        found = len(self._lines)
        self._add("name, source, fact_id = entry.name, fact.source, fact.id")
        if self._beside is not None:
            self._add("owner, state_id = state.source, state.id")
        made = [self._decided(number, action) for number, action in enumerate(self._rule.actions)]
        self._add(f"return ({', '.join(made)},)")
        if self._beside is not None and self._reads(self._others, found):
            self._lines.insert(found, f"    {self._others} = state.data\n")
        text = f"def fire(entry, fact, now, {', '.join(self._needs)}):\n{''.join(self._lines)}"
        first = written.get(text)
        if first is None:
            # no built-in of Python is in reach but those that are handed in
            namespace: dict[str, Any] = {"__builtins__": {}, **_NEEDED}
            exec(compile(text, "<shot>", "exec"), namespace)  # noqa: S102 - see above
            first = written[text] = namespace["fire"]
        return FunctionType(first.__code__, first.__globals__, "fire", tuple(self._needs.values()))

    def _add(self, *lines: str) -> None:
        self._lines += [f"    {line}\n" for line in lines]

    def _reads(self, name: str, begin: int) -> bool:
        """Return whether what is written from line *begin* on reads *name*."""
        nodes = ast.walk(ast.parse(textwrap.dedent("".join(self._lines[begin:]))))
        return any(isinstance(node, ast.Name) and node.id == name for node in nodes)

    def _need(self, name: str, value: Any) -> str:
        """Return the name under which the function has *value*: none that an expression of FEEL has."""
        self._needs[f"its_{name}"] = value
        return f"its_{name}"

    def _alone(self, function: Callable[..., Any]) -> str | None:
        """Return the expression that *function* is, if it can stand here; what it needs is then here as well."""
        found = feel.alone(function)
        if found is None:
            return None
        for name, value in found.needs.items():
            if name in _VARIABLES or name in _NEEDED or self._needs.get(name, value) is not value:
                return None
        self._needs |= found.needs
        tree = ast.parse(found.text, mode="eval")
        if any(isinstance(node, ast.Name) and node.id == _PARAMETERS for node in ast.walk(tree)):
            self._needs[_PARAMETERS] = self._rule.parameters
        return ast.unparse(_Lifting(self._needs).visit(tree))

    def _call(self, name: str, function: Callable[..., Any], *data: str) -> str:
        """Return a call of *function*, which is known as *name* there, with the *data* of facts."""
        self._needs[_PARAMETERS] = self._rule.parameters
        return f"{self._need(name, function)}({', '.join(data)}, {_PARAMETERS}, now)"

    def _value(self, name: str, function: Callable[..., Any], *data: str) -> None:
        """Let *name* be what *function* makes of the *data* of facts."""
        text = self._alone(function)
        if text is None:
            self._add(f"{name} = {self._call(f'{name}_of', function, *data)}")
        else:
            self._add("try:", f"    {name} = {text}", "except Exception:", f"    {name} = None")

    def _tested(self, pattern: CompiledPattern) -> None:
        if pattern.local is None:
            return
        text = self._alone(pattern.local)
        if text is None:
            self._add(f"if not {self._call('condition', pattern.local, self._data)}:", "    return ()")
        else:
            self._add(
                "try:", f"    if not ({text}):", "        return ()", "except Exception:", "    return ()"
            )

    def _found(self, beside: Beside) -> None:
        self._value("asked", beside.asked, self._data)
        if beside.kept is not None:
            found = f"state = {self._need('kept', beside.kept)}(asked)"
            # what cannot be a key equals none
            self._add("try:", f"    {found}", "except TypeError:", "    return ()")
            self._add("if state is None:", "    return ()")
        else:
            self._add(f"states = {self._need('find', beside.find)}(asked, now)")
            self._add("if len(states) != 1:", "    return None if states else ()", "(state,) = states")

    def _decided(self, number: int, action: CompiledAction) -> str:
        """Write the decision of the action with that *number*; return its name.

        What rules mostly share stands in the text: a name costs more to read than a constant.
        """
        rule, made, subject = self._rule, f"decision_{number}", f"subject_{number}"
        self._about(subject, action)
        identity = self._named(number, action)
        if callable(action.reason):
            reason = f"{self._call(f'reason_{number}', action.reason, *self._all)} or ''"
        else:
            reason = self._need(f"reason_{number}", action.reason or "")
        values = self._need(f"constants_{number}", action.constants)
        if action.computed:
            computed = [
                f"{field!r}: {self._call(f'value_{number}_{at}', compute, *self._all)}"
                for at, (field, compute) in enumerate(action.computed)
            ]
            values = f"{{**{values}, {', '.join(computed)}}}"
        refs = [
            f"FactRef({alias!r}, {p.fact_type!r}, "
            for alias, p in zip(rule.aliases, rule.patterns, strict=True)
        ]
        refs[self._at] += "source, fact_id)"
        if self._beside is not None:
            refs[1 - self._at] += "owner, state_id)"
        head = f"{identity}, {action.kind!r}, {action.subject_type!r}"
        ruleset = self._need("ruleset", rule.ruleset)
        body = f"name, {ruleset}, {self._digest!r}, now, {values}, ({', '.join(refs)},), {action.index!r}, {rule.priority!r}"
        self._add(
            f"if {subject}:",
            f"    {made} = Decision({head}, {subject}, {body}, 'decided', None, {reason}, {action.rows!r})",
            "else:",
            f"    {made} = Decision({head}, '', {body}, 'void', None, no_subject, {action.rows!r})",
        )
        return made

    def _about(self, subject: str, action: CompiledAction) -> None:
        """Write what the action is about."""
        assert action.subject is not None  # noqa: S101 - the caller looked
        beside, known = self._beside, feel.alone(action.subject)
        if known is not None and beside is not None and known.text == f"{self._others}[{beside.field!r}]":
            self._add(f"{subject} = asked")  # nothing of a state far off in memory is read that is known
        else:
            self._value(subject, action.subject, *self._all)

    def _named(self, number: int, action: CompiledAction) -> str:
        """Write the decision's id; return its name. As one text, since a call of `named` is a tenth of all that is done here."""
        identity = f"identity_{number}"
        rests = [TRIGGER if at == self._at else _STATE for at in range(len(self._rule.patterns))]
        text = f"{{name}}\0{action.mark}{_EVENT}{''.join(rests)}".replace("\0", "\\x00")
        self._add(
            "hashing = new_hash()",
            "try:",
            f"    hashing.update(f'{text}'.encode())",
            f"    {identity} = hashing.hexdigest()",
            "except UnicodeEncodeError:",
            f"    {identity} = hashed(f'{text}')",
        )
        return identity
