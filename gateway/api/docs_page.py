"""The page of /docs: the OpenAPI document for people, without scripts and without anything from another host."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from html import escape
from importlib.resources import files
from string import Template
from typing import cast

from gateway.api.openapi import PROBLEM_TABLE, Document
from gateway.core.model import Json

_CODE = re.compile(r"`([^`]+)`")
_EMPHASIS = re.compile(r"(?<![\w*])\*([^*]+)\*")
_REF = "#/components/schemas/"

Node = Mapping[str, Json]


def docs_page(document: Document) -> bytes:
    """HTML in UTF-8."""
    info = _node(document["info"])
    paths = _node(document["paths"])
    operations = [
        (path, method, _node(operation)) for path, by in paths.items() for method, operation in _node(by).items()
    ]
    page = Template(_PAGE).substitute(
        style=_style(),
        title=escape(str(info["title"])),
        version=escape(str(info["version"])),
        about=_prose(info["description"]),
        contents="".join(
            f'<li><a href="#{escape(str(op["operationId"]))}">{escape(str(op["summary"]))}</a></li>'
            for _, _, op in operations
        ),
        operations="".join(_operation(path, method, operation) for path, method, operation in operations),
        problems=_problems(_node(document[PROBLEM_TABLE])),
        schemas="".join(_schemas(_node(_node(document["components"])["schemas"]))),
    )
    return page.encode("utf-8")


def docs_policy() -> bytes:
    """The page's Content-Security-Policy: its own style and nothing else."""
    digest = b64encode(sha256(_style().encode("utf-8")).digest()).decode("ascii")
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ).encode("ascii")


def _style() -> str:
    return files("gateway.api").joinpath("docs.css").read_text("utf-8")


def _node(value: Json) -> Node:
    return cast(Node, value)


def _prose(text: Json) -> str:
    """Escaped text, `code` and *emphasis* marked up."""
    return _EMPHASIS.sub(r"<em>\1</em>", _CODE.sub(r"<code>\1</code>", escape(str(text), quote=False)))


def _operation(path: str, method: str, operation: Node) -> str:
    name = escape(str(operation["operationId"]))
    security = cast(Sequence[Node], operation["security"])
    key = "no key" if not security else "key optional" if {} in security else "API key"
    parts = [
        f'<section id="{name}"><h3>{escape(str(operation["summary"]))}</h3>',
        f'<p class="line"><b>{method.upper()}</b> <code>{escape(path)}</code> <span>{key}</span></p>',
        f"<p>{_prose(operation['description'])}</p>",
    ]
    if "requestBody" in operation:
        media = _node(_node(_node(operation["requestBody"])["content"])["application/json"])
        parts.append(f"<p>Takes {_type(_node(media['schema']))}.</p>")
        if "example" in media:
            parts.append(_curl(path, json.dumps(media["example"], ensure_ascii=False)))
    elif key == "API key":
        parts.append(_curl(path, None))
    rows = "".join(
        f"<tr><td>{status}</td><td>{_prose(answer['description'])}</td><td>{_gives(answer)}</td></tr>"
        for status, answer in ((status, _node(answer)) for status, answer in _node(operation["responses"]).items())
    )
    parts.append(_table(f"Answers of {name}", ("status", "meaning", "body"), rows) + "</section>")
    return "".join(parts)


def _curl(path: str, body: str | None) -> str:
    address = path.replace("{tenant}", "acme")
    command = f'curl -H "Authorization: Bearer $KEY" "$GATEWAY{address}"'
    if body is not None:
        command += f" \\\n  -H 'Content-Type: application/json' -d '{body}'"
    # To be scrolled by keyboard, too.
    return f'<pre tabindex="0">{escape(command, quote=False)}</pre>'


def _gives(answer: Node) -> str:
    shown = []
    for media, content in _node(answer["content"]).items():
        schema = _node(_node(content)["schema"])
        shown.append(_type(schema) if "$ref" in schema else f"<code>{escape(media)}</code>")
    return ", ".join(shown)


def _problems(problems: Node) -> str:
    rows = []
    for code, row in ((code, _node(row)) for code, row in problems.items()):
        rows.append(
            f'<tr id="{escape(code)}"><td><code>{escape(code)}</code></td><td>{row["status"]}</td>'
            f"<td>{_prose(row['title'])}</td><td>{_prose(row['remedy'])}</td></tr>"
        )
    return _table("Codes of problems", ("code", "status", "title", "what to do"), "".join(rows))


def _schemas(schemas: Node) -> Iterator[str]:
    for name, schema in ((name, _node(schema)) for name, schema in schemas.items()):
        about = "".join(f"<p>{_prose(part)}</p>" for part in str(schema.get("description", "")).split("\n\n") if part)
        yield f'<section id="schema-{escape(name)}"><h3>{escape(name)}</h3>{about}'
        if "enum" in schema:
            yield f"<p>One of {_words(schema['enum'])}.</p>"
        required = cast(Sequence[str], schema.get("required", ()))
        rows = "".join(
            f"<tr><td><code>{escape(member)}</code></td><td>{_type(kind)}</td>"
            f"<td>{'always' if member in required else 'where known'}</td><td>{_limits(kind)}</td></tr>"
            for member, kind in ((member, _node(kind)) for member, kind in _node(schema.get("properties", {})).items())
        )
        if rows:
            yield _table(f"Members of {escape(name)}", ("member", "type", "there", "about"), rows)
        yield "</section>"


def _type(schema: Node) -> str:
    if "$ref" in schema:
        name = str(schema["$ref"]).removeprefix(_REF)
        return f'<a href="#schema-{escape(name)}">{escape(name)}</a>'
    if schema.get("type") == "array":
        return f"list of {_type(_node(schema.get('items', {})))}"
    if schema.get("type") == "object" and "additionalProperties" in schema:
        return f"object of {_type(_node(schema['additionalProperties']))}"
    return escape(str(schema.get("format") or schema.get("type") or "any JSON value"))


def _limits(schema: Node) -> str:
    said = [_prose(schema["description"])] if "description" in schema else []
    said += [f"{word} {schema[key]}." for key, word in _BOUNDS if key in schema]
    if "enum" in schema:
        said.append(f"One of {_words(schema['enum'])}.")
    return " ".join(said)


_BOUNDS = (("minimum", "From"), ("maximum", "To"), ("maxLength", "At most so many characters:"))


def _words(values: Json) -> str:
    return ", ".join(f"<code>{escape(str(value))}</code>" for value in cast(Sequence[Json], values))


def _table(label: str, heads: Sequence[str], rows: str) -> str:
    cells = "".join(f'<th scope="col">{head}</th>' for head in heads)
    return (
        f'<div class="wide" role="region" aria-label="{label}" tabindex="0"><table><thead><tr>{cells}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title><link rel="icon" href="data:,"><style>$style</style></head><body>
<header><h1>$title</h1><p class="line"><span>version $version</span> <a href="/openapi.json">OpenAPI 3.1</a></p>
<p>$about</p></header>
<nav aria-label="Contents"><ul>$contents
<li><a href="#problems">Problems</a></li><li><a href="#schemas">Bodies</a></li></ul></nav>
<main><h2>Operations</h2>$operations
<section id="problems"><h2>Problems</h2><p>RFC 9457 documents. <code>code</code> is stable; decide by it, never by the
text.</p>$problems</section>
<h2 id="schemas">Bodies</h2>$schemas</main></body></html>
"""
