"""A page that answers XML, asked with httpx or httpx2 and read with lxml; several pages are asked at once and merged.

Run as `python -m tests.bench.baselines.xml_page --client httpx --port 9001 --source http://127.0.0.1:9000/clientes`.
"""

from __future__ import annotations

import asyncio
from typing import Any

from lxml import etree

from tests.bench.baselines.serving import Customers, app, parser, serve

MOST = 50


async def from_page(client: Any, source: str, search: dict[str, str]) -> Customers:
    reply = await client.get(source, params=search)
    reply.raise_for_status()
    return [dict(record.attrib) for record in etree.fromstring(reply.content)[:MOST]]


async def from_pages(client: Any, sources: list[str], search: dict[str, str]) -> Customers:
    """The first page's values win; who has the same e-mail address is the same customer."""
    merged: dict[str, dict[str, Any]] = {}
    for customers in await asyncio.gather(*(from_page(client, source, search) for source in sources)):
        for customer in customers:
            known = merged.setdefault(customer["email"], {})
            merged[customer["email"]] = {**customer, **known}
    return list(merged.values())


def main() -> None:
    arguments = parser(__doc__).parse_args()
    sources: list[str] = arguments.source

    async def look_up(client: Any, search: dict[str, str]) -> Customers:
        if len(sources) == 1:
            return await from_page(client, sources[0], search)
        return await from_pages(client, sources, search)

    serve(app(arguments.client, look_up), arguments.port)


if __name__ == "__main__":
    main()
