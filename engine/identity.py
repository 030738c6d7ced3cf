"""Ids of decisions: a hash of what identifies them, in and out as text.

The same text gives the same id in every run and on every machine. A NUL ends each part of it: no text of a fact that was
admitted has one, and no name in a rule file, so that no two lists of parts read alike.
"""

from __future__ import annotations

from hashlib import blake2b

new_hash = blake2b(digest_size=16).copy
"""Return an empty hash: copied, because making one costs as much as hashing does."""

TRIGGER, ABSENT = "\0*\0", "\0-\0"
"""What stands in an id for the fact that set the decision off, and for one that is not there, neither of which has a source."""


def hashed(identity: str) -> str:
    """Return the id of what *identity* names."""
    made = new_hash()
    try:
        made.update(identity.encode())
    except UnicodeEncodeError:  # a lone surrogate, as no admitted fact has
        made.update(identity.encode("utf-8", "surrogatepass"))
    return made.hexdigest()


def named(source: str, name: str) -> str:
    """Return what names a fact in an id."""
    return f"{source}\0{name}\0"
