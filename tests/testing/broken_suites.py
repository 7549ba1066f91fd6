"""The sample adapter, broken in one way at a time, under the contract suite. Run by test_suite_catches.py: all must fail.

`catches` of a class: the tests of the suite that are to fail.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
from collections.abc import Mapping as Map
from collections.abc import Sequence
from typing import Any, ClassVar
from xml.etree import ElementTree

from pydantic import ConfigDict

from gateway.adapter import (
    AdapterContext,
    AdapterType,
    Found,
    PersonWriter,
    Query,
    Saved,
    SourceError,
    Unreadable,
    has_answer,
)
from gateway.adapter import Person as Writing
from gateway.testing import AdapterContract, Person, SourceRequest, SourceResponse
from tests.testing.pipe_text import HEADER, PipeSettings, PipeText

_PARAMETERS = {"nome": "nome", "doc": "documento", "mail": "email"}


class Broken(AdapterContract):
    Adapter: ClassVar[type[PipeText]]
    settings_model: ClassVar[type[PipeSettings]] = PipeSettings
    catches: ClassVar[Sequence[str]]
    settings: ClassVar = {"parameters": _PARAMETERS}
    search_fields: ClassVar = {"nome": "name", "documento": "cpf", "email": "email"}
    patience: ClassVar = 1.0

    def __init_subclass__(cls) -> None:
        if "Adapter" in vars(cls):
            saves = (lambda settings: True) if issubclass(cls.Adapter, PersonWriter) else None
            cls.adapter_type = AdapterType("broken", "Broken on purpose", cls.settings_model, cls.Adapter, saves=saves)

    def asked(self, request: SourceRequest) -> dict[str, str]:
        return {_PARAMETERS[name]: value for name, value in request.query("iso-8859-1").items()}

    def serve(self, people: Sequence[Person], request: SourceRequest) -> SourceResponse:
        rows = [f"{person.name}|{person.email}|{person.cpf}" for person in people]
        return SourceResponse("\n".join([HEADER, *rows]).encode("iso-8859-1"))

    def taken(self, request: SourceRequest) -> SourceResponse:
        return SourceResponse(b"taken")


class TestFailureIsAbsence(Broken):
    catches = (
        "test_a_503_is_a_server_error",
        "test_a_401_is_unauthorised",
        "test_a_429_is_rate_limited_with_the_wait_that_was_asked_for",
        "test_a_cut_reply_is_truncated",
        "test_an_oversized_reply_is_too_large",
        "test_an_html_page_with_200_is_a_failure",
        "test_garbage_is_unreadable",
        "test_a_dead_source_is_unreachable",
    )

    class Adapter(PipeText):
        async def lookup(self, query: Query, *, limit: int) -> Found:
            try:
                return await super().lookup(query, limit=limit)
            except SourceError:
                return Found(())


class TestEveryAnswerIsASuccess(Broken):
    catches = ("test_an_unclear_answer_is_never_a_success",)

    class Adapter(PipeText):
        async def save(self, person: Writing, *, key: str) -> Saved:
            await self.call.send({})
            return Saved(True)


class TestALostPersonIsRefused(Broken):
    catches = ("test_a_lost_connection_leaves_the_person_unknown",)

    class Adapter(PipeText):
        async def save(self, person: Writing, *, key: str) -> Saved:
            try:
                reply = await self.call.send({})
            except SourceError:
                return Saved(False, "It was refused.")
            return Saved(reply.body == b"taken")


class TestALostPersonIsSentAgain(Broken):
    catches = ("test_a_lost_connection_leaves_the_person_unknown",)

    class Adapter(PipeText):
        async def save(self, person: Writing, *, key: str) -> Saved:
            try:
                reply = await self.call.send({})
            except SourceError:
                reply = await self.call.send({})
            return Saved(reply.body == b"taken")


class TestEveryFailureIsTheSame(Broken):
    catches = ("test_a_503_is_a_server_error", "test_a_cut_reply_is_truncated")

    class Adapter(PipeText):
        async def lookup(self, query: Query, *, limit: int) -> Found:
            try:
                return await super().lookup(query, limit=limit)
            except SourceError as error:
                raise Unreadable from error


class TestSomeOtherException(Broken):
    catches = ("test_garbage_is_unreadable",)

    class Adapter(PipeText):
        async def lookup(self, query: Query, *, limit: int) -> Found:
            try:
                return await super().lookup(query, limit=limit)
            except Unreadable:
                raise ValueError("cannot read it") from None


class TestValueInAnError(Broken):
    catches = ("test_garbage_is_unreadable",)

    class Adapter(PipeText):
        async def lookup(self, query: Query, *, limit: int) -> Found:
            try:
                return await super().lookup(query, limit=limit)
            except Unreadable as error:
                raise Unreadable(f"Nothing to read for {query.keys[0].value}.") from error


class TestValueInACause(Broken):
    catches = ("test_garbage_is_unreadable",)

    class Adapter(PipeText):
        async def lookup(self, query: Query, *, limit: int) -> Found:
            try:
                return await super().lookup(query, limit=limit)
            except Unreadable:
                raise Unreadable from ValueError(f"bad: {query.keys[0].value.encode()!r}")


class TestValueInTheLog(Broken):
    catches = ("test_nothing_of_a_lookup_is_logged_or_printed",)

    class Adapter(PipeText):
        async def lookup(self, query: Query, *, limit: int) -> Found:
            logging.getLogger("plugin").debug("asking", extra={"values": query.values})
            return await super().lookup(query, limit=limit)


class TestValueIsPrinted(Broken):
    catches = ("test_nothing_of_a_lookup_is_logged_or_printed",)

    class Adapter(PipeText):
        async def lookup(self, query: Query, *, limit: int) -> Found:
            print("asking for", *query.values.values())
            return await super().lookup(query, limit=limit)


class TestValueInAWarning(Broken):
    catches = ("test_warnings_hold_no_value",)

    class Adapter(PipeText):
        async def lookup(self, query: Query, *, limit: int) -> Found:
            found = await super().lookup(query, limit=limit)
            return Found(found.records, [f"asked {query.keys[0].value}"], found.truncated)


class TestValueInTheRepr(Broken):
    catches = ("test_no_repr_holds_a_value_or_a_secret",)

    class Adapter(PipeText):
        last: Map[str, str] | None = None

        async def lookup(self, query: Query, *, limit: int) -> Found:
            self.last = query.values
            return await super().lookup(query, limit=limit)

        def __repr__(self) -> str:
            return f"<adapter, last asked {self.last}>"


class TestLimitIgnored(Broken):
    catches = ("test_the_limit_is_kept_and_said",)

    class Adapter(PipeText):
        async def lookup(self, query: Query, *, limit: int) -> Found:
            return await super().lookup(query, limit=1000)


class TestLimitNotSaid(Broken):
    catches = ("test_the_limit_is_kept_and_said",)

    class Adapter(PipeText):
        async def lookup(self, query: Query, *, limit: int) -> Found:
            return Found((await super().lookup(query, limit=limit)).records)


class TestOnlyTheFirstRecord(Broken):
    catches = ("test_several_under_the_limit_all_come",)

    class Adapter(PipeText):
        async def lookup(self, query: Query, *, limit: int) -> Found:
            return Found((await super().lookup(query, limit=limit)).records[:1])


class TestCancellationSwallowed(Broken):
    catches = ("test_a_cancelled_lookup_leaves_nothing_behind", "test_a_source_that_never_answers_is_timed_out")

    class Adapter(PipeText):
        async def lookup(self, query: Query, *, limit: int) -> Found:
            try:
                return await super().lookup(query, limit=limit)
            except asyncio.CancelledError:
                return Found(())


class TestCancellationIgnored(Broken):
    catches = ("test_a_cancelled_lookup_leaves_nothing_behind",)

    class Adapter(PipeText):
        async def lookup(self, query: Query, *, limit: int) -> Found:
            asking = asyncio.ensure_future(super().lookup(query, limit=limit))
            try:
                return await asyncio.shield(asking)
            finally:
                asking.add_done_callback(lambda done: done.cancelled() or done.exception())


class TestTaskLeftBehind(Broken):
    catches = ("test_closing_leaves_nothing_open",)
    tasks: ClassVar[list[object]] = []

    class Adapter(PipeText):
        async def lookup(self, query: Query, *, limit: int) -> Found:
            TestTaskLeftBehind.tasks.append(asyncio.ensure_future(asyncio.sleep(60)))
            return await super().lookup(query, limit=limit)


class TestOneAtATime(Broken):
    catches = ("test_fifty_lookups_at_once_are_not_mixed_up",)

    class Adapter(PipeText):
        def __init__(self, settings: PipeSettings, context: AdapterContext) -> None:
            super().__init__(settings, context)
            self.lock = asyncio.Lock()

        async def lookup(self, query: Query, *, limit: int) -> Found:
            async with self.lock:
                return await super().lookup(query, limit=limit)


class TestLookupsMixedUp(Broken):
    catches = ("test_fifty_lookups_at_once_are_not_mixed_up",)

    class Adapter(PipeText):
        async def lookup(self, query: Query, *, limit: int) -> Found:
            self.values = query.values
            await asyncio.sleep(0)
            return await self._ask(self.values, limit)


class TestAnyStatusIsRead(Broken):
    catches = (
        "test_a_503_is_a_server_error",
        "test_a_redirect_is_not_followed",
        "test_check_with_bad_credentials_fails",
    )

    class Adapter(PipeText):
        async def _ask(self, values: Map[str, str], limit: int) -> Found:
            reply = await self.call.send(values)
            _, *rows = reply.body.decode("iso-8859-1").split("\n")
            return Found([dict(zip(HEADER.split("|"), row.split("|"), strict=False)) for row in rows][:limit])


class TestHtmlIsRead(Broken):
    catches = ("test_an_html_page_with_200_is_a_failure",)

    class Adapter(PipeText):
        async def _ask(self, values: Map[str, str], limit: int) -> Found:
            reply = await self.call.send(values)
            if b"<html" in reply.body:
                return Found(())
            return await super()._ask(values, limit)


class TestNotFoundPageIsNobody(Broken):
    catches = ("test_a_404_is_nobody_only_where_configured", "test_an_empty_body_is_nobody_only_where_configured")

    class Adapter(PipeText):
        async def _ask(self, values: Map[str, str], limit: int) -> Found:
            reply = await self.call.send(values)
            if reply.status == 404 or not reply.body:
                return Found(())
            return await super()._ask(values, limit)


class TestNobodyIsAFailure(Broken):
    catches = ("test_nobody_is_an_empty_list",)

    class Adapter(PipeText):
        async def lookup(self, query: Query, *, limit: int) -> Found:
            found = await super().lookup(query, limit=limit)
            if not found.records:
                raise Unreadable
            return found


class TestAskedInTheWrongCharset(Broken):
    catches = ("test_accents_survive_both_ways",)

    class Adapter(PipeText):
        def __init__(self, settings: PipeSettings, context: AdapterContext) -> None:
            super().__init__(settings, context)
            query = [(name, f"{{{field}}}") for name, field in settings.parameters.items()]
            self.call = context.wire.prepare("GET", query=query, charset="utf-8")


class TestAccentsDropped(Broken):
    catches = ("test_accents_survive_both_ways",)

    class Adapter(PipeText):
        async def lookup(self, query: Query, *, limit: int) -> Found:
            found = await super().lookup(query, limit=limit)
            ascii_only = [
                {name: str(value).encode("ascii", "ignore").decode() for name, value in record.items()}
                for record in found.records
            ]
            return Found(ascii_only, truncated=found.truncated)


class TestLeadingZerosLost(Broken):
    catches = ("test_each_search_field_finds_its_person",)

    class Adapter(PipeText):
        async def lookup(self, query: Query, *, limit: int) -> Found:
            found = await super().lookup(query, limit=limit)
            return Found([{**record, "cpf": int(str(record["cpf"]))} for record in found.records])


class TestOnlyOneFieldAsked(Broken):
    catches = ("test_all_fields_at_once_are_all_sent",)

    class Adapter(PipeText):
        async def lookup(self, query: Query, *, limit: int) -> Found:
            return await super().lookup(Query(query.keys[:1]), limit=limit)


class TestRecordsOfAnotherShape(Broken):
    catches = ("test_each_search_field_finds_its_person",)

    class Adapter(PipeText):
        async def lookup(self, query: Query, *, limit: int) -> Found:
            found = await super().lookup(query, limit=limit)
            return Found([{**record, "raw": object()} for record in found.records])  # type: ignore[dict-item]


class TestAsksWhenMade(Broken):
    catches = ("test_create_does_not_ask_the_source", "test_create_does_no_io")

    class Adapter(PipeText):
        def __init__(self, settings: PipeSettings, context: AdapterContext) -> None:
            super().__init__(settings, context)
            address = context.wire.base.address  # type: ignore[attr-defined]
            socket.create_connection((address.host, address.port)).close()


class TestCheckAlwaysPasses(Broken):
    catches = ("test_check_of_a_dead_source_fails", "test_check_with_bad_credentials_fails")

    class Adapter(PipeText):
        async def check(self) -> None:
            with contextlib.suppress(SourceError):
                await super().check()


class TestFieldsMisnamed(Broken):
    catches = ("test_the_adapter_names_its_search_fields",)

    class Adapter(PipeText):
        def __init__(self, settings: PipeSettings, context: AdapterContext) -> None:
            super().__init__(settings, context)
            self.fields = frozenset(settings.parameters)


class LaxSettings(PipeSettings):
    model_config = ConfigDict(extra="allow")


class TestLaxSettings(Broken):
    catches = ("test_unknown_settings_are_refused", "test_the_settings_have_a_json_schema")
    settings_model = LaxSettings

    class Adapter(PipeText):
        pass


class TestXmlObeyed(Broken):
    catches = ("test_doctype_is_refused",)
    xml = True

    class Adapter(PipeText):
        async def _ask(self, values: Map[str, str], limit: int) -> Found:
            reply = await self.call.send(values)
            if not has_answer(reply, self.nobody):
                return Found(())
            try:
                people = list(ElementTree.fromstring(reply.body))
            except ElementTree.ParseError as error:
                raise Unreadable from error
            return Found([person.attrib for person in people[:limit]], truncated=len(people) > limit)

    def serve(self, people: Sequence[Person], request: SourceRequest) -> SourceResponse:
        root = ElementTree.Element("people")
        for person in people:
            ElementTree.SubElement(root, "person", name=person.name, email=person.email, cpf=person.cpf)
        return SourceResponse(ElementTree.tostring(root, encoding="iso-8859-1", xml_declaration=True))


class TestJsonObeyed(Broken):
    catches = (
        "test_deep_nesting_is_a_clean_failure",
        "test_json_that_readers_disagree_about_is_a_clean_failure",
    )
    json = True

    class Adapter(PipeText):
        async def _ask(self, values: Map[str, str], limit: int) -> Found:
            reply = await self.call.send(values)
            if not has_answer(reply, self.nobody):
                return Found(())
            try:
                people: Any = json.loads(reply.body)
            except json.JSONDecodeError as error:
                raise Unreadable from error
            return Found([people] if isinstance(people, dict) else people[:limit], truncated=len(people) > limit)

    def serve(self, people: Sequence[Person], request: SourceRequest) -> SourceResponse:
        listed = [{"name": person.name, "email": person.email, "cpf": person.cpf} for person in people]
        return SourceResponse(json.dumps(listed).encode())
