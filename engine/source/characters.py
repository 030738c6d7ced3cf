"""The characters of a file before YAML sees them: what is no text at all, what is not UTF-8, what cannot be seen.

Text as `decode` gives it, in; diagnostics out, one where the whole file is of another kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.diagnostics import Diagnostic, Span, error

MAX_FAULTS = 20

_REFUSED = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffc\U00010000-\U0010ffff]"
)
"""Control characters, line separators that editors do not show, marks that reverse what is read, and U+FFFD."""

_UNREAD = "\ufffd"
"""What a program writes in place of bytes it could not read: the character that was there is lost."""

_UTF_16_MARKS = ("\udcff\udcfe", "\udcfe\udcff")
"""The byte order marks of UTF-16, as `decode` keeps bytes that are not UTF-8."""

_SAMPLE = 64
_ZIP = "PK\x03\x04"


def character_faults(text: str, file: str) -> tuple[Diagnostic, ...]:
    """Return what is wrong with the characters of *text*: one fault for a file of another kind, else each place."""
    begin = Span(file, 1, 1, 1, 1)
    if _is_utf_16(text):
        return (error("not-utf8", begin, "the file is UTF-16", _saved_as("save it as UTF-8", file)),)
    if text.startswith(_ZIP):
        fix = "unpack it, and give the YAML files that are in it"
        if _is_csv(file):
            fix = "save it as CSV; a workbook's file ends in .xlsx"
        return (error("not-text", begin, "the file is a zip archive or a workbook, not text", fix),)
    found = tuple(_each(text, file))
    if len(found) == MAX_FAULTS and "\0" in text:
        fix = "save it as CSV" if _is_csv(file) else "give a YAML file"
        return (error("not-text", found[0].span, "the file is not text", fix),)
    return found


def _is_utf_16(text: str) -> bool:
    if text.startswith(_UTF_16_MARKS):
        return True
    sample = text[:_SAMPLE]
    return len(sample) > 3 and any(set(sample[begin::2]) == {"\0"} for begin in (0, 1))


def _saved_as(fix: str, file: str) -> str:
    """Return *fix*, and for a table what spreadsheets call it."""
    return f'{fix}, which Excel calls "CSV UTF-8"' if _is_csv(file) else fix


def _is_csv(file: str) -> bool:
    return file.lower().endswith(".csv")


def _each(text: str, file: str) -> Iterator[Diagnostic]:
    for count, found in enumerate(_REFUSED.finditer(text)):
        if count == MAX_FAULTS:
            return
        before = text[: found.start()]
        line = 1 + len(re.findall("\r\n|\n|\r", before))
        column = found.start() - max(before.rfind("\n"), before.rfind("\r"))
        span = Span(file, line, column, line, column + 1)
        code = ord(found.group())
        if 0xDC80 <= code <= 0xDCFF:
            message = f"the byte 0x{code - 0xDC00:02X} is not UTF-8"
            yield error("not-utf8", span, message, _saved_as("save the file as UTF-8", file))
        elif found.group() == _UNREAD:
            message = "U+FFFD stands for a character that was lost"
            yield error("not-utf8", span, message, "write the character, and save the file as UTF-8")
        else:
            message = f"the invisible character U+{code:04X} is refused"
            yield error("control-character", span, message, "delete it")
