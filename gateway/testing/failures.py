"""The suite's tests of failures: each is its own SourceError, and none is an absence."""

from __future__ import annotations

from gateway.core.errors import (
    HtmlPage,
    RateLimited,
    Redirected,
    ServerError,
    SourceError,
    TooLarge,
    Truncated,
    Unauthorised,
    UnexpectedStatus,
    Unreachable,
    Unreadable,
)
from gateway.testing.bench import MAX_BODY, changed, open_bench
from gateway.testing.exchange import SourceResponse, gzipped
from gateway.testing.failing import expect, expect_timed_out
from gateway.testing.people import MARKED, PEOPLE
from gateway.testing.protocol import ProtocolUnderTest
from gateway.testing.source import Behaviour, answering, cut, dripping, raw, resetting, silent

_LOGIN = f"<!DOCTYPE html>\n<html><head><title>Login</title></head><body>{MARKED.name}: senha?</body></html>".encode()


class Failures(ProtocolUnderTest):
    async def test_a_503_is_a_server_error(self) -> None:
        await self._after(answering(SourceResponse(b"Service Unavailable", 503)), ServerError)

    async def test_a_401_is_unauthorised(self) -> None:
        await self._after(answering(SourceResponse(b"who are you?", 401)), Unauthorised)

    async def test_a_403_is_unauthorised(self) -> None:
        await self._after(answering(SourceResponse(b"not you", 403)), Unauthorised)

    async def test_a_429_is_rate_limited_with_the_wait_that_was_asked_for(self) -> None:
        async with open_bench(self) as bench:
            bench.source.behaviour = answering(SourceResponse(b"slower", 429, {"retry-after": "7"}))
            failure = await expect(bench, RateLimited)
            assert isinstance(failure, RateLimited)
            assert failure.retry_after == 7, "RateLimited does not carry the seconds of Retry-After."

    async def test_a_400_is_an_unexpected_status(self) -> None:
        await self._after(answering(SourceResponse(f"bad: {MARKED.cpf}".encode(), 400)), UnexpectedStatus)

    async def test_a_redirect_is_not_followed(self) -> None:
        async with open_bench(self) as bench:
            bench.source.behaviour = answering(SourceResponse(b"", 302, {"location": f"{bench.source.url}/login"}))
            await expect(bench, Redirected)
            assert all("/login" not in request.target for request in bench.source.requests), "It was followed."

    async def test_a_source_that_never_answers_is_timed_out(self) -> None:
        async with open_bench(self) as bench:
            bench.source.behaviour = silent
            await expect_timed_out(bench)

    async def test_a_source_that_drips_is_timed_out(self) -> None:
        async with open_bench(self) as bench:
            bench.source.behaviour = changed(self, dripping)
            await expect_timed_out(bench)

    async def test_a_dead_source_is_unreachable(self) -> None:
        async with open_bench(self, dead=True) as bench:
            await expect(bench, Unreachable)

    async def test_a_reset_connection_is_unreachable(self) -> None:
        await self._after(resetting, Unreachable)

    async def test_something_that_is_no_http_is_a_failure(self) -> None:
        await self._after(raw(b"220 mail.example.com ESMTP\r\n\r\n", closing=True), Unreadable, Unreachable)

    async def test_a_cut_reply_is_truncated(self) -> None:
        async with open_bench(self) as bench:
            bench.source.behaviour = changed(self, cut)
            await expect(bench, Truncated)

    async def test_a_cut_compressed_reply_is_truncated(self) -> None:
        async with open_bench(self) as bench:
            bench.source.behaviour = changed(self, _cut_within_gzip)
            await expect(bench, Truncated)

    async def test_an_oversized_reply_is_too_large(self) -> None:
        await self._after(answering(SourceResponse(b" " * (4 * MAX_BODY))), TooLarge)

    async def test_a_compression_bomb_is_too_large(self) -> None:
        await self._after(answering(gzipped(SourceResponse(b" " * (64 * MAX_BODY)))), TooLarge)

    async def test_an_html_page_with_200_is_a_failure(self) -> None:
        page = SourceResponse(_LOGIN, headers={"content-type": "text/html; charset=utf-8"})
        await self._after(answering(page), HtmlPage)

    async def test_garbage_is_unreadable(self) -> None:
        await self._after(answering(SourceResponse(b"\x01\x9c garbage \xff\xfe " + MARKED.cpf.encode())), Unreadable)

    async def test_after_a_failure_the_next_lookup_works(self) -> None:
        async with open_bench(self) as bench:
            healthy, bench.source.behaviour = bench.source.behaviour, answering(SourceResponse(b"down", 503))
            await expect(bench, ServerError)
            bench.source.behaviour = healthy
            assert bench.shown(await bench.lookup(PEOPLE[5])) == [PEOPLE[5]]

    async def _after(self, behaviour: Behaviour, due: type[SourceError], *or_due: type[SourceError]) -> None:
        async with open_bench(self) as bench:
            bench.source.behaviour = behaviour
            await expect(bench, due, *or_due)


def _cut_within_gzip(response: SourceResponse) -> SourceResponse:
    whole = gzipped(response)
    return SourceResponse(whole.body[: len(whole.body) // 2], whole.status, whole.headers)
