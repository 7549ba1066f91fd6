"""JSON Schema (2020-12) of the configuration files, so that editors complete and check them; plugins' settings included."""

from __future__ import annotations

from collections.abc import Mapping as Map
from typing import Any, cast

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from gateway.adapter.contract import AdapterType
from gateway.config.gateway_file import GatewayFile
from gateway.config.source_file import SourceFile
from gateway.config.tenant_file import TenantFile
from gateway.config.units import DURATION, LIFETIME, SIZE, written
from gateway.core.model import Json

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TAGS = 'JSON Schema knows no tags. Tell the YAML language server: "yaml.customTags": ["!env scalar", "!file scalar"]'


class _Lean(GenerateJsonSchema):
    """Without the titles that only repeat names, and without null: a key that is left out is not written at all."""

    def field_title_should_be_set(self, schema: object) -> bool:
        return False

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


def json_schema(types: Map[str, AdapterType[Any]]) -> dict[str, Json]:
    """Of a tenant's file. What stands under `settings` depends on `adapter`, one of the installed `types`."""
    schema = _schema_of(TenantFile, "{model}")
    source = schema["$defs"][SourceFile.__name__]
    if types:
        source["properties"]["adapter"]["enum"] = sorted(types)
    source["allOf"] = [_settings_of(types[name], schema["$defs"]) for name in sorted(types)]
    return cast("dict[str, Json]", {"$schema": DIALECT, "$comment": _TAGS, **schema})


def gateway_schema() -> dict[str, Json]:
    """Of `gateway.yaml`."""
    return cast("dict[str, Json]", {"$schema": DIALECT, **_schema_of(GatewayFile, "{model}")})


def settings_schema(offered: AdapterType[Any]) -> dict[str, Json]:
    """Of what stands under `settings` of a source with this adapter."""
    return cast("dict[str, Json]", _schema_of(offered.settings, "{model}"))


def _settings_of(offered: AdapterType[Any], definitions: dict[str, Any]) -> dict[str, Any]:
    settings = _schema_of(offered.settings, offered.name + ".{model}")
    for name, definition in settings.pop("$defs", {}).items():
        definitions[f"{offered.name}.{name}"] = definition
    then: dict[str, Any] = {"properties": {"settings": settings}}
    if "required" in settings:
        then["required"] = ["settings"]
    return {"if": {"properties": {"adapter": {"const": offered.name}}, "required": ["adapter"]}, "then": then}


def _schema_of(model: type[BaseModel], reference: str) -> dict[str, Any]:
    schema = model.model_json_schema(ref_template=f"#/$defs/{reference}", schema_generator=_Lean)
    for definition in (schema, *schema.get("$defs", {}).values()):
        definition.pop("title", None)
        for key in definition.get("properties", {}).values():
            if key.get("default", "") is None:
                del key["default"]
            elif key.get("x-type") in (DURATION, LIFETIME, SIZE) and "default" in key:
                key["default"] = written(key["x-type"], key["default"])
    return schema
