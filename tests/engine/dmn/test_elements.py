"""XML as it is read: the place of every character, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.diagnostics import Diagnostic
from engine.dmn import elements
from engine.dmn.elements import Element, read_elements
from engine.dmn.reading import read_dmn
from engine.source import span_of
from tests.engine.dmn.models import WHOLE


def element(text: str | bytes) -> Element:
    """Return the outermost element of *text*, which is whole."""
    found = read_elements(text, "f.dmn")
    assert isinstance(found, Element)
    return found


def refusal(text: str | bytes) -> Diagnostic:
    """Return why *text* is refused."""
    found = read_elements(text, "f.dmn")
    assert isinstance(found, Diagnostic)
    return found


@pytest.mark.parametrize(
    ("text", "character", "place"),
    [
        pytest.param("<t>abc</t>", "b", "f.dmn:1:5", id="plain"),
        pytest.param("<t>a\n  bc</t>", "c", "f.dmn:2:4", id="a-later-line"),
        pytest.param("<t>a\r\nbc</t>", "c", "f.dmn:2:2", id="lines-of-windows"),
        pytest.param("<t>&lt;= x</t>", "x", "f.dmn:1:10", id="after-a-reference"),
        pytest.param("<t>&#10;x</t>", "x", "f.dmn:1:9", id="after-a-written-out-line-break"),
        pytest.param("<t>a<![CDATA[<b]]>c</t>", "b", "f.dmn:1:15", id="in-a-cdata-section"),
        pytest.param("<t>a<![CDATA[<b]]>c</t>", "c", "f.dmn:1:19", id="after-a-cdata-section"),
        pytest.param("<t>a<!-- note -->c</t>", "c", "f.dmn:1:18", id="after-a-comment"),
        pytest.param("<t>é\U0001f40ec</t>", "c", "f.dmn:1:6", id="columns-are-characters"),
    ],
)
def test_every_character_has_its_place(text: str, character: str, place: str) -> None:
    """Whatever stands before a character in its element, its line and column are those of the file."""
    found = element(text)
    at = found.text.index(character)
    assert str(span_of("f.dmn", found.places, at, at + 1)) == place


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        pytest.param('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "xml-doctype", "1:13", id="entities"),
        pytest.param(
            '<?xml version="1.0"?>\n<!DOCTYPE a SYSTEM "file:x"><a/>', "xml-doctype", "2:28", id="external"
        ),
        pytest.param("<a>&x;</a>", "xml-syntax", "1:4", id="an-entity-of-nobody"),
        pytest.param("<a><b></a>", "xml-syntax", "1:9", id="not-closed"),
        pytest.param("", "xml-syntax", "1:1", id="empty"),
        pytest.param("routes: {}", "xml-syntax", "1:1", id="yaml"),
        pytest.param(
            b'<?xml version="1.0" encoding="nonsense"?><a/>', "xml-syntax", "1:1", id="unknown-encoding"
        ),
        pytest.param("<a>" * 101, "too-deep", "1:301", id="too-deep"),
        pytest.param(b"<a>" + b" " * elements.MAX_BYTES + b"</a>", "too-large", "1:1", id="too-large"),
        pytest.param("<a>\ud800</a>", "xml-syntax", "1:4", id="half-a-character"),
    ],
)
def test_refusals(text: str | bytes, code: str, place: str) -> None:
    """What is no XML, and what XML can do that no model needs, is refused where it stands."""
    found = refusal(text)
    assert (found.code, f"{found.span.line}:{found.span.column}") == (code, place)
    assert found.fix


def test_the_number_of_elements_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A flat file of very many elements is refused as a deep one is."""
    monkeypatch.setattr(elements, "MAX_ELEMENTS", 3)
    assert refusal("<a><b/><b/><b/></a>").code == "too-many-values"


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param("<a>é</a>".encode(), id="utf-8"),
        pytest.param("\ufeff<a>é</a>".encode(), id="byte-order-mark"),
        pytest.param("<a>é</a>".encode("utf-16"), id="utf-16"),
        pytest.param('<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>'.encode("latin-1"), id="latin-1"),
        pytest.param('<?xml version="1.0" encoding="windows-1252"?><a>é</a>'.encode("cp1252"), id="windows"),
    ],
)
def test_encodings(raw: bytes) -> None:
    """Bytes are read as they say they are written."""
    assert element(raw).text == "é"


def test_a_text_is_read_whatever_encoding_it_declares() -> None:
    """Once decoded, the declaration means nothing."""
    assert element('<?xml version="1.0" encoding="UTF-16"?><a>é</a>').text == "é"


def test_namespaces_decide_and_prefixes_do_not() -> None:
    """The same element under another prefix is the same; one of another namespace is another."""
    found = element('<p:a xmlns:p="urn:1" xmlns:q="urn:2" q:k="no" k="yes"><b xmlns="urn:1"/><q:b/></p:a>')
    assert (found.namespace, found.name, dict(found.attributes)) == ("urn:1", "a", {"k": "yes"})
    assert len(list(found.all("b"))) == 1


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_bent_files_do_no_harm(data: st.DataObject) -> None:
    """A file with bytes changed, cut or doubled gives a model or faults with places, never an exception."""
    raw = bytearray(WHOLE.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        upto = min(len(raw), at + data.draw(st.integers(0, 30)))
        raw[at:upto] = data.draw(st.one_of(st.binary(max_size=3), st.just(bytes(raw[at:upto]) * 2)))
    reading = read_dmn(bytes(raw), "f.dmn")
    assert reading.definitions is not None or reading.diagnostics
    assert all(d.span.line >= 1 and d.message for d in reading.diagnostics)
