"""What strangers' replies are read as: records, nobody, or a failure that says what to change."""

from __future__ import annotations

import pytest
from gateway_soap.envelope import open_envelope

from gateway.adapter import (
    EmptyReply,
    Found,
    Reply,
    ReportedError,
    ServerError,
    SourceError,
    TooLarge,
    Truncated,
    Unauthorised,
    UnexpectedStatus,
    Unreadable,
    compile_path,
)
from gateway.core.nobody import Nobody, PathSign
from plugins.soap.tests.sources import (
    NO_SIGNS,
    READS,
    SOAP_11,
    SOAP_12,
    adapter_answered,
    envelope,
    names,
    query,
    response,
    settings,
)

pytestmark = pytest.mark.anyio
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
ANA = "<cliente><codigo>7</codigo><nome>Ana</nome></cliente>"
EVA = "<cliente><codigo>8</codigo><nome>Eva</nome></cliente>"
ANY = frozenset[str]()


async def read(
    body: str | bytes,
    *,
    limit: int = 10,
    records: str | None = None,
    version: str | None = None,
    status: int = 200,
    content_type: str = "text/xml; charset=utf-8",
    nobody: Nobody = NO_SIGNS,
    reads: frozenset[str] = READS,
    lists: frozenset[str] = ANY,
) -> Found:
    """What a lookup finds where the source answers so."""
    given = settings(records=records, version=version)
    how = adapter_answered(
        body, given, status=status, content_type=content_type, nobody=nobody, reads=reads, lists=lists
    )
    async with how as adapter:
        return await adapter.lookup(query(codigo="7"), limit=limit)


# ---------------------------------------------------------------------------------------------- records


@pytest.mark.parametrize("reads", [READS, ANY, frozenset({"*"})], ids=["by the mapping's names", "by shape", "by *"])
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (f"<lista>{ANA}{EVA}</lista>", ["Ana", "Eva"]),
        (f"<lista>{ANA}</lista>", ["Ana"]),
        (f"<return><dados><lista>{ANA}{EVA}</lista></dados></return>", ["Ana", "Eva"]),
        (f"{ANA}{EVA}", ["Ana", "Eva"]),
        ("<codigo>7</codigo><nome>Ana</nome>", ["Ana"]),
        (f"<lista {XSI}>{ANA}<cliente xsi:nil='true'/></lista>", ["Ana"]),
        (f"<lista>{ANA}<cliente>None</cliente><cliente>[]</cliente></lista>", ["Ana"]),
        (f"<lista>{ANA}<cliente><codigo/><nome></nome></cliente></lista>", ["Ana"]),
        ('<lista><cliente codigo="7" nome="Ana"/><cliente codigo="8" nome="Eva"/></lista>', ["Ana", "Eva"]),
        ('<x:lista xmlns:x="urn:outra"><cliente xmlns=""><nome>Ana</nome></cliente></x:lista>', ["Ana"]),
    ],
)
async def test_records_are_recognised(content: str, expected: list[str], reads: frozenset[str]) -> None:
    assert names((await read(response(content), reads=reads)).records) == expected


@pytest.mark.parametrize(
    ("content", "records"),
    [
        (f"<status>OK</status><lista>{ANA}{EVA}</lista>", "lista.cliente"),
        (f"<status>OK</status><lista>{ANA}{EVA}</lista>", "BuscarClienteResponse.lista.cliente"),
        (f"<status>OK</status><Lista>{ANA}</Lista><Lista>{EVA}</Lista>", "lista.Cliente"),
        (f"<total>2</total>{ANA}{EVA}", "cliente"),
    ],
)
@pytest.mark.parametrize("reads", [READS, ANY])
async def test_records_are_where_the_settings_say(content: str, records: str, reads: frozenset[str]) -> None:
    assert names((await read(response(content), records=records, reads=reads)).records) == ["Ana", "Eva"]


async def test_a_record_is_not_left_for_a_list_within_it() -> None:
    nested = (
        "<status>1</status><cliente><nome>Ana</nome><enderecos><endereco><cep>1</cep></endereco>"
        "<endereco><cep>2</cep></endereco></enderecos></cliente>"
    )
    found = await read(response(nested), reads=frozenset({"nome", "enderecos", "endereco", "cep"}))
    (record,) = found.records
    assert record == {"nome": "Ana", "enderecos": {"endereco": [{"cep": "1"}, {"cep": "2"}]}}


async def test_two_groups_that_both_look_like_records_are_not_guessed_at() -> None:
    found = await read(response(f"<ativos>{ANA}</ativos><inativos>{EVA}</inativos>"))
    # One record that holds both: the mapping finds no unique key in it, so it is a failure and not half an answer.
    assert [sorted(record) for record in found.records] == [["ativos", "inativos"]]


async def test_children_win_over_attributes_and_repeated_ones_are_a_list() -> None:
    content = (
        '<lista><cliente nome="X" id="9"><nome> Ana </nome><fone>1</fone><fone tipo="cel">2</fone><fone/><fone>3</fone>'
        '<obs>a<!-- b -->c</obs><plano tipo="ouro"/><nada/></cliente></lista>'
    )
    (record,) = (await read(response(content), reads=frozenset({"nome", "id"}))).records
    assert record == {"nome": "Ana", "fone": ["1", "2", "3"], "obs": "ac", "plano": {"tipo": "ouro"}, "id": "9"}


@pytest.mark.parametrize("sent", ["", '<fone tipo="fixo"><numero>4</numero></fone>'])
async def test_what_a_path_filters_is_a_list_where_there_is_only_one(sent: str) -> None:
    path = compile_path("fones.fone[?tipo=='cel'].numero | [0]")
    content = f'<cliente><nome>Ana</nome><fones><fone tipo="cel"><numero>9</numero></fone>{sent}</fones></cliente>'
    (record,) = (await read(response(content), reads=path.names | {"nome"}, lists=path.lists)).records
    assert path.read(dict(record)) == "9"


async def test_types_of_soap_and_schema_are_no_values() -> None:
    content = f'<lista {XSI} xmlns:s="http://schemas.xmlsoap.org/soap/encoding/" s:arrayType="x[1]">' + ANA.replace(
        "<nome>", "<nome xsi:type='string'>"
    )
    (record,) = (await read(response(f"{content}</lista>"))).records
    assert record == {"codigo": "7", "nome": "Ana"}


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (response(ANA.replace("Ana", "João")), "text/xml; charset=utf-8"),
        (b"\xef\xbb\xbf" + response(ANA.replace("Ana", "João")).encode(), "text/xml; charset=iso-8859-1"),
        (response(ANA.replace("Ana", "João")).encode("latin-1"), 'text/xml; charset="ISO-8859-1"'),
        (
            b'<?xml version="1.0" encoding="ISO-8859-1"?>' + response(ANA.replace("Ana", "João")).encode("latin-1"),
            "text/xml; charset=utf-8",
        ),
        (
            ('<?xml version="1.0" encoding="UTF-16"?>' + response(ANA.replace("Ana", "João"))).encode("utf-16"),
            "text/xml",
        ),
    ],
    ids=["utf-8", "bom", "header", "declared", "utf-16"],
)
async def test_accents_are_read_in_the_replys_own_encoding(body: str | bytes, content_type: str) -> None:
    assert names((await read(body, content_type=content_type)).records) == ["João"]


async def test_an_envelope_of_the_other_version_is_read() -> None:
    answer = f'<BuscarClienteResponse xmlns="urn:example:clientes">{ANA}</BuscarClienteResponse>'
    assert names((await read(envelope(answer, SOAP_12), version="1.1")).records) == ["Ana"]
    assert names((await read(envelope(answer, SOAP_11), version="1.2")).records) == ["Ana"]


# ---------------------------------------------------------------------------------------------- nobody


@pytest.mark.parametrize("records", [None, "lista.cliente"])
@pytest.mark.parametrize("reads", [READS, ANY])
@pytest.mark.parametrize(
    "content",
    [
        "",
        " \n ",
        "<lista/>",
        "<lista> </lista>",
        f"<lista {XSI} xsi:nil='true'/>",
        f"<lista {XSI}><cliente xsi:nil='1'/></lista>",
        "<lista><cliente/></lista>",
        "<lista><cliente><nome/><cpf></cpf></cliente></lista>",
        "<lista>None</lista>",
        "<lista>[]</lista>",
        "<total>0</total><lista/>",
        '<lista total="0"/>',
    ],
)
async def test_an_empty_answer_is_nobody(content: str, records: str | None, reads: frozenset[str]) -> None:
    found = await read(response(content), records=records, reads=reads)
    assert found.records == () or found.records == []
    assert not found.truncated


async def test_a_nil_response_is_nobody() -> None:
    nil = envelope(f'<BuscarClienteResponse {XSI} xsi:nil="true"/>')
    assert not (await read(nil)).records


async def test_an_empty_list_beside_other_values_is_nobody_only_where_the_records_place_is_told() -> None:
    content = response("<codigoRetorno>12</codigoRetorno><lista/>")
    assert not (await read(content, records="lista.cliente")).records
    with pytest.raises(Unreadable, match=r"no record that could be recognised.*settings\.records.*nobody:"):
        await read(content)


@pytest.mark.parametrize("records", [None, "lista.cliente"])
async def test_words_beside_an_empty_list_that_report_an_error_are_a_failure(records: str | None) -> None:
    for content in (
        "<erro>ORA-01017: invalid username</erro><lista/>",
        "<retorno><Erro>Falha interna</Erro></retorno>",
        "<codigoErro>99</codigoErro><lista/>",
        "<sucesso>false</sucesso><lista/>",
        "<status>ERRO</status><lista/>",
        "<mensagem>Erro: ORA-12541 no listener</mensagem><lista/>",
    ):
        with pytest.raises(
            ReportedError, match=r"'(erro|codigoerro|sucesso|status|mensagem)' in it reports a failure"
        ) as caught:
            await read(response(content), records=records)
        assert "ORA" not in str(caught.value)


@pytest.mark.parametrize("content", ["<total>3</total><lista/>", "<temMais>true</temMais><lista/>"])
async def test_an_empty_list_of_which_there_is_more_is_no_definite_no(content: str) -> None:
    with pytest.raises(Unreadable, match="lists nobody and says that there are more"):
        await read(response(content), records="lista.cliente")


async def test_an_empty_place_for_the_customer_is_no_definite_no_beside_a_text() -> None:
    content = response("<cliente/><codigoRetorno>99</codigoRetorno><aviso>Tente mais tarde</aviso>")
    with pytest.raises(Unreadable, match="no record that could be recognised"):
        await read(content, reads=frozenset({"cliente", "nome"}))


async def test_a_page_of_a_longer_list_is_cut() -> None:
    one = "<cliente><nome>Ana</nome><total>900</total></cliente>"
    assert (await read(response(f"<total>2</total><lista>{one}</lista>"), records="lista.cliente")).truncated
    assert not (await read(response(f"<total>1</total><lista>{one}</lista>"), records="lista.cliente")).truncated


async def test_an_error_element_that_says_no_error_is_none() -> None:
    for text in ("0", "false", "Não", "N", ""):
        assert not (await read(response(f"<erro>{text}</erro><lista/>"), records="lista.cliente")).records


@pytest.mark.parametrize("records", [None, "lista.cliente", "retorno.lista.cliente"])
async def test_something_else_than_records_is_never_nobody(records: str | None) -> None:
    for content in (
        "<mensagem>Consulta recebida</mensagem>",
        "<x><y>1</y></x>",
        "<lista>Manutenção</lista>",
        '<r href="#1"/>',
    ):
        with pytest.raises(Unreadable, match=r"is not empty.*settings\.records"):
            await read(response(content), records=records)


async def test_signs_of_nobody_are_heeded() -> None:
    told = Nobody(paths=(PathSign("status.codigo", "204", compile_path("status.codigo").read),))
    assert not (await read(response("<status><codigo>204</codigo></status>"), nobody=told)).records
    told = Nobody(texts=("cliente inexistente",))
    assert not (await read(response("<mensagem>CLIENTE INEXISTENTE</mensagem>"), nobody=told)).records
    assert not (await read("", status=404, nobody=Nobody(statuses=frozenset({404})))).records
    assert not (await read("", nobody=Nobody(empty_body=True))).records


# ---------------------------------------------------------------------------------------------- faults


OLD_FAULT = "<e:Fault><faultcode>{code}</faultcode><faultstring>{reason}</faultstring>{detail}</e:Fault>"
NEW_FAULT = (
    "<e:Fault><e:Code><e:Value>e:Sender</e:Value><e:Subcode><e:Value>{code}</e:Value></e:Subcode></e:Code>"
    "<e:Reason><e:Text>{reason}</e:Text></e:Reason>{detail}</e:Fault>"
)


def faulty(shape: str, code: str = "c:NaoEncontrado", reason: str = "Cliente não encontrado", detail: str = "") -> str:
    return shape.format(code=code, reason=reason, detail=detail)


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize("space", [SOAP_11, SOAP_12])
@pytest.mark.parametrize("shape", [OLD_FAULT, NEW_FAULT])
async def test_faults_of_both_versions_in_both_envelopes(shape: str, space: str, status: int) -> None:
    body = envelope(faulty(shape), space)
    with pytest.raises(ReportedError, match=r"SOAP fault \(NaoEncontrado\)") as caught:
        await read(body, status=status)
    assert "Cliente" not in str(caught.value)
    for sign in ("NaoEncontrado", "naoencontrado", "c:NaoEncontrado", "cliente nao encontrado"):
        assert not (await read(body, status=status, nobody=Nobody(faults=(sign,)))).records


async def test_a_faults_detail_names_it_too() -> None:
    body = envelope(
        faulty(OLD_FAULT, "e:Server", "", "<detail><x:ClienteInexistente xmlns:x='u'>7</x:ClienteInexistente></detail>")
    )
    with pytest.raises(ReportedError, match=r"\(ClienteInexistente\)"):
        await read(body, status=500)
    assert not (await read(body, status=500, nobody=Nobody(faults=("ClienteInexistente",)))).records


@pytest.mark.parametrize("code", ["12345678909", "e:cpf 123", "", "ORA-01017"])
async def test_a_code_that_might_hold_a_value_is_not_shown(code: str) -> None:
    with pytest.raises(ReportedError, match="without a plain code"):
        await read(envelope(faulty(OLD_FAULT, code)), status=500)


@pytest.mark.parametrize(
    "code", ["wsse:FailedAuthentication", "wsse:InvalidSecurityToken", "soap:Client.Authentication"]
)
@pytest.mark.parametrize("shape", [OLD_FAULT, NEW_FAULT])
async def test_a_fault_over_credentials_is_unauthorised(shape: str, code: str) -> None:
    async with adapter_answered(envelope(faulty(shape, code)), status=500) as adapter:
        with pytest.raises(Unauthorised, match=r"refused our credentials.*Check upstream\.auth"):
            await adapter.lookup(query(codigo="7"), limit=1)
        with pytest.raises(Unauthorised):
            await adapter.check()


# ---------------------------------------------------------------------------------------------- not readable


ANSWER = response(f"<lista>{ANA}{EVA}</lista>")
DOCTYPE = "<!DOCTYPE x [<!ENTITY a 'b'>]>"


@pytest.mark.parametrize(
    ("body", "error", "says"),
    [
        ("", EmptyReply, "empty body"),
        ("ORA-12541", Unreadable, r"not XML.*upstream\.url"),
        ('{"erro": 1}', Unreadable, "not XML"),
        ("<clientes/>", Unreadable, "no SOAP envelope"),
        (envelope(""), Unreadable, "nothing in its body"),
        (f'<e:Envelope xmlns:e="{SOAP_11}"/>', Unreadable, "nothing in its body"),
        (envelope("<OutraResponse/>"), Unreadable, r"does not hold 'BuscarClienteResponse'.*settings\.operation"),
        (DOCTYPE + ANSWER, Unreadable, "DOCTYPE"),
        (f'<?xml version="1.0"?>\n<!-- x -->{DOCTYPE}{ANSWER}', Unreadable, "DOCTYPE"),
        (('<?xml version="1.0" encoding="UTF-16"?>' + DOCTYPE + ANSWER).encode("utf-16"), Unreadable, "DOCTYPE"),
        (f"<!DOCTYPE x SYSTEM 'file:///etc/passwd'>{ANSWER}", Unreadable, "DOCTYPE"),
        (ANSWER.replace("Ana", "Ana & Eva"), Unreadable, r"not well-formed XML \(line 1, column \d+\)"),
        (ANSWER.replace("Ana", "&eacute;"), Unreadable, "not well-formed"),
        (ANSWER.replace("Ana", "João").encode("latin-1"), Unreadable, "not well-formed"),
        (response("<a>" * 300 + "</a>" * 300), TooLarge, "256 levels"),
        (ANSWER[:-3], Truncated, "ended before it was whole"),
    ],
)
async def test_what_cannot_be_read_is_a_failure(body: str | bytes, error: type[SourceError], says: str) -> None:
    with pytest.raises(error, match=says) as caught:
        await read(body)
    assert "Ana" not in str(caught.value)


async def test_a_reply_cut_anywhere_is_never_an_answer() -> None:
    for end in range(1, len(ANSWER)):
        with pytest.raises((Truncated, Unreadable)):
            await read_cut(ANSWER[:end])


async def read_cut(body: str) -> None:
    """Without a source for each of hundreds of cuts: the reading alone."""

    open_envelope(Reply(200, {"content-type": "text/xml"}, body.encode()))


async def test_an_entity_in_cdata_is_a_value() -> None:
    body = ANSWER.replace("Ana", "<![CDATA[<!DOCTYPE x>&amp;]]>")
    assert names((await read(body)).records) == ["<!DOCTYPE x>&amp;", "Eva"]


async def test_an_error_status_without_an_envelope_is_what_the_status_says() -> None:
    for body in ("boom", "<erro/>", "<html><body>500</body></html>"):
        with pytest.raises(ServerError, match="HTTP 500"):
            await read(body, status=500)
    with pytest.raises(UnexpectedStatus, match="HTTP 400"):
        await read("boom", status=400)


async def test_an_encoding_that_nobody_knows() -> None:
    with pytest.raises(Unreadable, match="encoding that nobody knows, by its Content-Type"):
        await read(ANSWER, content_type="text/xml; charset=x-none")
