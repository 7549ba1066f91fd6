"""What is no YAML at all, in words: the parser's complaints with what to do about them."""

from __future__ import annotations

import re

import yaml

from gateway.core.errors import Located

UNKNOWN_TAG = "Unknown tag. There are !env and !file; text that starts with ! needs quotes."

_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ADVICE = (
    ("mapping values are not allowed", "A second ': ' in one value. Put the text in quotes, or start a new line."),
    ("found unexpected end of stream", "The quote that opens here is never closed."),
    ("cannot start any token", "No value starts with this character. Put the text in quotes."),
    ("did not find expected ',' or", "The bracket that opens here is not closed, or a comma is missing."),
    ("did not find expected key", "Not indented like the keys above it, or a quote or bracket above is not closed."),
    ("did not find expected '-'", "Not indented like the items above it."),
    ("could not find expected ':'", "A key without its ': ' (a blank belongs after the colon)."),
    ("block sequence entries are not allowed", "A list ('- ') cannot start here. Begin it on a new line."),
    ("found undefined tag handle", UNKNOWN_TAG),
    (
        "expected <document start>",
        "Something stands after the end of the document. Take it out, or close the quote above.",
    ),
)
_OPENED = ("found unexpected end of stream", "did not find expected ',' or")
"""Complaints that help more at the place where the thing was opened."""


def explain_syntax(file: str, text: str, error: yaml.YAMLError) -> Located:
    """One sentence and one place for what the parser refused. Quotes nothing of the file's text."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return _forbidden_character(file, text)
    problem = str(getattr(error, "problem", None) or "")
    opened = getattr(error, "context_mark", None)
    if problem.startswith(_OPENED) and opened is not None:
        mark = opened
    return Located(file, mark.line + 1, mark.column + 1, _sentence(problem, _is_tab(text, mark.line, mark.column)))


def _sentence(problem: str, tab: bool) -> str:
    if tab:
        return "A tab indents this line. YAML indents with blanks."
    for words, advice in _ADVICE:
        if words in problem:
            return advice
    # Our own refusals are sentences already; the parser's other complaints name what it wanted, never the text.
    return problem if problem.endswith(".") else f"Not YAML: {problem}."


def _is_tab(text: str, line: int, column: int) -> bool:
    lines = text.splitlines()
    if line >= len(lines):
        return False
    indent = lines[line][: len(lines[line]) - len(lines[line].lstrip())]
    return "\t" in indent and column <= len(indent)


def _forbidden_character(file: str, text: str) -> Located:
    found = _FORBIDDEN.search(text)
    if found is None:
        return Located(file, 0, 0, "Not YAML.")
    line = text.count("\n", 0, found.start()) + 1
    column = found.start() - text.rfind("\n", 0, found.start())
    return Located(file, line, column, f"The control character U+{ord(found[0]):04X} is not allowed. Delete it.")
