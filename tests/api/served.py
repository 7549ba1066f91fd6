"""An application behind the server that carries it, on a free port of the loopback interface."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from gateway.cli.answering import WholeAnswers


class _Announcing(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


@contextmanager
def served(app: ASGIApp) -> Iterator[int]:
    """The port, while the application is served in a thread of its own."""
    config = uvicorn.Config(app, http=WholeAnswers, ws="none", lifespan="off", access_log=False, log_config=None)
    server = _Announcing(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            assert server.listening.wait(10)
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(10)
