"""What every test of the xml_get adapter shares: the example page on loopback."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tests.examples.xml_page import PageServer


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def page() -> Iterator[str]:
    """The running example page's origin; its user is `gw` and its password `senha`."""
    with PageServer(("127.0.0.1", 0), "senha") as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()
