"""`codes:` of a tenant's file: how long, and which pages get codes by a token."""

from __future__ import annotations

import pytest

from gateway.core.code_settings import USUAL_CODES
from tests.config.acme import ACME
from tests.config.conftest import Folder

TOKEN = "page_token: {algorithm: HS256, secret: !env ACME_PAGES, audience: gw, claims: {email: email}}"
ORIGINS = "origins: [https://www.acme.example, 'http://localhost:8080']"
PAGES_SECRET = "p" * 32


@pytest.fixture(autouse=True)
def secret(folder: Folder) -> None:
    folder.environ["ACME_PAGES"] = PAGES_SECRET


def test_without_the_block_only_the_back_end_gets_codes(folder: Folder) -> None:
    assert folder.tenant(ACME).codes is USUAL_CODES
    assert USUAL_CODES.pages is None


def test_pages_that_get_codes_by_a_token(folder: Folder) -> None:
    codes = folder.tenant(ACME + f"codes:\n  valid_for: 2m\n  {TOKEN}\n  {ORIGINS}\n").codes
    assert codes.pages is not None
    assert (codes.valid_for, codes.pages.how.single, codes.pages.how.key.reveal()) == (120, True, PAGES_SECRET)
    assert codes.pages.origins == {"https://www.acme.example", "http://localhost:8080"}


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (TOKEN, "Give page_token and origins together"),
        (ORIGINS, "Give page_token and origins together"),
        (f"{TOKEN.replace('audience: gw, ', '')}\n  {ORIGINS}", "A page_token needs an audience"),
        (f"{TOKEN.replace('{email: email}', '{emial: email}')}\n  {ORIGINS}", "Did you mean 'email'?"),
        (f"{TOKEN.replace('{email: email}', '{nome: name}')}\n  {ORIGINS}", "A name alone tells nobody apart."),
        (f"{TOKEN.replace('ACME_PAGES', 'ACME_CRM')}\n  {ORIGINS}", "The secret has less than 32 bytes"),
        (f"{TOKEN}\n  origins: [https://www.acme.example/shop]", "Write an origin as browsers do"),
        (f"{TOKEN}\n  origins: ['*']", "Write an origin as browsers do"),
        (f"{TOKEN}\n  origins: [https://WWW.acme.example]", "Write an origin as browsers do"),
        (f"{TOKEN}\n  origins: ['https://www.acme.example:443']", "Write an origin as browsers do"),
        (f"{TOKEN}\n  origins: [http://www.acme.example]", "; http:// is for localhost alone."),
        ("valid_for: 6m", "A code is good for 30s to 5m"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(folder: Folder, entry: str, said: str) -> None:
    first = ACME.count("\n") + 1
    [complaint] = folder.complaints(ACME + f"codes:\n  {entry}\n")
    assert first <= int(complaint.partition(":")[0]) <= first + 2
    assert said in complaint
