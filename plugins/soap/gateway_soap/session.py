"""A session inside the messages: one login for all lookups that wait for it, whose token goes with each of them."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from lxml import etree

from gateway.adapter import Nobody, SourceError, Unauthorised, Unreachable, fold_name
from gateway_soap.envelope import Fault
from gateway_soap.settings import SessionSettings
from gateway_soap.strict_xml import local_name

Login = Callable[[], Awaitable[etree._Element | Fault | None]]
"""Sends the login and gives its response element, or the fault."""


_LONGEST = 10.0
"""Seconds for one login. Lookups wait no longer than their own deadline, and leave it to the next ones: it needs an end."""


class _Token(str):
    """A token is known by what it is, not by what it says: a service may give the same one again."""


@dataclass(slots=True)
class _State:
    token: _Token | None = None
    under_way: asyncio.Task[_Token] | None = None


class Session:
    """The current token of one source."""

    def __init__(self, settings: SessionSettings, login: Login, longest: float = _LONGEST) -> None:
        """`longest`: seconds for one login."""
        self._path = tuple(map(fold_name, settings.token.split(".")))
        self._ended = Nobody(faults=tuple(settings.ended))
        self._login = login
        self._longest = longest
        self._state = _State()

    def __repr__(self) -> str:
        return "<Session>"

    def ended_by(self, failure: object) -> bool:
        """Does this fault or failure say that the token is good no more?"""
        if isinstance(failure, Fault):
            return failure.refuses_credentials or failure.says_nobody(self._ended)
        return isinstance(failure, Unauthorised)

    async def token(self, refused: str | None = None) -> str:
        """The token, another one than `refused`. Raises SourceError; Unauthorised where the login gives none."""
        state = self._state
        if state.token is not None and state.token is not refused:
            return state.token
        if state.under_way is None:
            state.token = None
            state.under_way = asyncio.get_running_loop().create_task(self._obtain())
            state.under_way.add_done_callback(self._done)
        task = state.under_way
        # Waits without owning: a lookup that gives up leaves the login to the others.
        await asyncio.wait([task])
        if task.cancelled():
            raise Unauthorised("The session's login was broken off, since the source is being closed.")
        error = task.exception()
        if isinstance(error, SourceError):
            failure = copy.copy(error)
            # Without a token nothing was sent, or what was sent was refused.
            failure.undone = True
            raise failure from error.__cause__
        return task.result()

    async def aclose(self) -> None:
        if self._state.under_way is not None:
            self._state.under_way.cancel()

    def _done(self, task: asyncio.Task[_Token]) -> None:
        self._state.under_way = None
        if not task.cancelled() and task.exception() is None:
            self._state.token = task.result()

    async def _obtain(self) -> _Token:
        try:
            async with asyncio.timeout(self._longest):
                content = await self._login()
        except TimeoutError:
            raise Unreachable(f"The login of settings.session was not answered within {self._longest:.0f} s.") from None
        if isinstance(content, Fault):
            if content.refuses_credentials:
                raise Unauthorised("The source refused the login of settings.session. Check its user and password.")
            raise Unauthorised(
                "The source answered the login of settings.session with a SOAP fault. Check its parameters and secrets."
            )
        text = _text_at(content, self._path) if content is not None else ""
        if not text:
            raise Unauthorised(
                "The login's reply holds no token where settings.session.token says. Either the source refused the login "
                "in its own way, or the path is another one."
            )
        return _Token(text)


def _text_at(response: etree._Element, path: tuple[str, ...]) -> str:
    names = path[1:] if path[0] == fold_name(local_name(str(response.tag))) else path
    here: etree._Element | None = response
    for name in names:
        here = (
            next((child for child in here if fold_name(local_name(str(child.tag))) == name), None)
            if here is not None
            else None
        )
    return (here.text or "").strip() if here is not None else ""
