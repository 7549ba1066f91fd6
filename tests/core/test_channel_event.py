"""What is read of a channel's event: real shapes of what mail servers, telephony, chats and messengers hand over."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.core.channel import CHANNELS, Channel, NumberedAt
from gateway.core.channel_event import Told, searches_of, told, vouched
from gateway.core.model import Identifier
from gateway.core.paths import compile_path
from gateway.core.senders import caller_number, sender
from gateway.core.tenant import SearchField, Tenant, UniqueKeySpec

FIELDS = {
    "cpf": SearchField("cpf", "cpf", "CPF", "documents.cpf"),
    "email": SearchField("email", "email", "E-mail", "emails"),
    "nome": SearchField("nome", "name", "Nome", "name"),
    "fone": SearchField("fone", "phone", "Telefone", "phones"),
    "pedido": SearchField("pedido", "code", "Nº do pedido", "attributes.pedido"),
}
CASE = SearchField("chamado", "code", "Chamado", "attributes.chamado")
ANAS_CPF = "52998224725"
NUMBER = "+5511987654321"


def tenant(**more: SearchField) -> Tenant:
    return Tenant(
        slug="acme",
        name="Acme",
        locale="pt-BR",
        country="BR",
        time_zone="America/Sao_Paulo",
        version="1",
        search_fields={**FIELDS, **more},
        unique_key=UniqueKeySpec("email", "email", "person"),
        sources={},
        routes={},
    )


def read(channel: str, data: dict[str, Any], user: tuple[str, str] | None = None, **more: SearchField) -> Told:
    return told(tenant(**more), CHANNELS[channel], data, user)


WHATSAPP = {
    "messaging_product": "whatsapp",
    "metadata": {"display_phone_number": "551130001000"},
    "contacts": [{"profile": {"name": "Ana Souza"}, "wa_id": "5511987654321"}],
    "messages": [{"from": "5511987654321", "id": "wamid.HBg", "type": "text", "text": {"body": "529.982.247-25"}}],
}
WITHOUT_NUMBER = {
    "contacts": [{"profile": {"name": "Ana", "username": "ana"}, "user_id": "BR.1A2B"}],
    "from": "BR.1A2B",
}
POSTMARK = {"FromFull": {"Email": "ana@example.com", "Name": "Ana Souza"}, "ToFull": [{"Email": "ajuda@acme.example"}]}
TWILIO = {"CallSid": "CA1", "From": NUMBER, "To": "+551130001000", "Direction": "inbound"}
DYNAMICS = {"Name": "Ana Souza", "Email": "Ana@Example.com", "Phone": "(11) 98765-4321", "CaseNumber": "CAS-118"}
TELEGRAM = {"message_id": 7, "from": {"id": 991, "first_name": "Ana", "username": "ana_s"}, "chat": {"id": 5}}
MESSENGER = {"sender": {"id": "7250001"}, "recipient": {"id": "100200"}, "message": {"text": "oi"}}
PAIRS = {"pre_chat": [{"question": "Seu e-mail", "answer": "x"}, {"question": "E-mail", "answer": "ana@example.com"}]}


@pytest.mark.parametrize(
    ("channel", "data", "searches"),
    [
        (
            "email",
            {"from": '"Ana Souza" <Ana@Example.com>', "to": "ajuda@acme.example"},
            [{"email": "ana@example.com"}],
        ),
        ("email", {"Remetente": "ana@example.com"}, [{"email": "ana@example.com"}]),
        ("email", POSTMARK, [{"email": "ana@example.com"}]),
        ("phone", TWILIO, [{"fone": NUMBER}]),
        ("phone", {"calling_number": "(11) 98765-4321", "called_number": "(11) 3000-1000"}, [{"fone": NUMBER}]),
        ("ivr", {**TWILIO, "ivr": {"cpf": "529.982.247-25"}}, [{"cpf": ANAS_CPF}]),
        ("ivr", {**TWILIO, "Digits": ANAS_CPF}, [{"cpf": ANAS_CPF}]),
        ("ivr", {**TWILIO, "Digits": "2"}, [{"fone": NUMBER}]),
        ("ivr", {**TWILIO, "URA": {"Nº do Pedido": 118}}, [{"pedido": "118"}, {"fone": NUMBER}]),
        ("chat", DYNAMICS, [{"email": "ana@example.com"}, {"fone": NUMBER}]),
        ("chat", {"E-posta": "ana@example.com", "Adı": "Ana"}, [{"email": "ana@example.com"}]),
        ("chat", PAIRS, [{"email": "ana@example.com"}]),
        ("chat", {"Nome": "Ana Souza"}, [{"nome": "Ana Souza"}]),
        ("chat", {"agent": {"email": "op@acme.example"}, "to": {"email": "x@example.com"}}, []),
        ("whatsapp", WHATSAPP, [{"fone": NUMBER}]),
        ("whatsapp", WITHOUT_NUMBER, []),
        ("telegram", TELEGRAM, []),
        ("other", {"email": True, "cpf": 1.5, "fone": None, "nome": {}}, []),
    ],
)
def test_what_is_searched_by_without_a_word_in_the_tenants_file(
    channel: str, data: dict[str, Any], searches: list[dict[str, str]]
) -> None:
    event = read(channel, data)
    assert ([dict(one) for one in event.searches], event.left_out) == (searches, ())


@pytest.mark.parametrize(
    ("channel", "data", "given", "user"),
    [
        ("email", {"from": "Ana <ana@example.com>"}, None, ("email", "ana@example.com")),
        ("phone", TWILIO, None, ("phone", NUMBER)),
        ("phone", {"caller": "anonymous"}, None, None),
        ("whatsapp", WHATSAPP, None, ("channel_user", "whatsapp:5511987654321")),
        ("whatsapp", WITHOUT_NUMBER, None, ("channel_user", "whatsapp:BR.1A2B")),
        ("whatsapp", {}, ("channel_user", "5511987654321"), ("channel_user", "whatsapp:5511987654321")),
        ("telegram", TELEGRAM, None, ("channel_user", "telegram:991")),
        ("messenger", MESSENGER, None, ("channel_user", "messenger:7250001")),
        ("phone", TWILIO, ("phone", "sip:anonymous@anonymous.invalid"), None),
        ("email", {}, ("email", '"Ana" <ana@example.com>'), ("email", "ana@example.com")),
    ],
)
def test_who_writes_is_called_as_his_channel_calls_him(
    channel: str, data: dict[str, Any], given: tuple[str, str] | None, user: tuple[str, str] | None
) -> None:
    event = read(channel, data, given)
    assert (event.user and (event.user.kind, event.user.value), event.left_out) == (user, ())


@pytest.mark.parametrize(
    ("channel", "data"),
    [
        ("chat", {"pre_chat": [{"question": "User ID", "answer": "visitor-7"}]}),
        ("telegram", {"form": {"from": {"id": 991}, "customer": {"user_id": 991}}}),
        ("messenger", {"variables": {"psid": "7250001"}}),
        ("whatsapp", {"answers": {"wa_id": "5511987654321"}}),
        ("phone", {"ANI": "anonymous", "URA": {"origem": NUMBER}}),
        ("email", {"from": "a@example.com, b@example.com", "form": [{"name": "from", "value": "ana@example.com"}]}),
    ],
)
def test_nobody_is_another_user_by_answering_so(channel: str, data: dict[str, Any]) -> None:
    assert read(channel, data).user is None


def test_a_whatsapp_id_that_is_a_number_is_searched_by() -> None:
    event = read("whatsapp", {}, ("channel_user", "5511987654321"))
    assert event.searches == ({"fone": NUMBER},)
    assert read("telegram", {}, ("channel_user", "5511987654321")).searches == ()


@pytest.mark.parametrize(
    ("channel", "data", "said"),
    [
        ("ivr", {"ivr": {"cpf": "529.982.247-24"}}, "cpf: its check digits"),
        ("email", {"from": "a@example.com, b@example.com"}, "email: it needs exactly one @"),
        ("email", {"from": "nao@tem.com"}, "email: it is one that strangers share"),
        ("chat", {"phone": "12"}, "fone: it has 2 digits"),
        ("chat", {"email": "x" * 2000}, "email: it has more than 1000 characters"),
    ],
)
def test_nonsense_is_left_out_and_told_without_its_value(channel: str, data: dict[str, Any], said: str) -> None:
    event = read(channel, data)
    assert event.searches == ()
    [told_] = event.left_out
    assert told_.startswith(said)
    assert "529.982" not in told_


def test_a_user_whom_the_caller_names_wrongly_is_told_of() -> None:
    event = read("phone", {}, ("phone", "12"))
    assert (event.user, event.left_out[0][:22]) == (None, "channel_user: it has 2")


def test_the_second_best_text_counts_where_the_first_is_nonsense() -> None:
    event = read("chat", {"fone": "12", "Phone": "(11) 98765-4321"})
    assert (event.searches, event.left_out) == (({"fone": NUMBER},), ())


def test_a_case_is_searched_by_only_where_the_tenant_has_cases() -> None:
    assert {"pedido": "CAS-118"} not in read("chat", DYNAMICS).searches
    assert read("chat", DYNAMICS, chamado=CASE).searches[1] == {"chamado": "CAS-118"}


def test_a_document_that_is_nobodys_ends_the_search() -> None:
    values = {"nome": "Ana", "fone": NUMBER, "cpf": ANAS_CPF, "pedido": "7"}
    assert searches_of(tenant(), values) == ({"pedido": "7"}, {"cpf": ANAS_CPF})
    # The unique key goes before everything.
    assert searches_of(tenant(), {**values, "email": "ana@example.com"})[0] == {"email": "ana@example.com"}


def test_a_document_of_another_country_is_read_by_its_own_name() -> None:
    tckn = SearchField("tckn", "tr.tckimlik", "Kimlik", "documents.tr.tckimlik")
    assert read("chat", {"T.C. Kimlik No": "10000000146"}, tckn=tckn).searches == ({"tckn": "10000000146"},)


def test_of_two_fields_of_a_kind_the_first_takes_the_usual_words_and_each_its_own() -> None:
    other = SearchField("recado", "phone", "Recado", "phones")
    event = read("chat", {"Phone": "(11) 98765-4321", "Recado": "(11) 3000-1000"}, recado=other)
    assert event.searches == ({"fone": NUMBER}, {"recado": "+551130001000"})


def test_what_the_tenants_file_says_counts_alone() -> None:
    fields = {"cpf": (compile_path("ivr.documento"), compile_path("digits")), "fone": (compile_path("channel_user"),)}
    channel = Channel("ivr", NumberedAt.START, fields=fields)
    event = told(tenant(), channel, {"digits": ANAS_CPF, "email": "ana@example.com"}, ("phone", NUMBER))
    assert event.searches == ({"cpf": ANAS_CPF},)
    assert {(one.kind, one.value) for one in event.identifiers} == {("cpf", ANAS_CPF), ("phone", NUMBER)}
    nobody = told(tenant(), Channel("ivr", NumberedAt.START, fields={}), TWILIO, None)
    assert (nobody.searches, nobody.user) == ((), Identifier("phone", NUMBER))


def test_a_signed_identity_is_searched_by_alone_and_proves_what_it_says() -> None:
    event = vouched(tenant(), {"email": "Ana@Example.com", "nome": "Ana Souza"}, read("chat", {"cpf": ANAS_CPF}))
    assert event.searches == ({"email": "ana@example.com"},)
    assert {(one.value, one.verified) for one in event.identifiers} == {("ana@example.com", True), (ANAS_CPF, False)}
    assert event.name == "Ana Souza"


def test_a_name_is_remembered_for_who_is_registered() -> None:
    assert read("email", {"from": "=?utf-8?q?Jo=C3=A3o?= <joao@example.com>"}).name == "João"
    assert read("whatsapp", WHATSAPP).name == "Ana Souza"
    assert read("email", {"from": "=?x-none?q?Jo?= <joao@example.com>"}).name is None
    assert read("email", {"from": '"joao@example.com" <joao@example.com>'}).name is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("sip:+5511987654321@10.0.0.1:5060;user=phone", "+5511987654321"),
        ('"Ana" <sip:%2B5511987654321@pbx.example>;tag=1', "+5511987654321"),
        ("tel:+55-11-98765-4321;phone-context=acme.example", "+55-11-98765-4321"),
        ("+5511987654321", "+5511987654321"),
        ('"Anonymous" <sip:anonymous@anonymous.invalid>', None),
        ("sip:restricted@pbx.example", None),
        ("Número privado", None),
        ("Gizli Numara", None),
        ("+266696687", None),
        ("", None),
    ],
)
def test_a_callers_number_is_read_as_telephony_writes_it(text: str, number: str | None) -> None:
    assert caller_number(text) == number


@pytest.mark.parametrize(
    ("text", "read_"),
    [
        ("ana@example.com", ("ana@example.com", None)),
        ("Souza, Ana <ana@example.com>", ("ana@example.com", "Souza, Ana")),
        ("ana@example.com (Ana Souza)", ("ana@example.com", "Ana Souza")),
        ("<a@example.com> <b@example.com>", ("<a@example.com> <b@example.com>", None)),
        ('"Ana\r\nSouza" <ana@example.com>', ("ana@example.com", "Ana Souza")),
        ("<ana@example.com>", ("ana@example.com", None)),
    ],
)
def test_a_sender_is_read_as_mail_writes_him(text: str, read_: tuple[str, str | None]) -> None:
    assert sender(text) == read_
