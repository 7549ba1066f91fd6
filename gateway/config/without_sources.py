"""A tenant's file read where none of its sources is going to be reached: secrets and upstreams do not matter."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from gateway.config.document import Document, Tagged, Value
from gateway.config.gateway_file import GatewaySettings
from gateway.config.source_builder import Adapters
from gateway.config.tenant_builder import Surroundings, build_document
from gateway.config.yaml_loader import parse
from gateway.core.errors import ConfigurationError, Located
from gateway.core.redaction import Secret
from gateway.core.tenant import Tenant

NOWHERE = "https://source.invalid"
"""Stands for a source's address where its file has none that is well: a name that never resolves (RFC 6761, 6.4)."""
_ADDRESS = re.compile(
    r"(https?://(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?::[0-9]{1,5})?)?(?:https?://[^/]*)?(/[\w.~/-]*)?", re.ASCII
)
_TENANTS = "tenants"


def read_tenant(file: Path, adapters: Adapters, folder: Path | None = None) -> Tenant:
    """The tenant in `file`, wherever that lies and whatever it is called. Of every `upstream` the bare address alone is
    left, which addresses in replies are held against; every secret is a stand-in. `folder`: the configuration's, which
    `wsdl/<slug>/` is below; without it, the one that `file` is in.

    Raises ConfigurationError with everything that is wrong, but for what nobody looks at here; OSError.
    """
    data = file.read_bytes()
    document = parse(str(file), data)
    value = document.value
    slug = value.get("tenant") if isinstance(value, dict) else None
    if not isinstance(slug, str):
        raise ConfigurationError([Located(str(file), 1, 1, "This is no tenant's file: it has no 'tenant: <slug>'.")])
    around = Surroundings(folder or _folder(file), adapters, GatewaySettings(), {}, frozenset({slug}))
    return build_document(slug, _leading_nowhere(document), data, around, _stand_in).tenant


def _folder(file: Path) -> Path:
    above = file.resolve().parent
    return above.parent if above.name == _TENANTS else above


def _leading_nowhere(document: Document) -> Document:
    value = document.value
    sources = value.get("sources") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(sources, dict):
        return document
    changed: Value = {
        name: {**source, "upstream": _bare(source.get("upstream"))} if isinstance(source, dict) else source
        for name, source in sources.items()
    }
    return replace(document, value={**value, "sources": changed})


def _bare(upstream: Value) -> Value:
    """The address without anything that could be wrong with it: no query, and no host that has to be granted."""
    url = upstream.get("url") if isinstance(upstream, dict) else None
    found = _ADDRESS.fullmatch(url) if isinstance(url, str) else None
    return {"url": f"{found[1] or NOWHERE}{found[2] or ''}" if found is not None else NOWHERE}


def _stand_in(tagged: Tagged) -> tuple[Secret, None]:
    # As where a secret cannot be read: of an empty one nobody asks whether it is long enough, or a key.
    return Secret(""), None
