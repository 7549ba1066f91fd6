"""An address spread over fields that begin with the same word: `enderecoLogradouro`, `enderecoNumero`, `enderecoCep`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as Map
from typing import Final

PARTS: Final[Map[str, tuple[str, ...]]] = {
    "street": ("logradouro", "rua", "endereco", "street", "calle", "sokak", "adres"),
    "number": ("numero", "number", "num", "no"),
    "complement": ("complemento", "complement", "daire"),
    "district": ("bairro", "district", "barrio", "ilce"),
    "city": ("cidade", "municipio", "city", "ciudad", "sehir"),
    "state": ("estado", "uf", "state", "provincia", "il"),
    "postal_code": ("cep", "zip", "postal_code", "codigo_postal", "posta_kodu"),
    "country": ("pais", "country", "ulke"),
}
"""Part of an address -> what its field is called after the prefix, in Portuguese, English, Spanish and Turkish."""

_PREFIX = re.compile(r"[\w@]+(?:[._-][\w@]+)*[._-]?")
_SEPARATORS = "._-"


def paths(prefix: str, part: str) -> tuple[str, ...]:
    """Where the part may be. As the prefix is written: `endereco` -> `enderecoCep`; `endereco_`, `end.` -> `endereco_cep`,
    `end.cep`; `END_` -> `END_CEP`. Raises ValueError, with a sentence, for what is no beginning of a name."""
    if not _PREFIX.fullmatch(prefix):
        raise ValueError(
            "Write how the names of the fields begin: endereco (enderecoCep), endereco_ or endereco. with a dot."
        )
    return tuple(prefix + name for name in _spelled(prefix, PARTS[part]))


def _spelled(prefix: str, names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        if prefix.isupper():
            yield name.upper()
        elif prefix[-1] in _SEPARATORS:
            yield name
        else:
            yield "".join(word.capitalize() for word in name.split("_"))
