"""Whom nobody knows is kept as the tenant says, by a proposal that an answer gave, and by nothing that somebody made up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest

from gateway.adapter import Unreachable
from gateway.core.command import Command
from gateway.core.disclosure import Viewer
from gateway.core.errors import InvalidForm, MalformedRequest, RefExpired, RefForged
from gateway.core.model import Outcome, Proposal, ProspectOption, Standing, UniqueKey
from gateway.core.prospect_settings import FormField, ProspectSettings
from gateway.core.tenant import NotFound, Tenant, UniqueKeySpec
from gateway.service.prospects import ProspectDesk
from gateway.service.refs import LIFETIME, Refs
from gateway.storage.engine import embedded
from gateway.storage.storage import Storage, bring_up_to_date
from tests.service.scripted import ANA, ANAS_CPF, House, Script

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=timezone.utc)  # still the 22nd in São Paulo
KEY = bytes(range(32))
COMMAND = Command("acme", Viewer("helpdesk", "k1"), "op-7")
FORM = {
    "nome": FormField("nome", "Nome", "name", required=True),
    "fone": FormField("fone", "Telefone", "phone"),
    "renda": FormField("renda", "Renda"),
}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    address = embedded(tmp_path / "data")
    bring_up_to_date(address)
    opened = Storage(address, [KEY])
    yield opened
    await opened.aclose()


class Here:
    """One tenant over sources that know nobody, with its desk."""

    def __init__(self, storage: Storage, option: ProspectOption | None, script: Script | None = None) -> None:
        self.seconds = NOW.timestamp()
        self.house = House({"crm": script or Script([[]])}, contacts=storage.contacts)
        tenant = replace(
            self.house.tenant,
            time_zone="America/Sao_Paulo",
            not_found=NotFound("Cliente inexistente", "Não cliente", option),
            unique_key=UniqueKeySpec("cpf", "cpf", "person"),
            prospects=ProspectSettings(FORM),
        )
        self.tenant = self.house.tenant = tenant
        self.refs = Refs([KEY], lambda: self.seconds)
        self.desk = ProspectDesk(self, self.refs, storage.prospects, lambda: NOW)

    def get(self, slug: str) -> Tenant:
        return self.tenant

    async def proposed(self, **search: str) -> str:
        identification = await self.house.identify(**search)
        assert identification.proposal is not None
        return self.refs.seal_proposal(identification.proposal, "acme")


@pytest.mark.parametrize("option", [ProspectOption.MESSAGE, ProspectOption.KEYED, ProspectOption.FORM])
async def test_each_option_is_kept_and_found_as_a_known_prospect(storage: Storage, option: ProspectOption) -> None:
    here = Here(storage, option)
    prospect = (await here.desk.save(COMMAND, await here.proposed(cpf=ANAS_CPF))).made
    assert (prospect.option, prospect.day, prospect.contact.standing) == (option, "2026-11-22", Standing.PROSPECT)
    keyed = UniqueKey("cpf", "cpf", ANAS_CPF) if option is ProspectOption.KEYED else None
    assert (prospect.contact.unique_key, prospect.contact.customer_type) == (keyed, "Não cliente")
    again = await here.house.identify(cpf=ANAS_CPF)
    assert (again.outcome, again.matches) == (Outcome.NOT_FOUND, ())
    assert again.known_prospect is not None
    assert again.known_prospect.id == prospect.contact.id


async def test_nothing_is_proposed_where_a_source_failed(storage: Storage) -> None:
    here = Here(storage, ProspectOption.KEYED, Script([Unreachable()]))
    result = await here.house.identify(cpf=ANAS_CPF)
    assert (result.outcome, result.proposal) == (Outcome.UNAVAILABLE, None)


async def test_keyed_needs_a_key_in_the_question_that_is_nobody_elses(storage: Storage) -> None:
    here = Here(storage, ProspectOption.KEYED)
    prospect = (await here.desk.save(COMMAND, await here.proposed(email="ana@example.com"))).made
    assert (prospect.option, prospect.contact.unique_key) == (ProspectOption.MESSAGE, None)
    here.tenant = here.house.tenant = replace(here.tenant, unique_key=UniqueKeySpec("email", "email", "person"))
    junk = await here.house.identify(email="nao@tem.com")
    assert junk.proposal is not None
    assert (junk.proposal.prospect, junk.proposal.identifiers) == (ProspectOption.MESSAGE, ())


async def test_the_customer_type_is_filled_in_only_for_somebody_unknown_everywhere(storage: Storage) -> None:
    here = Here(storage, ProspectOption.MESSAGE)
    first = await here.house.identify(cpf=ANAS_CPF)
    assert first.proposal is not None
    assert first.proposal.customer_type == "Não cliente"
    await here.desk.save(COMMAND, here.refs.seal_proposal(replace(first.proposal, customer_type="Lead"), "acme"))
    second = await here.house.identify(cpf=ANAS_CPF)
    assert second.proposal is not None
    assert second.proposal.customer_type == "Lead"


async def test_the_name_comes_from_the_operator_else_from_the_question(storage: Storage) -> None:
    here = Here(storage, ProspectOption.MESSAGE)
    asked = await here.proposed(cpf=ANAS_CPF, nome="Ana Souza")
    assert (await here.desk.save(COMMAND, asked)).made.contact.name == "Ana Souza"
    assert (await here.desk.save(COMMAND, asked, name=" Ana S. Souza ")).made.contact.name == "Ana S. Souza"


async def test_only_a_ref_of_a_proposal_stores_somebody(storage: Storage) -> None:
    here = Here(storage, ProspectOption.MESSAGE, Script([[ANA], []]))
    found = await here.house.identify(cpf=ANAS_CPF)
    match_ref = here.refs.seal(found.matches[0], "acme")
    good = await here.proposed(email="bia@example.com")
    nothing = here.refs.seal_proposal(Proposal("Cliente inexistente", None, None), "acme")
    for ref in (match_ref, "invented", good[:-2] + "AA", nothing):
        with pytest.raises(RefForged):
            await here.desk.save(COMMAND, ref)
    with pytest.raises(RefForged):
        await here.desk.save(replace(COMMAND, tenant="boreal"), good)
    here.seconds += LIFETIME + 1
    with pytest.raises(RefExpired):
        await here.desk.save(COMMAND, good)


async def test_the_form_is_checked_and_its_values_find_him(storage: Storage) -> None:
    here = Here(storage, ProspectOption.FORM)
    ref = await here.proposed(cpf=ANAS_CPF)
    form = {"nome": "Ana  Souza", "fone": "(11) 98765-4321", "renda": " "}
    prospect = (await here.desk.save(COMMAND, ref, form=form)).made
    assert prospect.contact.form == {"nome": "Ana Souza", "fone": "+5511987654321"}
    assert prospect.contact.name == "Ana Souza"
    assert (await here.house.identify(fone="11987654321")).known_prospect is not None


async def test_the_form_may_be_filled_in_later(storage: Storage) -> None:
    here = Here(storage, ProspectOption.FORM)
    prospect = (await here.desk.save(COMMAND, await here.proposed(cpf=ANAS_CPF))).made
    filled = (await here.desk.classify(COMMAND, prospect.contact.id, None, {"nome": "Ana Souza"})).made
    assert (filled.contact.id, filled.contact.form, filled.contact.name) == (
        prospect.contact.id, {"nome": "Ana Souza"}, "Ana Souza",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "The form's field 'nome' is required and not filled in."),
        ({"nome": "Ana", "fone": "x"}, "The form's field 'fone' is not a valid phone:"),
        ({"nome": "Ana", "rend": "1"}, "lacks. Did you mean 'renda'? Known: nome, fone, renda."),
        ({"nome": "Ana", "renda": "9" * 1001}, "The form's field 'renda' has more than 1000 characters."),
    ],
)
async def test_a_form_that_is_not_right_is_refused_without_its_values(
    storage: Storage, form: dict[str, str], said: str
) -> None:
    here = Here(storage, ProspectOption.FORM)
    ref = await here.proposed(cpf=ANAS_CPF)
    with pytest.raises(InvalidForm) as refusal:
        await here.desk.save(COMMAND, ref, form=form)
    assert said in str(refusal.value)
    assert (await here.desk.page("acme", None, None, None, 5)).prospects == ()


async def test_a_form_goes_with_the_option_that_has_one(storage: Storage) -> None:
    here = Here(storage, ProspectOption.MESSAGE)
    with pytest.raises(MalformedRequest, match="The proposal is 'message', which has no form."):
        await here.desk.save(COMMAND, await here.proposed(cpf=ANAS_CPF), form={"nome": "Ana"})
