"""The suite's tests of saving, for adapters whose type says `saves`: only what the source itself said is a success."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from gateway.adapter import Person, PersonWriter, Saved
from gateway.core.errors import SourceError, TimedOut
from gateway.testing.bench import Bench, open_bench, settings_of
from gateway.testing.exchange import SourceRequest, SourceResponse
from gateway.testing.failing import check_discreet
from gateway.testing.people import MARKED
from gateway.testing.protocol import ProtocolUnderTest
from gateway.testing.source import Behaviour, Peer, cut, raw, resetting, silent, written

_KEY = "k-20260101-1"
_Change = Callable[[SourceResponse], SourceResponse | Behaviour]
_UNCLEAR: dict[str, _Change] = {
    "202": lambda due: SourceResponse(due.body, 202, due.headers),
    "302": lambda due: SourceResponse(due.body, 302, {**due.headers, "location": "/login"}),
    "400": lambda due: SourceResponse(f"bad: {MARKED.cpf}".encode(), 400),
    "401": lambda due: SourceResponse(b"who are you?", 401),
    "429": lambda due: SourceResponse(b"slower", 429),
    "503": lambda due: SourceResponse(b"Service Unavailable", 503),
    "HTML": lambda due: SourceResponse(
        f"<!DOCTYPE html>\n<html>{MARKED.name}: senha?</html>".encode(), 200, {"content-type": "text/html"}
    ),
    "garbage": lambda due: SourceResponse(b"\x01\x9c garbage \xff\xfe " + MARKED.cpf.encode()),
    "half a document": lambda due: SourceResponse(due.body[: len(due.body) // 2], due.status, due.headers),
}
_LOST: dict[str, _Change] = {
    "reset": lambda due: resetting,
    "closed": lambda due: raw(b"", closing=True),
    "cut": cut,
    "silent": lambda due: silent,
}


class Saving(ProtocolUnderTest):
    async def test_a_person_is_saved_where_the_source_says_so(self) -> None:
        async with _saving(self, lambda due: due) as bench:
            assert await _save(bench) == Saved(True), "The source said that it took the person, and save does not."
            assert len(_sent(bench)) == 1, "A person is sent once."

    @pytest.mark.parametrize("answer", _UNCLEAR)
    async def test_an_unclear_answer_is_never_a_success(self, answer: str) -> None:
        async with _saving(self, _UNCLEAR[answer]) as bench:
            try:
                saved = await _save(bench)
            except SourceError as error:
                check_discreet("".join(traceback.format_exception(error)), "the error's text or that of its cause")
            else:
                assert not saved.done, f"save says that a person is saved; the source answered with {answer}."
                check_discreet(saved.why, "the reason why somebody was not saved")

    @pytest.mark.parametrize("way", _LOST)
    async def test_a_lost_connection_leaves_the_person_unknown(self, way: str) -> None:
        """He may be there: he is neither saved nor refused, nor sent again before he was looked up."""
        async with _saving(self, _LOST[way]) as bench:
            try:
                saved = await _save(bench)
            except SourceError as error:
                failure = error
            else:
                raise AssertionError(f"save returned {saved} where nobody knows what became of the person.")
            assert not failure.undone, f"{type(failure).__name__} says that nothing was done, after he was sent."
            assert len(_sent(bench)) == 1, "Nothing is sent again: nobody knows what became of the first time."
            check_discreet("".join(traceback.format_exception(failure)), "the error's text or that of its cause")


@asynccontextmanager
async def _saving(suite: ProtocolUnderTest, change: _Change) -> AsyncIterator[Bench]:
    """The source takes a person over, and its answer is changed on its way."""
    saves = suite.adapter_type.saves
    if saves is None or not saves(settings_of(suite)):
        pytest.skip("an adapter with these settings saves nobody")

    async def behave(request: SourceRequest, peer: Peer) -> None:
        due = suite.other(request) or change(suite.taken(request))
        if isinstance(due, SourceResponse):
            await peer.send(written(due))
        else:
            await due(request, peer)

    async with open_bench(suite) as bench:
        bench.source.behaviour = behave
        yield bench


async def _save(bench: Bench) -> Saved:
    writer = bench.adapter
    assert isinstance(writer, PersonWriter), "The type says that such an adapter saves, and it has no method save."
    values = {field: getattr(MARKED, value) for field, value in bench.suite.search_fields.items()}
    person = Person(
        {
            **values,
            "person.name": MARKED.name,
            "person.unique_key": MARKED.email,
            "person.customer_type": "Prospect",
            "person.id": "c1",
            "person.key": _KEY,
        }
    )
    try:
        async with asyncio.timeout(min(1.0, bench.suite.patience)):
            saved = await writer.save(person, key=_KEY)
    except TimeoutError as error:
        raise TimedOut from error
    assert isinstance(saved, Saved), f"save returned {type(saved).__name__}; it must return Saved."
    return saved


def _sent(bench: Bench) -> list[SourceRequest]:
    return [request for request in bench.source.requests if bench.suite.other(request) is None]
