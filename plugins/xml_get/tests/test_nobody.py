"""How a page says that it knows nobody, and what only looks like it: a failure is never an absence."""

from __future__ import annotations

import pytest

from gateway.adapter import (
    ErrorSign,
    HtmlPage,
    Nobody,
    ReportedError,
    SourceError,
    Unauthorised,
    Unreadable,
    compile_path,
)
from gateway.core.nobody import PathSign
from plugins.xml_get.tests.reading import ISO, READS, read

CPF = "12345678909"

SAYS_NOBODY = {
    "an empty root": "<clientes/>",
    "an empty root with a declaration": '<?xml version="1.0" encoding="ISO-8859-1"?>\n<clientes>\n</clientes>\n',
    "an empty root in wrappers": "<resposta><dados><clientes/></dados></resposta>",
    "an empty root in an envelope": '<s:Envelope xmlns:s="urn:s"><s:Body><r xmlns="urn:r"><c/></r></s:Body></s:Envelope>',
    "an empty root with a version": '<clientes versao="1.0" xmlns:x="urn:x" x:y="z"/>',
    "an empty document as text": "<string>&lt;clientes/&gt;</string>",
    "an empty string of ASMX": '<string xmlns="http://tempuri.org/"/>',
    "total 0 as an attribute": '<clientes total="0"/>',
    "total 0 as an element": "<resposta><total>0</total><clientes/></resposta>",
    "total 0 with a status": '<resposta sucesso="true" total="0"><mensagem>OK</mensagem><clientes/></resposta>',
    "the message as the root's text": "<clientes>Cliente inexistente</clientes>",
    "the message in capitals": "<clientes>CLIENTE INEXISTENTE</clientes>",
    "the message as an element": "<clientes>\n<mensagem>\nCliente inexistente\n</mensagem>\n</clientes>",
    "the message as an attribute": '<clientes mensagem="cliente Inexistente."/>',
    "the message as a record's attribute": '<clientes><cliente nome="Cliente inexistente" email=""/></clientes>',
    "the message as a record's element": "<clientes><cliente><nome>Cliente inexistente</nome><cpf/></cliente></clientes>",
    "the message with a status": "<retorno><codigo>404</codigo><mensagem>Cliente inexistente</mensagem></retorno>",
    "the message in an error element": "<erro>Cliente inexistente</erro>",
    "the message in an error with a code": "<erro><codigo>7</codigo><descricao>Cliente inexistente</descricao></erro>",
    "not registered, with the key": f"<clientes>Cliente não cadastrado/{CPF}</clientes>",
    "not registered, with blanks": f"<clientes><mensagem>Cliente não cadastrado / {CPF}</mensagem></clientes>",
    "not registered, without accents": f"<clientes>CLIENTE NAO CADASTRADO/{CPF}</clientes>",
    "not registered, without the key": "<clientes>Cliente não cadastrado</clientes>",
    "not registered, accents lost": f"<clientes>Cliente n?o cadastrado/{CPF}</clientes>",
    "not registered, the key beside it": (
        f'<clientes><cliente cpf="123.456.789-09" codigo="0" nome="Cliente não cadastrado/{CPF}"/></clientes>'
    ),
}  # fmt: skip


@pytest.mark.parametrize("reads", [frozenset(), READS], ids=["mapping unknown", "mapping known"])
@pytest.mark.parametrize("form", SAYS_NOBODY)
def test_each_way_to_say_nobody_is_an_empty_list(form: str, reads: frozenset[str]) -> None:
    found = read(SAYS_NOBODY[form], reads=reads, asked=(CPF,))
    assert (list(found.records), found.warnings, found.truncated) == ([], (), False)


def test_the_message_is_understood_in_iso_8859_1() -> None:
    body = f'<?xml version="1.0" encoding="ISO-8859-1"?>\n<c>\nCliente não cadastrado/{CPF}\n</c>\n'.encode(ISO)
    assert not read(body, asked=(CPF,)).records


# ---------------------------------------------------------------------------------------------- what is not nobody

FAILURES: dict[str, tuple[str, type[SourceError], str]] = {
    "an error element": ("<erro>Banco fora do ar</erro>", ReportedError, "itself reported"),
    "an empty error element": ("<erro/>", ReportedError, "itself reported"),
    "an empty element that refuses": ("<acessoNegado/>", ReportedError, "itself reported"),
    "an error in English": ("<Error><Code>17</Code><Message>no</Message></Error>", ReportedError, "itself reported"),
    "an error beside a code": ("<retorno><codigo>9</codigo><erro>Falhou</erro></retorno>", ReportedError, "itself reported"),
    "an error beside an empty list": ("<retorno><erro>Falhou</erro><clientes/></retorno>", ReportedError, "itself reported"),
    "a list of errors": (
        "<r><clientes/><erros><erro><codigo>1</codigo><msg>x</msg></erro></erros></r>", ReportedError, "itself reported",
    ),
    "an error as an attribute": ('<clientes erro="Falhou"/>', ReportedError, "itself reported"),
    "an error as an attribute of a wrapper": ('<r erro="Falhou"><clientes/></r>', ReportedError, "itself reported"),
    "a SOAP fault": (
        '<e:Envelope xmlns:e="urn:e"><e:Body><e:Fault><faultcode>1</faultcode></e:Fault></e:Body></e:Envelope>',
        ReportedError,
        "itself reported",
    ),
    "Oracle's error in a root": ("<clientes>ORA-01017: invalid username</clientes>", ReportedError, "itself reported"),
    "Oracle's error in a field": ("<c><mensagem>ORA-12541: no listener</mensagem></c>", ReportedError, "itself reported"),
    "Oracle's error as plain text": ("ORA-01017: invalid username/password", ReportedError, "itself reported"),
    "Oracle's error after the document": ("<clientes></clientes>ORA-01555: snapshot", ReportedError, "itself reported"),
    "warnings around an empty list": (
        "<br />\n<b>Warning</b>: mysql_connect(): Access denied<br />\n<clientes></clientes>",
        ReportedError,
        "may be an error message",
    ),
    "total 0 of a failure": ('<r sucesso="false" total="0"><clientes/></r>', ReportedError, "'sucesso' in it reports"),
    "total 0 with a bad status": (
        "<r><status>ERRO</status><total>0</total><clientes/></r>", ReportedError, "'status' in it reports",
    ),
    "total 0 with a message": (
        "<r><total>0</total><mensagem>Falhou a consulta</mensagem></r>", ReportedError, "'mensagem' in it reports",
    ),
    "an error in a comment": ("<clientes><!-- Erro: conexao recusada --></clientes>", ReportedError, "a remark in it"),
    "an unknown text": ("<clientes>Nada consta</clientes>", Unreadable, "list that text under nobody:"),
    "JSON in a string": ('<string>{"clientes": []}</string>', Unreadable, "list that text under nobody:"),
    "XHTML": ('<?xml version="1.0"?><html xmlns="urn:h"><body>Entrar</body></html>', HtmlPage, "HTML page"),
    "a login fragment": ("Bem-vindo<br><form action='/login'><input></form>", HtmlPage, "HTML page"),
}  # fmt: skip


@pytest.mark.parametrize("form", FAILURES)
def test_what_is_no_answer_is_its_own_error(form: str) -> None:
    reply, error, words = FAILURES[form]
    for reads in (frozenset[str](), READS):
        with pytest.raises(error, match=words) as raised:
            read(reply, reads=reads)
        assert type(raised.value) is error
        assert not any(word in str(raised.value) for word in ("Falhou", "invalid", "Access denied", "Nada consta"))


RECORDS = {
    "a record without values": ("<clientes><cliente><email/><nome/></cliente></clientes>", {"email": "", "nome": ""}),
    "an envelope with an empty list": ("<r><status>OK</status><clientes/></r>", {"status": "OK", "clientes": ""}),
    "a customer whose total is 0": (
        '<cliente nome="Ana" email="a" total="0"/>', {"nome": "Ana", "email": "a", "total": "0"},
    ),
    "a customer with a message": (
        '<c><cliente nome="Ana" email="ana@example.com" obs="Cliente não cadastrado"/></c>',
        {"nome": "Ana", "email": "ana@example.com", "obs": "Cliente não cadastrado"},
    ),
    "a customer with an error field": (
        '<c><cliente nome="Ana" email="a" erro="endereço"/></c>', {"nome": "Ana", "email": "a", "erro": "endereço"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", RECORDS)
def test_in_doubt_it_is_a_record_and_the_mapping_judges_it(form: str) -> None:
    reply, record = RECORDS[form]
    for reads in (frozenset[str](), READS):
        assert list(read(reply, reads=reads).records) == [record]


# ---------------------------------------------------------------------------------------------- as configured


def test_a_configured_text_is_nobody_wherever_it_stands() -> None:
    nobody = Nobody(texts=("nada consta",))
    for reply in (
        "<c>NADA CONSTA</c>",
        '<c msg="Nada consta para a consulta"/>',
        "<c><m>N&atilde;o: nada   consta</m></c>",
    ):
        assert not read(reply, nobody=nobody).records


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        ("<r><status>ERRO</status><clientes/></r>", ReportedError),
        ("<r><mensagem>Sistema fora do ar</mensagem><clientes></clientes></r>", ReportedError),
        ('<r total="3"><clientes/></r>', Unreadable),
    ],
)
def test_a_named_list_that_is_empty_is_nobody_only_where_nothing_speaks_against_it(
    reply: str, error: type[SourceError]
) -> None:
    with pytest.raises(error):
        read(reply, records="clientes/cliente")
    assert not read("<r><codigo>7</codigo><clientes/></r>", records="clientes/cliente").records


def test_a_remark_about_nothing_bad_leaves_nobody_nobody() -> None:
    assert not read("<clientes><!-- gerado por legado.asp --></clientes>").records


def test_a_configured_path_is_nobody_where_its_value_agrees() -> None:
    path = compile_path("retorno.codigo")
    nobody = Nobody(paths=(PathSign("retorno.codigo", "7", path.read),))
    reply = "<resposta><retorno><codigo>{}</codigo></retorno><clientes><cliente nome='Ana'/></clientes></resposta>"
    assert not read(reply.format(7), nobody=nobody).records
    assert read(reply.format(0), nobody=nobody).records


@pytest.mark.parametrize(
    ("sign", "reply", "error"),
    [
        (ErrorSign(path="codigo", unless=0), "<r><codigo>17</codigo><clientes/></r>", ReportedError),
        (
            ErrorSign(path="codigo", unless=0),
            "<r><clientes><cliente nome='Ana' email='a'/></clientes></r>",
            ReportedError,
        ),
        (ErrorSign(path="sessao", equals="expirada", means="unauthorised"), "<r sessao='Expirada'/>", Unauthorised),
        (ErrorSign(path="aviso"), "<r><aviso>Base em carga</aviso><c nome='Ana' email='a'/></r>", ReportedError),
        (ErrorSign(path="cliente.nome", equals="erro"), "<r><cliente nome='ERRO' email='e'/></r>", ReportedError),
    ],
)
def test_a_value_that_the_settings_call_an_error_is_one(sign: ErrorSign, reply: str, error: type[SourceError]) -> None:
    with pytest.raises(error, match=f"errors .{sign.path}."):
        read(reply, reads=READS, errors=(sign,))


def test_a_value_that_is_none_of_the_errors_leaves_the_records_and_nobody_is_asked_first() -> None:
    sign = ErrorSign(path="codigo", unless=0)
    assert read("<r><codigo>0</codigo><c nome='Ana' email='a'/></r>", reads=READS, errors=(sign,)).records
    path = compile_path("codigo")
    nobody = Nobody(paths=(PathSign("codigo", "7", path.read),))
    assert not read("<r><codigo>7</codigo></r>", nobody=nobody, errors=(sign,)).records
