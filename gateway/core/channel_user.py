"""Who writes, as his channel calls him: an id there, a number or an address, in the one form by which he is known again."""

from __future__ import annotations

from gateway.core.errors import InvalidKey
from gateway.core.kinds import InvalidValue, kind_named
from gateway.core.model import Identifier

CHANNEL_USER = "channel_user"
"""The kind of a channel's own users, and what the API calls whoever writes."""


def channel_user(channel: str, kind: str, text: str, country: str) -> Identifier:
    """Canonical; of the channel's own users with the channel in front (`whatsapp:5511987654321`), since two channels may
    have one id. `kind`: `channel_user`, `phone` or `email`. Raises InvalidKey, of the field `channel_user`."""
    try:
        value = kind_named(kind).normalise(text, country).value
    except InvalidValue as error:
        raise InvalidKey(CHANNEL_USER, kind, error.check, error.reason) from None
    if kind == CHANNEL_USER and ":" not in value:
        value = f"{channel}:{value}"
    return Identifier(kind, value)
