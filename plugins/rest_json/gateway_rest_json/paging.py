"""The pages of a list: how the next one is asked for, and when there is none."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, model_validator

from gateway.adapter import AdapterSettings, Json, Path, PathOfReply, Reply, Unreadable, compile_path

_LINK = re.compile(r'<([^<>]*)>((?:\s*;\s*[^\s,;="]+(?:\s*=\s*(?:"[^"]*"|[^\s,;"]*))?)*)')
_REL = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s,;"]*))', re.IGNORECASE)


class PagesSettings(AdapterSettings):
    """How the next page of a list is asked for, and when there is none. A page that fails, fails the lookup."""

    by: Literal["next", "link_header", "cursor", "page", "offset"] = Field(
        description="An address in the reply, the header Link, a value to give back, a page's number, records passed over."
    )
    at: PathOfReply | None = Field(
        default=None, description="For next and cursor: the path of the address or value in the reply."
    )
    parameter: str | None = Field(
        default=None, description="For cursor, page and offset: the parameter of the query, or `body.<name>`."
    )
    first: int = Field(default=1, ge=0, le=1, description="For page: the number of the first page.")
    more: PathOfReply | None = Field(
        default=None, description="Path of a true or false in the reply that says whether there is another page."
    )
    total: PathOfReply | None = Field(
        default=None,
        description="For page and offset: path of the number of all records; without it and more, an empty page ends.",
    )
    most: int = Field(default=10, ge=2, le=100, description="So many pages are asked for at most in one lookup.")

    @model_validator(mode="after")
    def _keys_fit(self) -> PagesSettings:
        counted = self.by in ("page", "offset")
        rules: tuple[tuple[str, bool, bool], ...] = (
            ("at", self.by in ("next", "cursor"), self.by in ("next", "cursor")),
            ("parameter", counted or self.by == "cursor", counted or self.by == "cursor"),
            ("first", False, self.by == "page"),
            ("total", False, counted),
        )
        for name, needed, fitting in rules:
            if needed and getattr(self, name) is None:
                raise ValueError(f"pages by {self.by} need {name}:")
            if not fitting and name in self.model_fields_set:
                raise ValueError(f"pages by {self.by} have no {name}:")
        if self.more is not None and self.total is not None:
            raise ValueError("more: and total: both say when the last page is read; write one of the two")
        return self

    def check_records(self, records: str | None) -> None:
        """Raises ValueError where the path of the records leaves some out that have to be counted."""
        if records is None or compile_path(records).plain:
            return
        if self.by == "offset" or (self.by == "page" and self.more is None):
            raise ValueError(
                f"pages by {self.by} count the records of a page, and records ({records}) is an expression that may leave "
                "some out: write a dotted path"
            )


class Pages:
    """Compiled. A *next* is an address (of another page, absolute or relative), a cursor, or a number."""

    def __init__(self, settings: PagesSettings) -> None:
        self.by = settings.by
        self.most = settings.most
        self.parameter = settings.parameter
        self.by_address = settings.by in ("next", "link_header")
        self.told = settings.more is not None
        """The source itself says whether there are more pages: what else looks like it is none."""
        self._first = settings.first
        self._at = compile_path(settings.at) if settings.at is not None else None
        self._more = compile_path(settings.more) if settings.more is not None else None
        self._total = compile_path(settings.total) if settings.total is not None else None

    @property
    def numbered(self) -> bool:
        return self.by in ("page", "offset")

    @property
    def first(self) -> Json:
        """What the first page is asked with; None where it takes nothing."""
        return {"page": self._first, "offset": 0}.get(self.by)

    @property
    def promises(self) -> bool:
        """Numbered pages: is another one asked for only where the source said that there are more?"""
        return self.told or self._total is not None

    def after(self, reply: Reply, document: Json, before: int, came: int, read: int) -> Json:
        """What the next page is asked with, or None after the last one.

        `before`: number of pages before this one; `came`: records of this page, `read`: of all so far. Raises Unreadable.
        """
        if self._more is not None and not _truth(self._more, document):
            return None
        if self.by == "link_header":
            return _linked(reply.headers.get("link", ""))
        if self._at is not None:
            return self._given(self._at, document)
        if self._more is None and not came:
            return None
        if self._total is not None and read >= _count(self._total, document):
            return None
        return self._first + before + 1 if self.by == "page" else read

    def short(self, document: Json, read: int) -> bool:
        """Does the total say that there are more than were `read`? Raises Unreadable."""
        return self._total is not None and read < _count(self._total, document)

    def _given(self, at: Path, document: Json) -> Json:
        value = at.read(document)
        if value is None or value is False or value in ("", [], {}):
            return None
        plain = isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))
        if not plain and (self.by_address or not (self.parameter or "").startswith("body.")):
            raise Unreadable(
                f"What stands at pages.at ({at.text}) in the reply is nothing by which the next page could be asked for. "
                "Compare the path with a real reply."
            )
        if self.by_address and not isinstance(value, str):
            raise Unreadable(
                f"What stands at pages.at ({at.text}) in the reply is no address. Write pages: {{by: cursor}}?"
            )
        return value


def _truth(path: Path, document: Json) -> bool:
    value = path.read(document)
    text = str(value).lower() if isinstance(value, bool | int | str) else ""
    if text not in ("true", "false", "1", "0"):
        raise Unreadable(
            f"At pages.more ({path.text}) the reply has no true or false, so that nobody knows whether another page is due. "
            "Compare the path with a real reply."
        )
    return text in ("true", "1")


def _count(path: Path, document: Json) -> int:
    text = str(path.read(document))
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise Unreadable(
            f"At pages.total ({path.text}) the reply has no number of records, so that nobody knows whether another page is "
            "due. Compare the path with a real reply."
        )
    return int(text)


def _linked(header: str) -> str | None:
    """The address with the relation `next` (RFC 8288, 3)."""
    for address, parameters in _LINK.findall(header):
        for quoted, bare in _REL.findall(parameters):
            if "next" in (quoted or bare).lower().split():
                return str(address)
    return None
