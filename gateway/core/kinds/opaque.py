"""Values that mean nothing outside the system that issued them: codes, and users of a channel."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping as Map
from typing import ClassVar

from gateway.core.folding import straighten
from gateway.core.kinds.kind import Form, InvalidValue, Normalised, Recognition, Strength
from gateway.core.kinds.writing import lower, number, plain, upper

LONGEST_CODE, LONGEST_USER = 64, 256


def _printable(text: str, longest: int, what: str) -> str:
    value = straighten(text).strip()
    if not value.isprintable() and any(unicodedata.category(character) in ("Cc", "Cs") for character in value):
        raise InvalidValue("characters", f"{what} has no control characters and no line breaks")
    if not 1 <= len(value) <= longest:
        raise InvalidValue("length", f"it has {len(value)} characters, and {what} has 1 to {longest}")
    return value


class Code:
    """An order's or a customer's number, a nickname. Canonical: trimmed, otherwise as typed."""

    name: ClassVar[str] = "code"
    strength: ClassVar[Strength] = Strength.CODE
    matches: ClassVar[str] = ""
    forms: ClassVar[Map[str, Form]] = {"plain": plain, "upper": upper, "lower": lower, "number": number}

    def normalise(self, text: str, country: str) -> Normalised:
        return Normalised(_printable(text, LONGEST_CODE, "a code"))

    def canonical(self, text: str, country: str) -> str | None:
        try:
            return self.normalise(text, country).value
        except InvalidValue:
            return None

    def recognises(self, text: str) -> Recognition:
        written_as_one = " " not in text or any(map(str.isdigit, text))
        return Recognition.MAYBE if written_as_one else Recognition.NO


class ChannelUser:
    """Who writes in a channel: `channel:id` or the channel's bare id, opaque, so its case is kept.

    WhatsApp and others no longer always hand over a phone number, so this is a kind of its own. The form `id` leaves out the
    channel.
    """

    name: ClassVar[str] = "channel_user"
    strength: ClassVar[Strength] = Strength.CHANNEL_USER
    matches: ClassVar[str] = ""

    @property
    def forms(self) -> Map[str, Form]:
        return {"plain": plain, "id": _id}

    def normalise(self, text: str, country: str) -> Normalised:
        value = _printable(text, LONGEST_USER, "a channel's user")
        if value.endswith(":"):
            raise InvalidValue("shape", "after the channel's name and the colon the user's id is missing")
        return Normalised(value)

    def canonical(self, text: str, country: str) -> str | None:
        try:
            return self.normalise(text, country).value
        except InvalidValue:
            return None

    def recognises(self, text: str) -> Recognition:
        return Recognition.NO if " " in text else Recognition.MAYBE


def _id(value: str, country: str) -> str:
    """The id of `channel:id`."""
    return value.partition(":")[2] or value


CODE = Code()
CHANNEL_USER = ChannelUser()
