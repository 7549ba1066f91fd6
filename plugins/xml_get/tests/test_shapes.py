"""Which elements are the records, in every shape that pages are known to answer in."""

from __future__ import annotations

from xml.sax.saxutils import escape

import pytest

from gateway.adapter import TooLarge, Unreadable
from plugins.xml_get.tests.reading import READS, read

CARLOS = {"email": "carlos@example.com", "nome": "Carlos"}
ANA = {"email": "ana@example.com", "nome": "Ana"}

ONE = {
    "S1": '<clientes><cliente email="carlos@example.com" nome="Carlos"/></clientes>',
    "S1 with line breaks": '<clientes>\n<cliente email="carlos@example.com" nome="Carlos">\n</cliente>\n</clientes>\n',
    "S2": "<clientes><cliente><email>carlos@example.com</email><nome>Carlos</nome></cliente></clientes>",
    "S2 with line breaks": "<clientes>\n<cliente>\n<email>\ncarlos@example.com\n</email>\n<nome>\nCarlos\n</nome>\n"
    "</cliente>\n</clientes>",
    "S3 with values": '<clientes><cliente><campo nome="email" valor="carlos@example.com"/>'
    '<campo nome="nome" valor="Carlos"/></cliente></clientes>',
    "S3 with text": '<clientes><cliente><campo nome="email">carlos@example.com</campo>'
    '<campo nome="nome">Carlos</campo></cliente></clientes>',
    "S3 with children": "<clientes><cliente><campo><nome>email</nome><valor>carlos@example.com</valor></campo>"
    "<campo><nome>nome</nome><valor>Carlos</valor></campo></cliente></clientes>",
    "S3 as the root": '<cliente><campo nome="email" valor="carlos@example.com"/>'
    '<campo nome="nome" valor="Carlos"/></cliente>',
    "S4 of elements": "<clientes><email>carlos@example.com</email><nome>Carlos</nome></clientes>",
    "S5 of attributes": '<cliente email="carlos@example.com" nome="Carlos"/>',
    "S5 of elements": "<cliente><email>carlos@example.com</email><nome>Carlos</nome></cliente>",
    "S6 one level more": '<resposta><clientes><cliente email="carlos@example.com" nome="Carlos"/></clientes></resposta>',
    "S6 two levels more": '<r><dados><clientes><cliente email="carlos@example.com" nome="Carlos"/></clientes></dados></r>',
    "S6 with a status": "<retorno><codigo>0</codigo><mensagem>OK</mensagem>"
    '<clientes><cliente email="carlos@example.com" nome="Carlos"/></clientes></retorno>',
    "S6 with namespaces": '<x:clientes xmlns:x="urn:x" xmlns="urn:y"><cliente><email>carlos@example.com</email>'
    "<x:nome>Carlos</x:nome></cliente></x:clientes>",
    "S6 in a SOAP envelope": '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header/><s:Body>'
    '<BuscaResponse xmlns="urn:b"><BuscaResult><cliente><email>carlos@example.com</email><nome>Carlos</nome></cliente>'
    "</BuscaResult></BuscaResponse></s:Body></s:Envelope>",
    "S6 as a DataSet": '<DataSet xmlns="http://tempuri.org/"><xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">'
    '<xs:element name="N"/></xs:schema><d:diffgram xmlns:d="urn:schemas-microsoft-com:xml-diffgram-v1"><N xmlns="">'
    '<Table d:id="T1"><email>carlos@example.com</email><nome>Carlos</nome></Table></N></d:diffgram></DataSet>',
    "S6 as text in ASMX's string": '<string xmlns="http://tempuri.org/">'
    + escape('<?xml version="1.0" encoding="utf-16"?><c><cliente email="carlos@example.com" nome="Carlos"/></c>')
    + "</string>",
    "S6 as CDATA": "<resposta><![CDATA[<c><cliente email='carlos@example.com' nome='Carlos'/></c>]]></resposta>",
    "S7": '<clientes><cliente email="carlos@example.com"><nome>Carlos</nome></cliente></clientes>',
}  # fmt: skip

TWO = {
    "S1": '<clientes><cliente email="carlos@example.com" nome="Carlos"/>'
    '<cliente email="ana@example.com" nome="Ana"/></clientes>',
    "S2": "<clientes><cliente><email>carlos@example.com</email><nome>Carlos</nome></cliente>"
    "<cliente><email>ana@example.com</email><nome>Ana</nome></cliente></clientes>",
    "S3": '<clientes><cliente><campo nome="email" valor="carlos@example.com"/><campo nome="nome" valor="Carlos"/></cliente>'
    '<cliente><campo nome="email" valor="ana@example.com"/><campo nome="nome" valor="Ana"/></cliente></clientes>',
    "S4 of elements": "<clientes><email>carlos@example.com</email><nome>Carlos</nome>"
    "<email>ana@example.com</email><nome>Ana</nome></clientes>",
    "S4 of pairs": '<clientes><campo nome="email" valor="carlos@example.com"/><campo nome="nome" valor="Carlos"/>'
    '<campo nome="email" valor="ana@example.com"/><campo nome="nome" valor="Ana"/></clientes>',
    "S4 with a count": '<clientes total="2"><email>carlos@example.com</email><nome>Carlos</nome>'
    "<email>ana@example.com</email><nome>Ana</nome></clientes>",
    "S6 with a status": '<retorno><status>0</status><cliente email="carlos@example.com" nome="Carlos"/>'
    '<cliente email="ana@example.com" nome="Ana"/></retorno>',
    "two lists": '<r><ativos><cliente email="carlos@example.com" nome="Carlos"/></ativos>'
    '<inativos><cliente email="ana@example.com" nome="Ana"/></inativos></r>',
    "two kinds of records": '<clientes><pf email="carlos@example.com" nome="Carlos"/>'
    '<pj email="ana@example.com" nome="Ana"/></clientes>',
}  # fmt: skip


@pytest.mark.parametrize("reads", [frozenset(), READS], ids=["mapping unknown", "mapping known"])
@pytest.mark.parametrize("shape", ONE)
def test_one_record_is_read_in_every_shape(shape: str, reads: frozenset[str]) -> None:
    found = read(ONE[shape], reads=reads)
    assert list(found.records) == [CARLOS]
    assert not found.warnings
    assert not found.truncated


@pytest.mark.parametrize("reads", [frozenset(), READS], ids=["mapping unknown", "mapping known"])
@pytest.mark.parametrize("shape", TWO)
def test_two_records_stay_two(shape: str, reads: frozenset[str]) -> None:
    found = read(TWO[shape], reads=reads)
    assert list(found.records) == [CARLOS, ANA]
    assert not found.warnings


def test_a_field_that_follows_itself_is_a_list_and_no_new_record() -> None:
    found = read("<clientes><email>a</email><fone>1</fone><fone>2</fone><email>b</email><fone>3</fone></clientes>")
    assert list(found.records) == [{"email": "a", "fone": ["1", "2"]}, {"email": "b", "fone": "3"}]


def test_rows_that_begin_with_different_fields_may_be_mixed_up_and_that_is_said() -> None:
    found = read("<c><email>a</email><nome>A</nome><nome>B</nome><fone>1</fone><nome>C</nome></c>")
    assert len(found.records) > 1
    assert "records begin with different ones: some may be mixed up" in found.warnings[0]


def test_rows_of_one_field_are_a_record_each() -> None:
    assert list(read("<emails><email>a</email><email>b</email></emails>").records) == [{"email": "a"}, {"email": "b"}]


def test_a_repeated_field_inside_a_record_is_a_list() -> None:
    found = read("<clientes><cliente><fone>1</fone><nome>Ana</nome><fone>2</fone></cliente></clientes>")
    assert list(found.records) == [{"fone": ["1", "2"], "nome": "Ana"}]


def test_the_root_as_the_only_record_keeps_its_nested_fields() -> None:
    found = read(
        "<cliente><email>a</email><nome>Ana</nome><endereco><cep>1</cep><rua>2</rua></endereco></cliente>", reads=READS
    )
    assert list(found.records) == [{"email": "a", "nome": "Ana", "endereco": {"cep": "1", "rua": "2"}}]


def test_children_win_over_attributes_and_the_conflict_is_a_warning() -> None:
    found = read('<clientes><cliente email="a" nome="Ana"><email>b</email></cliente></clientes>')
    assert list(found.records) == [{"email": "b", "nome": "Ana"}]
    assert found.warnings == ("A record has an attribute and a child of one name that differ: the child is taken.",)


def test_an_empty_child_does_not_hide_an_attribute() -> None:
    found = read('<clientes><cliente email="a" nome="Ana"><email/></cliente></clientes>')
    assert list(found.records) == [{"email": "a", "nome": "Ana"}]
    assert not found.warnings


@pytest.mark.parametrize("name", ["E-mail", "EMAIL", "e_mail", "Email"])
def test_names_are_spelled_as_the_mapping_spells_them(name: str) -> None:
    assert list(read(f'<c><r {name}="a" nome="Ana"/></c>', reads=READS).records) == [{"email": "a", "nome": "Ana"}]


def test_a_name_with_accents_and_particles_is_the_mappings_own() -> None:
    reply = "<clientes><cliente><Código_do_cliente>0042</Código_do_cliente><NOME>Ana</NOME></cliente></clientes>"
    assert list(read(reply, reads=frozenset({"codigo_cliente", "nome"})).records) == [
        {"codigo_cliente": "0042", "nome": "Ana"}
    ]


def test_a_field_with_attributes_of_its_own_gives_its_text() -> None:
    reply = '<clientes><cliente><nome>Ana</nome><fone tipo="celular">11 9</fone></cliente></clientes>'
    assert list(read(reply, reads=READS).records) == [{"nome": "Ana", "fone": "11 9"}]


def test_a_field_whose_attributes_are_mapped_gives_both() -> None:
    reply = '<clientes><cliente><nome>Ana</nome><fone tipo="celular">11 9</fone></cliente></clientes>'
    found = read(reply, reads=frozenset({"nome", "fone", "tipo", "text"}))
    assert list(found.records) == [{"nome": "Ana", "fone": {"tipo": "celular", "text": "11 9"}}]


def test_nil_is_no_value() -> None:
    reply = (
        '<clientes xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><cliente><nome>Ana</nome>'
        '<email xsi:nil="true"/></cliente></clientes>'
    )
    assert list(read(reply).records) == [{"nome": "Ana", "email": None}]


def test_records_that_happen_to_have_a_nome_and_a_valor_are_no_pairs() -> None:
    reply = '<lista><item nome="Carlos" valor="10"/><item nome="Ana" valor="20"/></lista>'
    found = read(reply, reads=frozenset({"nome", "valor"}))
    assert list(found.records) == [{"nome": "Carlos", "valor": "10"}, {"nome": "Ana", "valor": "20"}]


def test_leading_zeros_live() -> None:
    assert list(read('<c><r cpf="00161803300" nome="Zé"/></c>').records) == [{"cpf": "00161803300", "nome": "Zé"}]


def test_a_single_record_with_one_nested_element_is_found_by_what_the_mapping_reads() -> None:
    reply = "<clientes><cliente><endereco><cep>1</cep></endereco></cliente></clientes>"
    assert list(read(reply, reads=READS).records) == [{"endereco": {"cep": "1"}}]


def test_the_mapping_tells_the_list_of_customers_from_other_lists() -> None:
    reply = (
        '<retorno><empresa>ACME</empresa><filiais><filial codigo="1"/><filial codigo="2"/></filiais>'
        '<clientes><cliente email="carlos@example.com" nome="Carlos"/></clientes></retorno>'
    )
    assert list(read(reply, reads=READS).records) == [CARLOS]


def test_a_person_and_a_company_in_one_list_are_both_kept() -> None:
    reply = '<clientes><pj nome="Ana" cnpj="2"/><pf nome="Carlos" email="c" cpf="1"/></clientes>'
    assert [record["nome"] for record in read(reply, reads=READS).records] == ["Ana", "Carlos"]


# ---------------------------------------------------------------------------------------------- the override


def test_the_settings_name_the_records_where_detection_would_err() -> None:
    reply = '<r><vendedor nome="V" email="v"/><cliente nome="Ana" email="ana@example.com"/></r>'
    assert list(read(reply, records="cliente", reads=READS).records) == [ANA]


def test_a_path_names_records_by_where_they_stand() -> None:
    reply = (
        '<r><inativos><cliente nome="X" email="x"/></inativos>'
        '<ativos><Cliente nome="Ana" email="ana@example.com"/></ativos></r>'
    )
    assert list(read(reply, records="ativos/cliente").records) == [ANA]


def test_an_empty_list_that_the_settings_name_is_nobody() -> None:
    assert not read("<r><status>OK</status><ativos/></r>", records="ativos/cliente").records


def test_a_name_that_is_nowhere_in_the_reply_is_no_absence() -> None:
    with pytest.raises(Unreadable, match=r"settings\.records names"):
        read('<r><pessoa nome="Ana"/><pessoa nome="Bia"/></r>', records="cliente")


# ---------------------------------------------------------------------------------------------- limits


def test_records_over_the_limit_are_cut_and_it_is_said() -> None:
    reply = "<c>" + "".join(f'<r nome="N{number}" email="{number}"/>' for number in range(12)) + "</c>"
    found = read(reply, limit=5)
    assert [record["nome"] for record in found.records] == ["N0", "N1", "N2", "N3", "N4"]
    assert found.truncated
    assert not read(reply, limit=12).truncated


def test_a_count_above_what_came_says_that_there_are_more() -> None:
    assert read('<clientes total="120"><cliente nome="Ana" email="a"/></clientes>').truncated
    assert read("<r><total>120</total><clientes><cliente nome='Ana' email='a'/></clientes></r>").truncated
    assert not read('<clientes total="1"><cliente nome="Ana" email="a"/></clientes>').truncated


def test_a_count_inside_a_record_is_the_customers_own() -> None:
    found = read('<clientes><cliente nome="Ana" email="a" qtd="5"><total>7</total></cliente></clientes>')
    assert (len(found.records), found.truncated) == (1, False)


def test_too_many_elements_or_attributes_are_refused_before_they_take_memory() -> None:
    with pytest.raises(TooLarge, match="too many elements"):
        read("<c>" + "<r/>" * 100_001 + "</c>")
    with pytest.raises(TooLarge, match="too many elements"):
        read("<c " + " ".join(f'a{number}=""' for number in range(250_001)) + "/>")


@pytest.mark.parametrize("depth", [40, 250, 5000])
def test_deep_nesting_is_a_clean_refusal(depth: int) -> None:
    with pytest.raises(TooLarge, match="nested too deeply"):
        read('<c><r nome="Ana"/><r>' + "<d><e/>" * depth + "</d>" * depth + "</r></c>")
