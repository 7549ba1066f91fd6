"""Which values are nobody's, so that strangers who share them are never merged."""

import pytest

from gateway.core.junk import is_junk


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("email", "nao@tem.com"),
        ("email", "nao@possui.com"),
        ("email", "nao.tem@gmail.com"),
        ("email", "sem@email.com"),
        ("email", "teste@teste.com"),
        ("email", "ana@naotem.com.br"),
        ("email", "noreply@example.com"),
        ("email", "no-reply+7@example.com"),
        ("email", "xxx@example.com"),
        ("phone", "+5511999999999"),
        ("phone", "+550000000000"),
        ("phone", "12345678"),
        ("cpf", "00000000000"),
        ("es.nif", "00000000"),
        ("code", "0"),
        ("code", "000-00"),
        ("code", "99999999"),
    ],
)
def test_what_many_people_share_is_nobodys(kind: str, value: str) -> None:
    assert is_junk(kind, value)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("email", "ana@example.com"),
        ("email", "contato@example.com"),
        ("email", "nao.ichi@example.com"),
        ("email", "li@example.com"),
        ("phone", "+5511987654321"),
        ("cpf", "12345678909"),
        ("code", "1"),
        ("code", "77"),
        ("code", "A-2041"),
        ("name", "Bo"),
    ],
)
def test_what_one_customer_may_have_is_not_junk(kind: str, value: str) -> None:
    assert not is_junk(kind, value)
