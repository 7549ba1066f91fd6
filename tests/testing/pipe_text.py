"""A sample adapter of a protocol of its own: a GET, answered by lines whose values stand between pipes."""

from __future__ import annotations

from collections.abc import Mapping as Map
from typing import Any

from gateway.adapter import (
    Adapter,
    AdapterContext,
    AdapterSettings,
    AdapterType,
    FieldName,
    Found,
    Query,
    Unreadable,
    has_answer,
)

HEADER = "name|email|cpf"


class PipeSettings(AdapterSettings):
    """`parameters`: query parameter -> the search field that fills it."""

    parameters: Map[str, FieldName]


class PipeText:
    def __init__(self, settings: PipeSettings, context: AdapterContext) -> None:
        self.fields = frozenset(settings.parameters.values())
        self.nobody = context.nobody
        query = [(name, f"{{{field}}}") for name, field in settings.parameters.items()]
        self.call = context.wire.prepare("GET", query=query, charset="iso-8859-1")

    async def lookup(self, query: Query, *, limit: int) -> Found:
        return await self._ask(query.values, limit)

    async def check(self) -> None:
        await self._ask({}, 1)

    async def aclose(self) -> None:
        pass

    async def _ask(self, values: Map[str, str], limit: int) -> Found:
        reply = await self.call.send(values)
        if not has_answer(reply, self.nobody):
            return Found(())
        head, *rows = reply.body.decode("iso-8859-1").split("\n")
        names = head.split("|")
        records = [dict(zip(names, row.split("|"), strict=False)) for row in rows if row]
        if head != HEADER or any(len(record) != len(names) for record in records):
            raise Unreadable
        return Found(records[:limit], truncated=len(records) > limit)


def create(settings: PipeSettings, context: AdapterContext) -> Adapter:
    return PipeText(settings, context)


ADAPTER: AdapterType[Any] = AdapterType("pipe_text", "Lines with pipes between the values", PipeSettings, create)
