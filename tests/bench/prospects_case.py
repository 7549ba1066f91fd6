"""Case `prospects`: 100,000 prospects loaded into a file at the end of the day, against a load of a single one."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from time import perf_counter

from gateway.assembly import storage_keys
from gateway.config.gateway_file import load_gateway
from gateway.core.model import Identifier, ProspectOption, UniqueKey
from gateway.core.prospect import ProspectDraft
from gateway.storage.engine import embedded, open_engine
from gateway.storage.migrate import upgrade
from gateway.storage.prospects import Prospects
from gateway.storage.sealing import Sealing
from tests.bench.contenders import TENANT as SLUG
from tests.bench.contenders import configured
from tests.bench.figures import NotMeasured, Taken
from tests.bench.measuring import Run
from tests.bench.xml_case import tenant

HUNDRED_THOUSAND = 100_000
_DAY = "2026-11-22"
_NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
_PORTION = 2_000
# Of the program alone: what a process of ours holds at the most while it runs (proc(5), VmHWM, in kB).
_LOADS = """
import re, sys
from gateway.cli import main
try:
    status = main()
except SystemExit as ended:
    status = ended.code
print("peak", re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
sys.exit(status)
"""


def prospects(run: Run, folder: Path, how_many: int = HUNDRED_THOUSAND) -> Taken:
    one_mb, _ = _loaded(folder / "one", 1)
    many_mb, seconds = _loaded(folder / "many", how_many)
    return Taken(
        {
            "more_memory_mb": many_mb - one_mb,
            "peak_mb": many_mb,
            "seconds": seconds,
            "per_second": how_many / seconds,
        }
    )


def _loaded(folder: Path, how_many: int) -> tuple[float, float]:
    """Megabytes at the most, and seconds from the command to its end."""
    text = tenant("http://127.0.0.1:9/") + "\nprospects: {load: {to: csv}}\n"
    config = configured(folder, {SLUG: text}, contact_base=True)
    fill(config, folder, how_many)
    arguments = ("prospects", "load", "--tenant", SLUG, "--date", _DAY, "--config", str(config))
    began = perf_counter()
    ran = subprocess.run(
        [sys.executable, "-c", _LOADS, *arguments], capture_output=True, text=True, check=False, env=dict(os.environ)
    )
    seconds = perf_counter() - began
    if ran.returncode or f"{how_many} loaded" not in ran.stdout:
        raise NotMeasured(f"the load ended with {ran.returncode}: {ran.stdout} {ran.stderr}")
    [file] = (folder / "data" / "prospects" / SLUG).glob("*.csv")
    with file.open("rb") as lines:
        rows = sum(1 for _ in lines) - 1
    if rows != how_many:
        raise NotMeasured(f"the file has {rows} lines")
    return int(ran.stdout.rpartition("peak ")[2]) / 1024, seconds


def fill(config: Path, folder: Path, how_many: int) -> None:
    """So many prospects of one day."""
    address = embedded(folder / "data")
    upgrade(address)
    rows = Prospects(Sealing(storage_keys(load_gateway(config / "gateway.yaml"))))
    engine = open_engine(address, "write")
    for start in range(0, how_many, _PORTION):
        with engine.begin() as connection:
            for number in range(start, min(start + _PORTION, how_many)):
                moment = _NOON + timedelta(milliseconds=number)
                rows.store(connection, SLUG, _prospect(number), "op-7", moment)
    engine.dispose()


def _prospect(number: int) -> ProspectDraft:
    email = f"pessoa{number}@example.com"
    identifiers = (Identifier("email", email), Identifier("phone", f"+55119{number:08d}"))
    key = UniqueKey("email", "email", email)
    form = {"observacao": "ligou duas vezes, quer proposta"}
    return ProspectDraft(ProspectOption.KEYED, _DAY, key, f"João da Silva {number}", identifiers, "Não cliente", form)
