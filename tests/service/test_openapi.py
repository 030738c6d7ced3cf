"""The OpenAPI document says what the service does: every route, with examples that are true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from service.api import examples
from service.api.openapi import document
from service.api.routes import ROUTES
from service.clock import Clock
from service.schemas import ENCODER, PROBLEM_KINDS
from tests.service.harness import HandClock, Served, decode, serving, settings_for
from tests.service.receivers import SECRET_TEXT

SHELVING = {
    "id": "sh-1",
    "source": "person/ann",
    "type": "shelving",
    "data": {"what": "quality-hold", "action": "shelve", "reason": "gauge is being mended", "by": "Ann"},
}
UNLISTED = {"/", "/docs", "/openapi.json"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service with the shipped rules and one target, that has taken in the examples."""
    folder = tmp_path_factory.mktemp("openapi")
    (folder / "secret").write_text(SECRET_TEXT, encoding="utf-8")
    (folder / "targets.yaml").write_text(
        f"targets: {{mes: {{url: 'https://mes.example/hook', secret: 'file:{folder}/secret', decisions: [hold]}}}}",
        encoding="utf-8",
    )
    settings = settings_for(folder, targets=folder / "targets.yaml", deliver=False).model_copy(
        update={"rules": None}
    )
    clock: Clock = HandClock()
    with serving(settings, clock=clock) as running:
        yield running


def check(name: str, value: Any) -> None:
    """Fail where *value* does not fit the component schema *name*, or has properties it does not name."""
    schema = {
        "$ref": f"#/components/schemas/{name}",
        "components": decode(ENCODER.encode(document()))["components"],
    }
    jsonschema.Draft202012Validator(schema).validate(value)
    properties = schema["components"]["schemas"][name].get("properties")
    if properties is not None and name != "Fact":
        assert set(value) <= set(properties)


def test_every_route_is_described_and_every_description_is_a_route() -> None:
    """The document and the application have the same operations; that HEAD answers as GET is said once, for all."""
    described = {
        (method.upper(), re.sub(r"\{[^}]*\}", "{}", path))
        for path, methods in document()["paths"].items()
        for method in methods
    }
    routed = {
        (method, re.sub(r"\{[^}]*\}", "{}", path).replace("/v1/facts/{}", "/v1/facts/{}/{}"))
        for route in ROUTES
        for path in route.paths
        for method in route.http_methods - {"HEAD"}
        if path not in UNLISTED
    }
    assert described == routed


def test_the_document_is_openapi(served: Served) -> None:
    """It is served as JSON, every reference in it leads somewhere, and every schema is one."""
    found = served.get("/openapi.json")
    assert found["openapi"].startswith("3.1")
    schemas = found["components"]["schemas"]
    references = re.findall(r'"#/components/schemas/(\w+)"', served.client.get("/openapi.json").text)
    assert set(references) <= set(schemas)
    for schema in schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_the_page_needs_nothing_from_elsewhere(served: Served) -> None:
    """The page has every operation, no script, and no address but its own."""
    answer = served.client.get("/docs")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "postFacts" in answer.text
    assert "<script" not in answer.text
    assert served.client.get("/").text == answer.text


@pytest.mark.parametrize(
    ("media", "example"),
    [
        pytest.param(media, example, id=f"{media}-{example.name}")
        for media, shown in {
            "application/json": examples.POSTED_JSON,
            "application/x-ndjson": examples.POSTED_LINES,
            "application/cloudevents+json": examples.POSTED_EVENT,
            "application/cloudevents-batch+json": examples.POSTED_EVENTS,
        }.items()
        for example in shown
    ],
)
def test_posted_examples_are_taken(served: Served, media: str, example: examples.Example) -> None:
    """Every example of a post is accepted by the shipped rules, and answered as the schema says."""
    body = example.value.encode() if isinstance(example.value, str) else ENCODER.encode(example.value)
    answer = served.post(body, media)
    assert answer.status_code == 200, answer.text
    lines = answer.content.splitlines() if media.endswith("ndjson") else [answer.content]
    for line in lines:
        found = decode(line)
        for one in found if isinstance(found, list) else [found]:
            check("FactAnswer", one)
            for decision in one["decisions"]:
                check("Decision", decision)


@pytest.mark.parametrize("name", examples.REFUSED)
def test_problem_examples_are_what_is_answered(served: Served, name: str) -> None:
    """Each example of a problem is the answer to the fact that meets it."""
    fact, _ = examples.REFUSED[name]
    answer = served.post(fact)
    (shown,) = examples.PROBLEMS[name]
    assert decode(answer.content) == shown.value
    check("Problem", shown.value)


def test_answer_examples_are_true(served: Served) -> None:
    """The answers shown are those that the examples get."""
    served.post(examples.ORDER)
    found = decode(served.post(examples.PASSED).content)
    (shown,) = (e for e in examples.ANSWERS if e.name == "accepted")
    for key in ("fact", "decisions"):
        assert found[key] == shown.value[key]


def test_the_example_of_a_batch_partly_taken_is_true(tmp_path: Path) -> None:
    """The answer shown for 207 has a refused fact in it, and is what the batch gets."""
    shown = document()["paths"]["/v1/facts"]["post"]["responses"]["207"]["content"]["application/json"]
    (example,) = shown["examples"].values()
    settings = settings_for(tmp_path).model_copy(update={"rules": None})
    with serving(settings, clock=HandClock()) as fresh:
        answer = fresh.post(examples.PARTLY_POSTED)
    assert answer.status_code == 207
    assert decode(answer.content) == example["value"]
    assert [one["status"] for one in example["value"]] == ["accepted", "refused"]


def test_answers_fit_their_schemas(served: Served, tmp_path: Path) -> None:
    """What the GET routes answer after the examples fits the schemas they promise."""
    served.post(examples.INSPECTION)
    served.post(SHELVING)
    pages = {
        "/v1/decisions": "DecisionPage",
        "/v1/holds": "HoldPage",
        "/v1/cases": "CasePage",
        "/v1/shelved": "ShelvedPage",
        "/v1/reconciliation?all=true": "Reconciliation",
        "/v1/rulebooks": "RulebookList",
        "/v1/deliveries": "DeliveryPage",
        "/v1/targets": "TargetList",
        "/health/live": "Live",
        "/health/ready": "Ready",
        "/v1/facts/%2Fmes%2Fline3/ir-9001": "StoredFact",
        "/problems/fact-refused": "ProblemKind",
    }
    found = {path: served.get(path) for path in pages}
    for path, name in pages.items():
        check(name, found[path])
    assert found["/v1/holds"]["holds"]
    (shelved,) = found["/v1/shelved"]["shelved"]
    check("Shelved", shelved)
    case = found["/v1/cases"]["cases"][0]
    check("Case", case)
    check("WholeCase", served.get(f"/v1/cases/{case['case_id']}"))
    said = served.client.post(f"/v1/cases/{case['case_id']}/accept", json=examples.CASE_ANSWER.value)
    check("CaseAnswer", examples.CASE_ANSWER.value)
    check("AnsweredCase", decode(said.content))
    shelving = served.client.post("/v1/shelved", json=examples.SHELVING.value)
    check("Shelving", examples.SHELVING.value)
    check("AnsweredShelving", decode(shelving.content))
    for lot in ("L-2001", "L-free"):
        check("HoldCheck", served.get("/v1/holds/check", lot=lot))
    decision = found["/v1/decisions"]["decisions"][0]
    check("ExplainedDecision", served.get(f"/v1/decisions/{decision['id']}"))
    delivery = found["/v1/deliveries"]["deliveries"][0]
    check("DeliveryWithAttempts", served.get(f"/v1/deliveries/{delivery['id']}"))
    book = found["/v1/rulebooks"]["rulebooks"][0]
    check("Rulebook", served.get(f"/v1/rulebooks/{book['digest']}"))


def test_every_problem_type_leads_to_its_page(served: Served) -> None:
    """The type of every kind of problem is a reference that can be followed."""
    for name, kind in PROBLEM_KINDS.items():
        page = served.get(f"/problems/{name}")
        assert (page["status"], page["title"]) == (kind.status, kind.title)
        assert page["advice"]
