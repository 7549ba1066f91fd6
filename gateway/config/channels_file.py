"""A tenant's channels, `channels:` of its file: when the protocol number is issued, what is read of events, and which survey
follows."""

from __future__ import annotations

import re
from collections.abc import Collection
from collections.abc import Mapping as Map
from types import MappingProxyType
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from gateway.config.document import Problems
from gateway.config.file_model import FileModel, Maybe, Name
from gateway.config.nearest import unknown_search_field
from gateway.config.signed_identity_file import SignedIdentityFile, check_identity, signed_identity
from gateway.config.units import LifetimeOrNever
from gateway.core.channel import CHANNELS, PROTOCOL_HOLE, Channel, NumberedAt, Registration
from gateway.core.paths import Path, compile_path

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


def _path(text: str) -> str:
    compile_path(text)
    return text


def _paths(value: object) -> object:
    return value if isinstance(value, list) else [value]


EventPath = Annotated[str, AfterValidator(_path)]
EventPaths = Annotated[
    list[EventPath],
    Field(min_length=1),
    BeforeValidator(_paths, json_schema_input_type=EventPath | list[EventPath]),
]
"""A path into an event's data, or several: the first that gives a value counts."""


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
    fields: Maybe[dict[Name, EventPaths]] = Field(
        default=None,
        description="Search field -> where an event's `data` has its value: a path, or several in order; `channel_user` is "
        "who writes. Without it, what events of such channels usually have; with it, nothing else is searched by.",
    )
    registration: Maybe[Literal["automatic", "by_hand", "none"]] = Field(
        default=None,
        description="What becomes of somebody whom, for certain, nobody knows: he is registered at once (`automatic`), "
        "proposed to the operator (`by_hand`, also without this key), or neither.",
    )
    continues_for: Maybe[LifetimeOrNever] = Field(
        default=None,
        description="How long an open interaction goes on with the next event of the same user; `never`: only by its "
        "`attendance`. Without it, `4h` by phone and IVR, `never` by e-mail, else `24h`.",
    )
    identity: Maybe[SignedIdentityFile] = Field(
        default=None,
        description="How the company signs who is logged in. Without it, a signed identity is refused.",
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
        said[name] = Channel(
            name,
            NumberedAt(written.protocol) if written.protocol else usual.numbered_at,
            written.survey,
            None if written.fields is None else _compiled(written.fields),
            Registration(written.registration) if written.registration else usual.registration,
            usual.continues_for if written.continues_for is None else written.continues_for,
            None if written.identity is None else signed_identity(written.identity),
        )
    # Ten thousand tenants that say nothing have one table between them.
    return CHANNELS if said == CHANNELS else MappingProxyType(said)


def check_channels(file: ChannelsFile, fields: Collection[str], kinds: Map[str, str], problems: Problems) -> None:
    """Report what only the whole file shows. `fields`: the tenant's search fields; `kinds`: of those that could be read."""
    for name in ChannelsFile.model_fields:
        written: ChannelFile = getattr(file, name)
        at = ("channels", name)
        for field in written.fields or ():
            if field not in fields:
                problems.at_key((*at, "fields", field), unknown_search_field(field, fields))
        if written.identity is not None:
            check_identity(written.identity, (*at, "identity"), fields, kinds, problems)


def _compiled(fields: Map[str, list[str]]) -> dict[str, tuple[Path, ...]]:
    return {name: tuple(map(compile_path, paths)) for name, paths in fields.items()}
