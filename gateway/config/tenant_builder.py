"""A tenant's file -> a Tenant of the core, or every reason why it cannot be one, each with its place."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from gateway.adapter.settings import SECRETS
from gateway.config.channels_file import channels
from gateway.config.codes_file import codes
from gateway.config.cross_checks import CrossChecks
from gateway.config.deskie_file import deskie
from gateway.config.disclose_file import said
from gateway.config.document import Document, Problems
from gateway.config.draft import Draft, read_draft
from gateway.config.gateway_file import GatewaySettings
from gateway.config.prospects_file import prospects
from gateway.config.rules_file import rule_set
from gateway.config.secrets import TEXTS, Read, Secrets, SecretStore, settle
from gateway.config.shared import SharedMappings
from gateway.config.source_builder import Adapters, SourceBuilder
from gateway.config.stamps import stamp
from gateway.config.tenant_file import TenantFile
from gateway.config.yaml_loader import parse
from gateway.core.errors import ConfigurationError
from gateway.core.kinds import UnknownKind, kind_named
from gateway.core.model import ProspectOption
from gateway.core.person import person_values
from gateway.core.showing import disclosure
from gateway.core.tenant import (
    Deskie,
    DirectTalk,
    FacadeKey,
    NotFound,
    Retention,
    Route,
    SearchField,
    Source,
    Strategy,
    Tenant,
    UniqueKeySpec,
)

_NOBODY: Final = MappingProxyType(
    {"pt-BR": "Cliente inexistente", "tr": "Müşteri bulunamadı", "en": "No such customer"}
)
"""What the helpdesk shows for a definite `not_found`, by locale."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a tenant's file is judged against. `folder`: the configuration's; `environ`: the variables that `!env` reads;
    `slugs`: all tenants; `mappings`: those that were compiled already."""

    folder: Path
    adapters: Adapters
    gateway: GatewaySettings
    environ: Map[str, str] = field(repr=False)
    slugs: frozenset[str]
    mappings: SharedMappings = field(default_factory=SharedMappings, repr=False)


@dataclass(frozen=True, slots=True)
class Built:
    """A tenant, and the other files that it was made from."""

    tenant: Tenant
    files: tuple[Path, ...]


def build_tenant(slug: str, file: Path, data: bytes, around: Surroundings) -> Built:
    """`data`: the bytes of `file`. Raises ConfigurationError with everything that is wrong."""
    store = SecretStore(slug, around.folder, around.environ, around.gateway.grant(slug).env, around.slugs)
    return build_document(slug, parse(str(file), data), data, around, store.read)


def build_document(slug: str, document: Document, data: bytes, around: Surroundings, read: Read) -> Built:
    """A document that was read from `data`. `read`: who turns what `!env` and `!file` name into secrets."""
    problems = Problems(document)
    value, secrets = settle(document.value, read, problems)
    draft = read_draft(value, problems, {SECRETS: secrets.take, TEXTS: secrets.take_text})
    if draft is None:
        raise ConfigurationError(problems.in_order())
    secrets.report_misplaced(problems, unread=[("sources", name, "settings") for name in draft.source_names])
    builder = _source_builder(slug, draft, around, secrets, problems)
    sources = {name: source for name, entry in draft.file.sources.items() if (source := builder.build(name, entry))}
    CrossChecks(slug, draft, sources, problems, around.adapters.saves).run()
    for unread in draft.source_names - draft.file.sources.keys():
        secrets.let_pass(("sources", unread, "settings"))
    secrets.report_misplaced(problems)
    if problems.found:
        raise ConfigurationError(problems.in_order())
    files = (*secrets.files, *builder.files())
    return Built(_tenant(slug, draft.file, builder.unique_key, sources, _version(data, files)), files)


def _source_builder(
    slug: str, draft: Draft, around: Surroundings, secrets: Secrets, problems: Problems
) -> SourceBuilder:
    file = draft.file
    return SourceBuilder(
        slug=slug,
        country=file.country,
        time_zone=file.time_zone,
        unique_key=_unique_key(file),
        display_all=file.display == "all",
        kinds={name: entry.kind for name, entry in file.search_fields.items() if _is_kind(entry.kind)},
        field_names=draft.field_names,
        person_values=person_values(draft.field_names, file.prospects.form.fields),
        unique_field=file.unique_field,
        grant=around.gateway.grant(slug),
        adapters=around.adapters,
        config=around.folder,
        mappings=around.mappings,
        secrets=secrets,
        problems=problems,
    )


def _is_kind(name: str) -> bool:
    try:
        kind_named(name)
    except UnknownKind:
        return False
    return True


def _unique_key(file: TenantFile) -> UniqueKeySpec:
    key = file.unique_key
    # An unknown kind is reported by the cross checks; the mapping is compiled all the same, to report what is wrong there.
    return UniqueKeySpec(key.name, key.kind if _is_kind(key.kind) else "code", key.of)


def _version(data: bytes, files: tuple[Path, ...]) -> str:
    """Of the file's bytes and the other files' stamps: their contents may be secret."""
    digest = hashlib.sha256(data)
    for file in files:
        digest.update(f"{file.name} {stamp(file)}".encode())
    return digest.hexdigest()[:16]


# ---------------------------------------------------------------------------------------------- what is right


def _tenant(slug: str, file: TenantFile, unique_key: UniqueKeySpec, sources: Map[str, Source], version: str) -> Tenant:
    facade = file.facades.direct_talk
    return Tenant(
        slug=slug,
        name=file.name,
        locale=file.locale,
        country=file.country,
        time_zone=file.time_zone,
        version=version,
        search_fields=_search_fields(file),
        unique_key=unique_key,
        sources=sources,
        routes=_routes(file),
        budget=file.budget,
        limit=file.limit,
        not_found=_not_found(file),
        stored_fields=frozenset(file.stored_fields),
        display_all=file.display == "all",
        direct_talk=DirectTalk(FacadeKey(facade.key), facade.parameter) if facade else None,
        deskie=_deskie(file),
        prospects=prospects(file.prospects),
        seal_names=file.seal_names,
        retention=_retention(file),
        channels=channels(file.channels),
        shown=disclosure(said(file.disclose))[0],
        rules=rule_set(file.facts, file.rules, file.time_zone),
        codes=codes(file.codes),
    )


def _deskie(file: TenantFile) -> Deskie | None:
    facade = file.facades.deskie
    kinds = {name: field.kind for name, field in file.search_fields.items()}
    return None if facade is None else deskie(facade, kinds, file.unique_field)


def _search_fields(file: TenantFile) -> dict[str, SearchField]:
    return {
        name: SearchField(
            name=name,
            kind=field.kind,
            label=field.label or name,
            matches=None if field.unverified else field.matches or kind_named(field.kind).matches,
            unverified=field.unverified,
        )
        for name, field in file.search_fields.items()
    }


def _routes(file: TenantFile) -> dict[str, Route]:
    return {
        name: Route(tuple(route.sources), Strategy(route.strategy), parallel=route.ask == "parallel")
        for name, route in file.routes.items()
    }


def _not_found(file: TenantFile) -> NotFound:
    wanted = file.not_found
    return NotFound(
        message=wanted.message or _NOBODY[file.locale],
        customer_type=wanted.customer_type,
        prospect=ProspectOption(wanted.prospect) if wanted.prospect else None,
    )


def _retention(file: TenantFile) -> Retention:
    days = file.retention
    return Retention(days.prospects, days.interactions, days.context, days.audit)
