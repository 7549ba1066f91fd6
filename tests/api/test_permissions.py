"""Every operation of the API against every role: forbidden exactly where the role lacks the permission."""

from __future__ import annotations

import re

import pytest

from gateway.api.operation import Door, Operation
from gateway.api.table import OPERATIONS
from gateway.core.disclosure import ROLES, Permission
from tests.api.composed import Composed, Key, call

pytestmark = pytest.mark.anyio

BEHIND_A_KEY = [operation for operation in OPERATIONS if operation.door in (Door.TENANT, Door.OPERATIONS)]


def needed(operation: Operation) -> Permission:
    return Permission.OPERATIONS if operation.door is Door.OPERATIONS else operation.permission


@pytest.mark.parametrize("role", [*ROLES, "no-such-role"])
@pytest.mark.parametrize("operation", BEHIND_A_KEY, ids=lambda operation: operation.name)
async def test_an_operation_is_forbidden_exactly_where_the_role_lacks_its_permission(
    operation: Operation, role: str
) -> None:
    gateway = Composed()
    gateway.ring.known["the-key"] = Key("k-1", "acme", role)
    path = re.sub(r"\{(\w+)\}", lambda hole: "acme" if hole[1] == "tenant" else "x", operation.path)
    answer = await call(gateway.app, operation.method, path, b"", [("Authorization", "Bearer the-key")])
    may = needed(operation) in ROLES.get(role, frozenset())
    assert (answer.status != 403) is may
    if not may:
        assert answer.json["code"] == "forbidden"
        assert f"'{needed(operation)}'" in answer.json["detail"]
        assert gateway.identifier.asked == []


def test_whoever_writes_needs_more_than_to_ask() -> None:
    asking = {Permission.IDENTIFY, Permission.CUSTOMERS_READ, Permission.AUDIT_READ, Permission.REPORTS_READ}
    assert [operation.name for operation in OPERATIONS if operation.writes and operation.permission in asking] == []
    assert [operation.name for operation in OPERATIONS if operation.writes and operation.door is not Door.TENANT] == []


def test_nobodys_data_is_behind_the_roles_that_watch() -> None:
    for role in ("auditor", "operations"):
        assert ROLES[role].isdisjoint({Permission.IDENTIFY, Permission.CUSTOMERS_READ, Permission.LOAD_PROSPECTS})
