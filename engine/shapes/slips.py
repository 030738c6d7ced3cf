"""Words that people write in rules in place of the right ones, each with what to say.

Tables only: the shapes of the rule documents carry them, and the structural check speaks by them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

WINDOW = ("within", "each", "per", "having", "at")
"""What patterns say of several events."""

NO_ALIAS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(
            ("absent", "missing", "no", "non", "not", "nothing", "without"), 'did you mean "none"?'
        ),
        "exists": 'write "alias: fact_type" for a fact that is there, "none: fact_type" for one that is not',
    }
)
"""Words that ask for the lack of a fact, or for its being there; as an alias they would say the opposite, or nothing."""

BESIDE: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("where", "on"): 'write "if": beside "on", that is the condition',
        ("where", "when"): 'move it into "when", under the pattern it is about',
        ("if", "when"): 'move it into "when", under the pattern it is about, as "where"',
        ("for", "when"): 'move it into "when", under the pattern it is about',
        **{(word, "when"): 'move it into "when", under the pattern it is about' for word in WINDOW},
        **{(word, "on"): 'write "when" and a pattern with an alias, and put it there' for word in WINDOW},
        ("expect", "when"): 'move it into "when", as the last pattern: "- expect: ..."',
        ("expect", "on"): 'write "when", with a pattern for the fact and "- expect: ..." after it',
    }
)
"""A key of a rule and the one it stands beside."""
