"""The details of a selected customer: asked by the unique key, never somebody else's, and a failure is no absence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest

from gateway.core.disclosure import Viewer
from gateway.core.errors import RefExpired, RefForged, StorageError, StorageUnavailable, UnknownTenant, Unreachable
from gateway.core.mapping import compile_mapping
from gateway.core.model import Contact, Customer, Identification, Match, Outcome, Standing, UniqueKey
from gateway.core.picks import Pick
from gateway.core.tenant import ByKey, CachePolicy
from gateway.service.details import Details, DetailsRequest
from gateway.service.refs import LIFETIME, Refs
from tests.service.scripted import ANA, BETO, KEY, MAPPING, House, Script, never, outcomes

pytestmark = pytest.mark.anyio

ANAS_KEY = UniqueKey("email", "email", "ana@example.com")
ANAS_CONTACT = Contact("c1", Standing.CUSTOMER, ANAS_KEY, "Ana Souza")
CODE = ByKey("email", compile_mapping(
    replace(MAPPING, attributes={"plano": Pick(("plano",))}), unique_key=KEY, country="BR", display_all=False
))  # fmt: skip


@dataclass(slots=True)
class Base:
    """A contact base that gives contacts by their ids and keys."""

    contacts: Mapping[str, Contact] = field(default_factory=dict)
    fails: StorageError | None = None

    async def known(self, tenant: str, contact: str | None, key: str | None) -> Contact | None:
        if self.fails is not None:
            raise self.fails
        found = self.contacts.get(contact or "")
        while found is not None and found.merged_into is not None:
            found = self.contacts.get(found.merged_into)
        keyed = (one for one in self.contacts.values() if one.unique_key is not None and one.merged_into is None)
        found = found or next((one for one in keyed if one.unique_key and one.unique_key.value == key), None)
        return found if found is not None and found.active else None


@dataclass(slots=True)
class Time:
    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass(slots=True)
class Desk:
    """Somebody who looks at customers of a house."""

    house: House
    base: Base | None = None
    time: Time = field(default_factory=Time)
    refs: Refs = field(init=False)

    def __post_init__(self) -> None:
        self.refs = Refs([bytes(32)], self.time)

    def ref(self, *sources: str, contact: Contact | None = None, key: UniqueKey | None = ANAS_KEY) -> str:
        customer = None if key is None else Customer(key, sources=sources)
        return self.refs.seal(Match(customer, contact, verified=True), "acme")

    async def details(
        self, ref: str, *, refresh: bool = False, role: str = "helpdesk", tenant: str = "acme"
    ) -> Identification:
        use_case = Details(self.house.tenants, self.refs, self.house.heard, self.base)
        return await use_case.details(DetailsRequest(tenant, Viewer(role, "k1"), ref, "r1", refresh))


def customers(details: Identification) -> list[Customer]:
    return [match.customer for match in details.matches if match.customer is not None]


async def test_the_sources_are_asked_by_the_unique_key() -> None:
    script = Script([[ANA]])
    desk = Desk(House({"crm": script}))
    details = await desk.details(desk.ref("crm"))
    assert (details.outcome, details.complete) == (Outcome.FOUND, True)
    assert [query.values for query in script.asked] == [{"email": "ana@example.com"}]
    assert customers(details)[0].name == "Ana Souza"


async def test_who_was_selected_has_values_that_a_list_of_matches_has_not() -> None:
    house = House({"crm": Script([[{**ANA, "plano": "Ouro"}]])}, by_key={"crm": CODE})
    desk = Desk(house)
    assert customers(await desk.details(desk.ref("crm")))[0].attributes == {"plano": "Ouro"}
    found = await house.identify(email="ana@example.com")
    assert [match.customer.attributes for match in found.matches if match.customer] == [{}]


async def test_every_source_that_can_be_asked_adds_what_it_knows() -> None:
    erp = {"email": "ana@example.com", "cpf": "529.982.247-25", "fone": "(11) 3333-4444"}
    desk = Desk(House({"crm": Script([[ANA]]), "erp": Script([[erp]])}))
    details = await desk.details(desk.ref("crm"))
    [customer] = customers(details)
    assert customer.sources == ("crm", "erp")
    assert customer.provenance["name"] == ("crm",)
    assert customer.provenance["documents[0]"] == ("crm", "erp")


async def test_somebody_elses_record_is_a_mismatch_and_never_shown() -> None:
    desk = Desk(House({"crm": Script([[BETO]])}))
    details = await desk.details(desk.ref("crm"))
    assert (details.outcome, customers(details)) == (Outcome.UNAVAILABLE, [])
    assert outcomes(details.sources) == {"crm": "mismatch"}
    assert "may ignore this search field" in (details.sources[0].detail or "")


async def test_of_everybody_only_the_selected_one_is_shown() -> None:
    desk = Desk(House({"crm": Script([[BETO, ANA]])}))
    details = await desk.details(desk.ref("crm"))
    assert [one.unique_key.value for one in customers(details)] == ["ana@example.com"]
    assert details.sources[0].dropped == 1


async def test_a_source_that_fails_leaves_the_others_standing() -> None:
    desk = Desk(House({"crm": Script([Unreachable()]), "erp": Script([[ANA]])}))
    details = await desk.details(desk.ref("crm", "erp"))
    assert (details.outcome, details.complete) == (Outcome.FOUND, False)
    assert outcomes(details.sources) == {"crm": "failed/unreachable", "erp": "found"}


async def test_a_failure_is_never_an_absence() -> None:
    desk = Desk(House({"crm": Script([Unreachable()]), "erp": Script([[]])}))
    details = await desk.details(desk.ref("crm"))
    assert (details.outcome, details.proposal) == (Outcome.UNAVAILABLE, None)


async def test_a_customer_who_is_gone_makes_no_prospect() -> None:
    desk = Desk(House({"crm": Script([[]])}))
    details = await desk.details(desk.ref("crm"))
    assert (details.outcome, details.proposal) == (Outcome.NOT_FOUND, None)


async def test_a_source_that_does_not_answer_holds_nobody_up_for_long() -> None:
    desk = Desk(House({"crm": Script([never]), "erp": Script([[ANA]])}, budget=0.05))
    details = await desk.details(desk.ref("crm"))
    assert outcomes(details.sources) == {"crm": "timed_out", "erp": "found"}


async def test_a_source_that_gave_him_and_cannot_be_asked_by_the_key_says_so() -> None:
    desk = Desk(House({"crm": Script([[ANA]], fields=frozenset({"cpf"})), "erp": Script([[ANA]])}))
    details = await desk.details(desk.ref("crm"))
    assert (details.outcome, details.complete) == (Outcome.FOUND, False)
    assert outcomes(details.sources) == {"crm": "skipped/cannot_ask", "erp": "found"}
    assert "sources.crm.by_key" in (details.sources[0].detail or "")


async def test_a_source_outside_of_all_routes_is_asked_where_it_says_how() -> None:
    scripts = {"crm": Script([[ANA]]), "card": Script([[{**ANA, "plano": "Ouro"}]]), "other": Script([[ANA]])}
    desk = Desk(House(scripts, by_key={"card": CODE}, route=["crm"]))
    details = await desk.details(desk.ref("crm"))
    assert outcomes(details.sources) == {"crm": "found", "card": "found"}
    assert customers(details)[0].attributes == {"plano": "Ouro"}


async def test_two_people_under_one_key_are_several() -> None:
    husband = {**ANA, "nome": "Rui Prado", "cpf": "123.456.789-09"}
    desk = Desk(House({"crm": Script([[ANA]]), "erp": Script([[husband]])}))
    details = await desk.details(desk.ref("crm"))
    assert (details.outcome, len(customers(details))) == (Outcome.SEVERAL, 2)


# ---------------------------------------------------------------------------------------------- memory


async def test_what_is_remembered_is_not_asked_again_unless_it_is_wanted_anew() -> None:
    script = Script([[ANA]])
    desk = Desk(House({"crm": script}, cache=CachePolicy(60.0, 5.0)))
    ref = desk.ref("crm")
    await desk.details(ref)
    assert (await desk.details(ref)).sources[0].age == 0.0
    assert len(script.asked) == 1
    assert (await desk.details(ref, refresh=True)).sources[0].age is None
    assert len(script.asked) == 2


async def test_what_was_remembered_of_a_search_is_no_details() -> None:
    script = Script([[ANA]])
    house = House({"crm": script}, cache=CachePolicy(60.0, 5.0))
    desk = Desk(house)
    await house.identify(email="ana@example.com")
    await desk.details(desk.ref("crm"))
    assert len(script.asked) == 2


# ---------------------------------------------------------------------------------------------- the contact


async def test_the_contact_comes_with_the_customer() -> None:
    desk = Desk(House({"crm": Script([[ANA]])}), Base({"c1": ANAS_CONTACT}))
    details = await desk.details(desk.ref("crm"))
    assert [match.contact for match in details.matches] == [ANAS_CONTACT]
    assert outcomes(details.sources) == {"crm": "found", "contact_base": "found"}


async def test_who_is_only_known_here_is_found() -> None:
    contact = Contact("c2", Standing.REGISTERED, None, "Ana")
    desk = Desk(House({"crm": Script([[ANA]])}), Base({"c2": contact}))
    details = await desk.details(desk.ref(contact=contact, key=None))
    assert (details.outcome, [match.contact for match in details.matches]) == (Outcome.FOUND, [contact])
    assert outcomes(details.sources) == {"contact_base": "found"}


async def test_a_contact_that_was_merged_is_the_one_that_took_it_over() -> None:
    merged = Contact("c0", Standing.REGISTERED, merged_into="c1", active=False)
    desk = Desk(House({"crm": Script([[ANA]])}), Base({"c0": merged, "c1": ANAS_CONTACT}))
    details = await desk.details(desk.ref("crm", contact=merged))
    assert [match.contact for match in details.matches] == [ANAS_CONTACT]


async def test_a_database_that_does_not_answer_hides_no_customer() -> None:
    desk = Desk(House({"crm": Script([[ANA]])}), Base(fails=StorageUnavailable()))
    details = await desk.details(desk.ref("crm"))
    assert (details.outcome, details.complete) == (Outcome.FOUND, False)
    assert outcomes(details.sources)["contact_base"] == "failed/storage_unavailable"


# ---------------------------------------------------------------------------------------------- refs and viewers


async def test_a_ref_that_is_too_old_is_refused() -> None:
    desk = Desk(House({"crm": Script([[ANA]])}))
    ref = desk.ref("crm")
    desk.time.now += LIFETIME + 1
    with pytest.raises(RefExpired, match="Identify again"):
        await desk.details(ref)


async def test_another_tenants_ref_is_none() -> None:
    desk = Desk(House({"crm": Script([[ANA]])}))
    other = desk.refs.seal(Match(Customer(ANAS_KEY, sources=("crm",))), "other")
    with pytest.raises(RefForged, match="not a ref"):
        await desk.details(other)
    with pytest.raises(UnknownTenant):
        await desk.details(other, tenant="other")


async def test_a_ref_from_before_the_tenant_had_another_key_is_too_old() -> None:
    desk = Desk(House({"crm": Script([[ANA]])}))
    ref = desk.ref("crm", key=UniqueKey("codigo", "code", "77"))
    with pytest.raises(RefExpired):
        await desk.details(ref)


async def test_without_the_permission_only_a_likeness_is_shown() -> None:
    desk = Desk(House({"crm": Script([[ANA]])}), Base({"c1": ANAS_CONTACT}))
    details = await desk.details(desk.ref("crm"), role="bot")
    [customer] = customers(details)
    assert (customer.name, customer.documents, customer.unique_key.value) == ("A. S.", (), "*")
    assert customer.emails == ("a**@*******.***",)


async def test_the_observer_hears_of_it_without_any_value() -> None:
    house = House({"crm": Script([[ANA]])})
    desk = Desk(house)
    await desk.details(desk.ref("crm"))
    [heard] = house.heard.consultations
    assert (heard.what, heard.outcome, heard.request_id) == ("details", "found", "r1")
    assert "ana" not in repr(heard)
