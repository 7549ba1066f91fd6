"""The API behind the server that carries it, over a real connection."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator

import pytest

from tests.api.answers import FOUND
from tests.api.composed import HELPDESK, Composed, Prepared
from tests.api.served import served

PATH = "/v1/tenants/acme/identifications"
KEY = {"Authorization": f"Bearer {HELPDESK}"}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with served(Composed(Prepared(FOUND)).app) as port:
        yield port


@pytest.fixture
def connection(port: int) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    yield connection
    connection.close()


def test_two_questions_over_one_connection(connection: http.client.HTTPConnection) -> None:
    ids = set()
    for _ in range(2):
        connection.request("POST", PATH, b'{"search": {"cpf": "52998224725"}}', KEY)
        reply = connection.getresponse()
        body = json.loads(reply.read())
        assert (reply.status, body["outcome"]) == (200, "found")
        assert reply.headers["X-Request-Id"] == body["request_id"]
        ids.add(body["request_id"])
    assert len(ids) == 2


def test_a_body_in_chunks_is_read_and_capped(connection: http.client.HTTPConnection) -> None:
    connection.request("POST", PATH, iter([b'{"te', b'xt": "ana"}']), KEY, encode_chunked=True)
    reply = connection.getresponse()
    assert (reply.status, json.loads(reply.read())["outcome"]) == (200, "found")
    connection.request("POST", PATH, iter([b" " * 40_000, b" " * 40_000]), KEY, encode_chunked=True)
    reply = connection.getresponse()
    assert (reply.status, json.loads(reply.read())["code"]) == (413, "body_too_large")


def test_a_declared_length_over_the_cap_is_refused_before_the_body_comes(
    connection: http.client.HTTPConnection,
) -> None:
    connection.putrequest("POST", PATH)
    for name, value in {**KEY, "Content-Length": str(10**12)}.items():
        connection.putheader(name, value)
    connection.endheaders()
    assert connection.getresponse().status == 413


def test_head_is_get_without_the_body(connection: http.client.HTTPConnection) -> None:
    connection.request("HEAD", "/openapi.json")
    reply = connection.getresponse()
    assert (reply.status, reply.read()) == (200, b"")
    assert int(reply.headers["Content-Length"]) > 1000


def test_a_path_is_decoded_once(connection: http.client.HTTPConnection) -> None:
    connection.request("POST", "/v1/tenants/ac%6De/identifications", b'{"text": "a"}', KEY)
    assert connection.getresponse().status == 200


def test_a_slug_with_a_slash_is_no_tenant(connection: http.client.HTTPConnection) -> None:
    connection.request("GET", "/v1/tenants/acme%2Fsources/sources", headers=KEY)
    assert connection.getresponse().status == 404
