"""The baselines: what a capable developer would write by hand for one tenant with one XML-over-GET source.

`httpx2` and `httpx` differ in the client alone. No verification, no limits, no metrics, no authentication.
Run as `python -m tests.bench.handlers httpx2 --port 9001 --source http://127.0.0.1:9000/clientes`.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from lxml import etree
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


def make_app(client_module: str, source: str) -> Starlette:
    """The handler over `httpx2` or `httpx`; one client for its whole life, as their documentation advises."""
    httpx: Any = importlib.import_module(client_module)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with httpx.AsyncClient(timeout=5.0) as client:
            app.state.client = client
            yield

    async def identify(request: Request) -> JSONResponse:
        asked = await request.json()
        reply = await request.app.state.client.get(source, params=asked["search"])
        reply.raise_for_status()
        root = etree.fromstring(reply.content)
        customers = [dict(record.attrib) for record in root]
        outcome = "found" if len(customers) == 1 else "several" if customers else "not_found"
        return JSONResponse({"outcome": outcome, "customers": customers})

    return Starlette(routes=[Route("/identify", identify, methods=["POST"])], lifespan=lifespan)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("client", choices=("httpx2", "httpx"))
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--source", required=True)
    arguments = parser.parse_args()
    uvicorn.run(
        make_app(arguments.client, arguments.source),
        host="127.0.0.1",
        port=arguments.port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )


if __name__ == "__main__":
    main()
