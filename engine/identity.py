"""Ids of decisions: a hash of what identifies them, in and out as text.

The same text gives the same id in every run and on every machine; a part of it says how long it is, so that no two lists of parts
read alike.
"""

from __future__ import annotations

from hashlib import blake2b

new_hash = blake2b(digest_size=16).copy
"""Return an empty hash: copied, because making one costs as much as hashing does."""

LENGTHS = tuple([f"{length}:" for length in range(257)])
"""Written once: to write a number takes longer than all else in a name."""


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
    try:
        return f"{LENGTHS[len(source)]}{source}{LENGTHS[len(name)]}{name}"
    except IndexError:
        return f"{len(source)}:{source}{len(name)}:{name}"
