"""One answer for calls over a channel: what its viewer may see, and the facts."""

from dataclasses import dataclass, replace
from datetime import datetime, timezone
from io import StringIO
from zoneinfo import ZoneInfo

import msgspec
import pytest
from rich.console import Console

from gateway.api.answers import encode
from gateway.api.explaining import step_body
from gateway.api.reception_presenting import reception_body
from gateway.cli.explain import explanation
from gateway.core.conditions import parse
from gateway.core.disclosure import Viewer
from gateway.core.errors import NotHere
from gateway.core.facts import CodeState
from gateway.core.interaction import Interaction, Link, LinkAssurance, LinkHow, NoLink, StartedBy
from gateway.core.meeting import Meeting
from gateway.core.model import Contact, Customer, Identification, Identifier, Match, Outcome, Standing, UniqueKey
from gateway.core.rules import Actions, RuleSet, rule
from gateway.service.interactions import StartRequest
from gateway.service.reception import receive
from gateway.service.request import IdentifyRequest
from gateway.storage.storage import Storage
from tests.service.attended import BOT, OPERATOR, Attended
from tests.service.scripted import House, Script

pytestmark = pytest.mark.anyio
UTC = ZoneInfo("UTC")
NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
KEY = UniqueKey("email", "email", "ana@example.com")
ANA = Customer(KEY, name="Ana Souza", emails=("ana@example.com",), attributes={"plano": "Ouro"}, sources=("crm",))
CONTACT = Contact("c1", Standing.CUSTOMER, KEY, customer_type="VIP", created_at=NOW)
FOUND = Identification(Outcome.FOUND, True, False, (Match(ANA, CONTACT, verified=True),), (), ("cpf",))
LINKED = Interaction(
    "i1",
    "whatsapp",
    StartedBy.EVENT,
    NOW,
    channel_user=Identifier("channel_user", "whatsapp:4711"),
    context={"variables": {"a": 1}},
    link=Link("l1", "c1", LinkHow.CODE, LinkAssurance.CODE, NOW),
    unique_key=KEY,
)
TENANT = replace(House({"crm": Script([()])}).tenant, rules=RuleSet(attributes=("plano",)))


@dataclass(frozen=True, slots=True)
class Attends:
    """The interaction that is read, whichever is asked for."""

    attended: Interaction

    async def get(self, tenant: str, interaction: str) -> Interaction:
        return self.attended


def test_the_helpdesk_sees_everything_in_one_body() -> None:
    met = Meeting(FOUND, LINKED, code=CodeState.VALID)
    reception = receive(TENANT, Viewer("helpdesk", "k1"), met)
    body = msgspec.json.decode(
        encode(reception_body(reception, tenant="acme", request_id="r1", sealer=None)),
    )
    assert (body["request_id"], body["outcome"], body["identification"]["outcome"]) == ("r1", "found", "found")
    assert body["identification"]["matches"][0]["customer"]["name"] == "Ana Souza"
    assert not {"facts", "actions"} & body["identification"].keys()
    assert body["interaction"]["link"]["assurance"] == "code"
    assert body["facts"] == {
        "customer": {
            "identified": True,
            "created_at": "2026-11-22T12:00:00Z",
            "type": "VIP",
            "attributes": {"plano": "Ouro"},
        },
        "code": {"state": "valid"},
        "outcome": "found",
        "complete": True,
        "assurance": "code",
        "channel": "whatsapp",
    }
    assert body["actions"] == {"set": {}, "tags": [], "ask_for": []}
    assert "not_linked" not in body


def test_where_nobody_was_looked_for_there_is_no_outcome() -> None:
    reception = receive(TENANT, BOT.viewer, Meeting(refused=NoLink.ANONYMOUS, channel="chat"))
    body = msgspec.json.decode(encode(reception_body(reception, tenant="acme", request_id="r1", sealer=None)))
    assert body == {
        "request_id": "r1",
        "left_out": [],
        "registered": False,
        "not_linked": "anonymous",
        "facts": {
            "customer": {"identified": False, "attributes": {}},
            "code": {"state": "not_sent"},
            "channel": "chat",
        },
        "actions": {"set": {}, "tags": [], "ask_for": []},
    }


async def test_an_identification_tells_the_facts() -> None:
    house = House({"crm": Script([({"email": "ana@example.com", "cpf": "529.982.247-25"},)])})
    request = IdentifyRequest("acme", OPERATOR.viewer, {"cpf": "52998224725"})
    reception = await house.identifier.receive(request)
    assert reception.identification
    assert reception.identification.matches[0].customer
    facts = reception.facts
    assert (facts.outcome, facts.identified, facts.assurance) == (Outcome.FOUND, False, LinkAssurance.CLAIMED)


async def test_a_started_interaction_tells_the_facts(address: str) -> None:
    acme = Attended(address)
    acme.tenant = acme.house.tenant = replace(acme.tenant, rules=RuleSet(LinkAssurance.MATCHED))
    started = (await acme.desk.start(OPERATOR, StartRequest("chat", search={"cpf": "52998224725"}))).made
    assert (started.facts.identified, started.facts.channel) == (True, "chat")
    assert started.identification is None
    nobody = (await acme.desk.start(OPERATOR, StartRequest("chat"))).made
    assert (nobody.facts.identified, nobody.facts.outcome) == (False, None)
    await acme.aclose()


ROUTED = RuleSet(
    rules=(
        rule("new", Actions(tags=("novo",)), parse("identified is false", ()), UTC),
        rule("known", Actions(queue="vip"), parse("identified is true", ()), UTC, stop=True),
        rule("rest", Actions(queue="geral"), None, UTC),
    )
)


async def test_an_explanation_tells_of_each_rule_before_it_concludes() -> None:
    house = House({"crm": Script([({"email": "ana@example.com", "cpf": "529.982.247-25"},)])})
    house.tenant = replace(house.tenant, rules=ROUTED)
    reception = await house.identifier.receive(
        IdentifyRequest("acme", OPERATOR.viewer, {"cpf": "52998224725"}, explain=True)
    )
    assert reception.actions == Actions(tags=("novo",), queue="geral")
    assert reception.identification
    bodies = msgspec.to_builtins([step_body(step) for step in reception.identification.trace])
    assert [body["what"] for body in bodies][-4:] == ["ruled", "ruled", "ruled", "concluded"]
    assert {name: bodies[-4][name] for name in ("rule", "verdict", "conditions")} == {
        "rule": "new",
        "verdict": "applied",
        "conditions": ({"condition": "identified is false", "holds": True},),
    }
    console = Console(file=StringIO(), width=120)
    console.print(explanation(reception.identification.trace))
    assert isinstance(console.file, StringIO)
    shown = console.file.getvalue()
    assert "new: applied" in shown
    assert "identified is true: false" in shown


def test_a_bot_gets_the_actions_and_no_reasons() -> None:
    tenant = replace(TENANT, rules=ROUTED)
    reception = receive(tenant, BOT.viewer, Meeting(None, LINKED, CONTACT), explain=True)
    assert (reception.actions.queue, reception.rules) == ("vip", ())
    told = receive(tenant, OPERATOR.viewer, Meeting(None, LINKED, CONTACT), explain=True)
    body = msgspec.to_builtins(reception_body(told, tenant="acme", request_id="", sealer=None, explain=True))
    assert [one["verdict"] for one in body["rules"]] == ["not_applied", "applied", "stopped"]


@pytest.mark.parametrize("assurance", LinkAssurance)
async def test_an_identification_within_an_interaction_is_as_sure_as_its_link(
    address: str, assurance: LinkAssurance
) -> None:
    acme = Attended(address)
    acme.tenant = acme.house.tenant = replace(acme.tenant, rules=RuleSet(LinkAssurance.MATCHED))
    started = (await acme.desk.start(BOT, StartRequest("chat", search={"cpf": "52998224725"}))).made.interaction
    assert started
    assert started.link
    sure = replace(started, link=replace(started.link, assurance=assurance), unique_key=KEY)
    identifier = replace(acme.house.identifier, interactions=Attends(sure))
    asked = IdentifyRequest("acme", BOT.viewer, {"cpf": "52998224725"}, interaction=sure.id)
    reception = await identifier.receive(asked)
    assert reception.identification
    [match] = reception.identification.matches
    assert match.customer
    proved = assurance in (LinkAssurance.CHANNEL, LinkAssurance.CODE)
    assert (match.customer.name, reception.facts.assurance) == ("Ana Souza" if proved else "A. S.", assurance)
    without = await identifier.receive(replace(asked, interaction=None))
    assert without.identification
    assert without.identification.matches[0].customer
    assert without.identification.matches[0].customer.name == "A. S."
    finished = replace(identifier, interactions=Attends(replace(sure, finished_at=NOW)))
    late = await finished.receive(asked)
    assert late.facts.assurance is LinkAssurance.CLAIMED
    await acme.aclose()


async def test_an_interaction_that_is_not_the_tenants_refuses_and_a_database_that_is_away_does_not(
    address: str,
) -> None:
    acme = Attended(address)
    identifier = replace(acme.house.identifier, interactions=acme.storage.interactions)
    asked = IdentifyRequest("acme", BOT.viewer, {"cpf": "52998224725"}, interaction="nobody")
    with pytest.raises(NotHere, match="no such interaction"):
        await identifier.receive(asked)
    with pytest.raises(NotHere, match="no such interaction"):
        await replace(identifier, interactions=None).receive(asked)
    away = Storage("postgresql://gateway@/gateway?host=/nowhere", [bytes(32)])
    reception = await replace(identifier, interactions=away.interactions).receive(asked)
    assert (reception.facts.outcome, reception.facts.assurance) == (Outcome.FOUND, LinkAssurance.CLAIMED)
    await away.aclose()
    await acme.aclose()
