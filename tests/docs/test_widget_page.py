"""The page on the widget: its back ends are run against a gateway, its page in a browser's test, its tables held."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import anyio
import pytest

from gateway.api.widget import widget_script
from gateway.core.redaction import Secret
from gateway.core.signed_identity import Algorithm, SignedToken
from gateway.service.page_codes import CODES_OF_CUSTOMER, CODES_OF_TOKEN, CODES_WITHIN
from gateway.service.signed_identity import verify
from tests.api.served import served
from tests.api.test_codes import ISSUER, Api
from tests.docs.pages import DOCS, Page, code, rows
from tests.docs.tenants import read
from tests.service.attended import on_sqlite
from tests.service.signing import SECRET

pytestmark = pytest.mark.anyio
PAGE = Page(DOCS / "widget.md")
SCRIPT = widget_script().decode()
ANA = {"email": "ana@example.com", "name": "Ana Souza"}


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with on_sqlite(tmp_path / "data") as attended:
        yield Api(attended)


def good(body: bytes | str) -> bool:
    said = json.loads(body)
    return re.fullmatch(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}", said["code"]) is not None and said["valid_for"] == 300


async def test_the_back_end_in_python_gets_a_code(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = (block for block in PAGE.of("python") if "identification_code" in block.text)
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


async def test_a_token_that_is_signed_as_the_page_shows_gets_a_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (block,) = (block for block in PAGE.of("python") if "page_token" in block.text)
    (written,) = (block for block in Page(DOCS / "integrator.md").of("yaml") if "page_token" in block.text)
    names: dict[str, Any] = {}
    exec(block.text, names)
    monkeypatch.setenv("PAGE_TOKENS", SECRET)
    token = names["page_token"]({"id": 7, **ANA})
    asked = read(written.text)["codes"]
    assert isinstance(asked, dict)
    assert isinstance(asked["page_token"], dict)
    claims = {str(name): str(claim) for name, claim in asked["page_token"].pop("claims").items()}
    how = SignedToken(
        Algorithm(asked["page_token"]["algorithm"]),
        Secret(SECRET),
        claims,
        issuer=asked["page_token"]["issuer"],
        audience=asked["page_token"]["audience"],
        max_age=120,
        leeway=10,
        single=True,
    )
    said = verify(token, how, datetime.now(timezone.utc))
    assert said.fields == {"email": ANA["email"], "nome": ANA["name"]}
    assert said.subject == "7"


def test_the_bounds_of_pages_are_the_codes() -> None:
    bounds = [row[1] for row in rows(PAGE.text, "bound | how much")]
    assert bounds[0].startswith(f"{CODES_OF_TOKEN},")
    assert bounds[1].startswith(f"{CODES_OF_CUSTOMER} in {CODES_WITHIN / 60:g} minutes")
