"""`./run demo`: three example systems, the gateway over four tenants, and one identification of each outcome.

`--once` ends after the printed part, with status 0 only if every scene ended as expected; `--json` prints the scenes as one
JSON document. Nothing is installed or left behind: configuration, keys and logs live in a temporary folder.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping as Map
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from rich.console import Console

from tests.examples.scenes import SCENES, ChatScene, Scene, as_expected, chat_as_expected
from tests.examples.showing import show_chat, show_scene
from tests.examples.staging import (
    ENDINGS,
    GATEWAY_PORT,
    REST_PORT,
    ROOT,
    SOAP_PORT,
    XML_PORT,
    NotStarted,
    ServerProcess,
    configuration,
    fresh_secrets,
    new_key,
    usual_or_free,
)

SYSTEMS = {
    "xml": ("tests.examples.xml_page", XML_PORT),
    "soap": ("tests.examples.soap_service", SOAP_PORT),
    "rest": ("tests.examples.rest_api", REST_PORT),
}
"""Name in the scenes -> the module that is run, and its port in the example configuration."""


@dataclass(slots=True)
class System:
    """One example source system, started and stopped as the scenes ask; it comes back on the port that it had."""

    module: str
    port: int
    environment: Map[str, str]
    process: ServerProcess | None = None

    def start(self) -> None:
        self.process = ServerProcess((self.module, "--port", str(self.port)), self.environment)
        self.port = self.process.start()

    def stop(self) -> None:
        if self.process is not None:
            self.process.stop()


@dataclass(frozen=True, slots=True)
class Gateway:
    """The gateway under demonstration; by tenant a key of the helpdesk, one of the company's site, one of a bot."""

    port: int
    keys: dict[str, str]
    issuers: dict[str, str]
    bots: dict[str, str]
    config: Path
    environment: Map[str, str]

    def identify(self, tenant: str, question: dict[str, Any]) -> dict[str, Any]:
        """POSTs one identification; the answer's JSON, an error's included."""
        return self._post(tenant, "identifications", question, self.keys[tenant])

    def writes(self, scene: ChatScene) -> dict[str, Any]:
        """A message that comes over a channel, as a bot tells of it: who writes is all that the channel says."""
        event = {"channel": scene.channel, "event": "demo-1", "data": {"from": scene.user}}
        return self._post(scene.tenant, "channel-events", event, self.bots[scene.tenant])

    def issue(self, scene: ChatScene) -> dict[str, Any]:
        """The company's site asks for a code, for whom it knows to be logged in."""
        asked = {"search": scene.account, "channel": scene.channel}
        return self._post(scene.tenant, "identification-codes", asked, self.issuers[scene.tenant])

    def sends(self, scene: ChatScene, text: str) -> dict[str, Any]:
        """A message in which there may be a code, as a bot hands it on."""
        said = {"text": text, "channel": scene.channel, "channel_user": {"value": scene.user}}
        return self._post(scene.tenant, "identification-codes/redeem", said, self.bots[scene.tenant])

    def load_as_prospect(self, tenant: str, ref: str, form: dict[str, str]) -> None:
        """Stores whom nobody knew, and ends the day: `gateway prospects load`."""
        self._post(tenant, "prospects", {"ref": ref, "form": form}, self.keys[tenant])
        command = [
            sys.executable,
            "-m",
            "gateway",
            "prospects",
            "load",
            "--tenant",
            tenant,
            "--config",
            str(self.config),
        ]
        environment = {**os.environ, **self.environment}
        subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=False)

    def _post(self, tenant: str, what: str, body: dict[str, Any], key: str) -> dict[str, Any]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/v1/tenants/{tenant}/{what}",
            data=json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {key}",
                "Content-Type": "application/json",
                "Gateway-Actor": "demo",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as refusal:
            return dict(json.load(refusal))


def main(arguments: Sequence[str] | None = None, scenes: Sequence[Scene | ChatScene] = SCENES) -> int:
    """The exit status: 0 only if every scene ended as expected."""
    parser = argparse.ArgumentParser(prog="./run demo", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--once", action="store_true", help="stop after the scenes")
    parser.add_argument("--json", action="store_true", help="the scenes as one JSON document")
    options = parser.parse_args(arguments)
    for ending in ENDINGS:
        if signal.getsignal(ending) is not signal.SIG_IGN:  # nohup means it
            signal.signal(ending, _leave)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gateway-demo-")))
        systems, gateway = _start(stack, folder)
        console = None if options.json else Console()
        played = [
            _play(scene, systems, gateway, console) if isinstance(scene, Scene) else _chat(scene, gateway, console)
            for scene in scenes
        ]
        if options.json:
            print(json.dumps({"scenes": played}, ensure_ascii=False, indent=2), flush=True)
        if not options.once:
            _keep_serving(gateway)
    return 0 if all(scene["as_expected"] for scene in played) else 1


def _leave(number: int, frame: FrameType | None) -> None:
    """A polite end unwinds the stack, so that no process and no folder is left; a second signal must not stop that."""
    for ending in ENDINGS:
        signal.signal(ending, signal.SIG_IGN)
    sys.exit(128 + number)


def _start(stack: ExitStack, folder: Path) -> tuple[dict[str, System], Gateway]:
    environment = fresh_secrets()
    systems: dict[str, System] = {}
    for name, (module, port) in SYSTEMS.items():
        systems[name] = system = System(module, usual_or_free(port), environment)
        stack.callback(system.stop)
        system.start()
    config = configuration(folder, {port: systems[name].port for name, (_, port) in SYSTEMS.items()})
    slugs = sorted(path.stem for path in (config / "tenants").glob("*.yaml"))
    keys, issuers, bots = (
        {slug: new_key(config, slug, role) for slug in slugs} for role in ("helpdesk", "issuer", "bot")
    )
    where = ("--config", str(config), "--port", str(usual_or_free(GATEWAY_PORT)))
    serving = ServerProcess(("gateway", "serve", *where), environment)
    stack.callback(serving.stop)
    log = folder / "gateway.log"
    with log.open("w") as errors:
        try:
            return systems, Gateway(serving.start(errors), keys, issuers, bots, config, environment)
        except NotStarted:
            raise SystemExit(f"The gateway did not start.\n{log.read_text()}") from None


def _play(scene: Scene, systems: Map[str, System], gateway: Gateway, console: Console | None) -> dict[str, Any]:
    for name in scene.stopped:
        systems[name].stop()
    answer = gateway.identify(scene.tenant, scene.question)
    if scene.form is not None and "proposal" in answer:
        gateway.load_as_prospect(scene.tenant, answer["proposal"]["ref"], scene.form)
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


def _chat(scene: ChatScene, gateway: Gateway, console: Console | None) -> dict[str, Any]:
    first = gateway.writes(scene)
    issued = gateway.issue(scene)
    sentence = scene.sentence.format(code=issued.get("code", "?"))
    last = gateway.sends(scene, sentence)
    well = chat_as_expected(scene, first, last)
    turns = ((scene.first, first), (sentence, last))
    if console is not None:
        show_chat(console, scene, turns, well)
    return {
        "scene": scene.title,
        "tenant": scene.tenant,
        "turns": [{"writes": text, "answer": answer} for text, answer in turns],
        "expected": scene.outcome,
        "as_expected": well,
        "answer": last,
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
    signal.pause()


if __name__ == "__main__":
    sys.exit(main())
