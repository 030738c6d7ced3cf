"""The wheel, built from this checkout and installed into an empty environment elsewhere, is the product."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
READY_WITHIN_SECONDS = 60

# The first test that asks for the environment waits for all its packages.
pytestmark = pytest.mark.timeout(600)

INSPECTION = {
    "specversion": "1.0",
    "id": "packaging-1",
    "source": "mes",
    "type": "inspection_result",
    "time": "2026-03-02T08:00:00Z",
    "data": {
        "lot_id": "L-1",
        "order_id": "O-1",
        "work_centre": "WC-1",
        "characteristic": "bore diameter",
        "result": "fail",
        "severity": "critical",
    },
}


def run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    """Run a command; return what it printed, or fail with all it said."""
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def elsewhere(folder: Path) -> dict[str, str]:
    """Return the environment variables of somebody who has no checkout and no settings of Lineside."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith(("LINESIDE", "PYTHON"))
    }
    return {**kept, "HOME": str(folder)}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel built from this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of commands of an empty environment into which the wheel was installed."""
    folder = tmp_path_factory.mktemp("elsewhere")
    environment = folder / "environment"
    run(ROOT / "tools/environment.sh", environment, sys.executable, cwd=ROOT)
    install = ("-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps")
    pip: tuple[str | Path, ...] = (environment / "bin/python", *install)
    run(*pip, "--require-hashes", "-r", ROOT / "requirements.lock", cwd=folder)
    run(*pip, wheel, cwd=folder)
    return environment / "bin"


@pytest.fixture
def somewhere(tmp_path: Path) -> Path:
    """Return an empty folder outside the checkout."""
    assert not tmp_path.is_relative_to(ROOT)
    return tmp_path


@pytest.fixture
def served(installed: Path, somewhere: Path) -> Iterator[str]:
    """Run the installed `lineside serve` on a fresh database; yield its address, and stop it."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    database = f"sqlite:///{somewhere / 'lineside.db'}"
    command: list[str | Path] = [installed / "lineside", "serve", "--port", str(port), "--database", database]
    with (somewhere / "serve.log").open("w+") as log:
        service = subprocess.Popen(
            command, cwd=somewhere, env=elsewhere(somewhere), stdout=log, stderr=subprocess.STDOUT
        )
        try:
            assert becomes_ready(service, url), (somewhere / "serve.log").read_text()
            yield url
        finally:
            service.terminate()
            service.wait(30)


def free_port() -> int:
    """Return a port nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def becomes_ready(service: subprocess.Popen[bytes], url: str) -> bool:
    """Wait until the service says it is ready; return False where it ended or took too long."""
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < deadline and service.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/health/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            time.sleep(0.1)
    return False


def test_wheel_carries_rules_schemas_and_scenarios(wheel: Path) -> None:
    """Every shipped rule file, schema and scenario is in the wheel as it is in the checkout; tests and tools are not."""
    carried = {"rules": "service/rules", "fixtures/scenarios": "service/scenarios"}
    with zipfile.ZipFile(wheel) as packed:
        for source, target in carried.items():
            files = [p for p in (ROOT / source).rglob("*") if p.is_file()]
            assert files
            for file in files:
                name = f"{target}/{file.relative_to(ROOT / source).as_posix()}"
                assert packed.read(name) == file.read_bytes()
        names = packed.namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"engine", "service"}


def test_wheel_is_the_same_when_built_again(wheel: Path, tmp_path: Path) -> None:
    """Two builds of one checkout give the same bytes."""
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path, cwd=ROOT)
    assert (tmp_path / wheel.name).read_bytes() == wheel.read_bytes()


def test_installed_command_checks_the_shipped_rules(installed: Path, somewhere: Path) -> None:
    """`lineside check` without a path checks the rules that came with the wheel."""
    run(installed / "lineside", "check", cwd=somewhere, env=elsewhere(somewhere))


def test_installed_command_runs_the_shipped_scenarios(installed: Path, somewhere: Path) -> None:
    """`lineside test` without a path runs the scenarios that came with the wheel."""
    run(installed / "lineside", "test", cwd=somewhere, env=elsewhere(somewhere))


def test_installed_service_decides(served: str) -> None:
    """`lineside serve` answers a failed inspection with a hold, by the rules that came with the wheel."""
    request = urllib.request.Request(
        f"{served}/v1/facts",
        data=json.dumps(INSPECTION).encode(),
        headers={"Content-Type": "application/cloudevents+json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        said = json.load(answer)
    kinds = [d["kind"] for d in said["decisions"]]
    assert "hold" in kinds, said
