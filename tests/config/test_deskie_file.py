"""`facades.deskie` of a tenant's file: which members of a Deskie call are which search fields."""

from __future__ import annotations

import pytest

from tests.config.acme import ACME, changed
from tests.config.conftest import Folder

CODE = ("unique_key: {name: email, kind: email, of: person}", "unique_key: {name: pedido, kind: code, of: order}")


def test_without_the_block_it_is_off(folder: Folder) -> None:
    assert folder.tenant(ACME).deskie is None


@pytest.mark.parametrize("block", ["deskie:", "deskie: {}"])
def test_the_usual_members_are_the_fields_of_their_kind(folder: Folder, block: str) -> None:
    facade = folder.tenant(ACME + f"facades:\n  {block}\n").deskie
    assert facade is not None
    assert facade.fields == {"user_email": "email", "user_phone": "fone", "user_whatsapp_phone": "fone"}


def test_the_custom_id_is_the_unique_key_where_that_is_no_address(folder: Folder) -> None:
    text = changed(CODE, ("prospect: keyed", "prospect: message")) + "facades:\n  deskie: {}\n"
    facade = folder.tenant(text).deskie
    assert facade is not None
    assert facade.fields["user_custom_id"] == "pedido"


def test_members_may_be_other_fields(folder: Folder) -> None:
    block = "facades:\n  deskie: {fields: {custom_fields.cf_20: cpf, user_custom_id: pedido}}\n"
    facade = folder.tenant(ACME + block).deskie
    assert facade is not None
    assert (facade.fields["custom_fields.cf_20"], facade.fields["user_custom_id"]) == ("cpf", "pedido")
    assert facade.fields["user_email"] == "email"


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("deskie: {fields: {email: email}}", "Write the member of `user` as Deskie calls it"),
        ("deskie: {fields: {custom_fields: cpf}}", "Write the member of `user` as Deskie calls it"),
        (
            "deskie: {fields: {user_email: emial}}",
            "'emial' is not a search field of this tenant. Did you mean 'email'?",
        ),
        ("deskie: {field: {}}", "Did you mean 'fields'?"),
        (
            "deskie: {fields: {user_email: nome, user_phone: nome, user_whatsapp_phone: nome}}",
            "No member of a Deskie call would tell who somebody is.",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(folder: Folder, entry: str, said: str) -> None:
    line = ACME.count("\n") + 2
    [complaint] = folder.complaints(ACME + f"facades:\n  {entry}\n")
    assert complaint.startswith(f"{line}:")
    assert said in complaint
