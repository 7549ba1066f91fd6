"""GET customers/{ref}: what a helpdesk sees of the selected customer, and every problem it may answer with."""

from __future__ import annotations

import pytest

from gateway.core.errors import GatewayError, RefExpired, RefForged, TenantBroken
from gateway.core.model import Contact, Customer, Identification, Match, Outcome, SourceAnswer, SourceOutcome, Standing
from gateway.core.model import UniqueKey as Key
from tests.api.composed import BOT, OPERATIONS, OTHER, Composed

pytestmark = pytest.mark.anyio

HERE = "/v1/tenants/acme/customers/some-ref"
KEY = Key("email", "email", "ana@example.com")
ANA = Customer(KEY, "Ana Souza", emails=("ana@example.com",), sources=("crm",))
CRM = SourceAnswer("crm", SourceOutcome.FOUND)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def answer(*matches: Match, outcome: Outcome = Outcome.FOUND, prospect: Contact | None = None) -> Identification:
    return Identification(outcome, True, False, matches, (CRM,), (), known_prospect=prospect)


async def test_the_customer_and_his_contact_come_as_one() -> None:
    composed = Composed()
    composed.details.answer = answer(Match(ANA, Contact("c1", Standing.CUSTOMER, KEY), verified=True))
    given = await composed.get(HERE)
    assert given.status == 200
    assert given.json["outcome"] == "found"
    assert given.json["customer"]["name"] == "Ana Souza"
    assert given.json["contact"]["id"] == "c1"
    assert given.json["candidates"] == []
    assert [source["source"] for source in given.json["sources"]] == ["crm"]
    [asked] = composed.details.asked
    assert (asked.ref, asked.refresh, asked.tenant) == ("some-ref", False, "acme")


async def test_of_several_none_is_the_customer() -> None:
    composed = Composed()
    composed.details.answer = answer(Match(ANA), Match(ANA), outcome=Outcome.SEVERAL)
    given = (await composed.get(HERE)).json
    assert "customer" not in given
    assert len(given["candidates"]) == 2


async def test_a_prospect_is_shown_as_the_contact() -> None:
    composed = Composed()
    prospect = Contact("c9", Standing.PROSPECT)
    composed.details.answer = answer(outcome=Outcome.NOT_FOUND, prospect=prospect)
    shown = (await composed.get(HERE)).json["contact"]
    assert (shown["id"], shown["standing"]) == ("c9", "prospect")


async def test_the_sources_are_asked_anew_on_request() -> None:
    composed = Composed()
    await composed.get(f"{HERE}?refresh=true")
    assert composed.details.asked[0].refresh


@pytest.mark.parametrize(
    ("error", "status"), [(RefExpired(), 410), (RefForged(), 422), (TenantBroken(), 503)], ids=lambda one: str(one)[:12]
)
async def test_each_error_is_its_problem(error: GatewayError, status: int) -> None:
    composed = Composed()
    composed.details.answer = error
    given = await composed.get(HERE)
    assert (given.status, given.json["code"]) == (status, error.code)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("refresh=yes", "The parameter 'refresh' is true or false."),
        ("refresh=true&refresh=true", "The parameter 'refresh' is given twice. Give it once."),
        ("cpf=52998224725", "A parameter of the address is not known. Known: refresh. Compare with /docs."),
    ],
)
async def test_a_wrong_parameter_is_refused_without_being_repeated(query: str, said: str) -> None:
    given = await Composed().get(f"{HERE}?{query}")
    assert (given.status, given.json["code"], given.json["detail"]) == (400, "malformed_request", said)


async def test_the_door_is_that_of_an_identification() -> None:
    composed = Composed()
    assert (await composed.get(HERE, None)).json["code"] == "unauthenticated"
    assert (await composed.get(HERE, OTHER)).json["code"] == "unknown_tenant"
    assert (await composed.get(HERE, OPERATIONS)).json["code"] == "forbidden"
    assert (await composed.get(HERE, BOT)).status == 200


async def test_too_many_at_once_are_asked_to_wait() -> None:
    given = await Composed(most_in_flight=0).get(HERE)
    assert (given.status, given.json["code"]) == (429, "too_many_in_flight")
