"""YAML text in, plain values and the place of each out; faults are diagnostics, never exceptions.

Reads the event stream of libyaml and builds its own small tree, so that size, depth, node count and alias
expansion are bounded while reading and no tag can name a Python object. It must not open files.
"""

from engine.source.document import Document, Mapping, Node, Path, Scalar, Sequence
from engine.source.places import Pinned, Places, pinned, place_of, slice_places, span_of
from engine.source.reading import MAX_BYTES, MAX_DEPTH, MAX_NODES, decode, load

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_NODES",
    "Document",
    "Mapping",
    "Node",
    "Path",
    "Pinned",
    "Places",
    "Scalar",
    "Sequence",
    "decode",
    "load",
    "pinned",
    "place_of",
    "slice_places",
    "span_of",
]
