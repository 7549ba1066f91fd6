"""`./run demo`: three example systems, the gateway over four tenants, and one identification of each outcome.

`--once` ends after the printed part, with status 0 only if every scene ended as expected; `--json` prints the scenes as one
JSON document. Nothing is installed or left behind: configuration, keys and logs live in a temporary folder.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from socket import socket
from typing import Any

from rich.console import Console

from tests.examples.scenes import SCENES, Scene, as_expected
from tests.examples.showing import show_scene

ROOT = Path(__file__).resolve().parents[2]
GATEWAY_PORT = 8100
SECRETS = {
    "XML_PAGE_PASSWORD": ("AURORA_PAGE_PASSWORD", "UNIAO_PAGE_PASSWORD"),
    "SOAP_SERVICE_PASSWORD": ("BOREAL_SERVICE_PASSWORD", "UNIAO_SERVICE_PASSWORD"),
    "REST_API_TOKEN": ("CERRADO_API_TOKEN", "UNIAO_API_TOKEN"),
}
"""What an example system wants -> the variables in which the tenants' files look for it."""


@dataclass(slots=True)
class System:
    """One example source system, started and stopped as the scenes ask."""

    name: str
    module: str
    port: int
    environment: dict[str, str]
    process: subprocess.Popen[str] | None = field(default=None, repr=False)

    def start(self) -> None:
        command = [sys.executable, "-m", self.module, "--port", str(self.port)]
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, text=True)
        _await_ready(self.process, self.name)

    def stop(self) -> None:
        if self.process is not None:
            _end(self.process)
            self.process = None


@dataclass(frozen=True, slots=True)
class Gateway:
    """The gateway under demonstration and a key for each tenant."""

    port: int
    keys: dict[str, str]

    def identify(self, tenant: str, question: dict[str, Any]) -> dict[str, Any]:
        """POSTs one identification; the answer's JSON, an error's included."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/v1/tenants/{tenant}/identifications",
            data=json.dumps(question).encode(),
            headers={"Authorization": f"Bearer {self.keys[tenant]}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as refusal:
            return dict(json.load(refusal))


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run demo", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--once", action="store_true", help="stop after the scenes")
    parser.add_argument("--json", action="store_true", help="the scenes as one JSON document")
    arguments = parser.parse_args()
    # A polite end leaves no process behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gateway-demo-")))
        systems, gateway = _start(stack, folder)
        played = _play(systems, gateway, None if arguments.json else Console())
        if arguments.json:
            print(json.dumps({"scenes": played}, ensure_ascii=False, indent=2))
        well = all(scene["as_expected"] for scene in played)
        if not arguments.once:
            _keep_serving(gateway)
    return 0 if well else 1


def _start(stack: ExitStack, folder: Path) -> tuple[dict[str, System], Gateway]:
    environment = dict(os.environ)
    for wanted, variables in SECRETS.items():
        environment |= dict.fromkeys((wanted, *variables), secrets.token_urlsafe(24))
    ports = {default: _port(default) for default in range(GATEWAY_PORT, GATEWAY_PORT + 4)}
    systems = {
        "xml": System("the XML page", "tests.examples.xml_page", ports[8101], environment),
        "soap": System("the SOAP service", "tests.examples.soap_service", ports[8102], environment),
        "rest": System("the REST API", "tests.examples.rest_api", ports[8103], environment),
    }
    for system in systems.values():
        stack.callback(system.stop)
        system.start()
    config = _configuration(folder, ports)
    keys = {path.stem: _key(config, path.stem) for path in sorted((config / "tenants").glob("*.yaml"))}
    stack.enter_context(_serving(config, folder, ports[GATEWAY_PORT], environment))
    return systems, Gateway(ports[GATEWAY_PORT], keys)


def _port(default: int) -> int:
    """The port that the example configuration names, or a free one where somebody has it."""
    for port in (default, 0):
        with socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise SystemExit("No port of the loopback address is free.")


def _configuration(folder: Path, ports: dict[int, int]) -> Path:
    """The example configuration, with the ports that were free."""
    config = folder / "config"
    shutil.copytree(ROOT / "config", config, ignore=shutil.ignore_patterns("keys", "secrets"))
    for path in (config / "gateway.yaml", *(config / "tenants").glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"\b810[0-3]\b", lambda found: str(ports[int(found[0])]), text), encoding="utf-8")
    with (config / "gateway.yaml").open("a", encoding="utf-8") as file:
        file.write(f"\ndata: {folder / 'data'}\n")
    return config


def _gateway(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "gateway", *arguments]


def _key(config: Path, tenant: str) -> str:
    command = _gateway("keys", "create", "--config", str(config), "--tenant", tenant, "--role", "helpdesk", "--json")
    printed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return str(json.loads(printed)["key"])


@contextmanager
def _serving(config: Path, folder: Path, port: int, environment: dict[str, str]) -> Iterator[None]:
    command = _gateway("serve", "--config", str(config), "--port", str(port))
    with (folder / "gateway.log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            _await_ready(process, "the gateway", folder / "gateway.log")
            yield
        finally:
            _end(process)


def _await_ready(process: subprocess.Popen[str], name: str, log: Path | None = None) -> None:
    """A server prints `ready <port>` when it listens."""
    line = process.stdout.readline() if process.stdout is not None else ""
    if not line.startswith("ready "):
        why = log.read_text() if log is not None else ""
        raise SystemExit(f"{name} did not start.\n{why}")


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _play(systems: dict[str, System], gateway: Gateway, console: Console | None) -> list[dict[str, Any]]:
    return [_play_one(scene, systems, gateway, console) for scene in SCENES]


def _play_one(scene: Scene, systems: dict[str, System], gateway: Gateway, console: Console | None) -> dict[str, Any]:
    for name in scene.stopped:
        systems[name].stop()
    answer = gateway.identify(scene.tenant, scene.question)
    for name in scene.stopped:
        systems[name].start()
    well = as_expected(scene, answer)
    if console is not None:
        show_scene(console, scene, answer, well)
    return {
        "scene": scene.title,
        "tenant": scene.tenant,
        "question": scene.question,
        "stopped": list(scene.stopped),
        "expected": scene.outcome,
        "as_expected": well,
        "answer": answer,
    }


def _keep_serving(gateway: Gateway) -> None:
    print(
        f"\nThe gateway keeps serving on http://127.0.0.1:{gateway.port} (its documentation: /docs). Try:\n\n"
        f"  curl -s http://127.0.0.1:{gateway.port}/v1/tenants/uniao/identifications \\\n"
        f"    -H 'Authorization: Bearer {gateway.keys['uniao']}' \\\n"
        """    -d '{"search": {"cpf": "123.456.789-09"}, "explain": true}'\n\n"""
        "Ctrl-C ends it.",
        file=sys.stderr,
    )
    try:
        signal.pause()
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    sys.exit(main())
