"""Serve a baseline the fast way: uvicorn with uvloop and httptools, without an access log; one client for its whole life."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

Customers = list[dict[str, Any]]


def parser(description: str | None) -> argparse.ArgumentParser:
    taken = argparse.ArgumentParser(description=description)
    taken.add_argument("--port", type=int, required=True)
    taken.add_argument("--source", action="append", required=True)
    taken.add_argument("--client", choices=("httpx", "httpx2"), default="httpx")
    return taken


def app(client_module: str, look_up: Callable[[Any, dict[str, str]], Awaitable[Customers]]) -> Starlette:
    """`look_up` gets the client and the search; the client lives as long as the app, as its documentation advises."""
    httpx: Any = importlib.import_module(client_module)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with httpx.AsyncClient(timeout=5.0) as client:
            app.state.client = client
            yield

    async def identify(request: Request) -> JSONResponse:
        asked = await request.json()
        customers = await look_up(request.app.state.client, asked["search"])
        outcome = "found" if len(customers) == 1 else "several" if customers else "not_found"
        return JSONResponse({"outcome": outcome, "customers": customers})

    return Starlette(routes=[Route("/identify", identify, methods=["POST"])], lifespan=lifespan)


def serve(app: Starlette, port: int) -> None:
    uvicorn.run(
        app, host="127.0.0.1", port=port, loop="uvloop", http="httptools", access_log=False, log_level="warning"
    )
