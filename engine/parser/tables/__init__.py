"""A `table` of a rule set in, a rule with a decision table out: its columns, rows and cells, and what its rows do.

The fact types are known by then, because a word without quotes is a text where its column is one.
"""

from engine.parser.tables.files import named_tables
from engine.parser.tables.reading import read_table

__all__ = ["named_tables", "read_table"]
