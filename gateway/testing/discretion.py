"""The suite's tests of discretion: no value and no secret in a log, an output, a repr or a warning."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.core.errors import SourceError
from gateway.testing.bench import Bench, changed, open_bench
from gateway.testing.exchange import SourceResponse
from gateway.testing.failing import check_discreet, everything_logged
from gateway.testing.people import MARKED
from gateway.testing.protocol import ProtocolUnderTest
from gateway.testing.source import Behaviour, answering, cut, resetting, silent

_Change = Callable[[SourceResponse], SourceResponse | Behaviour]
_CHANGES: tuple[_Change, ...] = (
    lambda due: due,
    lambda due: SourceResponse(due.body, 500),
    lambda due: SourceResponse(due.body[: len(due.body) * 2 // 3], headers=due.headers),
    lambda due: SourceResponse(due.body + b"\x00<" + MARKED.cpf.encode(), headers=due.headers),
    lambda due: SourceResponse(f"HTTP says {MARKED.email}".encode()),
    cut,
    lambda due: resetting,
    lambda due: silent,
)


class Discretion(ProtocolUnderTest):
    async def test_nothing_of_a_lookup_is_logged_or_printed(self, capfd: pytest.CaptureFixture[str]) -> None:
        with everything_logged() as journal:
            async with open_bench(self) as bench:
                for change in _CHANGES:
                    bench.source.behaviour = changed(self, change)
                    await _lookup_whatever_comes(bench)
            async with open_bench(self, dead=True) as bench:
                await _lookup_whatever_comes(bench)
        out, err = capfd.readouterr()
        check_discreet("\n".join(journal.lines), "the log at DEBUG")
        check_discreet(out + err, "what was printed")

    async def test_warnings_hold_no_value(self) -> None:
        async with open_bench(self) as bench:
            for change in _CHANGES[:5]:
                bench.source.behaviour = changed(self, change)
                for warning in await _lookup_whatever_comes(bench):
                    check_discreet(warning, "a warning")

    async def test_no_repr_holds_a_value_or_a_secret(self) -> None:
        async with open_bench(self) as bench:
            found = await bench.lookup(MARKED, list(self.search_fields))
            bench.source.behaviour = answering(SourceResponse(b"down", 503))
            await _lookup_whatever_comes(bench)
            check_discreet(f"{found!r} {found}", "the repr of what lookup returned")
            check_discreet(f"{bench.adapter!r} {bench.adapter}", "the adapter's repr after a lookup")


async def _lookup_whatever_comes(bench: Bench) -> tuple[str, ...]:
    """The warnings of the answer, if one came."""
    try:
        found = await bench.lookup(MARKED, list(bench.suite.search_fields), within=0.25)
    except SourceError:
        return ()
    return tuple(found.warnings)
