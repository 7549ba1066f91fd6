"""A tenant's channels, `channels:` of its file: when the protocol number is issued, and which survey follows."""

from __future__ import annotations

import re
from collections.abc import Mapping as Map
from dataclasses import replace
from types import MappingProxyType
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from gateway.config.file_model import FileModel, Maybe
from gateway.core.channel import CHANNELS, PROTOCOL_HOLE, Channel, NumberedAt

_EXPECTED = f"Write https://survey.example/?p={PROTOCOL_HOLE}."
_PLAIN = re.compile(r"[!-~]+")


def _survey(text: str) -> str:
    if not _PLAIN.fullmatch(text):
        raise ValueError(f"An address has no blanks and no accents. Percent-encode them. {_EXPECTED}")
    rest = text.replace(PROTOCOL_HOLE, "")
    if "{" in rest or "}" in rest:
        raise ValueError(f"{PROTOCOL_HOLE} is the only thing that is put into a survey's address. {_EXPECTED}")
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        raise ValueError(f"This is no address. {_EXPECTED}") from None
    if parts.scheme != "https" or not host:
        raise ValueError(f"A survey's address begins with https:// and a host. {_EXPECTED}")
    if PROTOCOL_HOLE in parts.netloc or "@" in parts.netloc:
        raise ValueError(f"The host stands as it is: without a user, and without {PROTOCOL_HOLE}. {_EXPECTED}")
    return text


class ChannelFile(FileModel):
    """One way in which customers come."""

    protocol: Maybe[Literal["start", "first_action"]] = Field(
        default=None,
        description="When the protocol number is issued: at the start, or at the operator's first action. Without it, by "
        "phone and IVR at the start, elsewhere at the first action; started by hand, always at the start.",
    )
    survey: Maybe[Annotated[str, AfterValidator(_survey)]] = Field(
        default=None,
        description="Address (https) of the survey that follows; `{protocol}` stands for the number. Without it, none.",
    )


def _channel(who: str) -> ChannelFile:
    file: ChannelFile = Field(default_factory=ChannelFile, description=who)
    return file


class ChannelsFile(FileModel):
    """The ways in which customers come, by name."""

    email: ChannelFile = _channel("E-mail.")
    phone: ChannelFile = _channel("Telephone.")
    ivr: ChannelFile = _channel("The telephone's menu (URA).")
    chat: ChannelFile = _channel("Chat on the company's pages.")
    whatsapp: ChannelFile = _channel("WhatsApp.")
    telegram: ChannelFile = _channel("Telegram.")
    messenger: ChannelFile = _channel("Facebook Messenger.")
    instagram: ChannelFile = _channel("Instagram.")
    other: ChannelFile = _channel("Any other.")


def channels(file: ChannelsFile) -> Map[str, Channel]:
    """Every channel that there is; what the file leaves out is as usual."""
    said: dict[str, Channel] = {}
    for name in ChannelsFile.model_fields:
        written: ChannelFile = getattr(file, name)
        usual = CHANNELS[name]
        numbered_at = NumberedAt(written.protocol) if written.protocol else usual.numbered_at
        said[name] = replace(usual, numbered_at=numbered_at, survey=written.survey)
    # Ten thousand tenants that say nothing have one table between them.
    return CHANNELS if said == CHANNELS else MappingProxyType(said)
