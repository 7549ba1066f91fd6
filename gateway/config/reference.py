"""Renders the schema of the configuration files as Markdown: every key with its type, default and meaning."""

from __future__ import annotations

import json
from collections.abc import Iterator
from collections.abc import Mapping as Map
from typing import Any

from gateway.adapter.contract import AdapterType
from gateway.config.schema import gateway_schema, json_schema, settings_schema

_INTRODUCTION = """\
# Every key of the configuration

Generated from the schema that `gateway schema` writes; a test holds it current.

A *duration* is a number with `ms`, `s` or `m` (`500ms`, `4s`); a *size* one with `B`, `KiB` or `MiB` (`10MiB`). A *secret*
is `!env NAME` (an environment variable that starts with the tenant's slug, such as `ACME_CRM`, or is listed in
`gateway.yaml`) or `!file name` (a file in `config/secrets/<slug>/`), never the value itself. `<name>` stands for a name that
you choose.
"""


def reference(types: Map[str, AdapterType[Any]]) -> str:
    """The whole document: `gateway.yaml`, the tenant's file, and the settings of each adapter type."""
    parts = [
        _INTRODUCTION,
        chapter("config/gateway.yaml", gateway_schema()),
        chapter("config/tenants/&lt;slug&gt;.yaml", json_schema({})),
        *(adapter_chapter(types[name]) for name in sorted(types)),
    ]
    return "\n".join(parts)


def adapter_chapter(offered: AdapterType[Any]) -> str:
    """The settings of one adapter type."""
    return chapter(f"settings of {offered.name}", settings_schema(offered))


def chapter(title: str, schema: Map[str, Any]) -> str:
    """One file or block with all blocks inside it, each with a table of its keys."""
    return "\n".join([f"## {title}\n", *_Chapter(schema.get("$defs", {})).blocks("", schema)])


class _Chapter:
    """Walks one schema; a block that is used at several places is described at the first."""

    def __init__(self, definitions: Map[str, Any]) -> None:
        self._definitions = definitions
        self._places: dict[str, str] = {}

    def blocks(self, path: str, schema: Map[str, Any]) -> Iterator[str]:
        if path:
            yield f"### `{path}`\n"
        if "description" in schema:
            yield f"{_one_line(schema['description'])}\n"
        properties: Map[str, Any] = schema.get("properties", {})
        if not properties:
            return
        inner = [
            (name, place)
            for key, property_ in properties.items()
            for name, place in self._inside(f"{path}.{key}" if path else key, property_)
            if self._places.setdefault(name, place) == place
        ]
        yield "| key | type | default | meaning |\n|---|---|---|---|"
        for key, property_ in properties.items():
            needed = key in schema.get("required", ())
            yield f"| `{key}` | {self._type(property_)} | {_default(property_, needed)} | {self._meaning(property_)} |"
        yield ""
        for name, place in dict(inner).items():
            yield from self.blocks(place, self._definitions[name])

    def _inside(self, path: str, schema: Map[str, Any]) -> Iterator[tuple[str, str]]:
        """The blocks that a key's value may be: (name of the definition, path)."""
        if self._is_block(schema):
            yield _referred(schema), path
        for branch in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
            yield from self._inside(path, branch)
        if isinstance(schema.get("items"), dict):
            yield from self._inside(f"{path}[]", schema["items"])
        if isinstance(schema.get("additionalProperties"), dict):
            yield from self._inside(f"{path}.<name>", schema["additionalProperties"])

    def _type(self, schema: Map[str, Any]) -> str:
        if "x-type" in schema:
            return str(schema["x-type"])
        if self._is_block(schema):
            return self._link(_referred(schema))
        if branches := (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
            return " or ".join(dict.fromkeys(self._type(branch) for branch in branches))
        if "enum" in schema:
            return ", ".join(f"`{word}`" for word in schema["enum"])
        if "const" in schema:
            return f"`{schema['const']}`"
        return self._plain_type(schema)

    def _plain_type(self, schema: Map[str, Any]) -> str:
        match schema.get("type"):
            case "array":
                return f"list of {self._type(schema.get('items', {}))}"
            case "object":
                inner = schema.get("additionalProperties")
                return f"name -> {self._type(inner)}" if isinstance(inner, dict) else "keys and values"
            case "integer":
                return f"whole number{_range(schema)}"
            case "number":
                return f"number{_range(schema)}"
            case "boolean":
                return "true or false"
            case "string":
                return "text"
            case _:
                return "anything"

    def _is_block(self, schema: Map[str, Any]) -> bool:
        return "$ref" in schema and "properties" in self._definitions[_referred(schema)]

    def _meaning(self, schema: Map[str, Any]) -> str:
        text = schema.get("description")
        if text is None and "$ref" in schema:
            text = self._definitions[_referred(schema)].get("description")
        return _one_line(text or "").replace("|", "\\|").replace("<", "&lt;")

    def _link(self, name: str) -> str:
        anchor = "".join(letter for letter in self._places[name].lower() if letter.isalnum() or letter in "_-")
        return f"[block](#{anchor})"


def _range(schema: Map[str, Any]) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    return f", {least} to {most}" if least is not None and most is not None else ""


def _default(schema: Map[str, Any], needed: bool) -> str:
    if needed:
        return "**required**"
    default = schema.get("default")
    return "" if default in (None, [], {}, "") else f"`{default if isinstance(default, str) else json.dumps(default)}`"


def _referred(schema: Map[str, Any]) -> str:
    return str(schema["$ref"]).rsplit("/", 1)[1]


def _one_line(text: str) -> str:
    return " ".join(text.split())
