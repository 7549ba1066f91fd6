"""Bodies that come in: JSON, read strictly, and refused without repeating what was sent."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import TypeVar

import msgspec

from gateway.api.body import Body
from gateway.core.errors import MalformedRequest
from gateway.core.json_values import RepeatedMember, unrepeated

Taken = TypeVar("Taken", bound=Body)

_UNKNOWN = re.compile(r"unknown field `([^`]{0,60})`(?: - at `(\$(?:\.[a-z_]+|\[[0-9]{1,3}\]|\[\.\.\.\])+)`)?\Z")
"""What msgspec says of an unknown member: its name, and in which of our members it stands."""


def decode(
    decoder: msgspec.json.Decoder[Taken], body: bytes, members: Sequence[str], expected: str = "Compare it with /docs."
) -> Taken:
    """The body, strictly: no unknown and no repeated members. `members`: of the body; `expected`: a sentence for what is no
    JSON.

    Raises MalformedRequest, whose text names places and types and never what was sent.
    """
    try:
        taken = decoder.decode(body)
        _no_repeats.decode(body.decode())
    except msgspec.ValidationError as error:
        raise MalformedRequest(_mismatch(str(error), members)) from None
    except RepeatedMember:
        raise MalformedRequest("A member of the body is given twice. Give each once.") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise MalformedRequest(f"The body is not JSON in UTF-8. {expected}") from None
    except RecursionError:
        raise MalformedRequest(f"The body is nested too deep to be read. {expected}") from None
    return taken


def _mismatch(said: str, members: Sequence[str]) -> str:
    """msgspec names the place by our own member names, but repeats an unknown one, which may hold anything."""
    if "unknown field" in said:
        found = _UNKNOWN.search(said)
        if found is not None and found[2] is not None:
            return f"A member is not known - at `{found[2]}`. Compare the body with /docs."
        near = get_close_matches(found[1].lower(), members, n=1) if found is not None else []
        meant = f" Did you mean '{near[0]}'?" if near else ""
        return f"A member of the body is not known.{meant} Known: {', '.join(members) or 'none'}."
    return f"{said}. Compare the body with /docs."


_no_repeats: json.JSONDecoder = json.JSONDecoder(object_pairs_hook=unrepeated)
