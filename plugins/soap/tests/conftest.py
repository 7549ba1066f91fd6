"""What every test of the SOAP adapter shares: the example service on loopback."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tests.examples.soap_service import ServiceServer


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def example() -> Iterator[str]:
    """The running example service's origin; its user is `gw` and its password `senha`."""
    with ServiceServer(("127.0.0.1", 0), "senha") as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()
