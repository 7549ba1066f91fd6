"""The block `disclose` of a tenant's file: what is shown to bots, by how sure it is that the customer is who writes."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Literal

from pydantic import Field

from gateway.config.document import Problems
from gateway.config.file_model import FileModel, Maybe, Name
from gateway.config.nearest import did_you_mean
from gateway.core.interaction import LinkAssurance
from gateway.core.model import ATTRIBUTES
from gateway.core.showing import FIELDS, Said, Shown, disclosure

_Named = Literal["hidden", "initials", "masked", "shown"]
_Value = Literal["hidden", "masked", "shown"]
_Whole = Literal["hidden", "shown"]


class ViewFile(FileModel):
    """What one level shows; what is left out is as usual, and as the weaker levels show it at least."""

    name: Maybe[_Named] = Field(default=None, description="The name; `initials`: `J. S.`.")
    unique_key: Maybe[_Value] = Field(default=None, description="The unique key.")
    documents: Maybe[_Value] = Field(default=None, description="CPF and other documents.")
    emails: Maybe[_Value] = Field(default=None, description="E-mail addresses.")
    phones: Maybe[_Value] = Field(default=None, description="Telephone numbers, and users of channels.")
    birth_date: Maybe[_Whole] = Field(default=None, description="Date of birth.")
    addresses: Maybe[_Whole] = Field(default=None, description="Postal addresses.")
    customer_type: Maybe[_Whole] = Field(default=None, description="The customer type.")
    created_at: Maybe[_Whole] = Field(default=None, description="Since when he is a customer.")
    attributes: dict[Name, _Value] = Field(
        default_factory=dict, description="Attribute -> how, as the mappings name them: `contrato: shown`."
    )


def _level(who: str) -> ViewFile:
    file: ViewFile = Field(default_factory=ViewFile, description=who)
    return file


class DiscloseFile(FileModel):
    """What keys without `customers.read` are shown. A surer level never shows less than a weaker one."""

    claimed: ViewFile = _level("Somebody said that he is this customer; so is everybody who was only found.")
    matched: ViewFile = _level("What he said fits this customer alone, to whom his interaction is linked.")
    channel: ViewFile = _level("He is logged in at the channel, and proved himself before.")
    code: ViewFile = _level("He showed an identification code.")


def said(file: DiscloseFile) -> Said:
    """Level -> what the file says of it."""
    return {level: _said(getattr(file, level.value)) for level in LinkAssurance}


def _said(view: ViewFile) -> dict[str, Shown]:
    plain = {path: Shown(how) for path in FIELDS if (how := getattr(view, path)) is not None}
    return plain | {f"{ATTRIBUTES}{name}": Shown(how) for name, how in view.attributes.items()}


def check_disclose(file: DiscloseFile, given: AbstractSet[str] | None, problems: Problems) -> None:
    """Report everything that is wrong. `given`: attributes that some source gives, None where that is not known."""
    told = said(file)
    for level, paths in told.items():
        for path in paths:
            name = path.removeprefix(ATTRIBUTES)
            if name != path and given is not None and name not in given:
                known = f" Known: {', '.join(sorted(given))}." if given else " None is mapped yet."
                problems.at_key(
                    ("disclose", level.value, "attributes", name),
                    f"No source's mapping gives the attribute '{name}'.{did_you_mean(name, given)}{known}",
                )
    for one in disclosure(told)[1]:
        problems.at(
            ("disclose", one.level.value, *one.path.split(".", 1)),
            f"The weaker level '{one.weaker}' shows more ({one.shown}). Show at least that here, or less there.",
        )
