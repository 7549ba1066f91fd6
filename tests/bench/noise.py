"""The noisy neighbour's load: so many connections, each of which asks again once it was answered, at a bounded pace.

Run as `python -m tests.bench.noise load.json --connections 32 --per-second 200`, until it is ended. The first answer must be
an `unavailable`: then it prints `ready`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from itertools import cycle
from pathlib import Path
from urllib.parse import urlsplit

from tests.bench.figures import NotMeasured
from tests.bench.load import Load, as_request, read_answer

EXPECTED = b'"outcome":"unavailable"'


async def ask_forever(load: Load, connections: int, per_second: float) -> None:
    address = urlsplit(load.url)
    requests = cycle([as_request(load, body) for body in load.bodies])
    pause = connections / per_second

    async def one() -> None:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        while True:
            next_turn = asyncio.get_running_loop().time() + pause
            writer.write(next(requests))
            answer = await read_answer(reader)
            if EXPECTED not in answer:
                raise NotMeasured(f"the noisy tenant is not noisy: {answer[:300]!r}")
            print("ready", flush=True)
            await asyncio.sleep(next_turn - asyncio.get_running_loop().time())

    await asyncio.gather(*(one() for _ in range(connections)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("load", type=Path)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--per-second", type=float, default=200.0)
    arguments = parser.parse_args()
    load = Load(**json.loads(arguments.load.read_text()))
    asyncio.run(ask_forever(load, arguments.connections, arguments.per_second))


if __name__ == "__main__":
    main()
