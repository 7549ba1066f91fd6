"""A page's YAML as the gateway takes it: whole files, and parts that are put into the page's own tenant."""

from __future__ import annotations

import shutil
from base64 import b64encode
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from gateway.config.document import Tagged, Value
from gateway.config.gateway_file import GatewaySettings, load_gateway
from gateway.config.registry import TenantRegistry
from gateway.config.yaml_loader import parse
from gateway.plugins import discover
from tests.docs.pages import ROOT
from tests.upstream.certificates import Authority

WSDL = ROOT / "config" / "wsdl" / "boreal" / "clientes.wsdl"
PASSWORD = "a secret that nobody guesses from one signature"
DATABASE = "postgresql://gateway:secret@127.0.0.1/gateway"


class _Writer(yaml.SafeDumper):
    """Writes `!env NAME` as it was read."""


def _tagged(writer: yaml.SafeDumper, value: Tagged) -> yaml.Node:
    return writer.represent_scalar(value.tag, value.name)


_Writer.add_representer(Tagged, _tagged)


def read(text: str) -> dict[str, Value]:
    """The values of a YAML text, with YAML 1.2's types and the two tags."""
    document = parse("the page", text.encode())
    assert document.problems == ()
    assert isinstance(document.value, dict)
    return document.value


def written(value: dict[str, Value]) -> str:
    return yaml.dump(value, Dumper=_Writer, allow_unicode=True, sort_keys=False)


def put_together(tenant: dict[str, Value], part: dict[str, Value]) -> dict[str, Value]:
    """`tenant` with `part` in it, block by block. A source with adapter and mapping is one of its own; a search field and
    the one kind of credentials are the part's."""
    merged: dict[str, Value] = _merged(tenant, part)
    for block in ("sources", "search_fields"):
        theirs, ours = part.get(block), merged[block]
        assert isinstance(ours, dict)
        for name, entry in theirs.items() if isinstance(theirs, dict) else ():
            if block == "search_fields" or (isinstance(entry, dict) and {"adapter", "mapping"} <= entry.keys()):
                ours[name] = entry
    return merged


def _merged(one: Value, other: Value) -> Any:
    if not isinstance(one, dict) or not isinstance(other, dict):
        return other
    kept = {name: value for name, value in other.items() if name not in one or name == "auth"}
    return {**one, **kept, **{name: _merged(one[name], other[name]) for name in other if name not in kept}}


def problems(folder: Path, slug: str, tenant: dict[str, Value], gateway: GatewaySettings) -> str:
    """What the gateway complains of, or nothing. Secrets and WSDLs that the tenant names are there."""
    config = folder / "config"
    (config / "tenants").mkdir(parents=True, exist_ok=True)
    (config / "tenants" / f"{slug}.yaml").write_text(written(tenant), "utf-8")
    secrets = list(_secrets(tenant))
    for secret in secrets:
        if secret.tag == "!file":
            file = config / "secrets" / slug / secret.name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(_pem_files().get(secret.name, f"{PASSWORD}\n"))
    wsdls = config / "wsdl" / slug
    wsdls.mkdir(parents=True, exist_ok=True)
    shutil.copy(WSDL, wsdls)
    environment = {secret.name: PASSWORD for secret in secrets if secret.tag == "!env"}
    found = discover()
    registry = TenantRegistry(config, found.types, found.broken, gateway, environ=environment)
    return "\n".join(str(error) for error in registry.problems.values())


@cache
def _pem_files() -> dict[str, str]:
    """What stands in files of these names."""
    authority = Authority()
    ours = authority.signs("gateway")
    return {"client.pem": ours.certificate, "client.key": ours.locked(PASSWORD), "ca.pem": authority.pem}


def gateway_settings(folder: Path, text: str) -> GatewaySettings:
    file = folder / "gateway.yaml"
    file.write_text(text, "utf-8")
    keys = folder / "secrets" / "gateway" / "storage.keys"
    keys.parent.mkdir(parents=True, exist_ok=True)
    keys.write_text(b64encode(bytes(32)).decode() + "\n")
    return load_gateway(file, {"GATEWAY_PROXY_PASSWORD": PASSWORD, "GATEWAY_DATABASE": DATABASE})


def keys_of(schema: Any) -> Iterator[str]:
    """The names of every `properties`, at any depth."""
    if isinstance(schema, dict):
        named = schema.get("properties")
        yield from named if isinstance(named, dict) else ()
    for inner in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from keys_of(inner)


def _secrets(value: Value) -> Iterator[Tagged]:
    if isinstance(value, Tagged):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _secrets(inner)
