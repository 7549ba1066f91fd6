"""What is heavy is imported when a tenant uses it, and not before."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.examples.staging import ROOT
from tests.whole.running import Systems, build

PROGRAM = """
import asyncio, json, sys
from pathlib import Path
from gateway.assembly import assemble
from gateway.core.disclosure import Viewer
from gateway.service.observer import Silence
from gateway.service.request import IdentifyRequest

HEAVY = ("zeep", "requests", "httpx2", "uvicorn")

async def main():
    seen = {}
    gateway = assemble(Path(sys.argv[1]), Silence())
    seen["assembled"] = [name for name in HEAVY if name in sys.modules]
    for tenant in ("aurora", "cerrado", "boreal"):
        request = IdentifyRequest(tenant, Viewer("helpdesk", "test"), {"cpf": "01234567890"})
        outcome = (await gateway.identifier.identify(request)).outcome
        seen[tenant] = [outcome, "zeep" in sys.modules]
    await gateway.tenants.aclose()
    print(json.dumps(seen))

asyncio.run(main())
"""


def test_zeep_comes_with_the_first_question_to_a_soap_service(systems: Systems, tmp_path: Path) -> None:
    house = build(tmp_path, systems)
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, house.config],
        cwd=ROOT,
        env={**os.environ, **house.environment},
        capture_output=True,
        text=True,
        check=True,
    )
    seen = json.loads(ran.stdout)
    assert seen["assembled"] == []
    assert (seen["aurora"], seen["cerrado"], seen["boreal"]) == (["found", False], ["found", False], ["found", True])


SERVER = """
import sys
from gateway.cli.main import make_server
from gateway.cli.serve import _without

make_server()
with _without("rich"):
    import structlog
from gateway.app import make_app
from gateway.assembly import assemble
print([name for name in ("rich", "pygments") if name in sys.modules])
"""


def test_a_server_holds_nothing_to_print_tables_with() -> None:
    ran = subprocess.run([sys.executable, "-c", SERVER], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
