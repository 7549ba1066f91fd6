"""What the settings of a source say goes into a message, the same for a lookup and for a login."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass, field

from gateway.adapter import Secret
from gateway_soap.description import Place
from gateway_soap.security import UsernameToken
from gateway_soap.settings import SessionSettings, SoapSettings

TOKEN = "gateway.token"  # noqa: S105  # the name of a hole
_OPERATIONS = {"encontact": "Pesquisar"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """`parameters` and `headers`: path -> text with holes. `action`: instead of the WSDL's. `namespace`: of headers that it
    does not declare. `loosely`: names fit without case, accents and punctuation, and texts that are not named here are sent
    empty."""

    place: Place
    parameters: Map[str, str]
    action: str | None = None
    secrets: Map[str, Secret] = field(default_factory=dict)
    headers: Map[str, str] = field(default_factory=dict)
    header_secrets: Map[str, Secret] = field(default_factory=dict)
    namespace: str | None = None
    security: UsernameToken | None = None
    loosely: bool = False

    @property
    def names(self) -> frozenset[str]:
        """Every name on the way to something that is sent."""
        paths = (*self.parameters, *self.secrets, *self.headers, *self.header_secrets)
        return frozenset(name for path in paths for name in path.split("."))


def lookup_message(settings: SoapSettings) -> Wanted:
    """Of the operation that is asked for customers."""
    session, preset = settings.session, settings.preset
    hole = f"{{{TOKEN}}}"
    return Wanted(
        place=_place(settings, settings.operation or _OPERATIONS[preset or ""]),
        parameters={
            **{name: f"{{{name}}}" for name in settings.search},
            **settings.parameters,
            **({session.parameter: hole} if session and session.parameter else {}),
        },
        action=settings.soap_action,
        secrets=settings.secrets,
        headers={**settings.headers, **({session.header: hole} if session and session.header else {})},
        header_secrets=settings.header_secrets,
        namespace=settings.header_namespace,
        security=_security(settings),
        loosely=preset is not None,
    )


def login_message(settings: SoapSettings, session: SessionSettings) -> Wanted:
    """Of the operation that begins a session."""
    place = _place(settings, session.operation)
    return Wanted(place, session.parameters, secrets=session.secrets, security=_security(settings))


def _place(settings: SoapSettings, operation: str) -> Place:
    return Place(operation, settings.service, settings.port, settings.version)


def _security(settings: SoapSettings) -> UsernameToken | None:
    given = settings.security
    return UsernameToken(given.username, given.password, given.digest, given.timestamp) if given else None
