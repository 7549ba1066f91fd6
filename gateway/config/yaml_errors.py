"""What is no YAML at all, in words: libyaml's complaints with what to do about them."""

from __future__ import annotations

import re

import yaml

from gateway.core.errors import Located

_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ADVICE = (
    ("mapping values are not allowed", "a second ': ' in one value; put the text in quotes or start a new line"),
    ("found unexpected end of stream", "the quote that opens here is never closed"),
    ("cannot start any token", "no value starts with this character; put the text in quotes"),
    ("did not find expected ',' or", "the bracket that opens here is not closed, or a comma is missing"),
    ("did not find expected key", "not indented like the keys above it, or a quote or bracket above is not closed"),
    ("did not find expected '-'", "not indented like the items above it"),
    ("could not find expected ':'", "a key without its ': '; a blank belongs after the colon"),
    ("block sequence entries are not allowed", "a list ('- ') cannot start here; begin it on a new line"),
    ("undefined tag handle", "unknown tag; there are !env and !file. Text that starts with ! needs quotes"),
)
_OPENED = ("found unexpected end of stream", "did not find expected ',' or")
"""Complaints that help more at the place where the thing was opened."""


def explain_syntax(file: str, text: str, error: yaml.YAMLError) -> Located:
    """One sentence and one place for what the parser refused. Quotes nothing of the file's text."""
    mark = getattr(error, "problem_mark", None)
    problem = str(getattr(error, "problem", None) or "")
    if mark is None:
        return _forbidden_character(file, text)
    if problem.startswith(_OPENED) and getattr(error, "context_mark", None) is not None:
        mark = error.context_mark  # type: ignore[attr-defined]  # MarkedYAMLError has it
    line, column = mark.line + 1, mark.column + 1
    if _is_tab(text, mark.line, mark.column):
        return Located(file, line, column, "a tab indents this line; YAML indents with blanks")
    for words, advice in _ADVICE:
        if words in problem:
            return Located(file, line, column, f"not YAML: {advice}")
    return Located(file, line, column, problem if not problem.startswith(("found", "did", "expected")) else f"not YAML: {problem}")


def _is_tab(text: str, line: int, column: int) -> bool:
    lines = text.splitlines()
    if line >= len(lines):
        return False
    indent = lines[line][: len(lines[line]) - len(lines[line].lstrip())]
    return "\t" in indent and column <= len(indent)


def _forbidden_character(file: str, text: str) -> Located:
    found = _FORBIDDEN.search(text)
    if found is None:
        return Located(file, 0, 0, "not YAML")
    line = text.count("\n", 0, found.start()) + 1
    column = found.start() - text.rfind("\n", 0, found.start())
    return Located(file, line, column, f"the control character U+{ord(found[0]):04X} is not allowed here; delete it")
