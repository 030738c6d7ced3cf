"""The command line and the running service together: what is posted is decided as the replay decides it."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.cli import main

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "fixtures/production_log"
MAPPING = str(EXAMPLE / "mapping.yaml")
RULES = str(EXAMPLE / "rules")
DATA = Path(os.environ.get("LINESIDE_DATA", ROOT.parent / "shared/data")) / "production_log"
REAL = DATA / "production_log.csv"
needs_the_log = pytest.mark.skipif(not REAL.is_file(), reason="the production log is not on this machine")
READY_WITHIN_SECONDS = 30

Serve = Callable[..., str]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Return a function that starts `lineside serve` on a fresh database and returns its address."""
    running: list[subprocess.Popen[bytes]] = []

    def start(*options: str) -> str:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("LINESIDE_")}
        env = {**kept, "PYTHONPATH": str(ROOT)}
        database = f"sqlite:///{tmp_path / 'lineside.db'}"
        command = [
            sys.executable,
            "-m",
            "service.cli",
            "serve",
            "--port",
            str(port),
            "--database",
            database,
            *options,
        ]
        log = (tmp_path / "serve.log").open("wb")
        service = subprocess.Popen(command, cwd=tmp_path, env=env, stdout=log, stderr=subprocess.STDOUT)
        log.close()
        running.append(service)
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while time.monotonic() < deadline and service.poll() is None:
            try:
                with urllib.request.urlopen(f"{url}/health/ready", timeout=2):
                    return url
            except OSError:
                time.sleep(0.05)
        raise AssertionError((tmp_path / "serve.log").read_text())

    yield start
    for service in running:
        service.terminate()
        service.wait(30)


def out_of(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[str, str]:
    """Run a command that must end well and return what it printed, to both streams."""
    code = main(list(argv))
    captured = capsys.readouterr()
    assert code == 0, captured.err
    return captured.out, captured.err


@pytest.mark.parametrize(
    "log",
    [pytest.param(EXAMPLE / "sample.csv", id="sample"), pytest.param(REAL, id="real", marks=needs_the_log)],
)
def test_posted_facts_are_decided_as_the_replay_decides(
    log: Path, serve: Serve, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Emitted facts, and then the log posted with its mapping, give the decisions of the replay, ids included."""
    replay = ["replay", "--rules", RULES, "--mapping", MAPPING]
    expected, _ = out_of(capsys, *replay, "--json", str(log))
    facts = tmp_path / "facts.ndjson"
    facts.write_text(out_of(capsys, *replay, "--emit", "facts", str(log))[0], encoding="utf-8")
    url = serve("--rules", RULES)
    posted, said = out_of(capsys, "post", "--url", url, "--json", str(facts))
    assert [json.loads(line) for line in posted.splitlines()] == [
        json.loads(line) for line in expected.splitlines()
    ]
    assert " new; " in said
    again, said = out_of(
        capsys, "post", "--url", url, "--json", "--mapping", MAPPING, "--batch", "97", str(log)
    )
    assert again == posted
    assert f" 0 new, {len(facts.read_text().splitlines()):,} known already; " in said
    assert ", all made before" in said


def test_the_service_explains_a_decision(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    """A decision of the service is explained by its id as one of a replay is."""
    story = str(ROOT / "fixtures/facts/story.ndjson")
    url = serve()
    posted, _ = out_of(capsys, "post", "--url", url, "--json", story)
    first = json.loads(posted.splitlines()[0])
    online, _ = out_of(capsys, "explain", "--url", url, first["id"])
    offline, _ = out_of(capsys, "explain", "--facts", story, first["id"])
    assert online == offline
    assert main(["explain", "--url", url, "nothing"]) == 1
    assert "knows no decision nothing" in capsys.readouterr().err


def test_what_the_service_refuses_is_said_with_its_place(
    serve: Serve, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A confirmation from ERP is refused with the reason, its neighbours are taken, and the command ends with 1."""
    lines = (ROOT / "fixtures/facts/story.ndjson").read_text().splitlines()
    foreign = {
        "id": "c",
        "source": "erp",
        "type": "production_confirmation",
        "data": {"order_id": "1", "operation": "1", "quantity_completed": 1},
    }
    facts = tmp_path / "facts.ndjson"
    facts.write_text("\n".join([*lines[:3], json.dumps(foreign), *lines[3:]]) + "\n")
    assert main(["post", "--url", serve(), str(facts)]) == 1
    captured = capsys.readouterr()
    assert (
        f"{facts}:4:1: error[wrong-owner]: the fact is refused at /source: production_confirmation belongs to mes"
        in captured.err
    )
    assert "24 facts posted: 23 new, 1 refused; 25 decisions" in captured.err


def test_serve_says_why_it_cannot_start(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Rules that do not compile are shown as `check` shows them; a folder that is not there is wrong use."""
    assert main(["serve", "--port", "0", "--rules", str(tmp_path / "none")]) == 2
    assert "does not exist" in capsys.readouterr().err
    (tmp_path / "bad.yaml").write_text("ruleset: bad\n")
    database = f"sqlite:///{tmp_path / 'x.db'}"
    assert main(["serve", "--rules", str(tmp_path), "--port", "0", "--database", database]) == 1
    err = capsys.readouterr().err
    assert "bad.yaml:1:1: error[missing-key]" in err
    assert "the rules do not compile" in err


@pytest.mark.parametrize(
    ("mark", "options", "said"),
    [
        pytest.param("sh service", [], "23 facts posted: 23 new; ", id="the story"),
        pytest.param("sh log-service", ["--rules", RULES], "0 new, 31 known already; ", id="the log"),
    ],
)
def test_commands_of_the_tutorial(
    mark: str, options: list[str], said: str, serve: Serve, tmp_path: Path
) -> None:
    """The commands of the tutorial that need the service do what it says."""
    page = (ROOT / "docs/tutorial.md").read_text(encoding="utf-8")
    (script,) = re.findall(rf"^```{mark}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "fixtures").symlink_to(ROOT / "fixtures")
    function = f'lineside() {{ "{sys.executable}" -m service.cli "$@"; }}\n'
    env = {**os.environ, "PYTHONPATH": str(ROOT), "LINESIDE_URL": serve(*options)}
    done = subprocess.run(
        ["sh", "-e", "-c", function + script],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert said in done.stderr
