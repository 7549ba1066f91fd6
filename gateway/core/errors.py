"""The error tree: each error has a stable code and a sentence for its reader, never a customer's value or a secret.

GatewayError
├── ConfigurationError         a file is wrong: every problem at once, each with file:line:column
├── TenantBroken               the tenant's file has been wrong since the start: nobody can be asked
├── RequestError               the request is wrong: nobody was asked (HTTP 4xx)
│   ├── UnknownTenant          also a good key used for another tenant
│   ├── UnknownSearchField
│   ├── EmptySearch
│   ├── InvalidKey             names the field and the check that failed
│   ├── InvalidMember          a value of a contact that fails a check of its kind
│   ├── NothingRecognised      one-box text that is of no kind the tenant searches by
│   ├── CannotAsk              no source of the route can be asked with these fields
│   ├── MalformedRequest       not JSON, wrong type, missing or unknown member
│   ├── BodyTooLarge           the body is over the cap
│   ├── UnknownPath            no such address
│   ├── MethodNotAllowed       an address that takes other methods
│   ├── FacadeOff              the tenant has no such facade
│   ├── PageCodesOff           pages of this tenant get no codes, or there is no such tenant
│   ├── ContactBaseOff         the gateway keeps nothing of its own
│   ├── UnknownChannel         a channel that there is not
│   ├── ContextTooLarge        an interaction's context, or an event's data, is over a bound
│   ├── RefExpired             a ref that is too old
│   ├── RefForged              not a ref that this gateway made for this tenant
│   ├── IdentityRefused        what a company signed of its user does not count
│   │   ├── IdentityOff        the tenant's file does not say how one is signed there
│   │   ├── IdentityForged     not signed with the tenant's key and algorithm, or not in the one form
│   │   ├── IdentityExpired
│   │   ├── IdentityNotYet     its time has not begun
│   │   ├── IdentityLivesTooLong   no expiry, or one too far ahead
│   │   ├── IdentityForOthers  another issuer or audience
│   │   ├── IdentityIncomplete lacks a claim that is needed
│   │   └── IdentityReplayed   was used before
│   ├── InvalidForm            a form that is not filled in as the tenant wants it
│   ├── NoLoading              the tenant's prospects go nowhere
│   ├── NoIdentifier           a code is wanted for somebody of whom nothing tells who he is
│   └── TextTooLong            a message in which no code is looked for
├── AccessError                who asks may not, or not now: decided before the request is looked at
│   ├── Unauthenticated        no API key, or one that is unknown or expired
│   ├── Forbidden              the key's role lacks the permission
│   ├── OriginRefused          a page that the tenant does not list
│   ├── TooManyRequests        this key asks faster than it may
│   │   └── TooManyCodes       a customer's page, or all pages of a tenant, ask faster than they may
│   └── TooManyInFlight        too many requests of this tenant are under way
├── StorageError               the gateway's own data
│   ├── StorageUnavailable     the database does not answer: nothing was confirmed (HTTP 503)
│   │   └── StorageOutdated    its tables are older or newer than the gateway
│   ├── SealBroken             a stored value does not open
│   ├── NotHere                no such contact, interaction, … of this tenant
│   └── Conflict               it is not in a state for this: finished, linked already, changed meanwhile
├── BreakerOpen                the source failed too often just now and is left in peace (`skipped(breaker_open)`)
└── SourceError                the source did not answer the question (`failed(code)` or `timed_out`)
    ├── Unreachable            no connection, or it broke
    ├── TimedOut
    │   └── CutShort           our own deadline came before the source had a fair time: not the source's failure
    ├── DestinationRefused     the address is not one that this tenant may reach
    ├── Unauthorised           the source refused our credentials
    ├── RateLimited            429, with the wait it asked for
    ├── ServerError            5xx
    ├── UnexpectedStatus       any other status that is not an answer
    ├── Redirected
    ├── TooLarge               over a cap: headers, decoded body, depth
    ├── Truncated              the reply ended before it was whole
    ├── EmptyReply             nothing where an answer was due
    ├── HtmlPage               a page for people (a login form, an error page) where data was due
    ├── Unreadable             not XML / JSON / SOAP, or a DOCTYPE
    ├── ReportedError          the source itself said that it failed (a SOAP fault, an error element)
    ├── UnreadableRecords      records came, none survived the mapping
    ├── Overloaded             our own bulkhead was full: not the source's failure
    ├── Misconfigured          the source's configuration does not fit what the source offers
    └── AdapterFault           the adapter broke its contract (raised something else)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


class GatewayError(Exception):
    """Root of everything the gateway raises on purpose. `str(error)` is a sentence fit to be shown."""

    code: ClassVar[str] = "gateway_error"


# ---------------------------------------------------------------------------------------------- configuration


@dataclass(frozen=True, slots=True)
class Located:
    """One problem in a file. `line` and `column` count from 1; 0 where the file as a whole is meant."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.message}"


class ConfigurationError(GatewayError):
    """One or more problems in configuration files; `str()` lists them, one a line."""

    code = "configuration"

    def __init__(self, problems: Sequence[Located]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class TenantBroken(GatewayError):
    """A tenant whose file has been wrong since the start. The ConfigurationError that says why is its cause."""

    code = "tenant_broken"

    def __init__(self) -> None:
        super().__init__(
            "This tenant's configuration is broken. `gateway check` says where; mend the file and it is taken up."
        )


# ---------------------------------------------------------------------------------------------- the request


class RequestError(GatewayError):
    """The caller can mend it. Nobody was asked."""

    code = "request"


class UnknownTenant(RequestError):
    code = "unknown_tenant"

    def __init__(self) -> None:
        super().__init__("There is no such tenant for this key. Check the slug in the address.")


class UnknownSearchField(RequestError):
    code = "unknown_search_field"

    def __init__(self, known: Sequence[str], nearest: str | None = None) -> None:
        hint = f" Did you mean '{nearest}'?" if nearest else ""
        super().__init__(f"A search field in the request is not one of this tenant's.{hint} Known: {', '.join(known)}.")


class EmptySearch(RequestError):
    code = "empty_search"

    def __init__(self, field: str | None = None) -> None:
        what = f"The search field '{field}' is empty" if field else "The search is empty"
        super().__init__(f"{what}. Fill in at least one search field, or leave the empty ones out.")


class InvalidKey(RequestError):
    """A search value failed a check of its kind. Names the field and the check, never the value."""

    code = "invalid_key"

    def __init__(self, field: str, kind: str, check: str, reason: str) -> None:
        self.field, self.kind, self.check, self.reason = field, kind, check, reason
        super().__init__(f"The search field '{field}' is not a valid {kind}: {reason}.")


class InvalidMember(RequestError):
    """A value of a body failed a check of its kind. `field`: where it stands (`identifiers[0]`); never the value."""

    code = "invalid_value"

    def __init__(self, field: str, kind: str, check: str, reason: str) -> None:
        self.field, self.kind, self.check = field, kind, check
        super().__init__(f"'{field}' is not a valid {kind}: {reason}.")


class NothingRecognised(RequestError):
    code = "nothing_recognised"

    def __init__(self, kinds: Sequence[str]) -> None:
        super().__init__(f"The text is none of what this tenant searches by ({', '.join(kinds)}).")


class CannotAsk(RequestError):
    code = "cannot_ask"

    def __init__(self, fields: Sequence[str]) -> None:
        super().__init__(
            f"No source of this tenant can be asked by {', '.join(fields)}. "
            "GET search-fields lists, for each field, the sources that can."
        )


class MalformedRequest(RequestError):
    code = "malformed_request"


class BodyTooLarge(RequestError):
    code = "body_too_large"

    def __init__(self, cap: int) -> None:
        super().__init__(f"The body is over {cap} bytes. Send only the members that this address takes.")


class UnknownPath(RequestError):
    code = "unknown_path"

    def __init__(self) -> None:
        super().__init__("There is nothing at this address. /docs lists what there is.")


class MethodNotAllowed(RequestError):
    """`allowed`: the methods that the address takes."""

    code = "method_not_allowed"

    def __init__(self, allowed: Sequence[str]) -> None:
        self.allowed = tuple(allowed)
        super().__init__(f"This address does not take that method. It takes: {', '.join(allowed)}.")


class FacadeOff(RequestError):
    code = "facade_off"

    def __init__(self, block: str) -> None:
        super().__init__(f"This tenant does not offer this facade. Its file turns it on with {block}.")


class PageCodesOff(RequestError):
    """Without a key nobody learns which tenants there are."""

    code = "page_codes_off"

    def __init__(self) -> None:
        super().__init__(
            "There is no such tenant, or its pages get no codes: its file turns that on with codes.page_token."
        )


class ContactBaseOff(RequestError):
    code = "contact_base_off"

    def __init__(self) -> None:
        super().__init__(
            "This gateway keeps no contacts and no interactions: gateway.yaml says contact_base.enabled: false."
        )


class UnknownChannel(RequestError):
    code = "unknown_channel"

    def __init__(self, known: Sequence[str], nearest: str | None = None) -> None:
        hint = f" Did you mean '{nearest}'?" if nearest else ""
        super().__init__(f"There is no such channel.{hint} Known: {', '.join(known)}.")


class ContextTooLarge(RequestError):
    """`bound`: which one (`bytes`, `depth`, `entries`). `what`: the member of the body."""

    code = "context_too_large"

    def __init__(self, bound: str, most: int, what: str = "context") -> None:
        self.bound = bound
        said = {"bytes": "bytes as JSON", "depth": "levels of objects and lists", "entries": "members and items"}[bound]
        super().__init__(f"The {what} has more than {most} {said}. Leave out what nobody will read.")


class RefExpired(RequestError):
    code = "ref_expired"

    def __init__(self) -> None:
        super().__init__("The ref is too old. Identify again and use the ref of the new answer.")


class RefForged(RequestError):
    code = "ref_forged"

    def __init__(self) -> None:
        super().__init__("This is not a ref that this tenant's identifications gave. Send it as it came, whole.")


class IdentityRefused(RequestError):
    """Nobody was believed to be anybody. Who wrote gets the same answer for all of these: this one."""

    code = "identity_refused"

    def __init__(self, message: str = "The signed identity does not count. Have the company's system sign a new one."):
        super().__init__(message)


class IdentityForged(IdentityRefused):
    code = "identity_forged"

    def __init__(self) -> None:
        super().__init__(
            "The identity is not signed as this tenant's file says. Compare key and algorithm on both sides, and send it as "
            "it was signed, whole."
        )


class IdentityExpired(IdentityRefused):
    code = "identity_expired"

    def __init__(self) -> None:
        super().__init__("The signed identity is too old. Let the company's system sign a new one.")


class IdentityNotYet(IdentityRefused):
    code = "identity_not_yet"

    def __init__(self) -> None:
        super().__init__("The signed identity begins in the future (iat, nbf). Set the clock of whoever signs it.")


class IdentityLivesTooLong(IdentityRefused):
    """`most`: seconds."""

    code = "identity_lives_too_long"

    def __init__(self, most: float) -> None:
        super().__init__(f"The signed identity has to expire (exp) within {most:g} s. Sign one when it is needed.")


class IdentityForOthers(IdentityRefused):
    """`claim`: `iss` or `aud`."""

    code = "identity_for_others"

    def __init__(self, claim: str) -> None:
        super().__init__(f"The signed identity names another '{claim}' than this tenant's file. Make the two agree.")


class IdentityIncomplete(IdentityRefused):
    """`claims`: which ones would have been needed, or are no text of a usable length."""

    code = "identity_incomplete"

    def __init__(self, claims: Sequence[str]) -> None:
        super().__init__(f"The signed identity lacks a usable claim: {', '.join(claims)}. Sign it as text.")


class IdentityOff(IdentityRefused):
    code = "identity_off"

    def __init__(self, block: str) -> None:
        super().__init__(f"This tenant takes no signed identity here. Its file says how one is signed: {block}.")


class IdentityReplayed(IdentityRefused):
    code = "identity_replayed"

    def __init__(self) -> None:
        super().__init__("This signed identity was used before. Let the company's system sign a new one.")


class InvalidForm(RequestError):
    """`field`: None where the form as a whole is meant. `reason` goes on with the sentence and holds no value."""

    code = "invalid_form"

    def __init__(self, field: str | None, reason: str) -> None:
        what = f"The form's field '{field}'" if field else "The form"
        super().__init__(f"{what} {reason}.")


class NoLoading(RequestError):
    code = "no_loading"

    def __init__(self) -> None:
        super().__init__(
            "This tenant's prospects are not loaded anywhere. Its file says where to: prospects.load with to: or source:."
        )


class NoIdentifier(RequestError):
    code = "no_identifier"

    def __init__(self) -> None:
        super().__init__(
            "Nothing in the request tells who the customer is. Send his unique key, or a search field other than his name, "
            "with a value that is his alone."
        )


class TextTooLong(RequestError):
    code = "text_too_long"

    def __init__(self, most: int) -> None:
        super().__init__(
            f"The text has more than {most} characters, so no code is looked for in it. Send the message that was written, "
            "without what it quotes."
        )


# ---------------------------------------------------------------------------------------------- who asks


class AccessError(GatewayError):
    """Who asks may not, or not now. Nobody was asked."""

    code = "access"


class Unauthenticated(AccessError):
    """`challenge`: how to authenticate, as `WWW-Authenticate` says it (RFC 9110, 11.6.1)."""

    code = "unauthenticated"

    def __init__(self, challenge: str, message: str) -> None:
        self.challenge = challenge
        super().__init__(message)


class Forbidden(AccessError):
    code = "forbidden"

    def __init__(self, permission: str) -> None:
        super().__init__(f"The API key's role lacks the permission '{permission}'. Use a key whose role has it.")


class TooManyRequests(AccessError):
    """`retry_after`: seconds until the next request is let through."""

    code = "too_many_requests"

    def __init__(self, retry_after: float) -> None:
        self.retry_after = retry_after
        super().__init__("This API key asks faster than it may. Wait as long as Retry-After says.")


class TooManyCodes(TooManyRequests):
    def __init__(self, retry_after: float) -> None:
        self.retry_after = retry_after
        AccessError.__init__(self, "Too many codes were asked for. Wait as long as Retry-After says.")


class OriginRefused(AccessError):
    code = "origin_refused"

    def __init__(self) -> None:
        super().__init__("The page is not of an origin that the tenant's file lists (codes.origins).")


class TooManyInFlight(AccessError):
    """`retry_after` in seconds."""

    code = "too_many_in_flight"

    def __init__(self, retry_after: float = 1.0) -> None:
        self.retry_after = retry_after
        super().__init__("Too many requests of this tenant are under way. Wait as long as Retry-After says.")


# ---------------------------------------------------------------------------------------------- the gateway's own data


class StorageError(GatewayError):
    """The gateway's own data could not be read or changed as asked. Nothing of it was done by halves."""

    code = "storage"


class StorageUnavailable(StorageError):
    """The database does not answer. What was asked for is not confirmed."""

    code = "storage_unavailable"

    def __init__(self) -> None:
        super().__init__(
            "The gateway's database does not answer just now. Repeat later, with the same Idempotency-Key if it was a write."
        )


class StorageOutdated(StorageUnavailable):
    """The tables are not those that this version works with."""

    code = "storage_outdated"

    def __init__(self) -> None:
        StorageError.__init__(
            self,
            "The database's tables are not those of this version. Run `gateway db upgrade`; a gateway that "
            "serves goes on by itself then.",
        )


class SealBroken(StorageError):
    """A stored value does not open: its key is gone, or somebody changed it."""

    code = "seal_broken"

    def __init__(self) -> None:
        super().__init__(
            "A stored value cannot be opened: its key is gone, or it was changed. Put the key back into the file of keys."
        )


class NotHere(StorageError):
    """`what`: a word of the API (`interaction`, `contact`). Another tenant's is not here either."""

    code = "not_here"

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"This tenant has no such {what}. Check the id in the request.")


class Conflict(StorageError):
    """What was asked for does not go with what is there. `reason`: a stable word; the sentence says what to do."""

    code = "conflict"

    def __init__(self, reason: str, sentence: str) -> None:
        self.reason = reason
        super().__init__(sentence)


# ---------------------------------------------------------------------------------------------- the breaker


class BreakerOpen(GatewayError):
    """The source is not asked just now. `failures`: how many came in a row; `last`: the last one's code; `wait`: seconds
    until it is asked again."""

    code = "breaker_open"

    def __init__(self, failures: int, last: str, wait: float) -> None:
        self.last = last
        super().__init__(
            f"The source failed {failures} times in a row (the last time: {last}) and is not asked for a while; "
            f"it is tried again in {wait:.0f} s. Mend what failed, or see resilience.breaker."
        )


# ---------------------------------------------------------------------------------------------- the source


class SourceError(GatewayError):
    """A source did not answer the question. Its text says what to change and holds no value and no secret.

    `retryable`: asking again at once may help. `counts`: it speaks against the source's health (the breaker counts it).
    `undone`: what was to be done there surely was not: nothing was sent, or it was refused before anything else.
    """

    code = "failed"
    sentence: ClassVar[str] = "The source failed. Ask its owner."
    retryable: ClassVar[bool] = False
    counts: ClassVar[bool] = True
    undone: bool = False

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.sentence)


class Unreachable(SourceError):
    code = "unreachable"
    sentence = "No connection to the source, or it broke. Check its address and that it runs."
    retryable = True


class TimedOut(SourceError):
    code = "timed_out"
    sentence = "The source did not answer in time. Raise resilience.timeout, or ask its owner why it is slow."


class CutShort(TimedOut):
    sentence = (
        "The time for the whole identification was used up before this source had a fair share of it. "
        "Raise the tenant's budget, or ask its sources at once (`ask: parallel`)."
    )
    counts = False


class DestinationRefused(SourceError):
    code = "destination_refused"
    undone = True
    sentence = (
        "The source's address lies in a network that this tenant may not reach. "
        "Grant it in gateway.yaml (tenants.<slug>.networks) if it is meant."
    )
    counts = False


class Unauthorised(SourceError):
    code = "unauthorised"
    undone = True
    sentence = "The source refused our credentials. Check upstream.auth and the secret it names."


class RateLimited(SourceError):
    """`retry_after` in seconds, where the source gave one."""

    code = "rate_limited"
    undone = True
    sentence = "The source asked us to slow down (429). Lower resilience.concurrency, or ask its owner for more."

    def __init__(self, message: str | None = None, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ServerError(SourceError):
    code = "server_error"
    sentence = (
        "The source answered with a server error. Ask its owner what failed; resilience.retries helps where it happens now "
        "and then."
    )
    retryable = True


class UnexpectedStatus(SourceError):
    code = "unexpected_status"
    sentence = "The source answered with a status that is no answer. If it means nobody, list it under nobody:."


class Redirected(SourceError):
    code = "redirected"
    sentence = "The source redirects elsewhere. Put the final address in upstream.url."


class TooLarge(SourceError):
    code = "too_large"
    sentence = "The source's reply is over the cap. Narrow the question, or raise upstream.max_body."


class Truncated(SourceError):
    code = "truncated"
    sentence = (
        "The source's reply ended before it was whole. Look for a limit or a proxy on the way; resilience.retries helps "
        "where it happens now and then."
    )
    retryable = True


class EmptyReply(SourceError):
    code = "empty_reply"
    sentence = "The source answered with an empty body. If that is how it says nobody, add empty_body under nobody:."


class HtmlPage(SourceError):
    code = "html_page"
    sentence = (
        "The source answered with an HTML page instead of data: a login form or an error page. Check upstream.url and "
        "upstream.auth."
    )


class Unreadable(SourceError):
    code = "unreadable"
    sentence = (
        "The source's reply cannot be read in the format that its adapter expects. Look at a real reply, and check "
        "upstream.url."
    )


class ReportedError(SourceError):
    code = "reported_error"
    sentence = (
        "The source itself reported an error. Its text is not shown, since it may quote what was asked; ask the source's "
        "owner. If it means nobody, describe it under nobody:."
    )


class UnreadableRecords(SourceError):
    code = "unreadable_records"
    sentence = "Records came, but none could be mapped. Check mapping.unique_key against a real reply."


class Overloaded(SourceError):
    code = "overloaded"
    undone = True
    sentence = "Too many lookups of this source are under way here. Raise resilience.concurrency, or ask later."
    counts = False


class Misconfigured(SourceError):
    code = "misconfigured"
    undone = True
    sentence = "The source's settings do not fit what the source offers. Check what stands under settings:."
    counts = False


class AdapterFault(SourceError):
    code = "adapter_fault"
    sentence = "The adapter broke its contract. Its author finds the cause in the log, by the request id."
    counts = False
