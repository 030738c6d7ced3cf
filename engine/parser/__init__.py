"""Rule files in, the model out, with every fault in them: `parse` never raises for what a file says.

Structure is checked against the shapes, FEEL is parsed where it stands, and names that must be unique are
compared across files. Whether names mean anything is for the checks.
"""

from engine.parser.parse import Parsed, parse
from engine.parser.tables import named_tables

__all__ = ["Parsed", "named_tables", "parse"]
