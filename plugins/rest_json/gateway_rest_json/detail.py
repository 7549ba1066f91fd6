"""Lookups in two steps: a list of hits, then the rest of each hit from a place of its own."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Mapping as Map
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from gateway.adapter import AdapterSettings, Call, Json, Path, PathOfReply, RawRecord, Reply, Unreadable, compile_path
from gateway_rest_json.json_reading import Document
from gateway_rest_json.links import Links, is_one_place
from gateway_rest_json.records import records_of

_HOLE = re.compile(r"\{([^{}]*)\}")
_LEADS_AWAY = re.compile(r"[/\\\x00-\x1f\x7f]|%(?:25)*(?:2f|5c|00)|\A(?:\.|%(?:25)*2e){1,2}\Z", re.IGNORECASE)
_LONGEST = 200


def _check_template(template: str) -> str:
    texts = _HOLE.split(template)
    if any("{" in text or "}" in text for text in texts[::2]):
        raise ValueError("a brace has no partner: a hole is written {member}, a path into the hit")
    if "?" in template or "#" in template:
        raise ValueError("what follows '?' goes under query:, one line a parameter; a '#' is never sent")
    for hole in texts[1::2]:
        if not compile_path(hole).plain:
            raise ValueError(f"'{hole}' is an expression: a hole takes a dotted path into the hit, such as {{id}}")
    return template


HitTemplate = Annotated[str, AfterValidator(_check_template)]


class DetailSettings(AdapterSettings):
    """Where the rest of a listed customer is: a path with the hit's own values in it, or an address that the hit gives."""

    path: HitTemplate | None = Field(
        default=None,
        description="Appended to upstream.url; `{id}` is that member of the hit, as one segment of the path.",
    )
    link: PathOfReply | None = Field(
        default=None, description="Instead of path: the path of an address in the hit, within the source's origin."
    )
    query: dict[str, HitTemplate] = Field(
        default_factory=dict, description="Query parameter -> text, with members of the hit as holes."
    )
    same: PathOfReply | None = Field(
        default=None,
        description="Path of the value by which a detail shows whose it is: the hit and the detail both have to carry it. "
        "Without it the address at link: itself.",
    )
    records: PathOfReply | None = Field(
        default=None, description="Path of the one customer in the reply; without it as for lists."
    )
    at_once: int = Field(default=4, ge=1, le=16, description="So many are asked for at the same time in one lookup.")

    @model_validator(mode="after")
    def _one_place(self) -> DetailSettings:
        if (self.path is None) == (self.link is None):
            raise ValueError("a detail needs a path: or a link:, and not both")
        if self.link is not None and self.query:
            raise ValueError("a detail by link: has no query:, the address has its own")
        if self.path is not None and not any(map(_HOLE.search, (self.path, *self.query.values()))):
            raise ValueError("a detail's path: or query: needs a member of the hit, such as {id}")
        return self


class Detail:
    """Compiled. `prepare`: makes the call; it is given path, query and headers."""

    def __init__(
        self,
        settings: DetailSettings,
        prepare: Callable[[str, Sequence[tuple[str, str]]], Call],
        links: Links,
        read: Callable[[Reply], Document | None],
    ) -> None:
        self._links = links
        self._read = read
        self._at_once = settings.at_once
        self._records = compile_path(settings.records) if settings.records is not None else None
        self._link = compile_path(settings.link) if settings.link is not None else None
        self._same = compile_path(settings.same) if settings.same is not None else None
        self._in_path = _members((settings.path or "",))
        self._in_query = _members(settings.query.values())
        self._call: Call | None = None
        if settings.path is not None:
            query = [(name, _wired(text)) for name, text in settings.query.items()]
            self._call = prepare(_wired(settings.path), query)

    async def complete(
        self, hits: Sequence[RawRecord], values: Map[str, str], at: str
    ) -> tuple[list[RawRecord], tuple[str, ...]]:
        """Each hit with its detail, in their order, and the warnings. `values`: those of the list's request; `at`: its
        address. Raises the SourceError of the first detail that fails: a customer that was listed is never dropped."""
        if len(hits) == 1:
            completed = [await self._one(hits[0], values, at)]
        else:
            completed = await self._each(hits, values, at)
        warnings = dict.fromkeys(warning for _, said in completed for warning in said)
        return [record for record, _ in completed], tuple(warnings)

    async def _each(
        self, hits: Sequence[RawRecord], values: Map[str, str], at: str
    ) -> list[tuple[RawRecord, tuple[str, ...]]]:
        turns = asyncio.Semaphore(self._at_once)

        async def one(hit: RawRecord) -> tuple[RawRecord, tuple[str, ...]]:
            async with turns:
                return await self._one(hit, values, at)

        failure: Exception
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(hit)) for hit in hits]
        except ExceptionGroup as failed:
            failure = failed.exceptions[0]
        else:
            return [task.result() for task in tasks]
        raise failure

    async def _one(self, hit: RawRecord, values: Map[str, str], at: str) -> tuple[RawRecord, tuple[str, ...]]:
        address = None if self._link is None else self._address(self._link, hit, at)
        document = self._read(await self._ask(hit, values, address))
        if document is None:
            raise Unreadable(
                "The source lists a customer and says nobody where its detail is due. Check settings.detail; if its index "
                "lags, ask its owner, or map what the list gives and leave the detail out."
            )
        found = records_of(document.value, self._records)
        if len(found) != 1:
            raise Unreadable(
                f"Where one customer's detail is due came {len(found)} records. Check path and records of settings.detail."
            )
        self._check_whose(hit, found[0], address)
        return {**hit, **found[0]}, document.warnings

    def _check_whose(self, hit: RawRecord, detail: RawRecord, address: str | None) -> None:
        """`address`: where the detail came from, None where the settings' path led there. Raises Unreadable for a detail
        that is another customer's; and for one that does not say whose it is, where that has to be said."""
        for member in (*self._in_path, *self._in_query):
            given = _scalar(member.read(detail))
            if given is not None and given != _scalar(member.read(hit)):
                raise _of_another(member)
        if self._same is not None:
            given, wanted = _scalar(self._same.read(detail)), _scalar(self._same.read(hit))
            if given is None or wanted is None:
                raise _of_nobody(self._same, "detail.same")
            if given != wanted:
                raise _of_another(self._same)
        elif address is not None and self._link is not None:
            reference = self._link.read(detail)
            if not isinstance(reference, str) or not reference.strip():
                raise _of_nobody(self._link, "detail.link")
            if not is_one_place(reference, address):
                raise _of_another(self._link)

    def _address(self, link: Path, hit: RawRecord, at: str) -> str:
        reference = link.read(hit)
        if not isinstance(reference, str):
            raise Unreadable(f"A hit has no address at detail.link ({link.text}). Compare it with a real reply.")
        return self._links.resolve(reference, at)

    async def _ask(self, hit: RawRecord, values: Map[str, str], address: str | None) -> Reply:
        """`address`: None where the settings' path leads there."""
        if address is not None:
            return await self._links.get(address, values)
        assert self._call is not None
        filled = {_hole(member.text): _segment(member, hit) for member in self._in_path}
        filled.update((_hole(member.text), _parameter(member, hit)) for member in self._in_query)
        return await self._call.send({**values, **filled})


def _of_another(member: Path) -> Unreadable:
    return Unreadable(
        f"The detail that came is another customer's: its {{{member.text}}} is not the hit's. The source ignores what it is "
        "asked with; check settings.detail."
    )


def _of_nobody(member: Path, key: str) -> Unreadable:
    return Unreadable(
        f"A hit or its detail has nothing at {key} ({member.text}), so that nobody knows whose detail came. Name under "
        "detail.same the path of a value that both carry, such as id."
    )


def _members(templates: Iterable[str]) -> tuple[Path, ...]:
    names = dict.fromkeys(name for template in templates for name in _HOLE.findall(template))
    return tuple(map(compile_path, names))


def _hole(name: str) -> str:
    """The hole's name on the wire, which no search field has."""
    return "-hit-" + name.encode("utf-8").hex()


def _wired(template: str) -> str:
    return _HOLE.sub(lambda found: "{" + _hole(found[1]) + "}", template)


def _scalar(value: Json) -> str | None:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None


def _parameter(member: Path, hit: RawRecord) -> str:
    text = _scalar(member.read(hit))
    if text is None or not text.strip() or len(text) > _LONGEST:
        raise Unreadable(
            f"A hit has no text or whole number at {{{member.text}}}, by which its detail could be asked for. Compare "
            "settings.detail with a real reply."
        )
    return text


def _segment(member: Path, hit: RawRecord) -> str:
    text = _parameter(member, hit)
    if _LEADS_AWAY.search(text):
        raise Unreadable(
            f"A hit's {{{member.text}}} would lead to another path than its detail's. If it is an address, write detail: "
            f"{{link: {member.text}}}."
        )
    return text
