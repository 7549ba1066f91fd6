"""Runs a page's `curl` lines without curl, and holds an answer against the part of it that a page shows."""

from __future__ import annotations

import json
import shlex
import urllib.error
import urllib.request
from collections.abc import Mapping as Map
from typing import Any


def curl(command: str, variables: Map[str, str], moved: Map[str, str]) -> Any:
    """The JSON that a line such as `curl -s URL -H '…' -d '…'` gets. `variables`: what `$KEY` stands for; `moved`: the
    beginning of an address as the page has it -> as it is."""
    words = shlex.split(command.replace("\\\n", " "))
    assert words.pop(0) == "curl"
    request = urllib.request.Request("http://nowhere.invalid")
    while words:
        match words.pop(0):
            case "-s":
                continue
            case "-H":
                name, _, value = _filled(words.pop(0), variables).partition(": ")
                request.add_header(name, value)
            case "-d":
                request.data = words.pop(0).encode()
            case address:
                request.full_url = _moved(_filled(address, variables), moved)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refusal:
        return json.load(refusal)


def not_in(shown: Any, answer: Any, path: str = "$") -> list[str]:
    """What of `shown` is not in `answer`. Of an object members may be left out, of a list none."""
    if isinstance(shown, dict) and isinstance(answer, dict):
        return [
            line
            for name, value in shown.items()
            for line in not_in(value, answer.get(name, "(none)"), f"{path}.{name}")
        ]
    if isinstance(shown, list) and isinstance(answer, list) and len(shown) == len(answer):
        pairs = enumerate(zip(shown, answer, strict=True))
        return [line for place, (one, other) in pairs for line in not_in(one, other, f"{path}[{place}]")]
    return [] if shown == answer else [f"{path}: shown {shown!r}, came {answer!r}"]


def _filled(text: str, variables: Map[str, str]) -> str:
    for name, value in variables.items():
        text = text.replace(f"${name}", value)
    return text


def _moved(address: str, moved: Map[str, str]) -> str:
    for there, here in moved.items():
        if address.startswith(there):
            return here + address.removeprefix(there)
    raise AssertionError(f"The page calls {address}, which nobody serves here.")
