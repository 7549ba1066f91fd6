"""Hears what the service and the edge tell, and makes lines of the log and counts of it. Never a value, never a name."""

from __future__ import annotations

from collections.abc import Sequence

from structlog.typing import FilteringBoundLogger

from gateway.core.errors import TimedOut
from gateway.core.facts import CodeState
from gateway.core.issued_code import CodeTrouble
from gateway.core.model import Identification, Origin, Skip, SourceAnswer, SourceOutcome, SourceRef
from gateway.core.prospect import ProspectState
from gateway.core.prospect_load import LoadReport
from gateway.observe.frames import described
from gateway.observe.metrics import Metrics
from gateway.resilience import BreakerState
from gateway.service.observer import Consultation
from gateway.service.request import IdentifyRequest


class Watch:
    """The service's `Observer` and the API's `EdgeObserver`."""

    def __init__(self, log: FilteringBoundLogger, metrics: Metrics) -> None:
        self._log = log
        self._metrics = metrics

    def identified(self, request: IdentifyRequest, result: Identification, elapsed: float) -> None:
        """One line an identification."""
        self._metrics.identified(request.tenant, result.outcome, elapsed)
        for answer in result.sources:
            self._count(request.tenant, answer)
        self._log.info(
            "identification",
            request_id=request.request_id,
            tenant=request.tenant,
            key_id=request.viewer.key_id,
            outcome=result.outcome,
            complete=result.complete,
            matches=len(result.matches),
            searched=result.searched,
            sources=[_source(answer) for answer in result.sources],
            elapsed_ms=_milliseconds(elapsed),
        )

    def consulted(self, consultation: Consultation, answers: Sequence[SourceAnswer]) -> None:
        """One line a look at a selected customer."""
        for answer in answers:
            self._count(consultation.tenant, answer)
        self._log.info(
            "consultation",
            request_id=consultation.request_id,
            tenant=consultation.tenant,
            key_id=consultation.viewer.key_id,
            what=consultation.what,
            outcome=consultation.outcome,
            sources=[_source(answer) for answer in answers],
            elapsed_ms=_milliseconds(consultation.elapsed),
        )

    def prospects_loaded(self, report: LoadReport) -> None:
        """A load that nobody waited for. Whom the company does not have stands in the report's file."""
        self._log.info(
            "prospects_loaded",
            tenant=report.tenant,
            day=report.day,
            loaded=report.count(ProspectState.LOADED),
            refused=report.count(ProspectState.REFUSED),
            unknown=report.unknown,
            stopped=report.stopped,
        )

    def prospects_not_loaded(self, tenant: str, code: str) -> None:
        self._log.error("prospects_not_loaded", tenant=tenant, code=code)

    def contact_filled(self, tenant: str) -> None:
        self._metrics.filled(tenant, "filled")

    def contact_not_filled(self, tenant: str, contact: str, tries: int) -> None:
        """Only the contact's own id: it is opaque."""
        self._metrics.filled(tenant, "given_up")
        self._log.warning("contact_not_filled", tenant=tenant, contact=contact, tries=tries)

    def code_shown(self, tenant: str, state: CodeState, trouble: CodeTrouble | None) -> None:
        self._metrics.code_shown(tenant, state, "" if trouble is None else trouble)

    def codes_guessed(self, tenant: str) -> None:
        self._metrics.codes_guessed(tenant)
        self._log.error("codes_guessed", tenant=tenant)

    def adapter_broke(self, request_id: str, source: SourceRef, error: BaseException) -> None:
        """For the adapter's author: where it broke."""
        self._log.error("adapter_broke", request_id=request_id, source=str(source), error=described(error))

    def _count(self, tenant: str, answer: SourceAnswer) -> None:
        if answer.code == Skip.NOT_NEEDED:
            return
        if answer.origin in (Origin.ASKED, Origin.STALE):
            self._metrics.looked_up(tenant, answer.source, _lookups_outcome(answer), answer.elapsed)
        if answer.outcome is not SourceOutcome.SKIPPED:
            self._metrics.remembered(tenant, answer.source, answer.origin)

    def breaker_changed(self, source: SourceRef, state: BreakerState) -> None:
        self._metrics.breaker_open(source.tenant, source.source, state is not BreakerState.CLOSED)
        self._log.warning("breaker_changed", source=str(source), state=state)

    def refused(self, request_id: str, code: str, status: int) -> None:
        self._metrics.refused(code)
        self._log.info("refused", request_id=request_id, code=code, status=status)

    def crashed(self, request_id: str, error: Exception) -> None:
        """A defect of the gateway itself."""
        self._metrics.refused("internal")
        self._log.error("crashed", request_id=request_id, error=described(error))


def _lookups_outcome(answer: SourceAnswer) -> SourceOutcome:
    """What the source did just now: a stale answer stands in for a failure, which must not vanish from the counts."""
    if not answer.stale:
        return answer.outcome
    others: dict[str, SourceOutcome] = {
        TimedOut.code: SourceOutcome.TIMED_OUT,
        Skip.BREAKER_OPEN: SourceOutcome.SKIPPED,
    }
    return others.get(answer.code or "", SourceOutcome.FAILED)


def _source(answer: SourceAnswer) -> dict[str, str | float]:
    line: dict[str, str | float] = {"source": answer.source, "outcome": answer.outcome}
    if answer.code is not None:
        line["code"] = answer.code
    if answer.origin is not Origin.ASKED:
        line["origin"] = answer.origin
    line["elapsed_ms"] = _milliseconds(answer.elapsed)
    return line


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 2)
