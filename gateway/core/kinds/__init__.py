"""The kinds of search keys, by name. What a kind needs is imported when a tenant first names it."""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache

from gateway.core.kinds.kind import Form, InvalidValue, Kind, Normalised, Recognition, Strength

__all__ = [
    "KIND_NAMES",
    "Form",
    "InvalidValue",
    "Kind",
    "Normalised",
    "Recognition",
    "Strength",
    "UnknownKind",
    "kind_named",
]

KIND_NAMES = ("cpf", "cnpj", "cpf_cnpj", "email", "phone", "name", "code", "channel_user")
"""The kinds with a name of their own; national documents come besides, as `<country>.<document>`."""


class UnknownKind(LookupError):
    """There is no such kind. `nearest`: the name that was probably meant, or None."""

    def __init__(self, name: str, nearest: str | None) -> None:
        self.nearest = nearest
        hint = f" Did you mean '{nearest}'?" if nearest else ""
        super().__init__(
            f"There is no kind '{name}'.{hint} Known: {', '.join(KIND_NAMES)}, and national documents as "
            "<country>.<document> of python-stdnum, such as tr.tckimlik and es.nif."
        )


@lru_cache(maxsize=256)
def kind_named(name: str) -> Kind:
    """The kind of that name. Raises UnknownKind. The cache holds names of kinds from configurations, never values."""
    kind = _bundled(name) or _national(name)
    if kind is None:
        raise UnknownKind(name, _nearest(name))
    return kind


def _bundled(name: str) -> Kind | None:
    if name in ("cpf", "cnpj", "cpf_cnpj"):
        from gateway.core.kinds import brazil

        return {"cpf": brazil.CPF, "cnpj": brazil.CNPJ, "cpf_cnpj": brazil.CPF_CNPJ}[name]
    if name == "email":
        from gateway.core.kinds.email_address import EMAIL

        return EMAIL
    if name == "phone":
        from gateway.core.kinds.phone import PHONE

        return PHONE
    if name == "name":
        from gateway.core.kinds.person_name import NAME

        return NAME
    if name in ("code", "channel_user"):
        from gateway.core.kinds import opaque

        return opaque.CODE if name == "code" else opaque.CHANNEL_USER
    return None


def _national(name: str) -> Kind | None:
    if "." not in name:
        return None
    from gateway.core.kinds.national import national_document

    return national_document(name)


def _nearest(name: str) -> str | None:
    bundled = name.removeprefix("br.")  # python-stdnum's names for what has one of its own here
    if "." in bundled:
        from gateway.core.kinds.national import nearest_document

        return nearest_document(name)
    close = get_close_matches(bundled, KIND_NAMES, n=1)
    return close[0] if close else None
