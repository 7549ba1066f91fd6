"""From the search to the summary, over the wire: identify, select, attend, sum up."""

from __future__ import annotations

from typing import Any

import pytest

from tests.whole.running import Running, bearer


def found(gateway: Running, tenant: str) -> str:
    """The ref of João in an answer of this tenant."""
    [match] = gateway.identify(tenant, cpf="012.345.678-90").json()["matches"]
    return str(match["ref"])


def seen(gateway: Running, tenant: str, path: str) -> dict[str, Any]:
    reply = gateway.get(f"/v1/tenants/{tenant}/customers/{path}", gateway.house.key(tenant))
    assert reply.status_code == 200, reply.text
    return dict(reply.json())


@pytest.mark.parametrize("tenant", ["aurora", "boreal", "cerrado", "uniao"])
def test_whoever_was_found_has_details_from_every_protocol(gateway: Running, tenant: str) -> None:
    details = seen(gateway, tenant, found(gateway, tenant))
    assert (details["outcome"], details["complete"]) == ("found", True)
    assert details["customer"]["unique_key"]["value"] == "joao@example.com"


def test_an_attendance_stands_in_the_summary_and_nothing_personal_in_the_log(gateway: Running) -> None:
    tenant, ref = "uniao", found(gateway, "uniao")
    headers = {**bearer(gateway.house.key(tenant)), "Gateway-Actor": "op-7"}
    all_of_them = f"/v1/tenants/{tenant}/interactions"
    context = {"pre_chat": [{"question": "Assunto", "answer": "Segunda via"}]}
    started = gateway.http.post(all_of_them, json={"channel": "chat", "context": context}, headers=headers)
    interaction = started.json()["interaction"]["id"]
    linked = gateway.http.post(f"{all_of_them}/{interaction}/link", json={"ref": ref}, headers=headers)
    assert linked.status_code == 200, linked.text
    gateway.http.post(f"{all_of_them}/{interaction}/notes", json={"text": "Pediu desconto"}, headers=headers)
    mark = gateway.log.mark()
    summary = seen(gateway, tenant, f"{ref}/summary?wait=true&interaction={interaction}")
    assert (summary["outcome"], summary["complete"], summary["missing"]) == ("found", True, [])
    assert summary["customer"]["unique_key"]["value"] == "joao@example.com"
    assert summary["interaction"]["context"]["pre_chat"] == context["pre_chat"]
    assert [one["id"] for one in summary["recent"]] == [interaction]
    assert [entry["type"] for entry in summary["timeline"]["entries"]] == ["note", "linked", "interaction_started"]
    page = seen(gateway, tenant, f"{ref}/timeline?limit=1")
    rest = seen(gateway, tenant, f"{ref}/timeline?cursor={page['next']}")
    assert [entry["type"] for entry in (*page["entries"], *rest["entries"])] == [
        "note",
        "linked",
        "interaction_started",
    ]
    line = gateway.log.wait_for("consultation", mark, lambda entry: entry["what"] == "summary")
    assert (line["tenant"], line["outcome"]) == (tenant, "found")
    assert not any(word in gateway.log.text for word in ("joao@example.com", "Pediu desconto", "Segunda via", ref))


def test_another_tenant_opens_no_ref(gateway: Running) -> None:
    ref = found(gateway, "aurora")
    for path in (ref, f"{ref}/summary", f"{ref}/timeline"):
        reply = gateway.get(f"/v1/tenants/boreal/customers/{path}", gateway.house.key("boreal"))
        assert (reply.status_code, reply.json()["code"]) == (422, "ref_forged")
