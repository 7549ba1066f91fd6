"""The memory for sources' answers: how long, how much, and that what was asked later wins."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gateway.resilience import Kept, MemoryStore
from tests.resilience.scripted import Clock

Result = TypeVar("Result")


def at_once(work: Coroutine[Any, Any, Result]) -> Result:
    """The store in memory never waits."""
    try:
        work.send(None)
    except StopIteration as end:
        result: Result = end.value
        return result
    raise AssertionError("it waited")


def kept(answer: str, asked: float, lifetime: float) -> Kept[str]:
    return Kept(answer, asked, asked + lifetime / 2, asked + lifetime)


def test_what_is_past_its_end_is_not_given_and_not_held() -> None:
    clock = Clock()
    store = MemoryStore(len, clock)
    at_once(store.put("k", kept("Ana", 0.0, 10.0)))
    clock.now = 9.9
    assert at_once(store.get("k")) is not None
    clock.now = 10.0
    assert at_once(store.get("k")) is None
    assert (len(store), store.held) == (0, 0)


def test_an_older_lookup_that_ends_late_does_not_replace_a_newer_one() -> None:
    store = MemoryStore(len, Clock())
    at_once(store.put("k", kept("new", 5.0, 10.0)))
    at_once(store.put("k", kept("old", 1.0, 10.0)))
    found = at_once(store.get("k"))
    assert found is not None
    assert found.answer == "new"


def test_the_least_used_goes_first() -> None:
    store = MemoryStore(len, Clock(), most=2)
    at_once(store.put("a", kept("A", 0.0, 10.0)))
    at_once(store.put("b", kept("B", 0.0, 10.0)))
    at_once(store.get("a"))
    at_once(store.put("c", kept("C", 0.0, 10.0)))
    assert [key for key in "abc" if at_once(store.get(key))] == ["a", "c"]


def test_an_answer_larger_than_the_whole_memory_is_not_kept_and_pushes_nobody_out() -> None:
    store = MemoryStore(len, Clock(), most_bytes=10)
    at_once(store.put("a", kept("A", 0.0, 10.0)))
    at_once(store.put("b", kept("B" * 11, 0.0, 10.0)))
    assert at_once(store.get("a")) is not None
    assert at_once(store.get("b")) is None


def test_what_nobody_asks_for_again_is_removed_by_itself() -> None:
    clock = Clock()
    due: list[Callable[[], None]] = []
    store = MemoryStore(len, clock, lambda seconds, call: due.append(call))
    at_once(store.put("a", kept("A", 0.0, 10.0)))
    at_once(store.put("b", kept("B", 0.0, 50.0)))
    assert len(due) == 1
    clock.now = 30.0
    due.pop()()
    assert (len(store), len(due)) == (1, 1)
    clock.now = 60.0
    due.pop()()
    assert (len(store), due) == (0, [])


def test_neither_an_answer_nor_a_key_stands_in_a_repr() -> None:
    store = MemoryStore(len, Clock())
    at_once(store.put("52998224725", kept("Ana Souza", 0.0, 10.0)))
    assert "Ana" not in repr(kept("Ana Souza", 0.0, 10.0))
    assert "Ana" not in repr(store)
    assert "52998224725" not in repr(store)


KEYS = st.sampled_from("abcdef")


class AnyUse(RuleBasedStateMachine):
    """Any use, against a dictionary that forgets nothing: the store may forget, and never gives anything else."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.store = MemoryStore(len, self.clock, most=4, most_bytes=20)
        self.put_before: dict[str, list[Kept[str]]] = {}

    @rule(key=KEYS, size=st.integers(0, 25), age=st.floats(0, 5), lifetime=st.sampled_from([1.0, 5.0, 20.0]))
    def put(self, key: str, size: int, age: float, lifetime: float) -> None:
        new = kept("x" * size, self.clock.now - age, lifetime)
        at_once(self.store.put(key, new))
        self.put_before.setdefault(key, []).append(new)

    @rule(key=KEYS)
    def get(self, key: str) -> None:
        found = at_once(self.store.get(key))
        if found is not None:
            assert self.clock.now < found.end
            assert found in self.put_before[key]

    @rule(key=KEYS)
    def drop(self, key: str) -> None:
        at_once(self.store.drop(key))
        assert at_once(self.store.get(key)) is None
        self.put_before.pop(key, None)

    @rule(seconds=st.floats(0, 10))
    def time_passes(self, seconds: float) -> None:
        self.clock.now += seconds

    @rule()
    def sweep(self) -> None:
        self.store.sweep()

    @invariant()
    def it_keeps_within_its_bounds(self) -> None:
        held = [at_once(self.store.get(key)) for key in "abcdef"]
        assert self.store.held == sum(len(one.answer) for one in held if one is not None)
        assert len(self.store) <= 4
        assert self.store.held <= 20


AnyUse.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestAnyUse = AnyUse.TestCase
