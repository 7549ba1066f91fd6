"""A real HTTP source on loopback that can misbehave: the raw server behind the contract suite."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeAlias

from gateway.testing.exchange import SourceRequest, SourceResponse

_REASONS = {200: "OK", 204: "No Content", 302: "Found", 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests"}


class Peer:
    """One request's connection, as a behaviour sees it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.finished = False

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def gone(self) -> None:
        """Waits until the client has closed the connection."""
        with suppress(OSError):
            while await self._reader.read(65536):
                pass
        self.finished = True

    async def receive(self) -> bytes:
        """What the client sends next without being asked for it: empty when it has ended. For servers that are no HTTP."""
        return await self._reader.read(65536)

    def finish(self) -> None:
        """No further request on this connection: it is closed after the behaviour."""
        self.finished = True

    def reset(self) -> None:
        """Closes with RST instead of FIN: what is on its way is lost."""
        connection: socket.socket = self._writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()
        self.finished = True


Behaviour: TypeAlias = Callable[[SourceRequest, Peer], Awaitable[None]]


class Source:
    """The running source. `behaviour` answers every request and may be replaced at any time."""

    def __init__(self, behaviour: Behaviour, patience: float) -> None:
        self.behaviour = behaviour
        self.patience = patience
        self.address = ("", 0)
        self.url = ""
        self.requests: list[SourceRequest] = []
        self.accepted = 0
        self.open = 0
        self.problems: list[Exception] = []
        self.tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Condition()

    async def until(self, met: Callable[[], bool], what: str) -> None:
        """Waits for a state of this source, such as `lambda: source.open == 0`."""
        try:
            async with asyncio.timeout(self.patience), self._changed:
                await self._changed.wait_for(met)
        except TimeoutError:
            raise AssertionError(f"After {self.patience:.0f} s the source still waits until {what}.") from None

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one connection to its end."""
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        self.accepted += 1
        self.open += 1
        peer = Peer(reader, writer)
        try:
            await self._tell()
            while not peer.finished and (request := await _read_request(reader)) is not None:
                self.requests.append(request)
                await self._tell()
                await self.behaviour(request, peer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            # Cancelled only by the end of `running_source`; asyncio would log a task that ends so.
            pass
        except Exception as problem:  # noqa: BLE001  (the author's own serve and asked: shown by the suite)
            self.problems.append(problem)
        finally:
            writer.close()
            with suppress(OSError, ssl.SSLError):
                await writer.wait_closed()
            self.open -= 1
            self.tasks.discard(task)
            await self._tell()

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()


@asynccontextmanager
async def running_source(
    behaviour: Behaviour, *, tls: ssl.SSLContext | None = None, patience: float = 10.0
) -> AsyncIterator[Source]:
    """A source on 127.0.0.1 at a free port; every connection is closed at the end."""
    source = Source(behaviour, patience)
    server = await asyncio.start_server(source.connected, "127.0.0.1", 0, limit=1024 * 1024, ssl=tls)
    source.address = server.sockets[0].getsockname()
    source.url = f"{'https' if tls else 'http'}://127.0.0.1:{source.address[1]}"
    try:
        yield source
    finally:
        server.close()
        left = set(source.tasks)
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left)


async def _read_request(reader: asyncio.StreamReader) -> SourceRequest | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, OSError):
        return None
    line, *fields = head[:-4].decode("latin-1").split("\r\n")
    method, target, _ = line.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return SourceRequest(method, target, headers, body)


# ---------------------------------------------------------------------------------------------- behaviours


def written(response: SourceResponse) -> bytes:
    """The response as bytes, with the length of its body."""
    fields = {"content-length": str(len(response.body)), **response.headers}
    lines = [f"HTTP/1.1 {response.status} {_REASONS.get(response.status, 'Status')}"]
    lines += [f"{name}: {value}" for name, value in fields.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + response.body


def answering(response: SourceResponse) -> Behaviour:
    """The same answer to everything."""
    return raw(written(response))


def raw(data: bytes, *, closing: bool = False) -> Behaviour:
    """These bytes, whatever they are; `closing`: then the connection ends."""

    async def behave(request: SourceRequest, peer: Peer) -> None:
        await peer.send(data)
        if closing:
            peer.finish()

    return behave


def cut(response: SourceResponse) -> Behaviour:
    """Half of the body, then the connection ends."""
    whole = written(response)
    return raw(whole[: len(whole) - (len(response.body) + 1) // 2], closing=True)


async def silent(request: SourceRequest, peer: Peer) -> None:
    """No answer until the client gives up."""
    await peer.gone()


async def resetting(request: SourceRequest, peer: Peer) -> None:
    """The connection is reset instead of an answer."""
    peer.reset()


def dripping(response: SourceResponse) -> Behaviour:
    """A byte every few milliseconds, and never the last one."""

    async def behave(request: SourceRequest, peer: Peer) -> None:
        whole = written(response)
        for index in range(len(whole) - 1):
            await peer.send(whole[index : index + 1])
            await asyncio.sleep(0.005)
        await peer.gone()

    return behave


def held(response: SourceResponse, release: asyncio.Event) -> Behaviour:
    """The answer once `release` is set."""

    async def behave(request: SourceRequest, peer: Peer) -> None:
        await release.wait()
        await peer.send(written(response))

    return behave
