"""Definitions documents in, decision requirements out: types, inputs, decisions, functions and services with their logic.

All documents are read together, because one may use the names of another; the names decide how FEEL texts are read.
"""

from engine.parser.definitions.reading import read_all

__all__ = ["read_all"]
