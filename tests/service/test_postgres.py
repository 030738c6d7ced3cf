"""The same service on PostgreSQL, where a server can be had: the same answers, the same decisions, one writer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.dialects import postgresql

from service.app import bootstrap
from service.settings import Settings, StartRefused
from service.store.reading import standing_on
from service.tables import holds
from tests.service.databases import fresh_database, postgres
from tests.service.harness import HandClock, a_log, inspection, serving, settings_for
from tests.service.test_cases import a_failure, a_shelving, an_answer
from tests.service.test_hold_check import hold_row

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of our own."""
    with postgres(tmp_path_factory.mktemp("pg")) as url:
        yield url


@pytest.fixture
def url(server: str) -> str:
    """The URL of an empty database of it: no test finds what another has left."""
    return fresh_database(server)


def test_it_answers_as_on_sqlite(tmp_path: Path, url: str) -> None:
    """A log in two halves with a restart between them, posted again as a whole."""
    log = a_log(400)
    with serving(settings_for(tmp_path)) as served:
        served.post_lines(log)
        expected, holds = served.decisions(), served.get("/v1/holds", limit="500")
    settings = settings_for(tmp_path, database_url=url)
    with serving(settings) as served:
        served.post_lines(log[:200])
        with pytest.raises(StartRefused, match="another lineside service"):
            bootstrap(settings)
    with serving(settings) as served:
        assert {a["status"] for a in served.post_lines(log)} == {"accepted", "duplicate"}
        assert served.decisions() == expected
        assert served.get("/v1/holds", limit="500") == holds


def test_cases_are_the_same_as_on_sqlite(tmp_path: Path, url: str) -> None:
    """What people see of cases, and of what is shelved, is the same; in one commit or in many."""
    facts = [a_failure(f"i{number}", f"L-{number % 3}") for number in range(9)]
    facts += [an_answer("a1", "L-0", "accept", "quality"), an_answer("a2", "L-1", "close")]
    facts += [a_shelving("s1", lasts="1 h"), a_failure("later", "L-2")]

    def seen(settings: Settings, *, at_once: bool) -> list[Any]:
        with serving(settings.model_copy(update={"rules": None}), clock=HandClock()) as served:
            for some in [facts] if at_once else [[fact] for fact in facts]:
                served.post_lines(some)
            listed = served.get("/v1/cases")["cases"]
            assert len(listed) == 3
            wholes = [served.get(f"/v1/cases/{one['case_id']}") for one in listed]
            return [listed, wholes, served.get("/v1/shelved")["shelved"]]

    expected = seen(settings_for(tmp_path), at_once=False)
    assert seen(settings_for(tmp_path, database_url=url), at_once=True) == expected


def test_the_longest_texts_fit_its_indexes(tmp_path: Path, url: str) -> None:
    """The longest names and subjects that are admitted can be stored, and found."""
    with serving(settings_for(tmp_path, database_url=url)) as served:
        source = "mes" + "部" * 253
        answer = served.post({**inspection("品" * 256, "ü" * 60_000), "source": source})
        assert answer.status_code == 200, answer.text
        assert len(served.get("/v1/decisions", subject_id="ü" * 2_000)["decisions"]) == 2


def test_a_check_of_holds_is_answered_from_the_index(tmp_path: Path, url: str) -> None:
    """Among thousands of holds the plan looks into the index of subject and status, and does not read the table."""
    query = standing_on({"lot": "L-7", "order": "PO-1"}).compile(
        dialect=postgresql.dialect(),  # type: ignore[no-untyped-call]
        compile_kwargs={"literal_binds": True},
    )
    with serving(settings_for(tmp_path, database_url=url)) as served:
        served.post({**inspection("check", "L-check"), "source": "mes/check"})
        rows = [hold_row(f"many-{n}", subject_id=f"L-{n}") for n in range(5_000)]
        with served.service.engine.begin() as connection:
            connection.execute(insert(holds), rows)
            connection.execute(text("analyze holds"))
            plan = "\n".join(connection.scalars(text(f"explain {query}")))
        assert served.get("/v1/holds/check", lot="L-7")["count"] == 1
    assert "ix_holds_subject_type_subject_id_status" in plan
    assert "Seq Scan" not in plan
