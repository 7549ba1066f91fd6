"""The suite's tests of answers: found, nobody, several, limited, spelled right."""

from __future__ import annotations

import asyncio

import pytest

from gateway.core.errors import EmptyReply, UnexpectedStatus
from gateway.testing.bench import asked_for, changed, open_bench
from gateway.testing.exchange import SourceRequest, SourceResponse, gzipped
from gateway.testing.failing import expect
from gateway.testing.people import AWKWARD, NOBODY, PEOPLE
from gateway.testing.protocol import ProtocolUnderTest
from gateway.testing.source import Behaviour, Peer, answering, written


class Answers(ProtocolUnderTest):
    async def test_each_search_field_finds_its_person(self) -> None:
        async with open_bench(self) as bench:
            for field, value in self.search_fields.items():
                person = PEOPLE[7]
                found = await bench.lookup(person, [field])
                lookups = [request for request in bench.source.requests if self.other(request) is None]
                asked = self.asked(lookups[-1])
                assert asked == {field: getattr(person, value)}, (
                    f"Asked by '{field}', the source was sent {dict(asked)}."
                )
                assert bench.shown(found) == [person], f"Asked by '{field}', not the one person was found."
                assert not found.truncated, "truncated, where one record was all that the source had."

    async def test_all_fields_at_once_are_all_sent(self) -> None:
        person = PEOPLE[11]
        async with open_bench(self) as bench:
            found = await bench.lookup(person, list(self.search_fields))
            asked = {field for request in bench.source.requests for field in self.asked(request)}
            assert asked == set(self.search_fields), f"Of all search fields only {sorted(asked)} were sent."
            assert bench.shown(found) == [person]

    async def test_nobody_is_an_empty_list(self) -> None:
        async with open_bench(self) as bench:
            for field in self.search_fields:
                found = await bench.lookup(NOBODY, [field])
                assert not found.records, "Records came from a source that said that it knows nobody."
                assert not found.truncated, "truncated, where the source knows nobody."

    async def test_accents_survive_both_ways(self) -> None:
        accented = [person for person in PEOPLE[:50] if not person.name.isascii()][:10]
        async with open_bench(self) as bench:
            for person in accented:
                found = await bench.lookup(person, self._by_name())
                assert bench.shown(found) == [person]

    async def test_awkward_characters_change_nothing(self) -> None:
        awkward = next(person for person in PEOPLE if person.name == AWKWARD)
        async with open_bench(self) as bench:
            for field in self.search_fields:
                found = await bench.lookup(awkward, [field])
                assert bench.shown(found) == [awkward], f"Asked by '{field}' for {AWKWARD}, somebody else was found."

    async def test_the_limit_is_kept_and_said(self) -> None:
        if self.one_record:
            pytest.skip("a reply of this protocol holds one record at most")
        async with open_bench(self) as bench:
            bench.answers_with(PEOPLE[:12])
            found = await bench.lookup(PEOPLE[0], limit=5)
            assert len(set(bench.shown(found))) == 5, f"Of 12 people {len(found.records)} came; the limit was 5."
            assert found.truncated, "The source had more records than the limit, and truncated is not set."

    async def test_several_under_the_limit_all_come(self) -> None:
        if self.one_record:
            pytest.skip("a reply of this protocol holds one record at most")
        async with open_bench(self) as bench:
            bench.answers_with(PEOPLE[:3])
            found = await bench.lookup(PEOPLE[0], limit=5)
            assert set(bench.shown(found)) == set(PEOPLE[:3])
            assert not found.truncated, "truncated, where all of the source's records came."

    async def test_a_compressed_reply_is_read(self) -> None:
        async with open_bench(self) as bench:
            bench.source.behaviour = changed(self, gzipped)
            assert bench.shown(await bench.lookup(PEOPLE[3])) == [PEOPLE[3]]

    async def test_an_empty_body_is_nobody_only_where_configured(self) -> None:
        async with open_bench(self) as bench:
            bench.source.behaviour = answering(SourceResponse(b""))
            if self.nobody.empty_body:
                assert not (await bench.lookup(PEOPLE[0])).records
            else:
                await expect(bench, EmptyReply)

    async def test_a_404_is_nobody_only_where_configured(self) -> None:
        async with open_bench(self) as bench:
            bench.source.behaviour = answering(SourceResponse(b"not here", 404))
            if 404 in self.nobody.statuses:
                assert not (await bench.lookup(PEOPLE[0])).records
            else:
                await expect(bench, UnexpectedStatus)

    async def test_fifty_lookups_at_once_are_not_mixed_up(self) -> None:
        async with open_bench(self) as bench:
            bench.source.behaviour = _gathering(self, 8)
            people = PEOPLE[:50]
            answers = await asyncio.gather(*(bench.lookup(person) for person in people))
            mixed = [person for person, found in zip(people, answers, strict=True) if bench.shown(found) != [person]]
            assert not mixed, f"{len(mixed)} of 50 lookups at once got somebody else's answer."

    def _by_name(self) -> list[str]:
        """The search fields that ask by name, else the first."""
        by_name = [field for field, value in self.search_fields.items() if value == "name"]
        return by_name[:1] or list(self.search_fields)[:1]


def _gathering(suite: ProtocolUnderTest, size: int) -> Behaviour:
    """Holds the first lookups until `size` of them are there, then answers the last first."""
    turns: list[asyncio.Event] = []

    async def behave(request: SourceRequest, peer: Peer) -> None:
        response = suite.other(request)
        if response is not None or len(turns) == size:
            await peer.send(written(response or suite.serve(asked_for(suite, request), request)))
            return
        turns.append(asyncio.Event())
        mine = len(turns) - 1
        if len(turns) == size:
            turns[-1].set()
        await turns[mine].wait()
        await peer.send(written(suite.serve(asked_for(suite, request), request)))
        if mine:
            turns[mine - 1].set()

    return behave
