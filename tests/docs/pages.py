"""What stands in a page of the documentation: fenced blocks, tables, headings and links, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"

_FENCE = re.compile(r"^(?:<!-- (?P<mark>.+?) -->\n)?```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!!)\[(?:[^\]\[]|\[[^\]]*\])*\]\(([^)\s]+)\)")
_CODE = re.compile(r"`[^`\n]*`")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
_CELL = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block. `mark`: the text of the HTML comment right before it, or empty. `line`: of the fence."""

    language: str
    mark: str
    text: str
    line: int

    @property
    def first_line(self) -> str:
        return self.text.partition("\n")[0]


@dataclass(frozen=True, slots=True)
class Page:
    """One Markdown file."""

    path: Path

    @property
    def text(self) -> str:
        return self.path.read_text("utf-8")

    @property
    def blocks(self) -> tuple[Block, ...]:
        return tuple(_blocks(self.text))

    def of(self, language: str) -> tuple[Block, ...]:
        return tuple(block for block in self.blocks if block.language == language)

    def section(self, heading: str) -> str:
        """The text from this heading to the next one of its level or above; what looks like one in a block is none."""
        level = len(heading.partition(" ")[0])
        inside = fenced = False
        lines: list[str] = []
        for line in self.text.splitlines(keepends=True):
            fenced ^= line.startswith("```")
            found = None if fenced else re.match(r"(#+) ", line)
            if found is not None and len(found[1]) <= level:
                inside = line.rstrip() == heading
            elif inside:
                lines.append(line)
        assert lines, f"{self.path.name} has no heading '{heading}'"
        return "".join(lines)

    @property
    def prose(self) -> str:
        """Without fenced blocks."""
        return _FENCE.sub("", self.text)

    @property
    def links(self) -> tuple[str, ...]:
        return tuple(_LINK.findall(_CODE.sub("``", self.prose)))

    @property
    def anchors(self) -> frozenset[str]:
        """The anchors of the headings, as GitHub makes them."""
        return frozenset(map(anchor, _HEADING.findall(self.prose)))


def anchor(heading: str) -> str:
    """`## 4. Sources: where` -> `4-sources-where`."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def rows(text: str, heads: str) -> list[list[str]]:
    """The cells of the table with these heads (`code | what to change`); an escaped bar is a bar."""
    lines = text.splitlines()
    wanted = [head.strip() for head in heads.split("|")]
    starts = [number for number, line in enumerate(lines) if line.startswith("|") and _cells(line) == wanted]
    assert len(starts) == 1, f"{len(starts)} tables with the heads {heads}"
    found = []
    for line in lines[starts[0] + 2 :]:
        if not line.startswith("|"):
            break
        found.append(_cells(line))
    return found


def code(cell: str) -> list[str]:
    """What stands in backquotes."""
    return re.findall(r"`([^`]+)`", cell)


def without_comments(yaml: str) -> list[str]:
    """The lines of a YAML text without comments and empty ones, blanks between the parts of a line made one."""
    stripped = (re.sub(r"(^|\s)#.*$", "", line).rstrip() for line in yaml.splitlines())
    return [line for line in stripped if line]


def is_excerpt(excerpt: str, whole: str) -> str | None:
    """None if every line of `excerpt` stands in `whole`, in this order; else the first line that does not. Times,
    numbers alone in a table's cell, and what only draws a line do not count."""
    lines = iter(map(_comparable, whole.splitlines()))
    for line in excerpt.splitlines():
        wanted = _comparable(line)
        if wanted and not any(wanted == line for line in lines):
            return wanted
    return None


def _comparable(line: str) -> str:
    timeless = re.sub(r"[0-9.]+ ms|(?<=│) *[0-9.]+ *(?=│)", " n ", line.strip(" ─"))
    return " ".join(timeless.split())


def _blocks(text: str) -> Iterator[Block]:
    for found in _FENCE.finditer(text):
        line = text.count("\n", 0, found.start()) + 1 + bool(found["mark"])
        yield Block(found["language"], found["mark"] or "", found["text"], line)


def _cells(line: str) -> list[str]:
    return [cell.strip().replace(r"\|", "|") for cell in _CELL.split(line.strip())[1:-1]]
