"""What is shown of a customer to who may not read customers: field by field, by how sure it is that he is who writes."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum

from gateway.core.interaction import RISING, LinkAssurance
from gateway.core.model import ATTRIBUTES


class Shown(StrEnum):
    """How much of a value, rising. `initials`: of a name, `J. S.`; `masked`: its shape, and what an owner knows it by."""

    HIDDEN = "hidden"
    INITIALS = "initials"
    MASKED = "masked"
    SHOWN = "shown"


_MORE = tuple(Shown)


@dataclass(frozen=True, slots=True)
class View:
    """What one level shows. `attributes`: by name; what is not in it is hidden, as is all that has no field here."""

    name: Shown = Shown.HIDDEN
    unique_key: Shown = Shown.HIDDEN
    documents: Shown = Shown.HIDDEN
    emails: Shown = Shown.HIDDEN
    phones: Shown = Shown.HIDDEN
    birth_date: Shown = Shown.HIDDEN
    addresses: Shown = Shown.HIDDEN
    customer_type: Shown = Shown.HIDDEN
    created_at: Shown = Shown.HIDDEN
    attributes: Map[str, Shown] = field(default_factory=dict)

    def of(self, path: str) -> Shown:
        """`name`, `attributes.plano`."""
        name = path.removeprefix(ATTRIBUTES)
        if name != path:
            return self.attributes.get(name, Shown.HIDDEN)
        found: Shown = getattr(self, path)
        return found

    def with_(self, path: str, shown: Shown) -> View:
        name = path.removeprefix(ATTRIBUTES)
        if name != path:
            return replace(self, attributes={**self.attributes, name: shown})
        given: dict[str, Shown] = {path: shown}
        return replace(self, **given)  # type: ignore[arg-type]  # names of fields that hold a Shown


FIELDS = tuple(one.name for one in fields(View) if one.name != "attributes")


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What each level shows; a surer one never less than a weaker one."""

    views: Map[LinkAssurance, View]

    def at(self, assurance: LinkAssurance | None) -> View:
        """None: nobody said that he writes, so he is claimed at most."""
        return self.views[assurance or LinkAssurance.CLAIMED]


_CLAIMED = View(name=Shown.INITIALS, emails=Shown.MASKED)
_CHANNEL = View(
    name=Shown.SHOWN,
    documents=Shown.MASKED,
    emails=Shown.MASKED,
    phones=Shown.MASKED,
    customer_type=Shown.SHOWN,
    created_at=Shown.SHOWN,
)
USUAL = Disclosure(
    {
        LinkAssurance.CLAIMED: _CLAIMED,
        # Whoever knows somebody's CPF is matched: that is no proof.
        LinkAssurance.MATCHED: _CLAIMED,
        LinkAssurance.CHANNEL: _CHANNEL,
        LinkAssurance.CODE: replace(_CHANNEL, unique_key=Shown.SHOWN),
    }
)
"""Where the tenant says nothing. Attributes are shown nowhere before the tenant names them."""
LIKENESS = View(Shown.INITIALS, Shown.MASKED, Shown.MASKED, Shown.MASKED, Shown.MASKED)
"""For people who look at their own data without being customers' operators: a trial, a push of the company's."""

Said = Map[LinkAssurance, Map[str, Shown]]
"""What a tenant says: level -> path -> how."""


@dataclass(frozen=True, slots=True)
class ShowsLess:
    """A level that would show less of a value than a weaker one does."""

    level: LinkAssurance
    path: str
    weaker: LinkAssurance
    shown: Shown


def disclosure(said: Said) -> tuple[Disclosure, tuple[ShowsLess, ...]]:
    """What the tenant says over what is usual, each level showing at least what the weaker do; and where it says less."""
    views: dict[LinkAssurance, View] = {}
    wrong: list[ShowsLess] = []
    before = View()
    for at, level in enumerate(RISING):
        view, own = USUAL.at(level), said.get(level, {})
        for path in (*FIELDS, *(f"{ATTRIBUTES}{name}" for name in before.attributes), *own):
            least, wanted = before.of(path), own.get(path)
            if wanted is not None and _MORE.index(wanted) < _MORE.index(least):
                wrong.append(ShowsLess(level, path, RISING[at - 1], least))
            usual = max(view.of(path), least, key=_MORE.index)
            view = view.with_(path, usual if wanted is None else wanted)
        views[level] = before = view
    # Tenants that say nothing have one between them.
    return (USUAL if views == USUAL.views else Disclosure(views)), tuple(wrong)
