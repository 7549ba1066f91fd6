"""A REST API that answers JSON, asked with httpx."""

from __future__ import annotations

from typing import Any

from tests.bench.baselines.serving import Customers, app, parser, serve


def main() -> None:
    arguments = parser(__doc__).parse_args()

    async def look_up(client: Any, search: dict[str, str]) -> Customers:
        reply = await client.get(arguments.source[0], params=search)
        reply.raise_for_status()
        customers: Customers = reply.json()["data"]["items"]
        return customers

    serve(app(arguments.client, look_up), arguments.port)


if __name__ == "__main__":
    main()
