"""The suite's tests of an adapter's life: its settings, how it is made, checked, cancelled and closed."""

from __future__ import annotations

import asyncio
import json
from functools import partial

import pytest
from pydantic import ValidationError

from gateway.adapter import Found
from gateway.core.errors import SourceError, Unauthorised, Unreachable
from gateway.testing.bench import adapter_at, changed, open_bench, settings_of
from gateway.testing.exchange import SourceResponse
from gateway.testing.people import MARKED, PEOPLE
from gateway.testing.protocol import ProtocolUnderTest
from gateway.testing.source import Source, answering, held, silent

_UNKNOWN = "an_unknown_setting"
_NOBODY_LISTENS = "http://127.0.0.1:9"


class Life(ProtocolUnderTest):
    def test_unknown_settings_are_refused(self) -> None:
        settings_of(self)
        with pytest.raises(ValidationError) as refused:
            settings_of(self, **{_UNKNOWN: 1})
        assert _UNKNOWN in str(refused.value), "The refusal does not name the unknown setting."

    def test_the_settings_have_a_json_schema(self) -> None:
        schema = self.adapter_type.settings.model_json_schema()
        json.dumps(schema, allow_nan=False)
        assert schema.get("additionalProperties") is False, "The settings' schema allows unknown keys."

    def test_the_type_says_what_it_is(self) -> None:
        assert self.adapter_type.name.isidentifier(), "name is the entry point's name and the word in YAML."
        assert self.adapter_type.summary.strip(), "summary is empty; it is what the list of plugins shows."

    def test_create_does_no_io(self) -> None:
        """Without an event loop, with a source that is not there."""
        adapter_at(self, _NOBODY_LISTENS)

    async def test_create_does_not_ask_the_source(self) -> None:
        async with open_bench(self) as bench:
            # Connections are accepted in their order: when this one is, an earlier one has been.
            _, ours = await asyncio.open_connection(*bench.source.address)
            await bench.source.until(lambda: bench.source.accepted > 0, "it accepts a connection")
            ours.close()
            await ours.wait_closed()
            assert bench.source.accepted == 1, "create connected to the source."

    async def test_the_adapter_names_its_search_fields(self) -> None:
        async with open_bench(self) as bench:
            assert bench.adapter.fields == frozenset(self.search_fields), (
                f"fields is {sorted(bench.adapter.fields)}; search_fields says {sorted(self.search_fields)}."
            )

    async def test_check_passes_with_a_live_source(self) -> None:
        async with open_bench(self) as bench:
            await bench.adapter.check()

    async def test_check_of_a_dead_source_fails(self) -> None:
        async with open_bench(self, dead=True) as bench:
            with pytest.raises(Unreachable):
                await bench.adapter.check()

    async def test_check_with_bad_credentials_fails(self) -> None:
        async with open_bench(self) as bench:
            bench.source.behaviour = answering(SourceResponse(b"who are you?", 401))
            with pytest.raises(Unauthorised):
                await bench.adapter.check()

    async def test_check_of_a_broken_source_fails(self) -> None:
        async with open_bench(self) as bench:
            bench.source.behaviour = answering(SourceResponse(b"down", 503))
            with pytest.raises(SourceError):
                await bench.adapter.check()

    async def test_a_cancelled_lookup_leaves_nothing_behind(self) -> None:
        async with open_bench(self) as bench:
            healthy, bench.source.behaviour = bench.source.behaviour, silent
            before = asyncio.all_tasks()
            for _ in range(3):
                heard = len(bench.source.requests) + 1
                lookup = asyncio.create_task(bench.lookup(MARKED))
                await bench.source.until(partial(_has_heard, bench.source, heard), "it is asked")
                await _cancel(lookup, self.patience)
                await bench.source.until(lambda: bench.source.open == 0, "a cancelled lookup closes its connection")
            left = asyncio.all_tasks() - before - bench.source.tasks
            assert not left, f"A cancelled lookup left {len(left)} task(s) running."
            bench.source.behaviour = healthy
            assert bench.shown(await bench.lookup(PEOPLE[9])) == [PEOPLE[9]], (
                "After a cancelled lookup the next one failed."
            )

    async def test_one_cancelled_lookup_harms_no_other(self) -> None:
        async with open_bench(self) as bench:
            release = asyncio.Event()
            bench.source.behaviour = changed(self, lambda due: held(due, release))
            lookups = [asyncio.create_task(bench.lookup(person)) for person in PEOPLE[:4]]
            await bench.source.until(lambda: len(bench.source.requests) >= 4, "four lookups ask at once")
            await _cancel(lookups[1], self.patience)
            release.set()
            answers = await asyncio.gather(lookups[0], *lookups[2:])
            assert [bench.shown(found) for found in answers] == [[PEOPLE[0]], [PEOPLE[2]], [PEOPLE[3]]]

    async def test_closing_leaves_nothing_open(self) -> None:
        before = asyncio.all_tasks()
        async with open_bench(self) as bench:
            await asyncio.gather(*(bench.lookup(person) for person in PEOPLE[:5]))
            await bench.adapter.aclose()
            await bench.wire.aclose()
            await bench.source.until(lambda: bench.source.open == 0, "the wire is closed")
            left = asyncio.all_tasks() - before - bench.source.tasks
            assert not left, f"After aclose {len(left)} task(s) of the adapter still run."


def _has_heard(source: Source, requests: int) -> bool:
    return len(source.requests) >= requests


async def _cancel(lookup: asyncio.Task[Found], patience: float) -> None:
    lookup.cancel()
    await asyncio.wait([lookup], timeout=patience)
    assert lookup.done(), f"A cancelled lookup had not ended after {patience:.0f} s."
    assert lookup.cancelled(), "A cancelled lookup returned or raised something else: cancellation was swallowed."
