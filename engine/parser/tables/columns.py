"""The columns of a table: what inputs test, what outputs may be and are by default, each by its heading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from engine import feel
from engine.diagnostics import did_you_mean
from engine.feel import FeelSyntaxError, Scope
from engine.model import Documents, Expression, Value
from engine.parser.reader import Reader
from engine.parser.tables.cells import Tests
from engine.parser.tables.headings import Column, Heading
from engine.parser.tables.words import takes_words, values_of
from engine.parser.values import read_value, record_faults, spot_of
from engine.scopes import record_type
from engine.source import Path
from engine.tables.model import InputColumn, OutputColumn

_TEXTS = ("to", "reason", "message", "inventory_status")
"""What actions say in texts, so that their allowed values need no quotes."""


@dataclass(slots=True)
class Columns:
    """The columns of a table while they are read, and how the tests of each input are read."""

    reader: Reader
    path: Path
    headings: Sequence[Heading]
    documents: Documents
    scope: Scope
    tests: dict[int, Tests] = field(default_factory=dict)
    """By the number of an input's column."""

    def inputs(self, *, is_sound: bool) -> tuple[InputColumn, ...]:
        """Return the input columns that are FEEL.

        Where the headings are not *sound*, what they say is checked here, since there will be no table to check.
        """
        found = []
        for heading in self.headings:
            if heading.use is not Column.INPUT or not heading.text or (heading.names_action and not is_sound):
                continue
            spot = heading.spot
            own = self.tests[heading.number] = Tests(self.scope)
            try:
                node = feel.parse(heading.text, self.reader.names)
                checked = feel.check(node, self.scope)
                if checked.faults and not is_sound:
                    raise FeelSyntaxError(checked.faults)
            except FeelSyntaxError as refused:
                record_faults(self.reader, refused, spot)
                continue
            if not takes_words(checked.type):
                own.scope = None
            own.values = values_of(checked.type)
            expression = Expression(heading.text, node, spot.file, spot.places)
            found.append(InputColumn(expression, spot.span, "", self._allowed(heading, own)))
        return tuple(found)

    def outputs(self) -> tuple[OutputColumn, ...]:
        """Return the output columns."""
        return tuple(
            OutputColumn(
                heading.text,
                heading.spot.span,
                "",
                self._allowed(heading, Tests(self.scope if self._says_text(heading) else None)),
                self._default(heading),
            )
            for heading in self.headings
            if heading.use is Column.OUTPUT
        )

    def check_keys(self) -> None:
        """Record every key of `allowed` and `default` that is no heading."""
        known = {
            "allowed": [h.text for h in self.headings if h.use is not Column.ANNOTATION],
            "default": [h.text for h in self.headings if h.use is Column.OUTPUT],
        }
        for word, texts in known.items():
            for key in self.reader.keys((*self.path, word)):
                if _squeezed(key) not in map(_squeezed, texts):
                    span = self.reader.key_span((*self.path, word, key))
                    what = "heading" if word == "allowed" else "output"
                    self.reader.fault(
                        "table-heading",
                        span,
                        f'"{key[:60]}" is no {what} of the table',
                        did_you_mean(key, texts),
                    )

    def _says_text(self, heading: Heading) -> bool:
        kind, fact_type = heading.action
        if kind != "assert":
            return heading.field in _TEXTS
        stated = record_type(self.documents, fact_type or "").fields.get(heading.field)
        return stated is not None and takes_words(stated.type)

    def _key(self, word: str, heading: Heading) -> Path | None:
        """Return the path of what `allowed` or `default` says of a column."""
        wanted = _squeezed(heading.text)
        keys = self.reader.keys((*self.path, word))
        return next(((*self.path, word, key) for key in keys if _squeezed(key) == wanted), None)

    def _allowed(self, heading: Heading, tests: Tests) -> Expression | None:
        place = self._key("allowed", heading)
        if place is None or not isinstance(text := self.reader.value(place), str):
            return None
        begin = len(text) - len(text.lstrip())
        return tests.read(self.reader, text.strip(), spot_of(self.reader, place).part(begin, len(text)))

    def _default(self, heading: Heading) -> Value | None:
        place = self._key("default", heading)
        return None if place is None else read_value(self.reader, place)


def _squeezed(heading: str) -> str:
    return " ".join(heading.removeprefix("=>").split())
