"""The invented people keep what the demo and the tests of others promise of them."""

from __future__ import annotations

from collections import Counter

from stdnum.br import cnpj, cpf

from tests.examples.people import ALL, NOBODY_CPF, PEOPLE, REST, SOAP, XML, known_to

JUNK = "00000000000"


def test_documents_have_valid_check_digits_but_for_the_junk_one() -> None:
    assert [person.code for person in PEOPLE if person.cpf and not cpf.is_valid(person.cpf)] == ["1030", "1031"]
    assert {person.cpf for person in PEOPLE if person.code in ("1030", "1031")} == {JUNK}
    assert all(cnpj.is_valid(person.cnpj) for person in PEOPLE if person.cnpj)
    assert any(person.cnpj == "12ABC34501DE35" for person in PEOPLE)
    assert cpf.is_valid(NOBODY_CPF)
    assert NOBODY_CPF not in {person.cpf for person in PEOPLE}


def test_a_document_is_one_persons_but_for_the_junk_one() -> None:
    documents = Counter(person.document for person in PEOPLE if person.document)
    assert [document for document, count in documents.items() if count > 1] == [JUNK]


def test_emails_are_of_the_example_domains() -> None:
    emails = {email for system in ALL for person in known_to(system) for email in person.emails}
    assert {email.partition("@")[2] for email in emails - {"None"}} == {"example.com", "example.org"}


def test_each_system_knows_a_part_and_the_parts_overlap() -> None:
    known = {system: {person.code for person in known_to(system)} for system in ALL}
    assert all(len(PEOPLE) / 2 < len(codes) < len(PEOPLE) for codes in known.values())
    assert known[XML] & known[SOAP] & known[REST]
    for system in ALL:
        others = {code for other in ALL - {system} for code in known[other]}
        assert known[system] - others


def test_the_systems_disagree_about_one_person() -> None:
    joao = {system: next(p for p in known_to(system) if p.code == "1002") for system in ALL}
    assert len({person.name for person in joao.values()}) == 2
    assert len({person.phones for person in joao.values()}) == 2
    assert {person.cpf for person in joao.values()} == {"01234567890"}


def test_what_the_xml_page_knows_can_be_written_in_iso_8859_1() -> None:
    for person in known_to(XML):
        person.name.encode("iso-8859-1")


def test_one_number_is_shared_and_one_mobile_is_somebody_elses_cpf() -> None:
    family = [p for p in PEOPLE if any("912345678" in "".join(filter(str.isdigit, phone)) for phone in p.phones)]
    assert len(family) == 4
    assert any(person.cpf == "11982340088" for person in PEOPLE)
    assert any("(11) 98234-0088" in person.phones for person in PEOPLE)
