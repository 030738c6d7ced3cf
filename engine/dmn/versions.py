"""What differs between the versions of DMN: namespaces, and the names of FEEL and of its types."""

from __future__ import annotations

from dataclasses import dataclass

MODEL = {
    "http://www.omg.org/spec/DMN/20180521/MODEL/": "1.2",
    "https://www.omg.org/spec/DMN/20191111/MODEL/": "1.3",
    "https://www.omg.org/spec/DMN/20211108/MODEL/": "1.4",
    "https://www.omg.org/spec/DMN/20230324/MODEL/": "1.5",
}
"""The namespaces of the versions that are read."""

UNREAD = {
    "http://www.omg.org/spec/DMN/20130901": "1.0",
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd": "1.1",
    "http://www.omg.org/spec/DMN/20151101/dmn11.xsd": "1.1",
    "https://www.omg.org/spec/DMN/20240513/MODEL/": "1.6",
}
"""Those of versions that are not."""

FEEL = frozenset(
    (
        "http://www.omg.org/spec/FEEL/20140401",
        "http://www.omg.org/spec/DMN/20180521/FEEL/",
        "https://www.omg.org/spec/DMN/20191111/FEEL/",
        "https://www.omg.org/spec/DMN/20211108/FEEL/",
        "https://www.omg.org/spec/DMN/20230324/FEEL/",
        "feel",
    )
)
"""How files name FEEL; the last is what some modellers write for short, in either case."""


@dataclass(frozen=True, slots=True)
class Written:
    """A version that is written: its namespaces of models and of diagrams."""

    model: str
    diagram: str


WRITTEN = {
    "1.3": Written(
        "https://www.omg.org/spec/DMN/20191111/MODEL/", "https://www.omg.org/spec/DMN/20191111/DMNDI/"
    ),
    "1.5": Written(
        "https://www.omg.org/spec/DMN/20230324/MODEL/", "https://www.omg.org/spec/DMN/20230324/DMNDI/"
    ),
}
SHAPES = "http://www.omg.org/spec/DMN/20180521/DC/"
LINES = "http://www.omg.org/spec/DMN/20180521/DI/"

BUILT_IN = (
    "number", "string", "boolean", "date", "time", "date and time", "days and time duration", "years and months duration",
)  # fmt: skip
"""The types that every model has (DMN 1.5, clause 7.3.3)."""

_OLDER = {
    "dateTime": "date and time",
    "dayTimeDuration": "days and time duration",
    "yearMonthDuration": "years and months duration",
    "Any": "",
}


def is_feel(language: str) -> bool:
    """Return whether *language* names FEEL, in any version; none named is FEEL."""
    return not language or language in FEEL or language.lower() == "feel"


def type_name(written: str) -> str:
    """Return the name of a type as DMN 1.5 writes it; "" for Any."""
    name = " ".join(written.split()).removeprefix("feel:")
    return _OLDER.get(name, name)
