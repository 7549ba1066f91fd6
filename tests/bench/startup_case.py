"""Case `startup`: how long `gateway serve` takes with the example configuration until its port answers."""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path
from statistics import median

from tests.bench.servers import free_port, running

ROOT = Path(__file__).resolve().parents[2]
VARIABLES = (
    "AURORA_PAGE_PASSWORD",
    "BOREAL_SERVICE_PASSWORD",
    "CERRADO_API_TOKEN",
    "UNIAO_PAGE_PASSWORD",
    "UNIAO_SERVICE_PASSWORD",
    "UNIAO_API_TOKEN",
)


def ready_seconds(folder: Path, rounds: int) -> float:
    """Median over `rounds` starts; the sources need not run."""
    config = folder / "config"
    shutil.copytree(ROOT / "config", config, ignore=shutil.ignore_patterns("keys", "secrets"))
    with (config / "gateway.yaml").open("a") as file:
        file.write(f"\ndata: {folder / 'data'}\n")
    environment = {**os.environ, **dict.fromkeys(VARIABLES, "unused")}
    return median(_one(config, folder, environment) for _ in range(rounds + 1))


def _one(config: Path, folder: Path, environment: dict[str, str]) -> float:
    port = free_port()
    command = [sys.executable, "-m", "gateway", "serve", "--config", str(config), "--port", str(port)]
    with (folder / "gateway.log").open("wb") as log:
        began = time.monotonic()
        with running(command, port, core=None, env=environment, log=log):
            return time.monotonic() - began
