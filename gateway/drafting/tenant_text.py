"""A proposal as the YAML of a tenant or of one source, with the reason for each line and what is left to decide."""

from __future__ import annotations

from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.adapter import Setting
from gateway.core.model import Json
from gateway.drafting.keys import KeyChoice
from gateway.drafting.proposal import Field, Line, Proposal
from gateway.drafting.yaml_text import Lines, written

_ZONES: Map[str, str] = {
    "BR": "America/Sao_Paulo",
    "TR": "Europe/Istanbul",
    "ES": "Europe/Madrid",
    "PT": "Europe/Lisbon",
    "AR": "America/Argentina/Buenos_Aires",
    "CL": "America/Santiago",
    "MX": "America/Mexico_City",
    "CO": "America/Bogota",
}
_LONG = 80
_URL = "https://source.example.com"


@dataclass(frozen=True, slots=True)
class Frame:
    """What a sample cannot tell. `url`: None where it is not known yet. `guessed`: were the parameters by which the source
    is asked named after the fields of its reply? `nobody`: lines about how the source says nobody."""

    tenant: str
    source: str
    adapter: str
    country: str
    locale: str
    url: str | None
    guessed: bool
    nobody: Sequence[str]
    signs: Sequence[Json]


def tenant_text(
    frame: Frame, proposal: Proposal, fields: Sequence[Field], key: KeyChoice, settings: Sequence[Setting]
) -> str:
    """The whole tenant's file. `fields`: those of the proposal's that the source is asked with."""
    lines = Lines()
    lines.remark(0, "Drafted from a recorded reply. Every TODO wants a decision of yours; then:")
    lines.remark(0, "gateway try <this file> --sample <the reply>, and gateway check.")
    todo = "the slug is the file's name, the name is for people" if frame.tenant == "acme" else "the name is for people"
    lines.add(0, f"tenant: {frame.tenant}", todo=todo)
    lines.add(0, f"name: {written(frame.tenant.replace('-', ' ').title())}")
    lines.add(0, f"locale: {frame.locale}")
    lines.add(0, f"country: {frame.country}", "where telephone numbers without a country's code are")
    lines.add(0, f"time_zone: {_ZONES.get(frame.country, 'UTC')}")
    lines.gap()
    lines.add(0, "search_fields:")
    for field in fields:
        lines.add(1, f"{field.name}: {written(_search_field(field))}", f"in the reply: {field.at}")
    lines.gap()
    _add_key(lines, proposal, key)
    lines.gap()
    lines.add(0, "sources:")
    _add_source(lines, frame, proposal, fields, key, settings)
    lines.gap()
    lines.add(0, "routes:")
    lines.add(1, f"default: {{sources: [{frame.source}], strategy: first}}")
    return lines.text


def source_text(
    frame: Frame, proposal: Proposal, fields: Sequence[Field], key: KeyChoice, settings: Sequence[Setting]
) -> str:
    """The source alone, as it stands under `sources:` of a tenant that is there already."""
    lines = Lines()
    needed = ", ".join(f"{field.name} ({field.kind})" for field in fields)
    lines.remark(1, f"Put under sources: of a tenant with these search fields: {needed};")
    lines.remark(1, f"and a unique_key of the kind {key.kind}: {key.reason}.")
    _add_source(lines, frame, proposal, fields, key, settings)
    return lines.text


def _search_field(field: Field) -> dict[str, Json]:
    given: dict[str, Json] = {"kind": field.kind}
    if field.label:
        given["label"] = field.label
    if field.matches:
        given["matches"] = field.matches
    return given


def _add_key(lines: Lines, proposal: Proposal, key: KeyChoice) -> None:
    others = ", ".join(f"{other.name} ({other.reason})" for other in proposal.keys if other.name != key.name)
    if others:
        lines.remark(0, f"It could also be: {others}. Choose what every source of the tenant has.")
    key_value: Json = {"name": _slug(key.name), "kind": key.kind, "of": "person"}
    lines.add(0, f"unique_key: {written(key_value)}", key.reason, todo=key.doubt)


def _slug(name: str) -> str:
    kept = "".join(sign for sign in name if sign.isascii() and (sign.isalnum() or sign in "_-"))[:40]
    return kept if kept[:1].isalpha() else "key"


# ---------------------------------------------------------------------------------------------- the source


def _add_source(
    lines: Lines,
    frame: Frame,
    proposal: Proposal,
    fields: Sequence[Field],
    key: KeyChoice,
    settings: Sequence[Setting],
) -> None:
    lines.add(1, f"{frame.source}:")
    lines.add(2, f"adapter: {frame.adapter}")
    lines.add(2, "upstream:")
    lines.add(3, f"url: {written(frame.url or _URL)}", todo="" if frame.url else "the source's address")
    secret = f"{frame.tenant.upper().replace('-', '_')}_{frame.source.upper().replace('-', '_')}_PASSWORD"
    lines.remark(3, "TODO credentials, if it wants any: basic, bearer, header, query, oauth2 or session")
    lines.lines.append(f"      # auth: {{basic: {{user: gw, password: !env {secret}}}}}")
    asked = [field for field in fields if field.forms]
    if asked:
        lines.remark(2, "The forms in which the sample writes these values: most systems compare as they store.")
        lines.add(2, "fields:")
        for field in asked:
            forms: Json = field.forms[0] if len(field.forms) == 1 else list(field.forms)
            lines.add(3, f"{field.name}: {written({'as': forms})}")
    _add_settings(lines, frame, settings)
    for remark in frame.nobody:
        lines.remark(2, remark)
    if frame.signs:
        lines.add(2, f"nobody: {written(list(frame.signs))}")
    _add_mapping(lines, proposal, key)


def _add_settings(lines: Lines, frame: Frame, settings: Sequence[Setting]) -> None:
    lines.add(2, "settings:")
    if frame.guessed:
        lines.remark(
            3, "TODO the parameters are guessed from the reply's own names: write those that the source is asked with"
        )
    for setting in settings:
        todo = setting.reason.removeprefix("TODO").strip() if setting.reason.startswith("TODO") else ""
        whole = f"{setting.name}: {written(setting.value)}"
        if isinstance(setting.value, Map) and len(whole) > _LONG:
            lines.add(3, f"{setting.name}:", "" if todo else setting.reason, todo=todo)
            for name, value in setting.value.items():
                lines.add(4, f"{written(name)}: {written(value)}")
        else:
            lines.add(3, whole, "" if todo else setting.reason, todo=todo)


def _add_mapping(lines: Lines, proposal: Proposal, key: KeyChoice) -> None:
    lines.add(2, "mapping:")
    paths: Json = key.paths[0] if len(key.paths) == 1 else list(key.paths)
    lines.add(3, f"unique_key: {written(paths)}", key.reason)
    last: tuple[str, ...] = ()
    for line in proposal.lines:
        _add_line(lines, line, last)
        last = line.target
    left = [(path, reason) for path, reason in proposal.left_out if reason]
    for path, reason in left:
        lines.remark(3, f"not mapped: {path} — {reason}")
    rest = [path for path, reason in proposal.left_out if not reason]
    if rest:
        lines.remark(3, f"not mapped, map it under attributes: if the helpdesk needs it: {', '.join(rest)}")
    if proposal.unsafe:
        lines.remark(3, "TODO fields whose names look like somebody's values (a number, an address) were left out")


def _add_line(lines: Lines, line: Line, last: tuple[str, ...]) -> None:
    """A line of the mapping; the block it stands in is opened by the first of its lines."""
    block, *inner = line.target
    value = written(line.value)
    if not inner:
        lines.add(3, f"{block}: {value}", line.reason, todo=line.doubt)
        return
    if last[:1] != (block,):
        lines.add(3, f"{block}:")
    if block == "addresses":
        opening = "- " if last[:2] != line.target[:2] else "  "
        lines.add(
            4, f"{opening}{inner[1]}: {value}", line.reason if line.reason != "by its name" else "", todo=line.doubt
        )
        return
    lines.add(4, f"{written(inner[0])}: {value}", line.reason, todo=line.doubt)
