"""Saving somebody by a request of its own: what of its reply says that he is there, or that he was not taken."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, JsonValue, ValidationInfo, model_validator

from gateway.adapter import (
    AdapterContext,
    AdapterSettings,
    ErrorSign,
    Misconfigured,
    Nobody,
    Person,
    PersonTemplate,
    Reply,
    ReportedError,
    Saved,
    Unreadable,
    check_person,
    compile_path,
    fold,
    has_answer,
    holes,
)
from gateway_rest_json.body import Body, json_body
from gateway_rest_json.json_reading import read_json
from gateway_rest_json.reported import ReportedErrors
from gateway_rest_json.templates import BODY_HOLE, texts_of

KEY = "--key--"
_UNDECIDED = frozenset({401, 403, 407, 408, 425, 429})
"""4xx that say nothing of this person: who asks, how often, how slowly."""
_NO_SIGNS = Nobody()


def _check_body(body: JsonValue, info: ValidationInfo) -> JsonValue:
    for text in texts_of(body):
        for name in BODY_HOLE.findall(text):
            check_person(name, info)
    return body


def _check_path(path: str) -> str:
    if "?" in path or "#" in path or "{" in path:
        raise ValueError("a fixed path: no '?', no '#', no holes; what is known of the person goes into the body")
    return path


class SaidSaved(AdapterSettings):
    """A value of the reply that says that he is saved."""

    path: str = Field(description="Path of the value: dotted names or JMESPath.")
    equals: str | bool | int = Field(description="What it is then; case and accents do not count.")

    @model_validator(mode="after")
    def _path_is_one(self) -> SaidSaved:
        compile_path(self.path)
        return self


class SaveSettings(AdapterSettings):
    """The request that saves a prospect."""

    method: Literal["POST", "PUT"] = "POST"
    path: Annotated[str, AfterValidator(_check_path)] = Field(default="", description="Appended to upstream.url.")
    headers: dict[str, PersonTemplate] = Field(
        default_factory=dict, description="Header -> text, with holes for what is always known: `{person.id}`."
    )
    body: Annotated[JsonValue, AfterValidator(_check_body)] = Field(
        description="JSON to send, with holes in its texts; what is not known of him is left out with its member."
    )
    key_header: str = Field(
        default="Idempotency-Key", description="Header for the key under which he is sent, the same each time."
    )
    saved: SaidSaved | None = Field(
        default=None, description="What of the reply says that he is saved; without it every 2xx does."
    )
    already: list[int] = Field(
        default_factory=list, description="Statuses that say that he is there already, as 409 often does."
    )

    @model_validator(mode="after")
    def _something_is_sent(self) -> SaveSettings:
        if not isinstance(self.body, dict | list):
            raise ValueError('body: is the object to send, such as {nome: "{person.name}", cpf: "{cpf}"}')
        return self


class Saving:
    """Compiled for one source."""

    def __init__(self, settings: SaveSettings, errors: tuple[ErrorSign, ...], context: AdapterContext) -> None:
        self._settings = settings
        self._errors = ReportedErrors(errors)
        self._said = compile_path(settings.saved.path) if settings.saved is not None else None
        given = {name.lower() for name in settings.headers}
        standard = {"Accept": "application/json", "Content-Type": "application/json"}
        headers = [(name, text) for name, text in standard.items() if name.lower() not in given]
        headers += [(name, text) for name, text in settings.headers.items()]
        headers.append((settings.key_header, f"{{{KEY}}}"))
        self._needed = frozenset[str]().union(*map(holes, settings.headers.values()))
        self._call = context.wire.prepare(settings.method, settings.path, headers=headers)
        self._bodies: dict[frozenset[str], Body | None] = {}

    async def save(self, person: Person, key: str) -> Saved:
        """Raises SourceError where the reply says neither that he is there nor that he was refused."""
        known = frozenset(person.values)
        if not self._needed <= known:
            return Saved(False, f"A header needs what is not known of him: {', '.join(sorted(self._needed - known))}.")
        if known not in self._bodies:
            self._bodies[known] = json_body(self._settings.body, known)
        body = self._bodies[known]
        if body is None:
            raise Misconfigured("Nothing that is known of the prospect goes into settings.save.body.")
        reply = await self._call.send({**person.values, KEY: key}, body.fill(dict(person.values)))
        return self._said_of(reply)

    def _said_of(self, reply: Reply) -> Saved:
        if reply.status in self._settings.already:
            return Saved(True)
        if 400 <= reply.status < 500 and reply.status not in _UNDECIDED:
            return Saved(False, f"The source refused him with HTTP {reply.status}.")
        if 200 <= reply.status < 300 and not reply.body.strip():
            if self._said is not None:
                raise Unreadable("The source's reply is empty, where settings.save.saved is due.")
            return Saved(True)
        has_answer(reply, _NO_SIGNS)
        document = read_json(reply).value
        try:
            self._errors.check(document)
        except ReportedError:
            return Saved(False, "The source's reply reports that it failed; its text is not shown.")
        wanted = self._settings.saved
        if wanted is None or self._said is None:
            return Saved(True)
        value = self._said.read(document)
        if _plain(value) == _plain(wanted.equals):
            return Saved(True)
        return Saved(False, f"The source's reply does not say at '{wanted.path}' that he is saved.")


def _plain(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return fold(str(value)) if isinstance(value, str | int | float) else None
