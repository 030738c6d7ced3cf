"""FEEL texts of an XML file to expressions with their trees, and FEEL's faults to diagnostics at their place in the XML."""

from __future__ import annotations

from engine import feel
from engine.diagnostics import Diagnostic, Span, error
from engine.dmn import versions
from engine.dmn.elements import Element
from engine.source import slice_places
from engine.written import Expression

Names = frozenset[str]
"""The names in sight where a text stands, of several words or of one."""


class Texts:
    """The texts of one file. *everywhere* are names that are known in all of them: of types, and of what may follow a dot.

    *declared* are the model's own elements, which a text sees where it requires them. *faults* collects what is wrong.
    """

    def __init__(self, file: str, everywhere: Names, declared: Names, faults: list[Diagnostic]) -> None:
        self.file = file
        self.faults = faults
        self._everywhere = everywhere
        self._declared = declared
        self._sights: dict[Names, Names] = {}

    def expression(self, element: Element | None, names: Names, where: str = "") -> Expression | None:
        """Return the expression in *element*'s text; None where there is none, or a faulty one.

        *where* begins the messages of its faults.
        """
        return self._read(element, names, where, unary=False)

    def tests(self, element: Element | None, names: Names, where: str = "") -> Expression | None:
        """Return the unary tests in *element*'s text; None where there are none, or `-`."""
        return self._read(element, names, where, unary=True)

    def fault(self, code: str, span: Span, message: str, fix: str = "") -> None:
        """Note an error."""
        self.faults.append(error(code, span, message, fix))

    def is_feel(self, element: Element) -> bool:
        """Return whether *element* is in FEEL; another language is a fault."""
        language = element.attributes.get("expressionLanguage", "")
        if versions.is_feel(language):
            return True
        message = f'the expression is in the language "{language[:80]}", and only FEEL is read'
        self.fault("dmn-language", element.span, message, "write it in FEEL")
        return False

    def _read(self, element: Element | None, names: Names, where: str, *, unary: bool) -> Expression | None:
        if element is None or not self.is_feel(element):
            return None
        holder = element if element.name == "text" else element.first("text")
        if holder is None:
            return None
        text = holder.text.strip()
        if not text or (unary and text == "-"):
            return None
        start = len(holder.text) - len(holder.text.lstrip())
        places = slice_places(holder.places, start, start + len(text))
        known = self._known(names)
        try:
            node = feel.parse_unary_tests(text, known) if unary else feel.parse(text, known)
        except feel.FeelSyntaxError as wrong:
            written = Expression(text, feel.ast.NullLiteral(0, 0), self.file, places)
            if not self._not_required(written, known, where, unary=unary):
                for fault in wrong.faults:
                    span = written.span(fault.start, fault.end)
                    self.fault(fault.code, span, where + fault.message, fault.fix)
            return None
        return Expression(text, node, self.file, places)

    def _known(self, names: Names) -> Names:
        """Return *names* with those known everywhere: one set for all texts that see the same."""
        found = self._sights.get(names)
        if found is None:
            found = self._sights[names] = self._everywhere | names
        return found

    def _not_required(self, written: Expression, known: Names, where: str, *, unary: bool) -> bool:
        """Say of a text that would be read if the model's other elements were in sight which of them it lacks."""
        parse = feel.parse_unary_tests if unary else feel.parse
        try:
            node = parse(written.text, known | self._declared)
        except feel.FeelSyntaxError:
            return False
        for part in feel.ast.walk(node):
            if isinstance(part, feel.ast.Name) and part.name in self._declared - known:
                self.faults.append(not_required(part.name, written.span(part.start, part.end), where))
        return True


def not_required(name: str, span: Span, where: str = "") -> Diagnostic:
    """Return the fault of logic that reads *name*, which is in the model, without requiring it."""
    message = f'{where}"{name[:60]}" is not among what is required here'
    return error("dmn-reference", span, message, "draw the requirement, from it to here")
