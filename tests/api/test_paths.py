"""Every address leads to its own endpoint, with what stands in its holes, and nothing else leads anywhere."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from gateway.api.paths import Paths
from gateway.core.errors import UnknownPath

pytestmark = pytest.mark.anyio
SEGMENT = st.text(st.characters(exclude_characters="/{}", codec="utf-8"), min_size=1, max_size=5)


class Endpoint:
    def __init__(self, path: str) -> None:
        self.path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["reached"] = self.path


def reached(paths: Paths, path: str) -> tuple[str, dict[str, Any]]:
    scope: Scope = {"type": "http", "path": path}
    with pytest.raises(StopIteration):
        paths(scope, _never, _never).__await__().send(None)  # type: ignore[attr-defined]
    return scope["reached"], scope.get("path_params", {})


async def _never(*_: object) -> Any:
    raise AssertionError("Nothing is read or sent here.")


PATHS = [
    "/healthz",
    "/v1/tenants/{tenant}/identifications",
    "/v1/tenants/{tenant}/interactions/{number}",
    "/v1/tenants/{tenant}/interactions/{number}/links/{ref}",
    "/v1/tenants/{tenant}/sources",
    "/facades/a.b/{tenant}",
]
KNOWN = Paths([Route(path, Endpoint(path)) for path in PATHS])


@given(st.sampled_from(PATHS), SEGMENT, SEGMENT, SEGMENT)
def test_an_address_leads_to_its_endpoint_with_what_stands_in_its_holes(
    path: str, tenant: str, number: str, ref: str
) -> None:
    values = {"tenant": tenant, "number": number, "ref": ref}
    expected = {name: value for name, value in values.items() if f"{{{name}}}" in path}
    assert reached(KNOWN, path.format(**values)) == (path, expected)


@pytest.mark.parametrize(
    "path",
    ["", "/", "/healthz/", "/healthz\n", "/v1/tenants//sources", "/v1/tenants/a/b/sources", "/v1/tenants/a/sources\n",
     "/v1/tenants/a/interactions/", "/facades/aXb/a", "/v1/tenants/{tenant}/nothing"],
)  # fmt: skip
async def test_another_address_leads_nowhere(path: str) -> None:
    with pytest.raises(UnknownPath):
        await KNOWN({"type": "http", "path": path}, _never, _never)


async def test_without_holes_there_is_no_pattern_that_matches() -> None:
    with pytest.raises(UnknownPath):
        await Paths([Route("/healthz", Endpoint("/healthz"))])({"type": "http", "path": ""}, _never, _never)
