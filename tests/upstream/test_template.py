"""What goes out for what an adapter prepares and a lookup fills in."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import Misconfigured
from gateway.core.redaction import Secret
from gateway.core.tenant import BasicAuth, BearerAuth, HeaderAuth, QueryAuth, Upstream
from gateway.upstream.exchange import Outgoing
from gateway.upstream.prepare import base_of, compile_template


def sent(
    values: dict[str, str] | None = None,
    *,
    upstream: Upstream | str = "https://crm.example/integracao",
    method: str = "GET",
    path: str = "",
    query: Sequence[tuple[str, str]] = (),
    headers: Sequence[tuple[str, str]] = (),
    charset: str = "utf-8",
    body: bytes | None = None,
) -> Outgoing:
    base = base_of(Upstream(upstream) if isinstance(upstream, str) else upstream)
    return compile_template(base, method, path, query, headers, charset).fill(values or {}, body)


def target(*arguments: dict[str, str], **more: object) -> str:
    return sent(*arguments, **more).target.decode()  # type: ignore[arg-type]


def header_of(request: Outgoing, name: str) -> list[str]:
    return [value.decode("latin-1") for field, value in request.headers if field.decode() == name]


# ---------------------------------------------------------------------------------------------- path


def test_the_base_address_itself_is_asked_where_no_path_is_given() -> None:
    assert target() == "/integracao"
    assert target(upstream="https://crm.example") == "/"
    assert target(upstream="https://crm.example/pagina.asp?modo=xml") == "/pagina.asp?modo=xml"


@pytest.mark.parametrize("base", ["https://crm.example/api", "https://crm.example/api/"])
@pytest.mark.parametrize("path", ["clientes/1", "/clientes/1"])
def test_a_path_is_appended_with_one_slash(base: str, path: str) -> None:
    assert target(upstream=base, path=path) == "/api/clientes/1"


def test_a_base_with_a_query_keeps_it_before_what_is_added() -> None:
    assert (
        target({"cpf": "1"}, upstream="https://crm.example/p?modo=xml", path="x", query=[("doc", "{cpf}")])
        == "/p/x?modo=xml&doc=1"
    )


def test_a_path_may_bring_parameters_of_its_own() -> None:
    assert target({"cpf": "1"}, path="x?fmt=a%20b&doc={cpf}&flag") == "/integracao/x?fmt=a%20b&doc=1&flag"
    assert target(path="x?doc={cpf}&fmt=1") == "/integracao/x?fmt=1"


def test_an_absolute_address_of_the_same_origin_replaces_the_base() -> None:
    upstream = "https://crm.example/a?x=1"
    assert target(upstream=upstream, path="https://CRM.example:443/servico.asmx?op=Busca") == "/servico.asmx?op=Busca"
    assert target(upstream=upstream, path="https://crm.example") == "/"


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example/x",
        "http://crm.example/x",
        "https://crm.example:8443/x",
        "https://crm.example.evil.example/x",
        "https://crm.example{x}/",
        "https://user:pass@crm.example/x",
        "https://crm.example\\@evil.example/x",
        "ftp://crm.example/x",
    ],
)
def test_an_absolute_address_of_another_origin_is_refused(path: str) -> None:
    with pytest.raises(Misconfigured, match="asks an address of another origin"):
        sent({"x": ".evil.example"}, path=path)


def test_a_path_that_looks_like_a_network_path_stays_a_path() -> None:
    assert target(path="//evil.example/x") == "/integracao/evil.example/x"


def test_a_value_in_the_path_is_escaped_wholly() -> None:
    assert (
        target({"code": "a/b?c#d e%2e&f"}, path="clientes/{code}") == "/integracao/clientes/a%2Fb%3Fc%23d%20e%252e%26f"
    )


@pytest.mark.parametrize("value", [".", "..", "", "../x", "a/../b", "..\\x", "%2e%2e", "%252e%252e%252fx"])
def test_a_value_cannot_lead_to_another_path(value: str) -> None:
    with pytest.raises(Misconfigured, match=r"\{code\}"):
        sent({"code": value}, path="clientes/{code}/pedidos")


@pytest.mark.parametrize("path", ["x/{a}{b}", "x/.{a}", "x/%2E{a}", "x/%2e{a}"])
def test_dots_cannot_be_put_together(path: str) -> None:
    with pytest.raises(Misconfigured, match="would lead to another path"):
        sent({"a": ".", "b": "."}, path=path)


def test_a_hole_in_the_path_must_be_filled() -> None:
    with pytest.raises(Misconfigured, match=r"The path cannot be asked without \{code\}"):
        sent({"cpf": "1"}, path="clientes/{code}")


# ---------------------------------------------------------------------------------------------- query


def test_parameters_are_sent_where_their_holes_are_filled() -> None:
    query = [("nome", "{nome}"), ("doc", "{cpf}"), ("v", "2")]
    assert target({"cpf": "12345678909"}, query=query) == "/integracao?doc=12345678909&v=2"
    assert target({"nome": "João", "cpf": "1"}, query=query) == "/integracao?nome=Jo%C3%A3o&doc=1&v=2"
    assert target({}, query=query) == "/integracao?v=2"


def test_a_parameter_of_several_holes_needs_all_of_them() -> None:
    query = [("q", "{ddd}-{numero}")]
    assert target({"ddd": "11", "numero": "9"}, query=query) == "/integracao?q=11-9"
    assert target({}, query=query) == "/integracao"
    with pytest.raises(Misconfigured, match=r"all of \{ddd\}, \{numero\}"):
        sent({"ddd": "11"}, query=query)


def test_values_are_written_in_the_sources_charset() -> None:
    query = [("nome", "{nome}")]
    assert (
        target({"nome": "João D'Ávila"}, query=query, charset="iso-8859-1") == "/integracao?nome=Jo%E3o%20D%27%C1vila"
    )


def test_a_blank_is_percent_20_which_every_decoder_reads_as_a_blank() -> None:
    assert target({"nome": "a b+c"}, query=[("n", "{nome}")]) == "/integracao?n=a%20b%2Bc"


def test_a_character_outside_the_charset_is_refused_without_being_repeated() -> None:
    with pytest.raises(Misconfigured) as refused:
        sent({"nome": "Žižek"}, query=[("nome", "{nome}")], charset="iso-8859-1")
    assert str(refused.value) == (
        "The value of {nome} has a character that iso-8859-1 cannot write. Check the source's charset."
    )
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_names_and_constants_are_escaped_too() -> None:
    assert target(query=[("a b&", "50% de &")]) == "/integracao?a%20b%26=50%25%20de%20%26"


def test_fields_that_the_template_does_not_name_are_ignored() -> None:
    assert target({"cpf": "1", "nome": "x"}, query=[("doc", "{cpf}")]) == "/integracao?doc=1"


# ---------------------------------------------------------------------------------------------- what cannot be prepared


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"method": "get"}, "not an HTTP method in capitals"),
        ({"method": "GET /x HTTP/1.1\r\n"}, "not an HTTP method in capitals"),
        ({"path": "a#b"}, "fragment"),
        ({"path": "a/{b"}, "a brace without its partner"),
        ({"query": [("a", "x}")]}, "a brace without its partner"),
        ({"query": [("a", '{"b": 1}')]}, "no search field"),
        ({"query": [("a", "{}")]}, "no search field"),
        ({"query": [("{a}", "1")]}, "name has braces"),
        ({"path": "x?{a}=1"}, "name has braces"),
        ({"query": [("a", "ž")], "charset": "latin-1"}, "a character that latin-1 cannot write"),
        ({"query": [("ž", "a")], "charset": "latin-1"}, "a character that latin-1 cannot write"),
        ({"charset": "iso-8859-99"}, "charset is not one in which"),
        ({"charset": "rot13"}, "charset is not one in which"),
        ({"charset": "utf-16"}, "charset is not one in which"),
        ({"headers": [("X Y", "a")]}, "A header's name may hold"),
        ({"headers": [("X", "a\r\nY: b")]}, "The value of the header X has a line break"),
        ({"headers": [("X", "ž")]}, "The value of the header X has a character outside ISO-8859-1"),
        ({"headers": [("Host", "evil.example")]}, "The header host belongs to the connection"),
        ({"headers": [("Transfer-Encoding", "chunked")]}, "belongs to the connection"),
        ({"headers": [("Accept-Encoding", "br")]}, "belongs to the connection"),
    ],
)
def test_what_cannot_be_sent_is_refused_when_it_is_prepared(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(Misconfigured, match=said):
        sent(**wrong)  # type: ignore[arg-type]


# ---------------------------------------------------------------------------------------------- headers


def test_a_header_takes_values_and_must_have_them() -> None:
    headers = [("X-Documento", "cpf={cpf}")]
    assert header_of(sent({"cpf": "1"}, headers=headers), "x-documento") == ["cpf=1"]
    with pytest.raises(Misconfigured, match=r"The header X-Documento cannot be sent without \{cpf\}"):
        sent({}, headers=headers)


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\rb", "a\0b", "a\tb", "a\x7fb"])
def test_a_value_cannot_end_a_header(value: str) -> None:
    with pytest.raises(Misconfigured, match="The value of the header X has a line break"):
        sent({"v": value}, headers=[("X", "{v}")])


def test_a_header_value_outside_latin_1_is_refused() -> None:
    with pytest.raises(Misconfigured, match="The value of the header X has a character outside ISO-8859-1"):
        sent({"v": "Žižek"}, headers=[("X", "{v}")])


def test_the_wire_writes_its_own_headers() -> None:
    request = sent(upstream="https://crm.example:8443/x")
    assert header_of(request, "host") == ["crm.example:8443"]
    assert header_of(request, "accept-encoding") == ["gzip, deflate"]
    assert header_of(request, "content-length") == []
    assert header_of(sent(upstream="https://crm.example"), "host") == ["crm.example"]
    assert header_of(sent(upstream="http://[2001:DB8::1]:80"), "host") == ["[2001:db8::1]"]


@pytest.mark.parametrize(("body", "length"), [(None, "0"), (b"", "0"), (b"<a/>", "4")])
def test_a_post_says_how_long_its_body_is(body: bytes | None, length: str) -> None:
    assert header_of(sent(method="POST", body=body), "content-length") == [length]


def test_the_sources_headers_win_over_the_adapters_and_credentials_over_both() -> None:
    upstream = Upstream(
        "https://crm.example", auth=BearerAuth(Secret("t0ken")), headers={"Accept": "text/xml", "Authorization": "none"}
    )
    asked = [("Accept", "*/*"), ("authorization", "{v}"), ("Content-Type", "text/plain")]
    request = sent({"v": "x"}, upstream=upstream, headers=asked)
    assert header_of(request, "accept") == ["text/xml"]
    assert header_of(request, "authorization") == ["Bearer t0ken"]
    assert header_of(request, "content-type") == ["text/plain"]


# ---------------------------------------------------------------------------------------------- credentials


def test_basic_credentials_are_utf_8() -> None:
    request = sent(upstream=Upstream("https://crm.example", auth=BasicAuth("gw", Secret("señha:1"))))
    assert header_of(request, "authorization") == ["Basic Z3c6c2XDsWhhOjE="]


def test_a_key_in_a_header() -> None:
    request = sent(upstream=Upstream("https://crm.example", auth=HeaderAuth("X-API-Key", Secret("k1"))))
    assert header_of(request, "x-api-key") == ["k1"]


def test_a_key_in_the_query_comes_last_and_escaped() -> None:
    upstream = Upstream("https://crm.example/p?a=1", auth=QueryAuth("chave", Secret("k&1")))
    assert target({"cpf": "1"}, upstream=upstream, query=[("doc", "{cpf}")]) == "/p?a=1&doc=1&chave=k%261"


@pytest.mark.parametrize(
    ("auth", "said"),
    [
        (BasicAuth("g:w", Secret("s3cret")), "a user name cannot hold a colon"),
        (BearerAuth(Secret("s3cret\n")), "The value of the header Authorization has a line break"),
        (HeaderAuth("X-Key", Secret("s3cretž")), "The value of the header X-Key has a character outside"),
        (HeaderAuth("Host", Secret("s3cret")), "The header host belongs to the connection"),
    ],
)
def test_credentials_that_cannot_be_sent_are_refused_without_the_secret(
    auth: BasicAuth | BearerAuth | HeaderAuth, said: str
) -> None:
    with pytest.raises(Misconfigured, match=said) as refused:
        sent(upstream=Upstream("https://crm.example", auth=auth))
    assert "s3cret" not in str(refused.value)


def test_nothing_that_holds_values_or_secrets_shows_them() -> None:
    upstream = Upstream("https://crm.example/p?token=s3cret", auth=QueryAuth("chave", Secret("s3cret")))
    base = base_of(upstream)
    template = compile_template(base, "GET", "{code}", [("doc", "{cpf}")], [], "utf-8")
    request = template.fill({"code": "c0de", "cpf": "12345678909"}, b"b0dy")
    shown = f"{base!r} {base.address!r} {base.credentials!r} {template!r} {template.path!r} {request!r}"
    assert "s3cret" not in shown
    assert "c0de" not in shown
    assert "12345678909" not in shown


# ---------------------------------------------------------------------------------------------- whatever a value is


@given(st.text(), st.sampled_from(["utf-8", "iso-8859-1", "windows-1254", "shift_jis"]))
def test_no_value_splits_the_request(value: str, charset: str) -> None:
    try:
        request = sent(
            {"v": value}, path="a/{v}/b", query=[("q", "{v}"), ("r", "x{v}y")], headers=[("X", "{v}")], charset=charset
        )
    except Misconfigured:
        return
    path, _, query = request.target.decode("ascii").partition("?")
    assert path.count("/") == 4
    start, a, v, b = path.split("/")[1:]
    assert (start, a, b) == ("integracao", "a", "b")
    # As its receiver reads it: shift_jis writes the yen sign as a backslash.
    read = value.encode(charset).decode(charset)
    assert unquote(v, encoding=charset, errors="strict") == read
    assert parse_qsl(query, keep_blank_values=True, encoding=charset, errors="strict") == [
        ("q", read),
        ("r", f"x{read}y"),
    ]
    assert not set(request.target) & set(b" \r\n\t\0#")
    assert header_of(request, "x") == [value.strip(" ")]
    assert not any(set(name + field) & set(b"\r\n\0") for name, field in request.headers)


@given(st.text(min_size=1))
def test_every_value_of_utf_8_can_be_asked_for_in_a_query(value: str) -> None:
    request = sent({"v": value}, query=[("q", "{v}")])
    assert parse_qsl(request.target.decode().partition("?")[2], keep_blank_values=True) == [("q", value)]
