"""What a kind of search key is: how its values are checked, written and recognised."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as Map
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol, TypeAlias

from gateway.core.redaction import Redacted

Form: TypeAlias = Callable[[str, str], str | None]
"""(canonical value, country) -> the value as a source wants it; None where the value cannot be written so."""


class Strength(IntEnum):
    """How well a kind tells one customer from another. A query's keys stand strongest first."""

    NAME = 10
    PHONE = 20
    EMAIL = 30
    CHANNEL_USER = 40
    DOCUMENT = 50
    CODE = 60


class Recognition(IntEnum):
    """Is a text from the one search box of this kind? `SURE`: by its shape it can be of no other."""

    NO = 0
    MAYBE = 1
    SURE = 2


class InvalidValue(ValueError):
    """A value failed a check of its kind.

    `check`: `length`, `check_digits`, `repeated_digits`, `shape` or `characters`. `reason`: a part of a sentence that says
    what to look at; it never holds the value.
    """

    def __init__(self, check: str, reason: str) -> None:
        self.check, self.reason = check, reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True, repr=False)
class Normalised(Redacted):
    """A checked value. `candidates`: other spellings of the same value, likeliest first. `warnings`: doubts, no values."""

    value: str
    candidates: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class Kind(Protocol):
    """One kind of search key. Stateless; `country` is the tenant's ISO 3166 code (`BR`)."""

    @property
    def name(self) -> str: ...

    @property
    def strength(self) -> Strength: ...

    @property
    def matches(self) -> str:
        """The customer's value that it is compared with by default (`documents.cpf`, `emails`); `""` if there is none."""
        ...

    @property
    def forms(self) -> Map[str, Form]:
        """The forms in which a source can ask for the value, by name. `plain`, the canonical value, is always one."""
        ...

    def normalise(self, text: str, country: str) -> Normalised:
        """A person's text, checked strictly. The value is canonical: normalising it again gives it back. Raises
        InvalidValue."""
        ...

    def canonical(self, text: str, country: str) -> str | None:
        """The canonical value of what a source gives; None if it is not of this kind."""
        ...

    def recognises(self, text: str) -> Recognition:
        """Could `text` (straightened, without outer blanks) be meant as this kind? By its shape alone: the checks of
        `normalise` come after."""
        ...
