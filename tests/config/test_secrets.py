"""Secrets come from the environment or from files of the tenant's own, and never stand in a message."""

import os
import re
from pathlib import Path
from typing import Any

import pytest

from gateway.config.gateway_file import GatewaySettings, Grant
from gateway.core.tenant import BasicAuth
from tests.config.acme import ACME, SECRET, Folder, changed

WRITTEN = "password: !env ACME_CRM"
NOT_HERE = (
    "17:95: A secret does not stand in the file: write '!env NAME' and set that environment variable, or '!file name' for a "
    "file in the tenant's secrets folder."
)
NOT_OURS = (
    "17:95: This is not one of the tenant's environment variables. Their names start with ACME_, or are listed in "
    "gateway.yaml under tenants.acme.env."
)


def password(folder: Folder, written: str = WRITTEN) -> str:
    auth = folder.tenant(changed((WRITTEN, written))).sources["crm"].upstream.auth
    assert isinstance(auth, BasicAuth)
    return auth.password.reveal()


def test_a_variable_with_the_tenant_s_prefix(folder: Folder) -> None:
    assert password(folder) == SECRET


def test_a_variable_that_the_gateway_s_file_lists_for_the_tenant(folder: Folder) -> None:
    folder.environ["SHARED_KEY"] = "geteilt"
    folder.gateway = GatewaySettings(grants={"acme": Grant(env=frozenset({"SHARED_KEY"}))})
    assert password(folder, "password: !env SHARED_KEY") == "geteilt"


def test_a_file_of_the_tenant_s_own_without_its_last_line_break(folder: Folder) -> None:
    folder.put("secrets/acme/crm/password", f"{SECRET}\n")
    assert password(folder, "password: !file crm/password") == SECRET
    folder.put("secrets/acme/crm/password", f"{SECRET}\r\n")
    assert password(folder, "password: !file crm/password") == SECRET


def test_a_link_inside_the_tenant_s_folder_as_kubernetes_makes_it(folder: Folder) -> None:
    folder.put("secrets/acme/..2026/password", SECRET)
    (folder.path / "secrets/acme/..data").symlink_to("..2026")
    (folder.path / "secrets/acme/password").symlink_to("..data/password")
    assert password(folder, "password: !file password") == SECRET


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        (f"password: {SECRET}", NOT_HERE),
        ("password: 12345678", NOT_HERE),
        ('password: ""', NOT_HERE),
        (
            "password: !env ACME_OTHER",
            "17:95: The environment variable ACME_OTHER is not set. Set it where the gateway runs.",
        ),
        ("password: !env HOME", NOT_OURS),
        (f"password: !env {SECRET}", NOT_OURS),
        ('password: !env ""', NOT_OURS),
        ("password: !env ACME_EMPTY", "17:95: The environment variable is empty. Put the secret into it."),
        (
            "password: !env ACME_LINES",
            "17:95: This secret holds a line break or another control character, which no request can carry.",
        ),
        ("password: !env ACME_BR_KEY", NOT_OURS),
        (
            f"password: !file {SECRET}",
            "17:95: There is no such file in SECRETS. Put it there, or correct the name.",
        ),
        ("password: !file /etc/passwd", "17:95: Name a file by its path inside SECRETS, without '..'."),
        ("password: !file ../umbrella/key", "17:95: Name a file by its path inside SECRETS, without '..'."),
        ("password: !file a/../../umbrella/key", "17:95: Name a file by its path inside SECRETS, without '..'."),
        (
            "password: !file outside",
            "17:95: This file is a link that leads out of SECRETS. Put the file itself there.",
        ),
        ("password: !file folder", "17:95: There is no such file in SECRETS. Name a file, not a folder."),
        ("password: !file empty", "17:95: The file is empty. Put the secret into it."),
        ("password: !file binary", "17:95: The file is not UTF-8 text. Put the secret into it as text."),
        ("password: !file large", "17:95: The file is larger than 64 KiB. That is no secret."),
    ],
)
def test_a_secret_that_cannot_be_had_is_named_by_its_place(folder: Folder, written: str, complaint: str) -> None:
    own = folder.path / "secrets/acme"
    folder.environ |= {"ACME_EMPTY": "", "ACME_LINES": "a\nb", "ACME_BR_KEY": SECRET, "HOME": "/root", SECRET: SECRET}
    folder.write(ACME.replace("tenant: acme", "tenant: acme-br").replace("ACME_CRM", "ACME_BR_KEY"), "acme-br")
    folder.put("secrets/umbrella/key", SECRET)
    folder.put("secrets/acme/folder/x", SECRET)
    folder.put("secrets/acme/empty", "\n")
    (own / "binary").write_bytes(b"\xff\xfe")
    (own / "large").write_bytes(b"x" * 70_000)
    (own / "outside").symlink_to(folder.path / "secrets/umbrella/key")
    said = folder.complaints(changed((WRITTEN, written)))
    assert [one.replace(str(own), "SECRETS") for one in said] == [complaint]


def test_a_file_that_may_not_be_read(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.put("secrets/acme/locked", SECRET)
    read = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.name == "locked":
            raise PermissionError(13, os.strerror(13))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert folder.complaints(changed((WRITTEN, "password: !file locked"))) == [
        "17:95: The file cannot be read (Permission denied). Check its owner and mode."
    ]


MISPLACED = "A secret does not belong here: this value is no password or token. Write the value itself."


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("name: Acme Seguros", "name: !env ACME_CRM", "2:7"),
        ("country: BR", "country: !env ACME_CRM", "4:10"),
        ("retries: 1", "retries: !env ACME_CRM", "18:40"),
        ("[empty_body]", "[!env ACME_CRM]", "21:18"),
        ("doc: cpf", "doc: !env ACME_CRM", "20:43"),
        ("encoding: iso-8859-1", "shape: !env ACME_CRM", "20:67"),
        ("unique_key: email\n", "unique_key: !env ACME_CRM\n", "23:19"),
        ("https://erp.acme.example/api", "!env ACME_CRM", "32:21"),
    ],
)
def test_a_secret_where_none_belongs_is_refused(folder: Folder, old: str, new: str, place: str) -> None:
    assert folder.complaints(changed((old, new))) == [f"{place}: {MISPLACED}"]


def test_a_secret_among_settings_that_nobody_read_is_not_complained_of(folder: Folder) -> None:
    text = changed(("  erp:\n    adapter: page", "  erp:\n    settings: {token: !env ACME_CRM}\n    adapter: none"))
    assert len(folder.complaints(text)) == 1


AUTH = "auth: {basic: {user: gw, password: !env ACME_CRM}}"


@pytest.mark.parametrize(
    "written",
    [
        "auth: SECRET",
        "auth: {SECRET}",
        "auth: [SECRET]",
        "auth: {gw:SECRET}",
        "auth: {basic: SECRET}",
        "auth: {basic: {gw:SECRET}}",
        "auth: {basic: {user: gw, SECRET}}",
        "auth: {basic: {user: gw, password: SECRET}}",
        "auth: {basic: {user: gw, password: {SECRET}}}",
        "auth: {basic: {user: gw, password: [SECRET]}}",
        "auth: {basic: {user: gw, passwrd: SECRET}}",
        "auth: {bearer: SECRET}",
        "auth: {bearer: {token: SECRET}}",
        "auth: {bearer: {token: !env SECRET}}",
        "auth: {bearer: {token: !file SECRET}}",
        "auth: {bearer: {token: !secret SECRET}}",
        "auth: {bearer: {!env token: SECRET}}",
        "auth: {token: SECRET}",
        "auth: {header: {header: SECRET 1, value: x}}",
        "auth: {header: {header: X-Key, value: SECRET}}",
        "auth: {query: {parameter: key, value: SECRET}, bearer: {token: SECRET}}",
        "headers: {Authorization: Basic SECRET}",
        "headers: {X-Api-Key: SECRET}",
        'headers: {X-Odd: "SECRET\\n"}',
        "max_body: SECRET",
        "networks: [SECRET]",
        "token: SECRET",
        "auth: {bearer: {token: 'SECRET}}",
        "auth: {bearer: {token: SECRET: x}}",
    ],
)
def test_no_message_holds_a_secret_that_stands_in_the_wrong_place(folder: Folder, written: str) -> None:
    said = folder.complaints(changed((AUTH, written.replace("SECRET", SECRET))))
    assert said
    assert SECRET not in "".join(said)


@pytest.mark.parametrize("address", ["https://gw:SECRET@x.example/", "https://x.example/?key=SECRET", "SECRET"])
def test_no_message_holds_a_secret_that_stands_in_the_address(folder: Folder, address: str) -> None:
    said = folder.complaints(changed(("https://crm.acme.example/integracao", address.replace("SECRET", SECRET))))
    assert said
    assert SECRET not in "".join(said)


def test_no_message_holds_the_value_of_a_variable_wherever_it_is_named(folder: Folder) -> None:
    tried = 0
    lines = ACME.splitlines()
    for number, line in enumerate(lines):
        for word in re.findall(r"[\w.@/]+", line):
            text = "\n".join([*lines[:number], line.replace(word, "!env ACME_CRM", 1), *lines[number + 1 :]])
            folder.write(text)
            tried += 1
            for error in folder.registry().problems.values():
                assert SECRET not in str(error) + repr(error), text
    assert tried > 150


def test_a_secret_is_in_no_repr_of_the_tenant(folder: Folder) -> None:
    wrapped: Any = folder.tenant()
    assert SECRET not in repr(wrapped)
