"""The process: what it says when it cannot start, how much it reads, what it keeps when it stops."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from engine.diagnostics import RulesRejected
from service.app import bootstrap, listen, serve
from service.rulebooks import read_rules
from service.settings import Settings, StartRefused, misspelt_variables, read_settings
from service.targets import WebhookChannel, read_targets
from tests.service.harness import (
    HandClock,
    Served,
    a_log,
    decode,
    encode,
    inspection,
    ndjson,
    serving,
    settings_for,
    write_rules,
)
from tests.service.receivers import SECRET, SECRET_TEXT


def test_a_taken_port_is_said_with_its_flag(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The text names the port, the likely cause and what to do; the exit code is 2."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert serve(settings_for(tmp_path, port=port)) == 2
    said = capsys.readouterr().err
    assert f"port {port}" in said
    assert "another lineside service" in said
    assert "--port" in said


def test_an_unknown_host_is_said() -> None:
    """A host that is not one is a refusal, not a traceback."""
    with pytest.raises(StartRefused, match=r"no\.such\.host\.invalid"):
        listen("no.such.host.invalid", 0)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param({"database_url": "sqlite://"}, "names no file", id="memory"),
        pytest.param({"database_url": "oracle9://x"}, "LINESIDE_DATABASE_URL", id="unknown-database"),
        pytest.param(
            {"database_url": "sqlite:////no/such/folder/x.db"}, "no folder /no/such/folder", id="no-folder"
        ),
        pytest.param({"database_url": "foo"}, '"foo" is no database URL; write sqlite:///', id="no-url"),
        pytest.param(
            {"database_url": "mysql://u@h/x"}, "names mysql, and facts are kept in SQLite", id="mysql"
        ),
        pytest.param({"rules": Path("/no/such/folder")}, "LINESIDE_RULES", id="no-rules"),
        pytest.param({"targets": Path("/no/such/file")}, "LINESIDE_TARGETS", id="no-targets"),
    ],
)
def test_what_keeps_it_from_starting_is_said(tmp_path: Path, change: dict[str, Any], says: str) -> None:
    """Each setting that cannot work is named."""
    with pytest.raises(StartRefused, match=says):
        bootstrap(settings_for(tmp_path).model_copy(update=change))


def test_rules_that_do_not_compile_keep_it_from_starting(tmp_path: Path) -> None:
    """Every diagnostic comes back, and the database is not touched."""
    write_rules(tmp_path, {"quality.yaml": "ruleset: q\nrules:\n  - rule: r\n    on: nothing\n    if: 1 >\n"})
    with pytest.raises(RulesRejected):
        bootstrap(settings_for(tmp_path, rules=tmp_path / "rules"))
    assert not (tmp_path / "lineside.db").exists()


def test_settings_that_do_not_fit_are_all_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every bad variable is in the text."""
    monkeypatch.setenv("LINESIDE_PORT", "70000")
    monkeypatch.setenv("LINESIDE_LOG_FORMAT", "xml")
    with pytest.raises(StartRefused) as refused:
        read_settings()
    assert 'LINESIDE_PORT must be at most 65535, not "70000"' in str(refused.value)
    assert "LINESIDE_LOG_FORMAT must be 'json' or 'console', not \"xml\"" in str(refused.value)


def test_misspelt_variables_are_said_with_the_nearest() -> None:
    """A variable that sets nothing and looks like one that would is named; secrets of targets are left alone."""
    found = misspelt_variables(
        ["LINESIDE_DATABSE_URL", "LINESIDE_PORT", "LINESIDE_URL", "LINESIDE_X_KEY", "HOME"]
    )
    assert found == ("LINESIDE_DATABSE_URL sets nothing; did you mean LINESIDE_DATABASE_URL?",)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable sets the setting of its name; what is given goes first."""
    monkeypatch.setenv("LINESIDE_PORT", "9000")
    assert read_settings().port == 9000
    assert read_settings(port=9001, host=None).port == 9001
    monkeypatch.setenv("LINESIDE_PORT", "")
    monkeypatch.setenv("LINESIDE_RULES", "")
    assert (read_settings().port, read_settings().rules) == (8765, None)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("targets: {a: {url: 'ftp://x', secret: 'env:S', decisions: [hold]}}", "http://"),
        ("targets: {a: {url: 'http://u:p@x', secret: 'env:S', decisions: [hold]}}", "password"),
        ("targets: {a: {url: 'http://x', secret: 'whsec_abc', decisions: [hold]}}", "env:NAME"),
        ("targets: {a: {url: 'http://x', secret: 'env:UNSET', decisions: [hold]}}", "UNSET"),
        ("targets: {a: {url: 'http://x', secret: 'env:SHORT', decisions: [hold]}}", "24 to 64"),
        ("targets: {a: {url: 'http://x', secret: 'env:BAD', decisions: [hold]}}", "base64"),
        ("targets: {a: {url: 'http://x', secret: 'env:S', decisions: [holds]}}", "unknown kind holds"),
        ("targets: {a: {url: 'http://x', secret: 'env:S', decisions: [hold], retry: 1}}", "retry"),
        ("targets: {a: {url: 'http://x', secret: 'env:S'}}", "decisions"),
        ("targets: [", ": not YAML: did not find"),
        ("targets: {a: {}, a: {}}", '1:18: the key "a" is there already, on line 1'),
        ("[]", "the file: must be a mapping"),
        ("targts: {}", 'targts: is no key here; did you mean "targets"?'),
        (
            "targets: {a: {ulr: x, secret: 'env:S', decisions: [hold]}}",
            'targets.a.ulr: is no key here; did you mean "url"?',
        ),
        ("targets: {a: {url: 'http://x', secret: 1, decisions: [hold]}}", "targets.a.secret"),
        ("targets: {a: {url: 'http://x', secret: 'env:S', decisions: []}}", "must have at least 1"),
        ("targets: {a: {url: 'http://x', secret: 'env:S', decisions: [hodl]}}", 'did you mean "hold"?'),
    ],
)
def test_faults_in_a_targets_file_are_said(tmp_path: Path, text: str, says: str) -> None:
    """Each fault is named, and no secret is in the text."""
    path = tmp_path / "targets.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(StartRefused) as refused:
        read_targets(path, {"S": SECRET_TEXT, "SHORT": "whsec_YWJj", "BAD": "whsec_%%%"})
    assert says in str(refused.value)


def test_a_target_has_its_secrets_and_never_shows_them(tmp_path: Path) -> None:
    """Secrets come from the environment and from files, and are not in the target's text."""
    (tmp_path / "old").write_text(SECRET_TEXT + "\n", encoding="utf-8")
    path = tmp_path / "targets.yaml"
    path.write_text(
        f"targets: {{a: {{url: 'https://x.example/h', secret: ['env:S', 'file:{tmp_path}/old'], decisions: [hold]}}}}",
        encoding="utf-8",
    )
    target = read_targets(path, {"S": SECRET_TEXT})["a"]
    assert isinstance(target.channel, WebhookChannel)
    assert target.channel.keys == (SECRET, SECRET)
    assert "secret" not in repr(target)
    assert read_targets(None) == {}


def test_rule_files_are_read_in_order_and_links_do_not_lead_out(tmp_path: Path) -> None:
    """Only YAML files are read, and a link to a file elsewhere is refused by name."""
    root = write_rules(tmp_path)
    (root / "notes.txt").write_text("not a rule", encoding="utf-8")
    (root / ".hidden.yaml").write_text("ruleset: x", encoding="utf-8")
    names = [name for name in read_rules(root) if name.startswith("rules/")]
    assert "rules/quality.yaml" in names
    assert not any("notes" in name or "hidden" in name for name in names)
    outside = tmp_path / "outside.yaml"
    outside.write_text("ruleset: x", encoding="utf-8")
    (root / "link.yaml").symlink_to(outside)
    with pytest.raises(StartRefused, match=r"rules/link\.yaml is a link"):
        read_rules(root)


def test_a_stop_keeps_a_snapshot_and_answers_what_waits(tmp_path: Path) -> None:
    """A process that is told to stop ends with 0, and the next one starts from its snapshot."""
    write_rules(tmp_path)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    code = (
        "from service.app import serve; from service.settings import read_settings; from pathlib import Path; "
        f"raise SystemExit(serve(read_settings(database_url='sqlite:///{tmp_path}/lineside.db', "
        f"rules=Path('{tmp_path}/rules'), port={port}, log_format='json')))"
    )
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) as running:
        raw = http(port, b"POST /v1/facts", encode(inspection("1", "L1")), patient=True)
        assert b'"accepted"' in raw
        running.terminate()
        assert running.wait(15) == 0
        assert running.stderr is not None
        logs = [decode(line) for line in running.stderr.read().splitlines()]
    assert any(log["event"] == "lineside serves" for log in logs)
    with serving(settings_for(tmp_path, rules=tmp_path / "rules")) as served:
        assert served.service.parts.writer._snapshot_at == 1
        assert len(served.decisions()) == 2


def http(port: int, request: bytes, body: bytes = b"", patient: bool = False, headers: bytes = b"") -> bytes:
    """Send one request over a socket and return all that comes back."""
    for _ in range(400):
        try:
            connection = socket.create_connection(("127.0.0.1", port), timeout=10)
            break
        except OSError:
            assert patient
            time.sleep(0.02)
    with connection:
        connection.sendall(
            request
            + b" HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: "
            + str(len(body)).encode()
            + b"\r\n"
            + headers
            + b"\r\n"
            + body
        )
        found = b""
        while chunk := connection.recv(65_536):
            found += chunk
        return found


def port_of(served: Served) -> int:
    """Return the port that *served* listens on."""
    return int(served.url.rpartition(":")[2])


@pytest.mark.parametrize(
    "headers",
    [b"x-long: " + b"a" * 70_000 + b"\r\n", b"".join(b"x-%d: y\r\n" % n for n in range(9_000))],
    ids=["one", "many"],
)
def test_a_header_block_is_bounded(tmp_path: Path, headers: bytes) -> None:
    """More than 64 KiB of headers is refused, and the service goes on."""
    with serving(settings_for(tmp_path)) as served:
        try:
            found = http(port_of(served), b"GET /health/live", headers=headers)
        except (ConnectionResetError, BrokenPipeError):
            found = b""
        assert found == b"" or found.startswith((b"HTTP/1.1 400", b"HTTP/1.1 431"))
        assert served.get("/health/live") == {"status": "live"}


def test_keep_alive_connections_count_each_request_anew(tmp_path: Path) -> None:
    """Many requests on one connection are no long header block, whatever their bodies."""
    with serving(settings_for(tmp_path, max_header_bytes=2_000)) as served:
        for n in range(20):
            answer = served.post(inspection(str(n), f"L{n}", note="n" * 1_500))
            assert answer.status_code == 200


def test_posts_at_once_share_commits_and_are_all_answered(tmp_path: Path) -> None:
    """Forty posts from eight senders are each answered with their own decisions, in fewer commits."""
    with serving(settings_for(tmp_path)) as served:

        def post(n: int) -> tuple[int, dict[str, Any]]:
            return n, decode(served.post(inspection(str(n), f"L{n}")).content)

        with ThreadPoolExecutor(8) as pool:
            for n, answer in pool.map(post, range(40)):
                assert answer["status"] == "accepted"
                assert {d["subject"]["id"] for d in answer["decisions"]} == {f"L{n}"}
        assert len(served.decisions()) == 80


def test_a_full_queue_is_a_503_that_says_when_to_come_back(tmp_path: Path) -> None:
    """While the writer is held up, posts beyond the bound are refused whole, and taken later."""
    gate = threading.Event()

    def checkpoint(name: str) -> None:
        if name == "after-submit":
            gate.wait(10)

    with (
        serving(settings_for(tmp_path, queue_facts=2), checkpoint=checkpoint) as served,
        ThreadPoolExecutor(8) as pool,
    ):
        futures = [pool.submit(served.post, inspection(str(n), f"L{n}")) for n in range(8)]
        while not any(future.done() for future in futures):
            time.sleep(0.01)
        gate.set()
        answers = [future.result() for future in futures]
        busy = [a for a in answers if a.status_code == 503]
        assert busy
        assert all(a.headers["retry-after"] == "1" and b"/problems/busy" in a.content for a in busy)
        assert len(served.decisions()) == 2 * (len(answers) - len(busy))
        # a stream waits for room instead, since its first lines are stored already
        assert {a["status"] for a in served.post_lines(a_log(1_200))} <= {"accepted", "stale"}


def test_a_long_stream_is_taken_in_seconds_and_little_memory(tmp_path: Path) -> None:
    """5,000 facts take a few seconds, durably; a post of 30 MB does not take a multiple of it."""
    import tracemalloc

    with serving(settings_for(tmp_path), clock=HandClock()) as served:
        body = ndjson(a_log(5_000))
        begin = time.monotonic()
        answer = served.post(body, "application/x-ndjson")
        assert time.monotonic() - begin < 8
        assert len(answer.content.splitlines()) == 5_000
        note = "n" * 60_000
        line = encode(inspection("big", "LB", note=note)) + b"\n"

        def chunks() -> Any:
            for _ in range(500):
                yield line

        tracemalloc.start()
        found = served.client.post(
            "/v1/facts", content=chunks(), headers={"content-type": "application/x-ndjson"}
        )
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert found.status_code == 200
        assert peak < 15_000_000


def test_default_settings_are_the_documented_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """What docs/operations.md says of every setting is so."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"LINESIDE_{name.upper()}", raising=False)
    page = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
    for name in Settings.model_fields:
        assert f"`LINESIDE_{name.upper()}`" in page
