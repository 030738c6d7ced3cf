"""The command line as a whole: exit codes scripts can trust, quiet pipes, no traceback, and a fast start."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from service.cli import COMMANDS, main
from service.cli.paint import Paint, count, plain, progress_bar

ROOT = Path(__file__).resolve().parents[3]
HEAVY = {
    "litestar",
    "sqlalchemy",
    "pydantic",
    "rich",
    "jsonschema_rs",
    "jsonschema",
    "httpx",
    "uvicorn",
    "redis",
    "apprise",
    "cryptography",
    "structlog",
}
COMMAND_NAMES = [
    "check",
    "serve",
    "post",
    "replay",
    "test",
    "explain",
    "holds",
    "cases",
    "shelved",
    "deliveries",
    "reconcile",
    "eval",
    "ladder",
    "import",
    "export",
    "schema",
]


def lineside(
    *argv: str, cwd: Path = ROOT, code: str = "import sys; from service.cli import main; sys.exit(main())"
) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", code, *argv], cwd=cwd, env=env, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        pytest.param([], 2, "usage: lineside", id="no command"),
        pytest.param(["chek"], 2, "invalid choice", id="an unknown command"),
        pytest.param(["check", "--strct"], 2, "--strct", id="an unknown option"),
        pytest.param(["check", "--stri"], 2, "--stri", id="an abbreviated option"),
        pytest.param(
            ["check", "no/such/file.yaml"],
            2,
            "there is no file or folder no/such/file.yaml",
            id="no such file",
        ),
        pytest.param(
            ["check", "--kpt"],
            2,
            'did you mean "--kept"?\ntry: lineside check --help',
            id="a misspelt option",
        ),
        pytest.param(["check", "--xyz=1"], 2, "--xyz=1\ntry: lineside check --help", id="no option like it"),
        pytest.param(
            ["ladder", "preview", "first", "--start", "2026-03-06T13:00Z", "--rule", "x"],
            2,
            'did you mean "--rules"?\ntry: lineside ladder preview --help',
            id="an option of an action",
        ),
        pytest.param(
            ["holds", "list", "too", "many"],
            2,
            "too many\ntry: lineside holds list --help",
            id="too many words",
        ),
        pytest.param(
            ["--verson"], 2, 'did you mean "--version"?\ntry: lineside --help', id="an option of none"
        ),
        pytest.param(["replay"], 2, "FILE", id="an argument is missing"),
        pytest.param(["replay", "no.csv", "--mapping", "none.yaml"], 2, "none.yaml", id="no such mapping"),
        pytest.param(
            ["replay", "fixtures/production_log/sample.csv"], 2, "--mapping", id="a log without a mapping"
        ),
        pytest.param(["replay", "no.ndjson"], 2, "there is no file no.ndjson", id="no such log"),
        pytest.param(["test", "--run", "("], 2, "regular expression", id="a bad pattern"),
        pytest.param(
            ["test", "--run", "nothing is called so"], 1, "there is no scenario", id="no scenario found"
        ),
        pytest.param(["test", "rules"], 1, "there is no scenario", id="a folder without scenarios"),
        pytest.param(["explain"], 2, "--facts", id="nothing to explain"),
        pytest.param(["explain", "--facts", "fixtures/facts/story.ndjson"], 2, "--all", id="what to explain"),
        pytest.param(
            ["explain", "x", "--facts", "fixtures/facts/story.ndjson"],
            1,
            "there is no decision x",
            id="no such decision",
        ),
        pytest.param(["schema", "nothing"], 2, "known: ", id="an unknown schema"),
        pytest.param(
            ["post", "--batch", "0", "fixtures/facts/story.ndjson"], 2, "--batch", id="an impossible batch"
        ),
        pytest.param(
            ["post", "--url", "nowhere", "fixtures/facts/story.ndjson"], 2, "no address", id="a bad address"
        ),
        pytest.param(
            ["post", "--url", "http://127.0.0.1:1", "fixtures/facts/story.ndjson"],
            1,
            "no service answers",
            id="no service",
        ),
        pytest.param(
            ["explain", "x", "--url", "http://127.0.0.1:1"], 1, "no service answers", id="no service to ask"
        ),
    ],
)
def test_exit_codes(
    argv: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Faults end with 1, wrong use with 2, each with a sentence on standard error and nothing on standard output."""
    monkeypatch.chdir(ROOT)
    assert main(argv) == code
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.out == ""


def test_an_empty_folder_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder without a YAML file is said and fails, whichever command is given it."""
    for argv in (
        ["check", str(tmp_path)],
        ["test", str(tmp_path)],
        ["replay", "--rules", str(tmp_path), "x.ndjson"],
    ):
        assert main(argv) == 1
        assert str(tmp_path) in capsys.readouterr().err


@pytest.mark.parametrize("name", COMMAND_NAMES)
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`--help` prints to standard output and ends with 0."""
    assert main([name, "--help"]) == 0
    assert f"usage: lineside {name}" in capsys.readouterr().out


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    """`lineside --help` names every command and the exit codes."""
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in COMMAND_NAMES)
    assert len(COMMANDS) == len(COMMAND_NAMES)
    assert "130" in out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """`--version` prints one line."""
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("lineside ")


def test_check_imports_little() -> None:
    """`check` imports none of the libraries that only the service needs."""
    code = (
        "import sys; from service.cli import main; code = main(); "
        f"found = sorted({HEAVY!r} & set(sys.modules)); print(found, file=sys.stderr); sys.exit(code or len(found))"
    )
    done = lineside("check", "rules", code=code)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_closed_pipe_is_no_fault() -> None:
    """`lineside ... | head -1` prints no traceback and does not fail."""
    command = f'"{sys.executable}" -m service.cli schema ruleset | head -1'
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "{\n"


def test_ctrl_c_ends_without_a_traceback() -> None:
    """Ctrl-C ends a command with 130 and one line."""
    code = (
        "import os, signal, sys\nfrom service.cli import main, schema\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a job in the background begins without it
        "schema.all_schemas = lambda: os.kill(os.getpid(), signal.SIGINT)\nsys.exit(main())"
    )
    done = lineside("schema", code=code)
    assert done.returncode == 130
    assert done.stderr == "lineside: stopped\n"
    assert signal.SIGINT == 2


class Terminal:
    """A stream that says it is a terminal."""

    def __init__(self, is_terminal: bool) -> None:
        self.is_terminal = is_terminal
        self.text = ""

    def isatty(self) -> bool:
        return self.is_terminal

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        pass


@pytest.mark.parametrize(
    ("terminal", "no_color", "painted"),
    [
        pytest.param(True, None, True, id="a terminal"),
        pytest.param(True, "1", False, id="a terminal with NO_COLOR"),
        pytest.param(True, "", True, id="NO_COLOR set to nothing"),
        pytest.param(False, None, False, id="a file"),
    ],
)
def test_colour(terminal: bool, no_color: str | None, painted: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Colour is for terminals, and for those that want it."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    if no_color is not None:
        monkeypatch.setenv("NO_COLOR", no_color)
    assert ("\x1b" in Paint(Terminal(terminal))("red", "x")) is painted  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("terminal", "total", "shown"),
    [
        pytest.param(True, 1000, True, id="long work on a terminal"),
        pytest.param(True, 10, False, id="short work"),
        pytest.param(False, 1000, False, id="a file"),
    ],
)
def test_progress_bar(terminal: bool, total: int, shown: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bar is drawn for long work that somebody watches, and taken away at the end."""
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal(terminal)
    show = progress_bar("deciding", total, stream)  # type: ignore[arg-type]
    show(total // 2)
    assert ("50%" in stream.text) is shown
    show(total)
    assert stream.text.endswith("\r\x1b[2K") is shown


def test_control_characters_are_shown_not_sent() -> None:
    """A fact's text cannot steer the terminal it is printed on."""
    assert plain("a\x1b[2Jb\u202ec") == "a\\x1b[2Jb\\u202ec"


def test_counts_read_well() -> None:
    """A count agrees with its noun."""
    assert [count(n, "rule") for n in (0, 1, 1200)] == ["0 rules", "1 rule", "1,200 rules"]
