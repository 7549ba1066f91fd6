"""Values that people type where they have none: good enough to be shown, never to take two records for one customer."""

from __future__ import annotations

import re

from gateway.core.folding import fold

_EMAIL_NAMES = frozenset(
    {
        "nao", "naotem", "naopossui", "naoinformado", "naoinformou", "naosei", "naoconsta", "semmail", "sememail", "sem",
        "nenhum", "nada", "na", "none", "null", "email", "mail", "teste", "test", "exemplo", "cliente",
        "noreply", "donotreply", "naoresponda", "naoresponder",
    }
)  # fmt: skip
_EMAIL_HOSTS = frozenset({"naotem", "naopossui", "naoinformado", "semmail", "sememail", "teste", "test", "invalid"})
_SEPARATORS = re.compile(r"[^0-9a-z]+")
_SUBSCRIBER = 8
_RUNS = frozenset({"12345678", "01234567"})


def is_junk(kind: str, value: str) -> bool:
    """Is this canonical value of `kind` one that strangers share: `nao@tem.com`, 00000000000, +5511999999999?"""
    if kind == "email":
        return _junk_email(value)
    if kind == "phone":
        return _repeats(value[-_SUBSCRIBER:]) or value[-_SUBSCRIBER:] in _RUNS
    if kind in ("code", "channel_user"):
        # A short number such as 1 or 77 may well be somebody's code.
        return not value.strip("0-. ") or (len(value) >= _SUBSCRIBER and _repeats(value))
    return kind != "name" and _repeats(value)


def _junk_email(value: str) -> bool:
    name, _, host = fold(value).rpartition("@")
    bare = _SEPARATORS.sub("", name.partition("+")[0])
    return bare in _EMAIL_NAMES or host.partition(".")[0] in _EMAIL_HOSTS or (len(bare) > 2 and _repeats(bare))


def _repeats(text: str) -> bool:
    return len(set(text)) <= 1
