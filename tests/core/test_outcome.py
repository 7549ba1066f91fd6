"""What the answers amount to. Failure is never absence."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.merge import merge
from gateway.core.model import (
    Contact,
    Customer,
    Identification,
    Identifier,
    Match,
    Outcome,
    Proposal,
    ProspectOption,
    Query,
    SearchKey,
    Skip,
    SourceAnswer,
    SourceOutcome,
    Standing,
    Step,
    UniqueKey,
    Verified,
)
from gateway.core.outcome import combine, conclude
from gateway.core.tenant import NotFound, SearchField, Tenant, UniqueKeySpec

TENANT = Tenant(
    slug="acme",
    name="Acme Seguros",
    locale="pt-BR",
    country="BR",
    time_zone="America/Sao_Paulo",
    version="1",
    search_fields={
        "cpf": SearchField("cpf", "cpf", "CPF", "documents.cpf"),
        "email": SearchField("email", "email", "E-mail", "emails"),
    },
    unique_key=UniqueKeySpec("email", "email", "person"),
    sources={},
    routes={},
    limit=10,
    not_found=NotFound(customer_type="Não Cliente", prospect=ProspectOption.KEYED),
)
BY_CPF = Query((SearchKey("cpf", "cpf", "12345678909"),))
BY_EMAIL = Query((SearchKey("email", "email", "ana@example.com"), SearchKey("cpf", "cpf", "12345678909")))
PROSPECT = Match(None, Contact("c1", Standing.PROSPECT, name="Ana"))


def customer(key: str = "ana@example.com") -> Customer:
    return Customer(UniqueKey("email", "email", key))


def found(*keys: str, **counts: object) -> SourceAnswer:
    customers = tuple(Verified(customer(key), True) for key in keys)
    return SourceAnswer("crm", SourceOutcome.FOUND, customers=customers, **counts)  # type: ignore[arg-type]


NOBODY = SourceAnswer("erp", SourceOutcome.NOT_FOUND)
NOT_NEEDED = SourceAnswer("old", SourceOutcome.SKIPPED, code=Skip.NOT_NEEDED)
FAILURES = {
    "failed": SourceAnswer("x", SourceOutcome.FAILED, code="unreachable"),
    "timed_out": SourceAnswer("x", SourceOutcome.TIMED_OUT, code="timed_out"),
    "mismatch": SourceAnswer("x", SourceOutcome.MISMATCH, code="mismatch", dropped=3),
    "cannot_ask": SourceAnswer("x", SourceOutcome.SKIPPED, code=Skip.CANNOT_ASK),
    "breaker_open": SourceAnswer("x", SourceOutcome.SKIPPED, code=Skip.BREAKER_OPEN),
    "skipped for no reason given": SourceAnswer("x", SourceOutcome.SKIPPED),
    "records that nobody could read": SourceAnswer("x", SourceOutcome.NOT_FOUND, refused=2),
    "found, but nobody came of it": SourceAnswer("x", SourceOutcome.FOUND),
}


def concluded(
    *answers: SourceAnswer, query: Query = BY_CPF, tenant: Tenant = TENANT, limit: int | None = None
) -> Identification:
    return conclude(merge(answers, tenant.unique_key), answers, query=query, tenant=tenant, limit=limit)


class TestFoundAndSeveral:
    def test_one_match_is_found(self) -> None:
        result = concluded(found("ana@example.com"), NOT_NEEDED)

        assert result.outcome is Outcome.FOUND
        assert (result.complete, result.more) == (True, False)
        assert result.searched == ("cpf",)
        assert result.proposal is None

    def test_more_than_one_is_several(self) -> None:
        assert concluded(found("ana@example.com", "bia@example.com")).outcome is Outcome.SEVERAL

    @pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
    def test_a_failure_beside_a_customer_makes_the_answer_incomplete(self, failure: SourceAnswer) -> None:
        result = concluded(failure, found("ana@example.com"))

        assert result.outcome is Outcome.FOUND
        assert not result.complete

    def test_refused_records_make_the_answer_incomplete(self) -> None:
        assert not concluded(found("ana@example.com", refused=1)).complete

    def test_a_source_that_cut_its_list_leaves_more(self) -> None:
        assert concluded(found("ana@example.com", truncated=True)).more

    def test_one_of_a_list_that_was_cut_is_several(self) -> None:
        result = concluded(found("ana@example.com", dropped=49, truncated=True))

        assert result.outcome is Outcome.SEVERAL
        assert len(result.matches) == 1

    def test_a_list_that_was_cut_and_holds_nobody_who_agrees_takes_nothing_from_another_source(self) -> None:
        everybody = SourceAnswer("old", SourceOutcome.MISMATCH, code="mismatch", dropped=50, truncated=True)

        assert concluded(found("ana@example.com"), everybody).outcome is Outcome.FOUND

    def test_a_limit_cuts_the_list_and_leaves_more(self) -> None:
        many = found(*(f"p{number}@example.com" for number in range(12)))

        result = concluded(many)
        assert len(result.matches) == TENANT.limit
        assert result.more
        assert len(concluded(many, limit=3).matches) == 3
        assert len(concluded(many, limit=99).matches) == TENANT.limit

    def test_no_limit_makes_found_of_several(self) -> None:
        result = concluded(found("ana@example.com", "bia@example.com", "cai@example.com"), limit=1)

        assert result.outcome is Outcome.SEVERAL
        assert len(result.matches) == 2
        assert result.more


class TestNotFound:
    def test_a_definite_no_is_not_found(self) -> None:
        result = concluded(NOBODY, NOT_NEEDED)

        assert result.outcome is Outcome.NOT_FOUND
        assert result.complete

    @pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
    def test_a_source_that_fails_never_makes_a_prospect(self, failure: SourceAnswer) -> None:
        for result in (concluded(failure), concluded(NOBODY, failure), concluded(failure, NOBODY, NOT_NEEDED)):
            assert result.outcome is Outcome.UNAVAILABLE
            assert result.proposal is None
            assert not result.complete

    @pytest.mark.parametrize("answers", [(), (NOT_NEEDED,), (NOT_NEEDED, NOT_NEEDED)])
    def test_where_nobody_was_asked_nobody_is_known_to_be_absent(self, answers: tuple[SourceAnswer, ...]) -> None:
        assert concluded(*answers).outcome is Outcome.UNAVAILABLE

    def test_a_stored_prospect_leaves_the_outcome_not_found(self) -> None:
        contacts = SourceAnswer("contacts", SourceOutcome.NOT_FOUND)
        result = conclude([PROSPECT], [NOBODY, contacts], query=BY_CPF, tenant=TENANT)

        assert result.outcome is Outcome.NOT_FOUND
        assert result.matches == ()
        assert result.known_prospect == PROSPECT.contact

    def test_a_stored_prospect_does_not_make_an_absence_of_a_failure(self) -> None:
        result = conclude([PROSPECT], [FAILURES["failed"]], query=BY_CPF, tenant=TENANT)

        assert result.outcome is Outcome.UNAVAILABLE


class TestProposal:
    def test_a_question_with_the_unique_key_proposes_a_prospect_with_a_history(self) -> None:
        key = UniqueKey("email", "email", "ana@example.com")

        searched = (Identifier("email", "ana@example.com"), Identifier("cpf", "12345678909"))
        assert concluded(NOBODY, query=BY_EMAIL).proposal == Proposal(
            "Cliente não cadastrado/ana@example.com", "Não Cliente", ProspectOption.KEYED, key, searched
        )

    def test_nonsense_that_strangers_type_gets_no_history(self) -> None:
        query = Query((SearchKey("email", "email", "nao@tem.com"),))

        assert concluded(NOBODY, query=query).proposal == Proposal(
            "Cliente inexistente", "Não Cliente", ProspectOption.MESSAGE
        )

    def test_a_stored_prospect_has_his_own_customer_type(self) -> None:
        proposal = conclude([PROSPECT], [NOBODY], query=BY_CPF, tenant=TENANT).proposal

        assert proposal is not None
        assert proposal.customer_type is None

    def test_without_the_unique_key_it_proposes_the_message_alone(self) -> None:
        searched = (Identifier("cpf", "12345678909"),)
        assert concluded(NOBODY).proposal == Proposal(
            "Cliente inexistente", "Não Cliente", ProspectOption.MESSAGE, None, searched
        )

    def test_a_field_compared_with_the_unique_key_carries_it(self) -> None:
        fields = {"login": SearchField("login", "email", "Login", "unique_key")}
        query = Query((SearchKey("login", "email", "ana@example.com"),))
        proposal = concluded(NOBODY, query=query, tenant=replace(TENANT, search_fields=fields)).proposal

        assert proposal is not None
        assert proposal.prospect is ProspectOption.KEYED

    @pytest.mark.parametrize("option", [ProspectOption.MESSAGE, ProspectOption.FORM, None])
    def test_the_tenant_says_what_is_proposed(self, option: ProspectOption | None) -> None:
        tenant = replace(TENANT, not_found=NotFound("Ninguém", None, option))

        proposal = concluded(NOBODY, query=BY_EMAIL, tenant=tenant).proposal
        assert proposal is not None
        assert (proposal.message, proposal.prospect, proposal.unique_key) == ("Ninguém", option, None)


class TestOneBox:
    NO, YES = concluded(NOBODY, query=BY_EMAIL), concluded(found("ana@example.com"))
    UNKNOWN = concluded(FAILURES["failed"])

    def test_the_first_query_with_a_customer_is_the_answer(self) -> None:
        result = combine([self.NO, self.YES])

        assert result.outcome is Outcome.FOUND
        assert result.complete
        assert result.searched == ("cpf",)
        assert result.proposal is None
        assert result.sources == (*self.NO.sources, *self.YES.sources)

    def test_a_query_that_failed_before_it_makes_it_incomplete(self) -> None:
        result = combine([self.UNKNOWN, self.YES])

        assert result.outcome is Outcome.FOUND
        assert not result.complete

    def test_not_found_only_if_each_was(self) -> None:
        result = combine([self.NO, concluded(NOBODY)])

        assert result.outcome is Outcome.NOT_FOUND
        assert result.searched == ("email", "cpf")
        assert result.proposal == self.NO.proposal

    def test_anything_else_is_unavailable(self) -> None:
        for result in (combine([self.NO, self.UNKNOWN]), combine([self.UNKNOWN, self.NO]), combine([])):
            assert result.outcome is Outcome.UNAVAILABLE
            assert result.proposal is None
            assert not result.complete

    def test_a_stored_prospect_of_any_reading_is_told(self) -> None:
        known = replace(self.NO, known_prospect=PROSPECT.contact)

        assert combine([self.NO, known]).known_prospect == PROSPECT.contact
        assert combine([known, self.YES]).known_prospect is None

    def test_the_steps_of_all_are_told(self) -> None:
        step = Step(0.0, "asked")

        assert combine([replace(self.NO, trace=(step,)), replace(self.NO, trace=(step,))]).trace == (step, step)

    def test_a_single_query_is_its_own_answer(self) -> None:
        assert combine([self.YES]) is self.YES


# ---------------------------------------------------------------------------------------------- whatever may come

CODES = st.sampled_from([None, *Skip, "unreachable"])
ANSWERS = st.builds(
    SourceAnswer,
    source=st.sampled_from(["a", "b", "c", "d"]),
    outcome=st.sampled_from(SourceOutcome),
    code=CODES,
    customers=st.lists(
        st.builds(Verified, st.sampled_from(["x@example.com", "y@example.com"]).map(customer), st.booleans()),
        max_size=3,
    ).map(tuple),
    refused=st.integers(0, 2),
    dropped=st.integers(0, 2),
    truncated=st.booleans(),
)
ROUTES = st.lists(ANSWERS, max_size=4, unique_by=lambda answer: answer.source)


def is_harmless(answer: SourceAnswer) -> bool:
    return answer.outcome is SourceOutcome.SKIPPED and answer.code == Skip.NOT_NEEDED


def is_failure(answer: SourceAnswer) -> bool:
    if answer.outcome is SourceOutcome.SKIPPED:
        return answer.code != Skip.NOT_NEEDED
    return answer.outcome not in (SourceOutcome.FOUND, SourceOutcome.NOT_FOUND) or answer.refused > 0


@given(ROUTES, st.booleans())
def test_no_combination_with_a_failure_in_it_is_ever_not_found(answers: list[SourceAnswer], known: bool) -> None:
    matches = [*merge(answers, TENANT.unique_key), *([PROSPECT] if known else [])]
    result = conclude(matches, answers, query=BY_EMAIL, tenant=TENANT)

    if result.outcome is Outcome.NOT_FOUND:
        assert not any(map(is_failure, answers))
        assert any(answer.outcome is SourceOutcome.NOT_FOUND for answer in answers)
        assert result.complete
    if all(map(is_harmless, answers)):
        assert result.outcome is not Outcome.NOT_FOUND
    if any(map(is_failure, answers)):
        assert not result.complete
    assert (result.proposal is not None) == (result.outcome is Outcome.NOT_FOUND)


@given(ROUTES, st.integers(1, 5))
def test_an_outcome_says_how_many_there_are(answers: list[SourceAnswer], limit: int) -> None:
    result = concluded(*answers, limit=limit)

    shown = len(result.matches)
    assert {
        Outcome.FOUND: shown == 1,
        Outcome.SEVERAL: shown > 1 or result.more,
        Outcome.NOT_FOUND: shown == 0,
        Outcome.UNAVAILABLE: shown == 0 and not result.complete,
    }[result.outcome]


@given(st.lists(ROUTES, max_size=3))
def test_one_box_text_is_not_found_only_where_every_reading_of_it_is(routes: list[list[SourceAnswer]]) -> None:
    each = [concluded(*answers) for answers in routes]
    result = combine(each)

    if result.outcome is Outcome.NOT_FOUND:
        assert each
        assert all(one.outcome is Outcome.NOT_FOUND for one in each)
    assert bool(result.matches) == any(one.matches for one in each)
    assert (result.proposal is not None) == (result.outcome is Outcome.NOT_FOUND)
    assert len(result.sources) == sum(map(len, routes))
