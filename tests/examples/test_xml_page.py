"""The example page as a program of its own, and what it writes."""

from __future__ import annotations

import base64
import http.client
import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.examples.people import PEOPLE, XML, known_to
from tests.examples.xml_page import PASSWORD_VARIABLE, customers, find, page

COMMAND = [sys.executable, "-m", "tests.examples.xml_page", "--port", "0"]


@pytest.fixture
def port() -> Iterator[int]:
    environment = {**os.environ, PASSWORD_VARIABLE: "senha"}
    with subprocess.Popen(COMMAND, stdout=subprocess.PIPE, env=environment, text=True) as program:
        assert program.stdout is not None
        ready, number = program.stdout.readline().split()
        assert ready == "ready"
        yield int(number)
        program.terminate()


def test_it_serves_as_a_program_and_says_when_it_is_ready(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    token = base64.b64encode(b"gw:senha").decode()
    connection.request("GET", "/clientes?nome=jo%E3o", headers={"Authorization": f"Basic {token}"})
    reply = connection.getresponse()
    body = reply.read().decode("iso-8859-1")
    assert (reply.status, reply.getheader("Content-Type")) == (200, "text/xml; charset=ISO-8859-1")
    assert 'nome="João Conceição Araújo"' in body
    connection.request("GET", "/clientes?nome=jo%E3o")
    reply = connection.getresponse()
    assert (reply.status, reply.read()) == (401, b"")
    connection.close()


def test_without_a_password_it_does_not_start_and_says_how() -> None:
    environment = {name: value for name, value in os.environ.items() if name != PASSWORD_VARIABLE}
    ran = subprocess.run(COMMAND, capture_output=True, env=environment, text=True, check=False)
    assert ran.returncode == 2
    assert f"--password, or {PASSWORD_VARIABLE} in the environment" in ran.stderr


def test_a_line_break_follows_every_tag_and_what_iso_cannot_write_is_a_reference() -> None:
    everybody = page(customers(PEOPLE)).decode("iso-8859-1")
    assert re.findall(r">(?!\n)", everybody) == []
    assert 'nome="&#304;pek Ünlü"' in everybody


def test_nobody_is_asked_for_by_no_filter_at_all() -> None:
    assert find([]) == []
    assert len(find([("nome", "")])) == len(known_to(XML))
