"""YAML as a person writes it: short values on one line, a comment beside or above each."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Mapping as Map
from dataclasses import dataclass, field

from gateway.core.model import Json

WIDTH = 120
_PLAIN = re.compile(r"[^\W\d_](?:[\w./+@%-]|(?<=\w) (?=\w))*", re.UNICODE)
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def written(value: Json) -> str:
    """The value in flow style, in quotes where YAML would read a plain text as something else."""
    if isinstance(value, str):
        plain = _PLAIN.fullmatch(value) and value.casefold() not in _WORDS
        return value if plain else json.dumps(value, ensure_ascii=False)
    if isinstance(value, Map):
        return "{" + ", ".join(f"{written(name)}: {written(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(written, value)) + "]"
    return json.dumps(value)


@dataclass(slots=True)
class Lines:
    """A document as it grows. Comments hold names of fields from a stranger: nothing in them ends a line."""

    lines: list[str] = field(default_factory=list)

    def add(self, depth: int, text: str, comment: str = "", todo: str = "") -> None:
        """`text` with `comment` behind it where there is room, else above; what is `todo` always stands above."""
        indent = "  " * depth
        if todo:
            self.remark(depth, f"TODO {todo}")
        line = f"{indent}{text}"
        short = f"{line}  # {_one_line(comment)}"
        if comment and len(short) > WIDTH:
            self.remark(depth, comment)
        self.lines.append(short if comment and len(short) <= WIDTH else line)

    def remark(self, depth: int, text: str) -> None:
        indent = "  " * depth + "# "
        wide = textwrap.wrap(_one_line(text), WIDTH - len(indent), break_long_words=False, break_on_hyphens=False)
        self.lines += [indent + line for line in wide]

    def gap(self) -> None:
        self.lines.append("")

    @property
    def text(self) -> str:
        return "\n".join(self.lines) + "\n"


def _one_line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
