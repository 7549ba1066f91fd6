"""An event's data, whatever its shape, read by the words that stand in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as Map
from itertools import chain

from gateway.core.event_labels import ANSWERED, ANSWERS, ASKED, FROM_ID, INSIDE, WRITES
from gateway.core.folding import fold_label
from gateway.core.json_values import text_of
from gateway.core.model import Json

_LONGEST_WORD = 100
_DEEPEST = 4


class Words:
    """Word (folded) -> the texts that stand at it: those of the data itself first, then those of the objects in it that
    tell of who writes."""

    def __init__(self, data: Map[str, Json]) -> None:
        self._texts: dict[str, list[str]] = {}
        self._channels: dict[str, list[str]] = {}
        level: list[tuple[Map[str, Json], bool]] = [(data, False)]
        for _ in range(_DEEPEST):
            level = [inner for members, answers in level for inner in self._take(members, answers)]

    def texts(self, words: Iterable[str]) -> Iterator[str]:
        """In the order of the words."""
        return chain.from_iterable(self._texts.get(word, ()) for word in words)

    def of_channel(self, words: Iterable[str]) -> Iterator[str]:
        """As `texts`, without what somebody answered."""
        return chain.from_iterable(self._channels.get(word, ()) for word in words)

    def _take(self, members: Map[str, Json], answers: bool) -> Iterator[tuple[Map[str, Json], bool]]:
        """Remember the texts; give the objects to go on with, and whether they are answers."""
        for name, value in members.items():
            word = fold_label(name) if len(name) <= _LONGEST_WORD else ""
            self._remember(word, texts_of(value), answers)
            if word in INSIDE:
                yield from ((inner, answers or word in ANSWERS) for inner in _objects(value))
            if word in WRITES and isinstance(value, Map):
                self._remember(FROM_ID, texts_of(value.get("id")), answers)

    def _remember(self, word: str, texts: Iterator[str], answers: bool) -> None:
        for text in texts:
            self._texts.setdefault(word, []).append(text)
            if not answers:
                self._channels.setdefault(word, []).append(text)


def texts_of(value: Json) -> Iterator[str]:
    """A text, a whole number as text, or those in a list; nothing else is a value to search by."""
    text = text_of(value)
    if text is not None:
        if text.strip():
            yield text
    elif isinstance(value, list | tuple):
        for item in value:
            if isinstance(item, str | int):
                yield from texts_of(item)


def _objects(value: Json) -> Iterator[Map[str, Json]]:
    if isinstance(value, Map):
        yield value
    elif isinstance(value, list | tuple):
        pairs = list(_pairs(value))
        yield from ({question: answer} for question, answer in pairs)
        if len(value) == 1 and not pairs and isinstance(value[0], Map):
            yield value[0]


def _pairs(items: Sequence[Json]) -> Iterator[tuple[str, Json]]:
    """Questions with their answers: `[{"question": "CPF", "answer": "529…"}]`."""
    for item in items:
        if isinstance(item, Map):
            named = {name.lower(): value for name, value in item.items()}
            question = next((named[word] for word in ASKED if isinstance(named.get(word), str)), None)
            answer = next((named[word] for word in ANSWERED if named.get(word) is not None), None)
            if isinstance(question, str) and answer is not None:
                yield question, answer
