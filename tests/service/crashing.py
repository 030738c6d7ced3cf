"""A service process that kills itself at a named crash point: `python -m tests.service.crashing FOLDER PORT POINT N [URL]`."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import uvicorn

from service.app import bootstrap, create_app, listen
from service.logs import configure_logs
from service.settings import Settings


def main() -> None:
    """Serve until the *times*-th passing of *point*, then die as by kill -9; never at the point "none"."""
    folder, port, point, times, *database = sys.argv[1:6]
    passed = 0

    def checkpoint(name: str) -> None:
        nonlocal passed
        if name == point:
            passed += 1
            if passed == int(times):
                os.kill(os.getpid(), signal.SIGKILL)

    targets = Path(folder) / "targets.yaml"
    settings = Settings(
        database_url=database[0] if database else f"sqlite:///{folder}/lineside.db",
        rules=Path(folder) / "rules",
        targets=targets if targets.exists() else None,
        delivery_poll_seconds=0.05,
        batch_facts=50,
        snapshot_every=200,
    )
    configure_logs("console", "error")
    listening = listen("127.0.0.1", int(port))
    service = bootstrap(settings, checkpoint=checkpoint)
    config = uvicorn.Config(
        create_app(service=service), ws="none", lifespan="on", log_config=None, access_log=False
    )
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
