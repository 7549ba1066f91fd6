"""The invented customers that the three example systems know, each a part of them, with the traps of the field.

Nobody here exists. Documents have valid check digits, but for the junk 00000000000; e-mails are @example.com or
@example.org; phones are as the base holds them, so in several writings. `seen_by` gives a person as one system has it:
that is where they disagree.
"""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType

XML, SOAP, REST = "xml", "soap", "rest"
ALL = frozenset({XML, SOAP, REST})
_SAME: Map[str, Variant] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Place:
    """Parts of a postal address as a base holds them; `""` is a column that is there and empty."""

    street: str = ""
    number: str = ""
    complement: str = ""
    district: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""


@dataclass(frozen=True, slots=True)
class Variant:
    """What one system says differently of a person; None is: the same as the others.

    `document_shown`: the only way this system shows the document (`***.982.247-**`).
    """

    name: str | None = None
    emails: tuple[str, ...] | None = None
    phones: tuple[str, ...] | None = None
    plan: str | None = None
    document_shown: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """One customer: a person, a company or an order.

    `cpf`/`cnpj`: canonical, without punctuation. `emails`, `phones`: as stored, in any writing, perhaps junk. `systems`: the
    example systems that know this customer. `variants`: system -> what it says differently.
    """

    code: str
    name: str
    cpf: str | None = None
    cnpj: str | None = None
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    birth_date: date | None = None
    address: Place | None = None
    plan: str | None = None
    last_order: str | None = None
    segment: str = "varejo"
    systems: frozenset[str] = ALL
    variants: Map[str, Variant] = field(default_factory=lambda: _SAME)
    document_shown: str | None = None

    @property
    def document(self) -> str | None:
        """The CPF or the CNPJ, canonical."""
        return self.cpf or self.cnpj

    @property
    def document_masked(self) -> str | None:
        """The document as a base shows it: `012.345.678-90`, `12.ABC.345/0001-88`, or only a part of it."""
        if self.document_shown is not None:
            return self.document_shown
        if self.cpf is not None:
            return masked_cpf(self.cpf)
        return masked_cnpj(self.cnpj) if self.cnpj is not None else None

    def seen_by(self, system: str) -> Person:
        """This person as `system` has it."""
        variant = self.variants.get(system)
        if variant is None:
            return self
        return replace(
            self,
            name=self.name if variant.name is None else variant.name,
            emails=self.emails if variant.emails is None else variant.emails,
            phones=self.phones if variant.phones is None else variant.phones,
            plan=self.plan if variant.plan is None else variant.plan,
            document_shown=variant.document_shown,
        )


def masked_cpf(digits: str) -> str:
    """`01234567890` -> `012.345.678-90`."""
    return f"{digits[:3]}.{digits[3:6]}.{digits[6:9]}-{digits[9:]}"


def masked_cnpj(text: str) -> str:
    """`12ABC345000188` -> `12.ABC.345/0001-88`."""
    return f"{text[:2]}.{text[2:5]}.{text[5:8]}/{text[8:12]}-{text[12:]}"


def known_to(system: str) -> tuple[Person, ...]:
    """Everybody whom `system` knows, as it has them."""
    return tuple(person.seen_by(system) for person in PEOPLE if system in person.systems)


_PAULISTA = Place("Avenida Paulista", "1000", "Conjunto 51", "Bela Vista", "São Paulo", "SP", "01310-100")
_FLORES = Place("Rua das Flores", "123", "", "Centro", "Curitiba", "PR", "80020-000")
_ACAI = Place("Travessa do Açaí", "S/N", "Fundos & Loja 2", "Umarizal", "Belém", "PA", "66050-000")
_NOWHERE = Place()

PEOPLE: tuple[Person, ...] = (
    # Known everywhere, and the systems agree.
    Person(
        "1001",
        "Carlos Eduardo Nogueira",
        cpf="12345678909",
        emails=("carlos@example.com",),
        phones=("(11) 98765-4321",),
        birth_date=date(1980, 4, 12),
        address=_PAULISTA,
        plan="Ouro",
        last_order="A-2041",
    ),
    # The systems disagree: another spelling of the name, another phone; two e-mails in one of them.
    Person(
        "1002",
        "João Conceição Araújo",
        cpf="01234567890",
        emails=("joao@example.com",),
        phones=("(21) 99876-5432",),
        birth_date=date(1975, 12, 31),
        address=_FLORES,
        plan="Prata",
        last_order="A-2042",
        variants={
            SOAP: Variant(name="Joao C. Araujo", phones=("+55 21 99876-0000",)),
            REST: Variant(emails=("joao@example.com", "joao.araujo@example.org"), plan="Ouro"),
        },
    ),
    # CPFs with one and two leading zeros: a base that declares a number loses them.
    Person(
        "1003",
        "Conceição Ávila Fonseca",
        cpf="03141592667",
        emails=("conceicao@example.com",),
        phones=("+55 71 98123-4567",),
        birth_date=date(1991, 2, 28),
        address=_ACAI,
        plan="Ouro",
        last_order="A-2043",
        systems=frozenset({XML, SOAP}),
    ),
    Person(
        "1004",
        "Zacarias Otávio Zimmermann",
        cpf="00161803300",
        emails=("zacarias@example.com",),
        phones=("51987651234",),
        birth_date=date(1966, 6, 6),
        plan="Bronze",
        systems=frozenset({SOAP, REST}),
    ),
    Person(
        "1005",
        "Úrsula Magalhães",
        cpf="07329401684",
        emails=("ursula@example.com",),
        phones=("+5548991234567",),
        birth_date=date(1988, 8, 8),
        address=_FLORES,
        plan="Prata",
        systems=frozenset({XML, REST}),
    ),
    # Accents beyond Latin-1: an ISO-8859-1 system can hold neither the name nor the question.
    Person(
        "1006",
        "Ayşe Ünlü",
        cpf="27182818205",
        emails=("ayse@example.org",),
        phones=("+55 11 97654-3210",),
        birth_date=date(1993, 3, 3),
        plan="Ouro",
        systems=frozenset({SOAP, REST}),
    ),
    Person(
        "1007",
        "İpek Ünlü",
        cpf="52998224725",
        emails=("ipek@example.org",),
        phones=("+55 11 97654-3210",),
        birth_date=date(1995, 5, 5),
        plan="Ouro",
        systems=frozenset({REST}),
    ),
    Person(
        "1008",
        "Günther Müller-Lüdenscheidt",
        cpf="39053344705",
        emails=("gunther@example.org",),
        phones=("(47) 3333-1234",),
        birth_date=date(1959, 1, 30),
        plan="Prata",
        systems=frozenset({XML, SOAP}),
    ),
    # Namesakes: 'silva' gives a list, 'maria da silva' still gives two.
    Person(
        "1009",
        "Maria da Silva",
        cpf="71428793860",
        emails=("maria.silva@example.com",),
        phones=("(11) 91234-5678",),
        birth_date=date(1984, 7, 1),
        address=_PAULISTA,
        plan="Ouro",
        last_order="A-2050",
    ),
    Person(
        "1010",
        "Maria da Silva",
        cpf="16899535009",
        emails=("mariadasilva@example.org",),
        phones=("(31) 98888-7777",),
        birth_date=date(2001, 9, 11),
        address=_FLORES,
        plan="Bronze",
        last_order="A-2051",
    ),
    Person(
        "1011",
        "José Carlos da Silva",
        cpf="98765432100",
        emails=("jose.silva@example.com",),
        phones=("(11) 91234-5678",),
        birth_date=date(1981, 10, 20),
        address=_PAULISTA,
        plan="Ouro",
        last_order="A-2052",
    ),
    Person(
        "1012",
        "Antônia Silva e Souza",
        cpf="24681357928",
        emails=("antonia@example.com",),
        phones=("85 98877-6655",),
        birth_date=date(1970, 11, 2),
        plan="Prata",
        systems=frozenset({XML, REST}),
    ),
    Person(
        "1013",
        "Benedito Silva",
        cpf="13579246828",
        emails=("benedito@example.com",),
        phones=("(92) 99111-2233",),
        birth_date=date(1949, 1, 1),
        plan="Bronze",
        systems=frozenset({SOAP}),
    ),
    # One number, several people: a family's mobile (1009, 1011 and these two) and a company's switchboard (1026, 1027).
    Person(
        "1014",
        "Luísa da Silva",
        cpf="86420975310",
        emails=("luisa@example.com",),
        phones=("+55 (11) 91234-5678",),
        birth_date=date(2008, 3, 15),
        plan="Ouro",
        systems=frozenset({XML, REST}),
    ),
    Person(
        "1015",
        "Pedro Henrique da Silva",
        cpf="11235813207",
        emails=("pedro@example.com",),
        phones=("11912345678",),
        birth_date=date(2010, 6, 24),
        plan="Ouro",
        systems=frozenset({XML}),
    ),
    # One person, several numbers, in three writings.
    Person(
        "1016",
        "Fernanda Brandão Leitão",
        cpf="40414243480",
        emails=("fernanda@example.com", "fe.leitao@example.org"),
        phones=("+55 61 99999-1212", "(61) 3322-4455", "61988881313"),
        birth_date=date(1979, 5, 17),
        plan="Ouro",
        last_order="A-2060",
    ),
    # A mobile of before the ninth digit: eight digits, with and without the area code.
    Person(
        "1017",
        "Raimundo Nonato Falcão",
        cpf="55512398709",
        emails=("raimundo@example.com",),
        phones=("(98) 8765-4321",),
        birth_date=date(1955, 8, 31),
        plan="Bronze",
        systems=frozenset({XML, SOAP}),
        variants={SOAP: Variant(phones=("87654321",))},
    ),
    Person(
        "1018",
        "Íris Goulart",
        cpf="70080090036",
        emails=("iris@example.com",),
        phones=("98234-0088",),
        birth_date=date(1998, 12, 24),
        plan="Prata",
        systems=frozenset({XML}),
    ),
    # A mobile number that is also somebody else's valid CPF: 11982340088 in the one box is both.
    Person(
        "1019",
        "Tomás Quintela",
        cpf="83141592713",
        emails=("tomas@example.com",),
        phones=("(11) 98234-0088",),
        birth_date=date(1983, 2, 14),
        plan="Prata",
        last_order="A-2061",
    ),
    Person(
        "1020",
        "Noêmia Paixão",
        cpf="11982340088",
        emails=("noemia@example.com",),
        phones=("(16) 99700-1122",),
        birth_date=date(1962, 4, 21),
        plan="Ouro",
        last_order="A-2062",
    ),
    # Documents that a base shows only in part.
    Person(
        "1021",
        "Estêvão Córdoba",
        cpf="29979245883",
        emails=("estevao@example.com",),
        phones=("(62) 98111-0101",),
        birth_date=date(1990, 10, 10),
        plan="Ouro",
        variants={REST: Variant(document_shown="***.792.458-**")},
    ),
    Person(
        "1022",
        "Heloísa D'Ávila",
        cpf="66260701500",
        emails=("heloisa@example.com",),
        phones=("(27) 99222-0202",),
        birth_date=date(1987, 1, 19),
        plan="Prata",
        systems=frozenset({XML}),
        document_shown="662.***.***-00",
    ),
    # Values that are no values.
    Person(
        "1023",
        "Otília Bragança",
        cpf="60221407650",
        emails=("otilia@example.com", "None"),
        phones=("NULL",),
        plan="NULL",
        address=_NOWHERE,
        last_order="None",
    ),
    Person(
        "1024",
        "Valdir Null Peçanha",
        cpf="13806485216",
        emails=("valdir@example.com",),
        phones=("", "(65) 99333-0303"),
        birth_date=date(1971, 7, 7),
        address=_NOWHERE,
        plan="",
        systems=frozenset({SOAP, REST}),
    ),
    # Companies; two of them with an alphanumeric CNPJ.
    Person(
        "1025",
        "Açaí & Cia Ltda",
        cnpj="12ABC34501DE35",
        emails=("contato.acai@example.com",),
        phones=("(91) 3222-1000",),
        address=_ACAI,
        plan="Empresarial",
        last_order="B-0007",
        segment="empresas",
    ),
    Person(
        "1026",
        "Papelaria São Jorge ME",
        cnpj="9KX7TQ2W000189",
        emails=("papelaria@example.org",),
        phones=("(11) 4002-8000",),
        address=_PAULISTA,
        plan="Empresarial",
        segment="empresas",
        systems=frozenset({XML, REST}),
    ),
    Person(
        "1027",
        "Metalúrgica Irmãos Leão S/A",
        cnpj="03456789000188",
        emails=("compras@example.org",),
        phones=("(11) 4002-8000", "+55 11 4002-8001"),
        plan="Empresarial",
        last_order="B-0008",
        segment="empresas",
        variants={SOAP: Variant(name="METALURGICA IRMAOS LEAO SA")},
    ),
    Person(
        "1028",
        "Cooperativa Pé-de-Moleque",
        cnpj="11222333000181",
        emails=("cooperativa@example.org",),
        phones=("34 3210-1000",),
        plan="Empresarial",
        segment="empresas",
        systems=frozenset({SOAP}),
    ),
    # An order as a customer: no person, no document; its code is what the attendance hangs on.
    Person(
        "PED-2024-00017",
        "Pedido 2024-00017",
        emails=("entregas@example.com",),
        last_order="A-2070",
        segment="pedido",
        systems=frozenset({XML, REST}),
    ),
    # Two strangers who share a junk document and a junk e-mail: never one customer.
    Person(
        "1030",
        "Adélia Fagundes",
        cpf="00000000000",
        emails=("naotem@example.com",),
        phones=("(67) 99444-0404",),
        birth_date=date(1977, 3, 9),
        plan="Bronze",
        systems=frozenset({XML}),
    ),
    Person(
        "1031",
        "Wagner Pontes",
        cpf="00000000000",
        emails=("naotem@example.com",),
        phones=("(68) 99555-0505",),
        birth_date=date(1964, 9, 27),
        plan="Bronze",
        systems=frozenset({SOAP}),
    ),
    # Same person, one document, a different e-mail in each system: two unique keys stay two customers.
    Person(
        "1032",
        "Sebastião Rebouças",
        cpf="81828384879",
        emails=("sebastiao@example.com",),
        phones=("(81) 99666-0606",),
        birth_date=date(1972, 1, 20),
        plan="Ouro",
        variants={SOAP: Variant(emails=("tiao@example.org",)), REST: Variant(emails=("SEBASTIAO@example.com",))},
    ),
    # No e-mail at all: a record without the tenant's unique key.
    Person(
        "1033",
        "Quitéria Sem-Correio",
        cpf="36787944160",
        phones=("(82) 99777-0707",),
        birth_date=date(1938, 12, 13),
        plan="Bronze",
    ),
    # Text that XML, JSON and URLs must carry whole.
    Person(
        "1034",
        'Mário "Marinho" O\'Hara <filho> & netos',
        cpf="57721566401",
        emails=("mario+netos@example.com",),
        phones=("(24) 99888-0808",),
        birth_date=date(1985, 5, 25),
        plan="A&B > C",
        last_order="C/100%",
    ),
    # Known to one system only, for the fallback from the first source to the next.
    Person(
        "1035",
        "Kátia Yoshida",
        cpf="69314718050",
        emails=("katia@example.com",),
        phones=("(43) 99999-0909",),
        birth_date=date(1994, 4, 4),
        plan="Prata",
        systems=frozenset({REST}),
    ),
    Person(
        "1036",
        "Xavier Lacerda",
        cpf="14142135651",
        emails=("xavier@example.com",),
        phones=("(83) 99123-1010",),
        birth_date=date(1968, 2, 29),
        plan="Ouro",
        systems=frozenset({SOAP}),
    ),
    Person(
        "1037",
        "Bárbara Içara",
        cpf="17320508052",
        emails=("barbara@example.com",),
        phones=("(48) 99234-1111",),
        birth_date=date(1999, 9, 9),
        plan="Ouro",
        systems=frozenset({XML}),
    ),
)

NOBODY_CPF = "22360679767"
"""A valid CPF that no example system knows."""
