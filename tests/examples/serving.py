"""How each example system is served: a port of its own, `ready <port>` when it listens, a secret it wants to be shown."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class ExampleServer(ThreadingHTTPServer):
    """One system on `address`. `handler` takes `released` by name: set, it lets the requests of `/slow` go."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], handler: Callable[..., BaseHTTPRequestHandler]) -> None:
        self.released = threading.Event()
        super().__init__(address, partial(handler, released=self.released))

    def server_close(self) -> None:
        self.released.set()
        super().server_close()


def serve(make: Callable[[tuple[str, int], str], ExampleServer], about: str | None, secret: str, variable: str) -> None:
    """The command line of a system: `--host`, `--port`, and its secret (`--password`, `--token`), or `variable`."""
    parser = argparse.ArgumentParser(description=(about or "").partition("\n")[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument(f"--{secret}", dest="secret", default=os.environ.get(variable), help=f"or {variable}")
    arguments = parser.parse_args()
    if not arguments.secret:
        parser.error(f"give the {secret} that callers must show: --{secret}, or {variable} in the environment")
    with make((arguments.host, arguments.port), arguments.secret) as server:
        print(f"ready {server.server_address[1]}", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            sys.exit(0)
