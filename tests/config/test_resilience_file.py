"""The block `resilience` of a source: what stands when it is left out, and how it complains."""

from __future__ import annotations

import pytest

from gateway.core.tenant import BreakerPolicy, CachePolicy, Resilience
from tests.config.acme import Folder, changed

BEFORE = "resilience: {timeout: 2s, retries: 1, concurrency: 8}"


def test_without_a_word_there_is_a_breaker_and_nothing_is_remembered(folder: Folder) -> None:
    assert folder.tenant().sources["erp"].resilience == Resilience(5.0, 0, 16, BreakerPolicy(5, 10.0), None)


@pytest.mark.parametrize(
    ("written", "breaker", "cache"),
    [
        ("breaker: off", None, None),
        ("breaker: {failures: 2}", BreakerPolicy(2, 10.0), None),
        ("breaker: {open_for: 1m}, cache: off", BreakerPolicy(5, 60.0), None),
        ("cache: {ttl: 30s}", BreakerPolicy(), CachePolicy(30.0, 5.0, 0.0)),
        ("cache: {ttl: 2s}", BreakerPolicy(), CachePolicy(2.0, 2.0, 0.0)),
        ("cache: {ttl: 30s, nobody_ttl: 1s, stale_for: 5m}", BreakerPolicy(), CachePolicy(30.0, 1.0, 300.0)),
    ],
)
def test_what_may_be_written(
    folder: Folder, written: str, breaker: BreakerPolicy | None, cache: CachePolicy | None
) -> None:
    resilience = folder.tenant(changed((BEFORE, f"resilience: {{{written}}}"))).sources["crm"].resilience
    assert (resilience.breaker, resilience.cache) == (breaker, cache)


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("breaker: no", "Expected 'off'."),
        ("breaker: {failures: 0}", "The number must be at least 1."),
        ("breaker: {open: 10s}", "Unknown key 'open'. Did you mean 'open_for'? Known here: failures, open_for."),
        ("cache: {}", "The key 'ttl' is missing."),
        ("cache: {ttl: 30}", "Write a duration as a number with its unit: 500ms, 4s or 2m."),
        ("cache: {ttl: 2h}", "Write a duration as a number with its unit: 500ms, 4s or 2m."),
        ("cache: {ttl: 2s, nobody_ttl: 3s}", "The nobody_ttl is longer than the ttl. A *nobody* ages faster"),
        ("cache: {ttl: 2s, stale_for: }", "Nothing stands here."),
    ],
)
def test_what_is_wrong_is_told_with_its_place(folder: Folder, written: str, complaint: str) -> None:
    [said] = folder.complaints(changed((BEFORE, f"resilience: {{{written}}}")))
    place, _, sentence = said.partition(": ")
    assert sentence.startswith(complaint), said
    assert place.startswith("18:")
