"""A tenant as the path uses it: frozen, checked, compiled. Configuration builds it; nothing here reads a file."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from typing import TYPE_CHECKING, TypeAlias

from gateway.core.channel import CHANNELS, Channel
from gateway.core.code_settings import USUAL_CODES, CodeSettings
from gateway.core.model import ProspectOption
from gateway.core.prospect_settings import NO_PROSPECTS, ProspectSettings
from gateway.core.redaction import Secret
from gateway.core.rules import NO_RULES, RuleSet
from gateway.core.showing import USUAL, Disclosure
from gateway.core.sign_in import ClientTls, OAuth2Auth, SessionAuth

if TYPE_CHECKING:
    from gateway.core.event_mapping import EventMapping
    from gateway.core.mapping import Mapping
    from gateway.core.nobody import Nobody

Network: TypeAlias = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class SearchField:
    """What an operator can fill in. `matches`: the customer's value it is compared with (`documents.cpf`,
    `attributes.pedido`, `emails`); None only where `unverified` gives the reason why it cannot be compared."""

    name: str
    kind: str
    label: str
    matches: str | None
    unverified: str | None = None


@dataclass(frozen=True, slots=True)
class UniqueKeySpec:
    """Which value ties interactions to a customer. `of`: person, company, order or other."""

    name: str
    kind: str
    of: str


class Strategy(StrEnum):
    FIRST = "first"
    MERGE = "merge"


@dataclass(frozen=True, slots=True)
class Route:
    """Which sources, in order of priority, and how their answers are folded. `parallel`: ask all at once; priority, not
    speed, decides. `merge` always asks all at once."""

    sources: tuple[str, ...]
    strategy: Strategy = Strategy.FIRST
    parallel: bool = False

    @property
    def at_once(self) -> bool:
        """Are several sources asked at the same time?"""
        return len(self.sources) > 1 and (self.parallel or self.strategy is Strategy.MERGE)


@dataclass(frozen=True, slots=True)
class BasicAuth:
    user: str
    password: Secret


@dataclass(frozen=True, slots=True)
class BearerAuth:
    token: Secret


@dataclass(frozen=True, slots=True)
class HeaderAuth:
    header: str
    value: Secret


@dataclass(frozen=True, slots=True)
class QueryAuth:
    parameter: str
    value: Secret


Auth: TypeAlias = BasicAuth | BearerAuth | HeaderAuth | QueryAuth | OAuth2Auth | SessionAuth


class TransportName(StrEnum):
    """What carries a source's requests. `own`: ours, on llhttp; `standard`: httpcore2, for what ours does not speak."""

    OWN = "own"
    STANDARD = "standard"


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy of gateway.yaml's, which opens a tunnel to a source (CONNECT). `name` as it stands there; `timeout`:
    seconds for the tunnel. `resolves`: it is given the source's name, and the address that it finds is judged by nobody
    here; else it is given the judged address."""

    name: str
    url: str
    auth: BasicAuth | None = None
    resolves: bool = False
    timeout: float = 3.0


@dataclass(frozen=True, slots=True)
class Upstream:
    """Where a source is and how it is reached. `networks`: the private networks that the tenant may reach there (granted
    in gateway.yaml, perhaps narrowed by the source). Caps in bytes; `max_body` counts decoded bytes. `tls`: where the
    system's authorities are not those to trust, or the source wants a certificate of ours. `proxy`: what every connection
    goes through, those to its tokens too."""

    url: str
    auth: Auth | None = None
    headers: Map[str, str] = field(default_factory=dict)
    networks: tuple[Network, ...] = ()
    max_body: int = 10 * 1024 * 1024
    max_headers: int = 64 * 1024
    tls: ClientTls | None = None
    transport: TransportName = TransportName.OWN
    proxy: Proxy | None = None


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """After `failures` in a row the source is left in peace for `open_for` seconds, then tried with one lookup."""

    failures: int = 5
    open_for: float = 10.0


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """Seconds since the source was asked. `ttl`: how long customers hold, `nobody_ttl`: how long a `not_found` does.
    `stale_for`: how long after `ttl` customers may still stand in for a failure; a `not_found` never does."""

    ttl: float
    nobody_ttl: float
    stale_for: float = 0.0


@dataclass(frozen=True, slots=True)
class Resilience:
    """How a source is called. Seconds; `retries` after the first attempt; `concurrency` lookups under way at once. Without
    `breaker` it is asked however often it failed; without `cache` nothing that it said is remembered."""

    timeout: float = 5.0
    retries: int = 0
    concurrency: int = 16
    breaker: BreakerPolicy | None = BreakerPolicy()
    cache: CachePolicy | None = None


@dataclass(frozen=True, slots=True)
class ByKey:
    """How a source is asked for the one customer that was selected: with this search field, which takes the unique key's
    value. `mapping`: what of its records is read then: the source's own mapping, and what only a selected customer needs."""

    field: str
    mapping: Mapping


@dataclass(frozen=True, slots=True)
class Source:
    """One system of record of a tenant.

    `formats`: search field -> the forms in which this source wants its value, tried in order (`("masked",)`,
    `("e164", "national")`). `settings`: the adapter type's own settings, validated. `limit`: most records asked for.
    `history`: how what it tells of a customer's past is read, None where it tells nothing.
    `by_key`: None where the tenant's file says nothing of it; then it is asked with the search field that is the unique key,
    if it can be.
    """

    name: str
    adapter: str
    upstream: Upstream
    settings: object
    mapping: Mapping
    nobody: Nobody
    resilience: Resilience = Resilience()
    formats: Map[str, tuple[str, ...]] = field(default_factory=dict)
    limit: int = 50
    by_key: ByKey | None = None
    history: EventMapping | None = None


@dataclass(frozen=True, slots=True)
class NotFound:
    """What a definite `not_found` proposes. `message` for people, as the helpdesk shows it."""

    message: str = "Cliente inexistente"
    customer_type: str | None = None
    prospect: ProspectOption | None = None


class FacadeKey(StrEnum):
    """How a facade's caller shows its API key."""

    QUERY = "query"
    BASIC = "basic"


@dataclass(frozen=True, slots=True)
class DirectTalk:
    """The tenant's Direct Talk facade. `key`: where the API key comes; `parameter`: its name in the query."""

    key: FacadeKey = FacadeKey.QUERY
    parameter: str = "key"


@dataclass(frozen=True, slots=True)
class Deskie:
    """The tenant's Deskie facade. `fields`: member of its `user` (`user_email`, `custom_fields.cf_20`) -> search field."""

    fields: Map[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Retention:
    """Days after which the contact base lets go; None: never. `prospects`: who never became a customer, without history;
    `interactions`: from their end, with notes and references; `context`: what a channel told of an interaction;
    `audit`: the record of lookups and links."""

    prospects: int | None = None
    interactions: int | None = None
    context: int | None = None
    audit: int | None = None


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Tenant:
    """A company with its helpdesk and sources. `version`: hash of the file it was made from. `budget`: seconds for one
    identification, all sources together. `limit`: most matches in an answer. `seal_names`: the contact base keeps names
    sealed, and finds nobody by his."""

    slug: str
    name: str
    locale: str
    country: str
    time_zone: str
    version: str
    search_fields: Map[str, SearchField]
    unique_key: UniqueKeySpec
    sources: Map[str, Source]
    routes: Map[str, Route]
    budget: float = 4.0
    limit: int = 50
    not_found: NotFound = NotFound()
    stored_fields: frozenset[str] = frozenset()
    display_all: bool = False
    direct_talk: DirectTalk | None = None
    deskie: Deskie | None = None
    seal_names: bool = False
    retention: Retention = Retention()
    channels: Map[str, Channel] = field(default_factory=lambda: CHANNELS)
    prospects: ProspectSettings = NO_PROSPECTS
    codes: CodeSettings = USUAL_CODES
    rules: RuleSet = NO_RULES
    shown: Disclosure = USUAL

    @property
    def unique_field(self) -> str | None:
        """The search field whose value is the unique key: of its kind, and named like it or compared with it."""
        key = self.unique_key
        for field_ in self.search_fields.values():
            if field_.kind == key.kind and (field_.matches == "unique_key" or field_.name == key.name):
                return field_.name
        return None
