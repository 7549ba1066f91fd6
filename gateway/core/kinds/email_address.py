"""E-mail addresses, checked by their shape alone: no DNS is asked, and whether somebody reads them is not known."""

from __future__ import annotations

import re
from collections.abc import Mapping as Map
from typing import ClassVar

from email_validator import EmailNotValidError, validate_email

from gateway.core.folding import straighten
from gateway.core.kinds.kind import Form, InvalidValue, Normalised, Recognition, Strength
from gateway.core.kinds.writing import lower, plain, upper

_PLAIN = re.compile(r"[a-z0-9_-]+(?:[.+][a-z0-9_-]+)*@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{2,24}")
_SHORT, _LONGEST = 64, 254
_AROUND = re.compile(r"(?:[^<>]*<([^<>]+)>|mailto:(.+))", re.IGNORECASE)


class EmailAddress:
    """Canonical: lower case, domain in Unicode; the candidate is the domain in ASCII (IDNA) where that differs.

    The part before the @ is lower-cased for matching only: RFC 5321 calls it case-sensitive, no mail system in use treats it
    so, and sources hold whatever was typed. Special-use domains (`.local`) pass: a company's own base has them.
    """

    name: ClassVar[str] = "email"
    strength: ClassVar[Strength] = Strength.EMAIL
    matches: ClassVar[str] = "emails"
    forms: ClassVar[Map[str, Form]] = {"plain": plain, "lower": lower, "upper": upper}

    def normalise(self, text: str, country: str) -> Normalised:
        if (usual := _usual(text)) is not None:
            return Normalised(usual)
        address = straighten(text).strip()
        if around := _AROUND.fullmatch(address):
            address = (around[1] or around[2]).strip()
        local, domain, ascii_domain = _validated(address)
        value, in_ascii = f"{local}@{domain}", f"{local}@{ascii_domain}"
        return Normalised(value, (in_ascii,) if in_ascii != value else ())

    def canonical(self, text: str, country: str) -> str | None:
        try:
            return _usual(text) or self.normalise(text, country).value
        except InvalidValue:
            return None

    def recognises(self, text: str) -> Recognition:
        return Recognition.SURE if "@" in text else Recognition.NO


def _usual(text: str) -> str | None:
    """The value of an address as nearly everybody's is; None for any other, valid or not.

    Whatever this narrow pattern takes, email-validator takes and leaves as it is (a test says so), 20 times slower.
    """
    plain_text = text.strip().lower()
    return plain_text if len(plain_text) <= _SHORT and _PLAIN.fullmatch(plain_text) else None


def _validated(address: str) -> tuple[str, str, str]:
    """(local part, domain, domain in ASCII), lower-cased. Raises InvalidValue."""
    if len(address) > _LONGEST:
        raise InvalidValue("length", f"an e-mail address has at most {_LONGEST} characters")
    if not address.isprintable():
        raise InvalidValue("characters", "an e-mail address has no control characters and no line breaks")
    try:
        valid = validate_email(address.lower(), check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        raise _refusal(address) from None
    domain = valid.ascii_domain
    if "." not in domain or domain.rsplit(".", 1)[1].isdigit():
        raise InvalidValue("shape", "after the @ it needs a domain with a dot, such as example.com")
    return valid.local_part.lower(), valid.domain.lower(), domain.lower()


def _refusal(address: str) -> InvalidValue:
    """email-validator's sentences quote characters of the address, so these are our own."""
    if address.count("@") != 1:
        return InvalidValue("shape", "it needs exactly one @ between a name and a domain")
    local, domain = address.split("@")
    if len(local) > 64:
        return InvalidValue("length", "it has more than 64 characters before the @")
    if "." not in domain:
        return InvalidValue("shape", "after the @ it needs a domain with a dot, such as example.com")
    return InvalidValue("shape", "it is not written like an e-mail address; look for blanks, commas and doubled dots")


EMAIL = EmailAddress()
