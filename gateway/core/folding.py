"""Text compared without case and accents: the one place that folds."""

from __future__ import annotations

import re
from functools import lru_cache

from anyascii import anyascii

_PARTICLES = frozenset({"de", "da", "do", "das", "dos"})
_PUNCTUATION = re.compile(r"[^0-9a-z]+")


def fold(text: str) -> str:
    """Lower case, without accents, single blanks: `  João  D'Ávila` -> `joao d'avila`; `İ` and `ı` -> `i`."""
    ascii_text = text if text.isascii() else anyascii(text)
    return " ".join(ascii_text.lower().split())


@lru_cache(maxsize=4096)
def fold_name(name: str) -> str:
    """A field's name as sources compare it: without case, accents, `_`, `-`, blanks and Portuguese particles.

    `E-mail` = `email`; `Código do cliente` = `codigo_cliente`. The cache holds names of fields, never values.
    """
    words = [word for word in _PUNCTUATION.split(fold(name)) if word]
    return "".join(word for word in words if word not in _PARTICLES or len(words) == 1)
