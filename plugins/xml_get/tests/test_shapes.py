"""Which elements are the records, in every shape that pages are known to answer in."""

from __future__ import annotations

from xml.sax.saxutils import escape

import pytest
from gateway_xml_get.settings import Pairs

from gateway.adapter import ReportedError, TooLarge, Unreadable
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
    "S6 as text beside a status": "<retorno><codigo>0</codigo><xml>"
    + escape('<?xml version="1.0" encoding="utf-16"?><c><cliente email="carlos@example.com" nome="Carlos"/></c>')
    + "</xml></retorno>",
    "S6 as a DataSet with the rows before": '<DataSet xmlns="http://tempuri.org/">'
    '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="N"/></xs:schema>'
    '<d:diffgram xmlns:d="urn:schemas-microsoft-com:xml-diffgram-v1"><N xmlns=""><Table d:id="T1" d:hasChanges="modified">'
    "<email>carlos@example.com</email><nome>Carlos</nome></Table></N><d:before><Table d:id='T1' xmlns=''>"
    "<email>antigo@example.com</email><nome>Carlo</nome></Table></d:before></d:diffgram></DataSet>",
    "S6 as a recordset": '<xml xmlns:s="uuid:BDC6E3F0-6DA3-11d1-A2A3-00AA00C14882" xmlns:z="#RowsetSchema" '
    'xmlns:rs="urn:schemas-microsoft-com:rowset"><s:Schema id="RowsetSchema"><s:ElementType name="row">'
    '<s:AttributeType name="nome"/><s:AttributeType name="email"/></s:ElementType></s:Schema>'
    '<rs:data><z:row nome="Carlos" email="carlos@example.com"/></rs:data></xml>',
    "S6 with a field of another namespace": '<a:r xmlns:a="urn:a" xmlns:b="urn:b"><a:cliente b:linha="1">'
    "<a:nome>Carlos</a:nome><b:email>carlos@example.com</b:email></a:cliente></a:r>",
    "Rails": '<clientes type="array"><cliente><email>carlos@example.com</email><nome>Carlos</nome></cliente></clientes>',
    "rows under a heading": '<t><colunas><coluna nome="email"/><coluna nome="nome"/></colunas><linhas><linha>'
    "<valor>carlos@example.com</valor><valor>Carlos</valor></linha></linhas></t>",
    "S7": '<clientes><cliente email="carlos@example.com"><nome>Carlos</nome></cliente></clientes>',
    "S7 with a pair": '<clientes><cliente email="carlos@example.com"><campo nome="nome">Carlos</campo></cliente></clientes>',
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
    "texts that are a document each": "<r><total>2</total>"
    "<reg>&lt;c email='carlos@example.com' nome='Carlos'/&gt;</reg>"
    "<reg>&lt;c email='ana@example.com' nome='Ana'/&gt;</reg></r>",
    "Rails": '<clientes type="array"><cliente><email>carlos@example.com</email><nome>Carlos</nome></cliente>'
    "<cliente><email>ana@example.com</email><nome>Ana</nome></cliente></clientes>",
    "rows under a heading": "<dataset><metadata><item name='email' length='90'/><item name='nome' length='90'/></metadata>"
    "<data><row><value>carlos@example.com</value><value>Carlos</value></row><row><value>ana@example.com</value><value>Ana</value>"
    "</row></data></dataset>",
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


def test_no_kind_of_record_is_lost_because_another_says_more_further_down() -> None:
    rows = (
        "<pj><nome>A</nome></pj><pf><nome>B</nome></pf>" * 4 + "<pj><nome>Z</nome><email>z</email><fone>1</fone></pj>"
    )
    found = read(f"<clientes>{rows}</clientes>", reads=READS)
    assert [record["nome"] for record in found.records] == ["A", "B"] * 4 + ["Z"]


INDEXED = {
    "elements": "<clientes><nome1>Carlos</nome1><email1>carlos@example.com</email1><nome2>Ana</nome2>"
    "<email2>ana@example.com</email2></clientes>",
    "attributes": '<clientes nome_1="Carlos" nome_2="Ana" email_1="carlos@example.com" email_2="ana@example.com"/>',
    "beside a status, the last of them empty": "<r><status>0</status><clientes><nome01>Carlos</nome01>"
    "<email01>carlos@example.com</email01><nome02>Ana</nome02><email02>ana@example.com</email02><nome03/><email03/>"
    "</clientes></r>",
}  # fmt: skip


@pytest.mark.parametrize("reads", [frozenset(), READS], ids=["mapping unknown", "mapping known"])
@pytest.mark.parametrize("shape", INDEXED)
def test_fields_that_count_are_a_record_for_each_number(shape: str, reads: frozenset[str]) -> None:
    read_as = [
        {name: record[name] for name in ("email", "nome")} for record in read(INDEXED[shape], reads=reads).records
    ]
    assert read_as == [CARLOS, ANA]


def test_a_customers_second_telephone_makes_no_second_customer() -> None:
    reply = "<cliente><nome>Ana</nome><email>a</email><email2>b</email2><fone1>1</fone1><fone2>2</fone2></cliente>"
    assert len(read(reply, reads=READS).records) == 1
    counted = "<cliente><email1>a</email1><email2>b</email2><fone1>1</fone1><fone2>2</fone2></cliente>"
    assert len(read(counted).records) == 1
    assert len(read(counted, reads=frozenset({"email1", "email2", "fone1", "fone2"})).records) == 1


def test_what_rails_calls_nil_is_no_value_and_its_lists_are_lists() -> None:
    reply = (
        '<clientes type="array"><cliente><id type="integer">7</id><nome>Ana</nome><email nil="true"/>'
        '<fones type="array"><fone>1</fone><fone>2</fone></fones></cliente></clientes>'
    )
    assert list(read(reply).records) == [{"id": "7", "nome": "Ana", "email": None, "fones": {"fone": ["1", "2"]}}]
    assert not read('<clientes type="array"/>').records


def test_a_text_that_only_looks_like_markup_stays_the_customers() -> None:
    reply = f"<r><cliente><nome>Ana</nome><email>a</email><obs>{escape('<b>vip</b>')}</obs></cliente></r>"
    assert list(read(reply).records) == [{"nome": "Ana", "email": "a", "obs": "<b>vip</b>"}]


def test_an_empty_document_as_text_beside_a_status_is_what_it_were_as_elements() -> None:
    for inside in ("<clientes/>", f"<xml>{escape('<clientes/>')}</xml>"):
        assert not read(f"<retorno><total>0</total>{inside}</retorno>").records
        assert not read(f"<retorno><codigo>0</codigo>{inside}</retorno>", records="clientes/cliente").records


def test_a_document_as_text_beside_an_error_is_no_answer() -> None:
    with pytest.raises(ReportedError):
        read(f"<retorno><erro>Base fora</erro><xml>{escape('<clientes/>')}</xml></retorno>")


def test_a_first_row_of_names_is_the_heading() -> None:
    reply = "<t><tr><th>E-mail</th><th>Nome</th></tr><tr><td>carlos@example.com</td><td>Carlos</td></tr></t>"
    assert list(read(reply, reads=READS).records) == [CARLOS]


def test_cells_that_fit_no_heading_are_not_named() -> None:
    cells = "<l><v>a</v><v>Ana</v></l><l><v>b</v><v>Bia</v><v>x</v></l>"
    reply = f"<t><colunas><c nome='email'/><c nome='nome'/></colunas>{cells}</t>"
    assert not any(record.get("nome") == "Ana" for record in read(reply).records)


# ---------------------------------------------------------------------------------------------- the override


def test_the_settings_say_what_a_pair_looks_like() -> None:
    reply = (
        "<r><ficha><dado><rotulo>E-mail</rotulo><conteudo>carlos@example.com</conteudo></dado>"
        "<dado><rotulo>Nome</rotulo><conteudo>Carlos</conteudo></dado></ficha></r>"
    )
    pairs = Pairs(element="dado", name="rotulo", value="conteudo")
    assert list(read(reply, reads=READS, pairs=pairs).records) == [CARLOS]
    texts = '<r><ficha><d k="email">carlos@example.com</d><d k="nome">Carlos</d></ficha></r>'
    assert list(read(texts, reads=READS, pairs=Pairs(element="d", name="k", value="v")).records) == [CARLOS]


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
