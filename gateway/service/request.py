"""What every face turns its bytes into."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass

from gateway.core.disclosure import Viewer
from gateway.core.redaction import Redacted


@dataclass(frozen=True, slots=True, repr=False)
class IdentifyRequest(Redacted):
    """*Who is this?* Exactly one of `search` (search field -> what was filled in), `text` (the one box) and `any_of`
    (searches, the surest first: the next where the one before gave nobody) is given.

    `limit`: most matches, None for the tenant's own. `explain`: the answer carries the trace. `refresh`: every source is
    asked anew; nothing remembered is shown, not even in place of a failure. `actor`: the helpdesk's opaque id of the
    operator, where it says one: audited, never logged. `interaction`: the id of that of who is asked for, if any.
    """

    tenant: str
    viewer: Viewer
    search: Map[str, str] | None = None
    text: str | None = None
    limit: int | None = None
    explain: bool = False
    request_id: str = ""
    refresh: bool = False
    actor: str | None = None
    any_of: tuple[Map[str, str], ...] = ()
    interaction: str | None = None
