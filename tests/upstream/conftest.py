"""What holds of one transport holds of the other: the tests of the wire run over both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from gateway.core.tenant import TransportName, Upstream
from gateway.upstream.exchange import Transport
from gateway.upstream.wire import SourceWire

_CARRIED = frozenset(
    {
        "test_wire",
        "test_tls",
        "test_client",
        "test_guard",
        "test_oauth2",
        "test_session",
        "test_own_tls",
        "test_proxies",
        "test_opening",
    }
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.module.__name__.rpartition(".")[2] in _CARRIED and "anyio_backend" in metafunc.fixturenames:
        metafunc.parametrize("transport_in_use", list(TransportName), ids=str, indirect=True)


@pytest.fixture(autouse=True)
def transport_in_use(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> TransportName | None:
    """The transport that every wire of the test uses, whatever its source's settings say; None: as they say."""
    name: TransportName | None = getattr(request, "param", None)
    if name is not None:
        connect: Callable[[SourceWire, Upstream], Transport] = SourceWire._connect
        monkeypatch.setattr(
            SourceWire, "_connect", lambda wire, upstream: connect(wire, replace(upstream, transport=name))
        )
    return name


_SUMMARY = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def summary(request: pytest.FixtureRequest) -> list[str]:
    """Lines that are shown when the test run has ended."""
    return request.config.stash.setdefault(_SUMMARY, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for line in config.stash.get(_SUMMARY, []):
        terminalreporter.write_line(line)
