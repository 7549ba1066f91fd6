"""The JSON Schema of the configuration files: editors complete and check what the loader takes and refuses."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from gateway.config.document import Tagged, Value
from gateway.config.reference import reference
from gateway.config.schema import gateway_schema, json_schema
from gateway.config.yaml_loader import parse
from gateway.plugins import discover
from tests.config.acme import ACME, TYPES, changed

DOCS = Path(__file__).parents[2] / "docs" / "reference.md"


def untagged(value: Value) -> object:
    """As an editor sees it: the tag is a text."""
    if isinstance(value, dict):
        return {key: untagged(item) for key, item in value.items()}
    if isinstance(value, list):
        return [untagged(item) for item in value]
    return value.name if isinstance(value, Tagged) else value


def wrong_places(text: str) -> list[str]:
    validator = Draft202012Validator(json_schema(TYPES))
    return sorted(error.json_path for error in validator.iter_errors(untagged(parse("f", text.encode()).value)))


@pytest.mark.parametrize("schema", [json_schema(TYPES), json_schema(discover().types), gateway_schema()])
def test_the_schema_is_one(schema: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_the_example_fits() -> None:
    assert wrong_places(ACME) == []


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("budget: 4s", "budgt: 4s", "$"),
        ("budget: 4s", "budget: 4", "$.budget"),
        ("locale: pt-BR", "locale: pt", "$.locale"),
        ("[empty_body]", "[empty]", "$.sources.crm.nobody[0]"),
        ("emails: [email, email2]", "emails: {pth: x}", "$.sources.crm.mapping.emails"),
        ("customer_type: Não Cliente", "customer_type: null", "$.not_found.customer_type"),
    ],
)
def test_what_the_loader_refuses_the_schema_refuses(old: str, new: str, place: str) -> None:
    assert wrong_places(changed((old, new))) == [place]


def test_what_stands_under_settings_depends_on_the_adapter() -> None:
    assert wrong_places(changed(("encoding: iso-8859-1", "encoding: latin1"))) == ["$.sources.crm.settings.encoding"]
    assert wrong_places(changed(("encoding: iso-8859-1", "shape: {depth: 1}"))) == ["$.sources.crm.settings.shape"]
    assert wrong_places(changed(("  erp:\n    adapter: page", "  erp:\n    adapter: other"))) == [
        "$.sources.erp.adapter"
    ]


def properties(schema: object, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(schema, dict):
        for name, found in schema.get("properties", {}).items():
            if "const" not in found:
                yield f"{path}/{name}", found
        for key, inner in schema.items():
            yield from properties(inner, f"{path}/{key}")
    elif isinstance(schema, list):
        for index, inner in enumerate(schema):
            yield from properties(inner, f"{path}/{index}")


@pytest.mark.parametrize("schema", [json_schema({}), gateway_schema()])
def test_every_key_says_what_it_means(schema: dict[str, Any]) -> None:
    definitions = schema.get("$defs", {})
    for path, found in properties(schema):
        described = definitions.get(found.get("$ref", "").rpartition("/")[2], {})
        text = found.get("description") or described.get("description", "")
        assert text.endswith("."), path


def test_defaults_are_written_as_in_yaml() -> None:
    definitions: Any = json_schema({})["$defs"]
    assert definitions["ResilienceFile"]["properties"]["timeout"]["default"] == "5s"
    assert definitions["UpstreamFile"]["properties"]["max_body"]["default"] == "10MiB"
    assert definitions["JwtFile"]["properties"]["max_age"]["default"] == "5m"


# ---------------------------------------------------------------------------------------------- docs/reference.md


def chapters(text: str) -> dict[str, str]:
    head, *parts = text.split("\n## ")
    return {"": head, **{part.partition("\n")[0]: part for part in parts}}


def test_the_reference_in_the_docs_is_current() -> None:
    """Chapters of adapters that are not installed here are left alone."""
    written, current = chapters(DOCS.read_text(encoding="utf-8")), chapters(reference(discover().types))
    for title, chapter in current.items():
        assert written.get(title, "").rstrip() == chapter.rstrip(), (
            f"docs/reference.md is not current in '{title}'. Write it anew: python -c 'from gateway.config.reference import "
            'reference; from gateway.plugins import discover; print(reference(discover().types), end="")\' > '
            "docs/reference.md"
        )
