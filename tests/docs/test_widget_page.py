"""The page on the widget: its back ends are run against a gateway, its page in a browser's test, its tables held."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from gateway.api.widget import widget_script
from gateway.storage.engine import embedded
from gateway.storage.migrate import upgrade
from tests.api.served import served
from tests.api.test_codes import ISSUER, Api
from tests.docs.pages import DOCS, Page, code, rows
from tests.service.attended import Attended

pytestmark = pytest.mark.anyio
PAGE = Page(DOCS / "widget.md")
SCRIPT = widget_script().decode()
ANA = {"email": "ana@example.com", "name": "Ana Souza"}


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    address = embedded(tmp_path / "data")
    upgrade(address)
    attended = Attended(address)
    yield Api(attended)
    await attended.aclose()


def good(body: bytes | str) -> bool:
    said = json.loads(body)
    return re.fullmatch(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}", said["code"]) is not None and said["valid_for"] == 300


async def test_the_back_end_in_python_gets_a_code(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = PAGE.of("python")
    names: dict[str, Any] = {}
    exec(block.text, names)
    with served(api.composed.app) as port:
        monkeypatch.setenv("GATEWAY", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("ISSUER_KEY", ISSUER)
        identification_code: Callable[[dict[str, str]], bytes] = names["identification_code"]
        assert good(await anyio.to_thread.run_sync(identification_code, ANA))


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
async def test_the_back_end_in_node_gets_a_code(api: Api) -> None:
    (block,) = PAGE.of("js")
    script = f"{block.text}\nidentificationCode({json.dumps(ANA)}).then((body) => process.stdout.write(body));"
    with served(api.composed.app) as port:
        environment = {"GATEWAY": f"http://127.0.0.1:{port}", "ISSUER_KEY": ISSUER}
        command = [shutil.which("node") or "node", "-e", script]

        def run() -> str:
            return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

        assert good(await anyio.to_thread.run_sync(run))


def test_the_table_of_attributes_is_what_the_script_reads() -> None:
    named = {name for row in rows(PAGE.text, "attribute | what it does") for name in code(row[0])}
    read = set(re.findall(r'getAttribute\("([a-z-]+)"\)', SCRIPT)) | set(re.findall(r":host\(\[(theme)=", SCRIPT))
    assert named == read


def test_parts_events_and_properties_are_the_scripts() -> None:
    text = PAGE.text
    for part in re.findall(r'setAttribute\("part", "(\w+)"\)', SCRIPT):
        assert f"`{part}`" in text or f"::part({part})" in text, part
    for event in ("shown", "copied", "expired", "failed"):
        assert f":{event}`" in text
        assert f'"{event}"' in SCRIPT
    assert set(re.findall(r"var\((--identification-code-[a-z-]+)", SCRIPT)) == set(
        re.findall(r"(--identification-code-[a-z-]+):", text)
    )


def test_the_policy_of_the_page_is_the_one_that_the_browsers_tests_set() -> None:
    from tests.browser.company_site import POLICY

    (promised,) = re.findall(r"`(default-src 'none'; script-src [^`]+)`", PAGE.text)
    for directive in promised.split("; "):
        assert directive in POLICY
