"""One source of a tenant's file -> a Source of the core, or every reason why it cannot be one."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import BaseModel

from gateway.adapter.contract import AdapterType
from gateway.adapter.settings import FILES, PERSON_VALUES, SEARCH_FIELDS, SECRETS
from gateway.config.auth_builder import AuthBuilder
from gateway.config.document import Problems, Step
from gateway.config.folder import file_inside
from gateway.config.gateway_file import Grant
from gateway.config.mapping_file import MappingFile
from gateway.config.nearest import did_you_mean, unknown_search_field
from gateway.config.proxy_file import ProxyRefused
from gateway.config.secrets import Secrets
from gateway.config.shared import SharedMappings
from gateway.config.source_file import (
    ResilienceFile,
    SignFile,
    SourceFile,
    UpstreamFile,
)
from gateway.config.validation import validate
from gateway.core.destination import is_local, literal, may_reach
from gateway.core.event_mapping import EventMapping, compile_events
from gateway.core.formats import check_form
from gateway.core.mapping import Mapping, MappingError
from gateway.core.nobody import Nobody, PathSign
from gateway.core.paths import PathError, compile_path
from gateway.core.tenant import (
    BreakerPolicy,
    ByKey,
    CachePolicy,
    Network,
    Proxy,
    Resilience,
    Source,
    TransportName,
    UniqueKeySpec,
    Upstream,
)

_CPF_CNPJ: Final = "cpf_cnpj"
_NOBODY_TTL: Final = 5.0
"""Seconds."""
_STATUS_WORDS: Final = {"no_content": 204, "not_found": 404}

_DEFECTS = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError)
"""What a plugin's validator raises where it has a defect; ValueError and AssertionError are its complaints."""


@dataclass(frozen=True, slots=True)
class Adapters:
    """Installed adapter types by name, and of those that cannot be used the reason."""

    types: Map[str, AdapterType[Any]]
    missing: Map[str, str]

    def saves(self, source: Source) -> bool:
        """Can somebody be saved there?"""
        saves = self.types[source.adapter].saves
        return saves is not None and saves(source.settings)


@dataclass(frozen=True, slots=True)
class SourceBuilder:
    """Builds the sources of one tenant. `kinds`: search field -> kind, of the fields that could be read; `field_names`: all
    of them; `unique_field`: the one that is the unique key, None where there is none. `person_values`: what may be known of
    a prospect. `config`: the folder of the configuration."""

    slug: str
    country: str
    time_zone: str
    unique_key: UniqueKeySpec
    display_all: bool
    kinds: Map[str, str]
    field_names: frozenset[str]
    person_values: frozenset[str]
    unique_field: str | None
    grant: Grant
    adapters: Adapters
    config: Path
    mappings: SharedMappings
    secrets: Secrets
    problems: Problems
    _opened: list[Path] = field(default_factory=list)

    def files(self) -> Iterator[Path]:
        """What the sources' settings may have been read from: the whole folder, where they name a file of it."""
        if self._opened:
            yield from sorted(path for path in self._wsdl().rglob("*") if path.is_file())

    def _wsdl(self) -> Path:
        return self.config / "wsdl" / self.slug

    def build(self, name: str, file: SourceFile) -> Source | None:
        """The source, or None with everything that is wrong reported."""
        at: tuple[Step, ...] = ("sources", name)
        complaints = len(self.problems.found)
        settings = self._settings(file, at)
        upstream = self._upstream(file.upstream, (*at, "upstream"))
        formats = dict(self._formats(file, (*at, "fields")))
        nobody = self._nobody(file, (*at, "nobody"))
        mapping = self._mapping(file.mapping, (*at, "mapping"))
        by_key = self._by_key(file, (*at, "by_key")) if mapping is not None else None
        history = self._history(file, (*at, "history"))
        if settings is None or mapping is None or len(self.problems.found) > complaints:
            return None
        return Source(
            name=name,
            adapter=file.adapter,
            upstream=upstream,
            settings=settings,
            mapping=mapping,
            nobody=nobody,
            resilience=_resilience(file.resilience),
            formats=formats,
            limit=file.limit,
            by_key=by_key,
            history=history,
        )

    # ------------------------------------------------------------------------------------------ adapter and settings

    def _settings(self, file: SourceFile, at: tuple[Step, ...]) -> BaseModel | None:
        offered = self.adapters.types.get(file.adapter)
        if offered is None:
            self.problems.at((*at, "adapter"), self._no_adapter(file.adapter))
            self.secrets.let_pass((*at, "settings"))
            return None
        context = {
            SEARCH_FIELDS: self.field_names,
            PERSON_VALUES: self.person_values,
            FILES: self._file,
            SECRETS: self.secrets.take,
        }
        try:
            settings: BaseModel | None = validate(
                offered.settings, file.settings, self.problems, at=(*at, "settings"), context=context
            )
        except _DEFECTS as error:
            # The plugin's own check of its settings broke. Its text may quote them.
            why = type(error).__name__
            self.problems.at(
                (*at, "settings"), f"The plugin '{file.adapter}' broke while checking them ({why}). Tell its author."
            )
            return None
        return settings

    def _no_adapter(self, name: str) -> str:
        types, missing = self.adapters.types, self.adapters.missing
        installed = f"Installed: {', '.join(sorted(types)) or 'none'}."
        if name in missing:
            return f"The plugin '{name}' cannot be used. {missing[name]} {installed}"
        if hint := did_you_mean(name, [*types, *missing]):
            return f"There is no adapter '{name}'.{hint} {installed}"
        return f"The plugin '{name}' is not installed. Install it beside the gateway. {installed}"

    def _file(self, name: Path) -> Path:
        found = file_inside(self._wsdl(), name)
        self._opened.append(found)
        return found

    # ------------------------------------------------------------------------------------------ upstream

    def _upstream(self, file: UpstreamFile, at: tuple[Step, ...]) -> Upstream:
        networks = self._networks(file, (*at, "networks"))
        self._check_destination(file.url, networks, (*at, "url"))
        builder = AuthBuilder(self.problems, lambda url, place: self._check_destination(url, networks, place))
        return Upstream(
            url=file.url,
            auth=builder.auth(file, at),
            headers=dict(file.headers),
            networks=networks,
            max_body=file.max_body,
            tls=builder.tls(file.tls, (*at, "tls")),
            transport=TransportName(file.transport),
            proxy=self._proxy(file, (*at, "proxy")),
        )

    def _proxy(self, file: UpstreamFile, at: tuple[Step, ...]) -> Proxy | None:
        try:
            return self.grant.proxies.chosen(file.proxy, self.slug)
        except ProxyRefused as error:
            self.problems.at(at, str(error))
            return None

    def _networks(self, file: UpstreamFile, at: tuple[Step, ...]) -> tuple[Network, ...]:
        granted = self.grant.networks
        if file.networks is None:
            return granted
        for index, network in enumerate(file.networks):
            if not any(_within(network, grant) for grant in granted):
                listed = ", ".join(map(str, granted)) or "none"
                self.problems.at(
                    (*at, index),
                    f"This network is not granted. Grant it in gateway.yaml (tenants.{self.slug}.networks). "
                    f"Granted: {listed}.",
                )
        return tuple(file.networks)

    def _check_destination(self, url: str, networks: tuple[Network, ...], at: tuple[Step, ...]) -> None:
        """An address that stands in the file itself is judged now; names are judged when they are resolved."""
        host = (urlsplit(url).hostname or "").rstrip(".")
        addresses = [ip_address("127.0.0.1"), ip_address("::1")] if is_local(host) else [literal(host)]
        if not any(address is None or may_reach(address, networks) for address in addresses):
            self.problems.at(
                at,
                "This address is not public, and lies in no network that this source may reach. If it is meant, grant its "
                f"network in gateway.yaml (tenants.{self.slug}.networks). Metadata addresses are never granted.",
            )

    # ------------------------------------------------------------------------------------------ fields, nobody, mapping

    def _formats(self, file: SourceFile, at: tuple[Step, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
        for name, forms in file.fields.items():
            if name not in self.field_names:
                self.problems.at_key((*at, name), unknown_search_field(name, self.field_names))
                continue
            for index, form in enumerate(forms.as_):
                sentence = check_form(self.kinds[name], form) if name in self.kinds else None
                if sentence is not None:
                    self.problems.at((*at, name, "as", index), sentence)
            yield name, tuple(forms.as_)

    def _nobody(self, file: SourceFile, at: tuple[Step, ...]) -> Nobody:
        words = {sign for sign in file.nobody if isinstance(sign, str)}
        signs = [(index, sign) for index, sign in enumerate(file.nobody) if isinstance(sign, SignFile)]
        statuses = {sign.status for _, sign in signs if sign.status is not None}
        return Nobody(
            empty_body="empty_body" in words,
            statuses=frozenset(statuses | {_STATUS_WORDS[word] for word in words & _STATUS_WORDS.keys()}),
            texts=tuple(sign.text for _, sign in signs if sign.text),
            paths=tuple(self._path_sign(sign, (*at, index, "path")) for index, sign in signs if sign.path),
            faults=tuple(sign.fault for _, sign in signs if sign.fault),
        )

    def _path_sign(self, sign: SignFile, at: tuple[Step, ...]) -> PathSign:
        assert sign.path is not None
        try:
            read = compile_path(sign.path).read
        except PathError as error:
            self.problems.at(at, str(error))
            read = _nothing
        return PathSign(sign.path, _as_reply_says(sign.equals), read)

    def _by_key(self, file: SourceFile, at: tuple[Step, ...]) -> ByKey | None:
        """None where the file says nothing of it, or what it says is reported."""
        wanted = file.by_key
        if wanted is None:
            return None
        name = wanted.field or self.unique_field
        if name is None:
            key = self.unique_key
            self.problems.at(
                at,
                f"No search field is the unique key: of kind {key.kind}, and named '{key.name}' or with matches: "
                "unique_key. Say with field: which one takes it here.",
            )
            return None
        if name not in self.field_names:
            self.problems.at((*at, "field"), unknown_search_field(name, self.field_names))
            return None
        if name in self.kinds and not _takes(self.kinds[name], self.unique_key.kind):
            self.problems.at(
                (*at, "field"),
                f"A unique key of kind {self.unique_key.kind} is no {self.kinds[name]}, which '{name}' takes. Name a search "
                f"field of kind {self.unique_key.kind} or code.",
            )
            return None
        mapping = self._mapping(file.mapping.extended(wanted.mapping), (*at, "mapping"))
        return None if mapping is None else ByKey(name, mapping)

    def _history(self, file: SourceFile, at: tuple[Step, ...]) -> EventMapping | None:
        if file.history is None:
            return None
        try:
            return compile_events(
                file.history.spec(), unique_key=self.unique_key, country=self.country, time_zone=self.time_zone
            )
        except MappingError as error:
            for place, sentence in error.problems:
                self.problems.at((*at, *place), sentence)
            return None

    def _mapping(self, file: MappingFile, at: tuple[Step, ...]) -> Mapping | None:
        try:
            return self.mappings.compiled(
                file, unique_key=self.unique_key, country=self.country, display_all=self.display_all
            )
        except MappingError as error:
            for place, sentence in error.problems:
                self.problems.at((*at, *place), sentence)
            return None


def _takes(field: str, key: str) -> bool:
    """Can a search field of this kind carry a unique key of that kind?"""
    return field in (key, "code") or {field, key} in ({"cpf", _CPF_CNPJ}, {"cnpj", _CPF_CNPJ})


def _resilience(file: ResilienceFile) -> Resilience:
    breaker = None if file.breaker == "off" else BreakerPolicy(file.breaker.failures, file.breaker.open_for)
    return Resilience(file.timeout, file.retries, file.concurrency, breaker, _cache(file))


def _cache(file: ResilienceFile) -> CachePolicy | None:
    cache = file.cache
    if cache == "off":
        return None
    nobody_ttl = min(_NOBODY_TTL, cache.ttl) if cache.nobody_ttl is None else cache.nobody_ttl
    return CachePolicy(cache.ttl, nobody_ttl, cache.stale_for or 0.0)


def _within(network: Network, grant: Network) -> bool:
    return network.version == grant.version and network.subnet_of(grant)  # type: ignore[arg-type]  # same version


def _as_reply_says(value: str | int | float | bool | None) -> str:
    """The text that a PathSign compares with."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)


def _nothing(_: object) -> None:
    return None
