"""The README's recipes, each against a source on loopback that gives the replies recorded for it: read right by YAML alone.

The replies are written by us in the shapes of the products named, with invented people. What the source is asked is
compared, too. `{origin}` in a reply is the source's own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from gateway.assembly import assemble
from gateway.core.disclosure import Viewer
from gateway.core.model import Customer, Identification
from gateway.service.observer import Silence
from gateway.service.request import IdentifyRequest
from gateway.testing import SourceRequest, SourceResponse
from gateway.testing.source import Peer, running_source, written
from plugins.rest_json.tests.test_readme import ENVIRONMENT, README, tenant_with

pytestmark = pytest.mark.anyio

REPLIES = Path(__file__).parent / "replies"
RECIPES = {
    re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-")): block
    for heading, block in re.findall(
        r"### ([^\n]+)\n(?:(?!###|```).)*```yaml\n(sources:.*?)```", README.partition("## Recipes")[2], re.DOTALL
    )
}


@dataclass(frozen=True, slots=True)
class Case:
    """One question, what passes between gateway and source, and the answer."""

    recipe: str
    says: str
    asked: dict[str, str]
    exchanges: list[dict[str, Any]]
    outcome: str
    customers: list[dict[str, Any]] = field(default_factory=list)
    code: str = ""


def cases() -> Iterator[Case]:
    for path in sorted(REPLIES.glob("*.json")):
        for given in json.loads(path.read_text("utf-8")):
            yield Case(path.stem, **given)


CASES = tuple(cases())


def test_every_recipe_has_replies_for_somebody_nobody_and_a_failure() -> None:
    assert {case.recipe for case in CASES} == RECIPES.keys()
    for recipe in RECIPES:
        outcomes = {case.outcome for case in CASES if case.recipe == recipe}
        assert outcomes & {"found", "several"}, recipe
        assert outcomes >= {"not_found", "unavailable"}, recipe
    print(f"{len(CASES)} recorded replies of {len(RECIPES)} recipes")


class Recorded:
    """Answers each request with the reply that was recorded for it."""

    def __init__(self, case: Case) -> None:
        self._open = list(case.exchanges)
        self.unexpected: list[dict[str, Any]] = []

    async def __call__(self, request: SourceRequest, peer: Peer) -> None:
        asked = _as_recorded(request)
        for exchange in self._open:
            expected = dict(exchange["request"])
            headers = expected.pop("headers", {})
            if expected == {name: asked[name] for name in expected} and headers.items() <= request.headers.items():
                self._open.remove(exchange)
                await peer.send(written(_reply(exchange, request.headers["host"])))
                return
        self.unexpected.append(asked)
        await peer.send(written(SourceResponse(b"not recorded", 501)))

    @property
    def unasked(self) -> list[dict[str, Any]]:
        return [exchange["request"] for exchange in self._open]


def _as_recorded(request: SourceRequest) -> dict[str, Any]:
    form = "urlencoded" in request.headers.get("content-type", "")
    return {
        "method": request.method,
        "path": request.path(),
        "query": request.query(),
        "body": json.loads(request.body) if request.body and not form else None,
        "form": SourceRequest("POST", f"/?{request.body.decode()}", {}).query() if form else None,
    }


def _reply(exchange: dict[str, Any], host: str) -> SourceResponse:
    given = exchange["reply"]
    text = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
    headers = {"content-type": "application/json", **exchange.get("headers", {})}
    filled = {name: value.replace("{origin}", f"http://{host}") for name, value in headers.items()}
    return SourceResponse(text.replace("{origin}", f"http://{host}").encode(), exchange.get("status", 200), filled)


async def identified(case: Case, folder: Path, origin: str) -> Identification:
    (folder / "tenants").mkdir()
    (folder / "gateway.yaml").write_text("tenants: {acme: {networks: [127.0.0.0/8]}}\n", "utf-8")
    source = re.sub(
        r"url: (\S+?)(?=[\s,}])", lambda found: f"url: {origin}{urlsplit(found[1]).path}", RECIPES[case.recipe], count=1
    )
    (folder / "tenants" / "acme.yaml").write_text(tenant_with(source), "utf-8")
    gateway = assemble(folder, Silence())
    assert not gateway.problems
    try:
        return await gateway.identifier.identify(
            IdentifyRequest(tenant="acme", search=case.asked, viewer=Viewer("operator", "test"))
        )
    finally:
        await gateway.tenants.aclose()


def shown(customer: Customer) -> dict[str, Any]:
    return {
        "unique_key": customer.unique_key.value,
        "name": customer.name,
        "emails": list(customer.emails),
        "phones": list(customer.phones),
        "documents": {document.kind: document.value for document in customer.documents},
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.recipe}: {case.says}")
async def test_a_recorded_reply_is_read_right(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    recorded = Recorded(case)
    async with running_source(recorded) as source:
        result = await identified(case, tmp_path, source.url)
    assert recorded.unexpected == []
    assert recorded.unasked == []
    assert result.outcome == case.outcome, result.sources
    (answer,) = result.sources
    if case.code:
        assert (answer.code or answer.outcome) == case.code
        assert not any(value in (answer.detail or "") for value in case.asked.values())
    assert answer.truncated is False
    found = [shown(match.customer) for match in result.matches if match.customer is not None]
    assert [{name: each[name] for name in wanted} for each, wanted in zip(found, case.customers, strict=True)] == (
        case.customers
    )
