"""Results of scenarios as JUnit XML, which CI systems show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from service.cli.test import Tested


def junit_xml(tested: Sequence[Tested]) -> str:
    """Return *tested* as one JUnit test suite; a scenario that could not run is an error, an unmet expectation a failure."""
    errors = sum(one.result is None for one in tested)
    failures = sum(one.result is not None and not one.passed for one in tested)
    seconds = sum(one.seconds for one in tested)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites tests="{len(tested)}" failures="{failures}" errors="{errors}" time="{seconds:.6f}">',
        f'  <testsuite name="lineside" tests="{len(tested)}" failures="{failures}" errors="{errors}" time="{seconds:.6f}">',
    ]
    for one in tested:
        lines.append(
            f'    <testcase classname={_attribute(one.file)} name={_attribute(one.name)} time="{one.seconds:.6f}">'
        )
        if one.result is None:
            texts = [*map(str, one.diagnostics), *one.problems]
            lines.append(
                f"      <error message={_attribute(texts[0] if texts else 'it did not run')}>{_text(texts)}</error>"
            )
        else:
            lines.extend(
                f"      <failure message={_attribute(failure.message)}>{_text([str(failure)])}</failure>"
                for failure in one.result.failures
            )
        lines.append("    </testcase>")
    return "\n".join([*lines, "  </testsuite>", "</testsuites>", ""])


def _attribute(text: str) -> str:
    return quoteattr(_xml_characters(text))


def _text(texts: Sequence[str]) -> str:
    return escape(_xml_characters("\n".join(texts)))


def _xml_characters(text: str) -> str:
    """Return *text* without the characters XML 1.0 cannot hold."""
    return "".join(
        c if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff" else "?"
        for c in text
    )
