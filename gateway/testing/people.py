"""The invented people whom the contract suite's source knows."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.core.redaction import Redacted


@dataclass(frozen=True, slots=True, repr=False)
class Person(Redacted):
    """Somebody invented. Every text can be written in ISO-8859-1.

    `name`: with accents; `cpf`: eleven digits, check digits right, may begin with zeros; `email`: at example.com;
    `phone`: E.164; `code`: a customer code, digits with leading zeros.
    """

    name: str
    cpf: str
    email: str
    phone: str
    code: str


def cpf_of(number: int) -> str:
    """The CPF whose first nine digits are `number` (IN RFB 1.548/2015: two check digits, modulo 11)."""
    digits = [int(digit) for digit in f"{number:09d}"]
    for first in (10, 11):
        rest = sum(digit * weight for digit, weight in zip(digits, range(first, 1, -1), strict=True)) % 11
        digits.append(0 if rest < 2 else 11 - rest)
    return "".join(map(str, digits))


_GIVEN = ("João", "Conceição", "Ângela", "Luís", "Müge", "Íris", "Estêvão", "Zoë", "Benício", "Inês")
_FAMILY = ("Araújo", "Gonçalves", "Núñez", "Simões", "Peçanha")
AWKWARD = 'Irmãos D\'Ávila & Cia "Só" <Ltda> 100%+1 #2 a=b;c/d?e {x} \\n'
"""A name made of what separates things in URLs, XML, JSON and templates."""


def _person(number: int) -> Person:
    name = f"{_GIVEN[number % 10]} {_FAMILY[number // 10]}"
    return Person(
        name=name,
        cpf=cpf_of(1_020_304 + 7_919 * number),
        email=f"pessoa{number:02d}@example.com",
        phone=f"+55119{87650000 + number}",
        code=f"00{4200 + number}",
    )


PEOPLE = (
    *(_person(number) for number in range(50)),
    Person(AWKWARD, cpf_of(9_080_706), "irmaos+davila@example.com", "+551132165498", "000077"),
)
"""Whom the suite's source knows: fifty people, no two alike in any value, and a company with an awkward name."""

NOBODY = Person("Ninguém da Silva", cpf_of(5_040_302), "ninguem@example.com", "+5511900001111", "009999")
"""Somebody whom the suite's source does not know."""

MARKED = Person(
    "Zuleika Quixadá Wanzeller", cpf_of(987_654_321), "zuleika.wanzeller@example.com", "+5511955512468", "0086421357"
)
"""Somebody whom the source knows, and whose values are looked for where no value may be."""
