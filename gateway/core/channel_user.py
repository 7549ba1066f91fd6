"""Who writes, as his channel calls him: an id there, a number or an address, in the one form by which he is known again."""

from __future__ import annotations

from contextlib import suppress

from gateway.core.errors import InvalidKey
from gateway.core.kinds import InvalidValue, kind_named
from gateway.core.model import Identifier

CHANNEL_USER = "channel_user"
"""The kind of a channel's own users, and what the API calls whoever writes."""
WHATSAPP = "whatsapp"
_PHONE = "phone"
_USUAL = {"email": "email", "phone": _PHONE, "ivr": _PHONE}
"""Channels whose users are addresses and numbers -> their kind."""
_AROUND_DIGITS = str.maketrans("", "", "+ ()-.")
_DIGITS = range(8, 16)


def channel_user(channel: str, kind: str, text: str, country: str) -> Identifier:
    """One form for one user, however the caller writes him. `kind`: `channel_user`, `phone` or `email`. Raises InvalidKey,
    of the field `channel_user`.

    Callers are numbers and senders addresses, also where they come as `channel_user`. A channel's own users have the
    channel in front (`telegram:991`), since two channels may have one id, and nobody is another channel's user by calling
    himself so. WhatsApp's are its own even where they are numbers (`whatsapp:5511987654321`): whoever proved himself there
    did not prove that he calls from that number.
    """
    usual = _USUAL.get(channel)
    if kind == CHANNEL_USER and usual is not None:
        # What is no address and no number (an extension, a withheld caller's id) is a user of the channel's own.
        with suppress(InvalidValue):
            return Identifier(usual, kind_named(usual).normalise(text, country).value)
    try:
        value = kind_named(kind).normalise(text, country).value
    except InvalidValue as error:
        raise InvalidKey(CHANNEL_USER, kind, error.check, error.reason) from None
    if channel == WHATSAPP and kind == _PHONE:
        return Identifier(CHANNEL_USER, f"{WHATSAPP}:{value.removeprefix('+')}")
    if kind != CHANNEL_USER:
        return Identifier(kind, value)
    own = value.removeprefix(f"{channel}:")
    number = number_of(channel, own)
    return Identifier(CHANNEL_USER, f"{channel}:{own if number is None else number}")


def number_of(channel: str, user: str) -> str | None:
    """The digits of a WhatsApp user who is a number, without the channel in front; None for an id of another shape
    (`BR.1A2B…`), and elsewhere."""
    bare = user.removeprefix(f"{channel}:").translate(_AROUND_DIGITS)
    is_number = channel == WHATSAPP and bare.isascii() and bare.isdigit() and len(bare) in _DIGITS
    return bare if is_number else None
