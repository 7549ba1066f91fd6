"""The widget as browsers fetch it: public, kept by caches, and told by its content."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest

from gateway.api.widget import integrity, widget_script
from tests.api.composed import Composed

pytestmark = pytest.mark.anyio
PATH = "/widget/identification-code.js"


async def test_everybody_gets_it_and_caches_may_keep_it() -> None:
    answered = await Composed().get(PATH, None)
    assert (answered.status, answered.body) == (200, widget_script())
    assert answered.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answered.headers["cache-control"] == "public, max-age=3600"
    assert answered.headers["access-control-allow-origin"] == "*"
    assert answered.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answered.headers["x-content-type-options"] == "nosniff"
    assert answered.headers["content-length"] == str(len(answered.body))


@pytest.mark.parametrize("asked", ["{}", "W/{}", '"other", {}', "*"])
async def test_who_has_it_already_is_told_so(asked: str) -> None:
    gateway = Composed()
    tag = (await gateway.get(PATH, None)).headers["etag"]
    again = await gateway.get(PATH, None, [("if-none-match", asked.format(tag))])
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    assert (await gateway.get(PATH, None, [("if-none-match", '"other"')])).status == 200


def test_its_hash_is_what_a_page_writes() -> None:
    digest = base64.b64encode(hashlib.sha384(widget_script()).digest()).decode()
    assert integrity(widget_script()) == f"sha384-{digest}"


def test_it_needs_nothing_that_a_strict_policy_forbids_and_holds_no_key() -> None:
    script = widget_script().decode()
    forbidden = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|import\(|importScripts|<style"
    )
    assert re.findall(forbidden, script) == []
    assert re.findall(r"https?://(?!www\.w3\.org/2000/svg)", script) == []
    assert re.findall(r"localStorage|sessionStorage|indexedDB|Authorization|gw_", script) == []
