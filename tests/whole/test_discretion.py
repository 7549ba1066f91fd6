"""Nothing of anybody comes into log, metrics or problem documents, however it came into the gateway."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

import pytest

from tests.examples.people import NOBODY_CPF, PEOPLE, masked_cpf
from tests.whole.bad_sources import CASES
from tests.whole.running import Running, bearer

WRONG = {
    "cpf": "123.456.789-00",
    "email": "marcador-do-email@@example.com",
    "fone": "+55 11 9",
    "nome": "\u0000Marcador do Nome",
    "pedido": "",
}
"""Values that are refused."""
STRANGE = "Marcador-Estranho"
"""In places where no value belongs: paths, parameters, names of fields."""


def fold(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def markers(gateway: Running) -> dict[str, str]:
    """What must not be seen -> what it is."""
    found = {STRANGE: "strange", NOBODY_CPF: "cpf", masked_cpf(NOBODY_CPF): "cpf", "marcador-do-email": "email"}
    for person in PEOPLE:
        found[person.name] = "name"
        for value in (person.document, person.document_masked):
            if value is not None and value.strip("0"):
                found[value] = "document"
        found |= dict.fromkeys((email for email in person.emails if "@" in email), "email")
        for phone in person.phones:
            digits = re.sub(r"\D", "", phone)
            if digits:
                found |= {phone: "phone", digits: "phone", digits[-8:]: "phone"}
    found |= dict.fromkeys(gateway.house.systems.secrets.values(), "secret")
    found |= {key.split("_", 2)[2]: "api key" for key in gateway.house.keys.values()}
    return found


def seen(text: str, gateway: Running) -> list[str]:
    """The kinds of what is in the text, not the values: this is shown where the test fails."""
    folded = fold(text)
    return [
        kind for marker, kind in markers(gateway).items() if fold(marker) in folded or quote(fold(marker)) in folded
    ]


@pytest.fixture(scope="module")
def problems(gateway: Running) -> str:
    """The texts of all problem documents, after requests of every kind with everything in them."""
    people = [person for person in PEOPLE if person.cpf and person.emails]
    for person in people:
        for tenant in ("aurora", "boreal", "uniao"):
            gateway.ask(tenant, {"search": {"cpf": person.cpf, "nome": person.name}, "explain": True})
            gateway.ask(tenant, {"text": person.phones[0] or person.name})
    for case in CASES:
        if case.path != "/slow":
            gateway.identify(case.tenant, cpf=case.cpf, nome="João")
    texts = []
    for tenant in ("aurora", "boreal", "cerrado"):
        key = gateway.house.key(tenant)
        path = f"/v1/tenants/{tenant}/identifications"
        texts += [gateway.identify(tenant, **{field: value}).text for field, value in WRONG.items()]
        texts.append(gateway.identify(tenant, **{STRANGE: people[0].name}).text)
        for body in (
            f'{{"search": "{people[0].cpf}"}}',
            people[0].name,
            f'{{"{STRANGE}": 1}}',
            f'{{"limit": "{STRANGE}"}}',
        ):
            texts.append(gateway.http.post(path, content=body, headers=bearer(key)).text)
    key = gateway.house.key("aurora")
    page = "/facades/direct-talk/aurora"
    name = people[0].name
    for query in (
        {"chave": key, "nome": name},
        {"chave": key, "cpf": WRONG["cpf"]},
        {"chave": key, STRANGE: name},
        {"chave": f"{STRANGE}{key}", "nome": name},
        {"outra": key, "nome": name},
    ):
        reply = gateway.http.get(page, params=query)
        texts += [reply.text] if reply.status_code != 200 else []
    for odd in (f"/{STRANGE}?cpf={people[0].cpf}", f"/v1/tenants/{STRANGE}/sources", f"/facades/{STRANGE}/aurora"):
        texts.append(gateway.get(odd, key).text)
        texts.append(gateway.get(odd, f"{STRANGE}.{key}").text)
    texts.append(gateway.http.get("/healthz", headers={"X-Request-Id": people[0].emails[0]}).headers["x-request-id"])
    return "\n".join(texts)


def test_what_is_looked_for_would_be_seen(gateway: Running) -> None:
    answer = gateway.identify("uniao", cpf="12345678909").text
    assert {"name", "document", "email", "phone"} <= set(seen(answer, gateway))
    secrets = " ".join((*gateway.house.systems.secrets.values(), *gateway.house.keys.values()))
    assert {"secret", "api key"} <= set(seen(secrets, gateway))


def test_problem_documents_repeat_nothing_that_was_sent(gateway: Running, problems: str) -> None:
    assert problems.count('"code"') > 25
    assert problems.count("<erro ") == 4
    assert seen(problems, gateway) == []


def test_the_log_at_its_most_talkative_has_nobody_in_it(gateway: Running, problems: str) -> None:
    text = gateway.log.text
    assert text.count('"event":"identification"') > 150
    assert text.count('"event":"refused"') > 25
    assert seen(text, gateway) == []


def test_the_metrics_have_nobody_in_them(gateway: Running, problems: str) -> None:
    assert seen(gateway.metrics(), gateway) == []
    assert seen(gateway.get("/metrics", gateway.house.key("aurora", "operations")).text, gateway) == []


def test_the_process_list_shows_no_secret(gateway: Running) -> None:
    process = gateway.process.process
    assert process is not None
    arguments = " ".join(str(argument) for argument in process.args) if isinstance(process.args, list) else process.args
    assert seen(str(arguments), gateway) == []
