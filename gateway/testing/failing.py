"""How the suite expects a failure: the right SourceError, and no value or secret in anything that may be read of it."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from gateway.core.errors import SourceError, TimedOut
from gateway.testing.bench import SECRET, Bench
from gateway.testing.people import MARKED, Person

_WITHIN = 0.25


async def expect(
    bench: Bench, due: type[SourceError], *or_due: type[SourceError], within: float | None = None
) -> SourceError:
    """Looks the marked person up and gives the error, which is `due`."""
    kinds = (due, *or_due)
    names = " or ".join(kind.__name__ for kind in kinds)
    try:
        found = await bench.lookup(MARKED, within=within)
    except SourceError as error:
        failure = error
    except Exception as error:
        raise AssertionError(f"lookup raised {type(error).__name__} where {names} is due.") from error
    else:
        raise AssertionError(
            f"lookup returned {len(found.records)} record(s) where {names} is due: a failure is never an absence."
        )
    if due is not TimedOut and isinstance(failure, TimedOut):
        raise AssertionError(f"lookup had not ended when patience was, where {names} is due.") from failure
    assert type(failure) in kinds, f"lookup raised {type(failure).__name__} ({failure}) where {names} is due."
    check_discreet("".join(traceback.format_exception(failure)), "the error's text or that of its cause")
    return failure


async def expect_timed_out(bench: Bench) -> None:
    """The source will not end its reply: the gateway's deadline has to, and the connection with it."""
    await expect(bench, TimedOut, within=_WITHIN)
    await bench.source.until(lambda: bench.source.open == 0, "a timed-out lookup closes its connection")


def check_discreet(text: str, where: str, *people: Person) -> None:
    """No value of `people` (default: the marked person) and no secret stands in `text`."""
    low = text.lower()
    assert SECRET.lower() not in low, f"The source's secret stands in {where}."
    for person in people or (MARKED,):
        for name in ("name", "cpf", "email", "phone", "code"):
            for spelling in _spellings(getattr(person, name)):
                assert spelling.lower() not in low, f"The {name} of a person stands in {where}."


def _spellings(value: str) -> set[str]:
    """A value as it is, escaped in URLs, and as the repr of its bytes; a phone without its plus, a CPF masked."""
    spellings = {value, quote(value), quote(value, encoding="latin-1")}
    spellings |= {repr(value.encode(charset))[2:-1] for charset in ("utf-8", "latin-1")}
    if value.startswith("+"):
        spellings.add(value[3:])
    if len(value) == 11 and value.isdigit():
        spellings.add(f"{value[:3]}.{value[3:6]}.{value[6:9]}-{value[9:]}")
    if " " in value:
        spellings |= {word for word in value.split() if len(word) > 6}
    return spellings


class Journal(logging.Handler):
    """Keeps everything that is logged, arguments and tracebacks included."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{self.format(record)} {record.__dict__!r}")


@contextmanager
def everything_logged() -> Iterator[Journal]:
    """The log of the whole process at DEBUG."""
    root, journal = logging.getLogger(), Journal()
    level = root.level
    root.setLevel(logging.DEBUG)
    root.addHandler(journal)
    try:
        yield journal
    finally:
        root.removeHandler(journal)
        root.setLevel(level)
