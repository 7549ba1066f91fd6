"""How the command line shows an identification to a person."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from gateway.cli.explain import explanation
from gateway.core.joining import CONTACT_BASE, is_own
from gateway.core.model import Address, Contact, Customer, Identification, Match, Outcome, SourceAnswer, SourceOutcome
from gateway.core.rules import NO_ACTIONS, Actions

_COLOURS = {
    Outcome.FOUND: "bold green",
    Outcome.SEVERAL: "bold yellow",
    Outcome.NOT_FOUND: "bold blue",
    Outcome.UNAVAILABLE: "bold red",
}
_SENTENCES = {
    Outcome.FOUND: "exactly one customer",
    Outcome.SEVERAL: "more than one: choose; nothing is linked by itself",
    Outcome.NOT_FOUND: "nobody, and every source that was asked said so itself",
    Outcome.UNAVAILABLE: "could not find out: this is not a 'no such customer'",
}
_WELL = frozenset({SourceOutcome.FOUND, SourceOutcome.NOT_FOUND})


def show(console: Console, result: Identification, actions: Actions = NO_ACTIONS) -> None:
    """The outcome, the matches, what each source said, what the rules want done, and, where it was asked for, the trace."""
    console.print(headline(result))
    for warning in result.warnings:
        console.print(Text(f"  {warning}", style="yellow"))
    if result.matches:
        console.print(_matches(result.matches))
    if result.known_prospect is not None:
        console.print(Group(Text("known already, as a prospect:"), _shown_contact(result.known_prospect)))
    if result.proposal is not None:
        console.print(_proposal(result))
    console.print(_sources(result.sources))
    if actions != NO_ACTIONS:
        console.print(_actions(actions))
    if result.trace:
        console.print(explanation(result.trace))


def _actions(actions: Actions) -> Text:
    """What the tenant's rules want done, in one line."""
    said = [
        *(f"set {name}: {value}" for name, value in actions.values.items()),
        *(f"tag {tag}" for tag in actions.tags),
        *((f"queue {actions.queue}",) if actions.queue is not None else ()),
        *(f"ask for {what}" for what in actions.ask_for),
    ]
    return Text(f"to do: {'; '.join(said)}")


def headline(result: Identification) -> Text:
    """One line: the outcome in words, and what limits it."""
    text = Text()
    text.append(result.outcome.upper(), style=_COLOURS[result.outcome])
    text.append(f"  {_SENTENCES[result.outcome]}")
    if result.matches and not result.complete:
        text.append("  [incomplete: some source did not answer]", style="red")
    if result.more:
        text.append("  [there are more]", style="yellow")
    return text


def _matches(matches: tuple[Match, ...]) -> Table:
    table = Table(title=None, show_lines=True)
    for heading in ("unique key", "customer", "where from", ""):
        table.add_column(heading, overflow="fold")
    for match in matches:
        customer, contact = match.customer, match.contact
        if customer is not None:
            shown = shown_customer(customer)
            if contact is not None:
                shown = Group(shown, Text(_standing(contact), style="dim"))
            table.add_row(Text(customer.unique_key.value), shown, _origin(customer), _marks(match))
        elif contact is not None:
            key = contact.unique_key.value if contact.unique_key is not None else ""
            table.add_row(Text(key), _shown_contact(contact), Text(CONTACT_BASE), _marks(match))
    return table


def _shown_contact(contact: Contact) -> RenderableType:
    """As a customer is shown, out of what is kept of him."""
    lines = [Text(contact.name or "(no name)", style="bold"), Text(_standing(contact), style="dim")]
    # What the gateway keeps for itself stands elsewhere.
    lines += [Text(f"{one.kind}: {one.value}") for one in contact.identifiers if not is_own(one.kind)]
    lines += [Text(f"{path}: {value}") for path, value in contact.stored.items()]
    return Group(*lines)


def _standing(contact: Contact) -> str:
    kind = f", {contact.customer_type}" if contact.customer_type else ""
    return f"contact {contact.id}: {contact.standing}{kind}"


def shown_customer(customer: Customer) -> RenderableType:
    """The name and every value, a line each."""
    lines = [Text(customer.name or "(no name)", style="bold")]
    lines += [Text(f"{label}: {value}") for label, value in _values(customer)]
    return Group(*lines)


def _values(customer: Customer) -> Iterator[tuple[str, str]]:
    for document in customer.documents:
        yield document.kind, document.value
    for email in customer.emails:
        yield "e-mail", email
    for phone in customer.phones:
        yield "phone", phone
    if customer.birth_date is not None:
        yield "born", customer.birth_date.isoformat()
    for address in customer.addresses:
        yield "address", _one_line(address)
    yield from customer.attributes.items()


def _one_line(address: Address) -> str:
    parts = (
        address.street,
        address.number,
        address.complement,
        address.district,
        address.city,
        address.state,
        address.postal_code,
        address.country,
    )
    return ", ".join(part for part in parts if part)


def _origin(customer: Customer) -> Text:
    text = Text(", ".join(customer.sources))
    if len(customer.sources) > 1:
        for path, sources in customer.provenance.items():
            text.append(f"\n{path}: {', '.join(sources)}", style="dim")
    for conflict in customer.conflicts:
        said = "; ".join(f"{source}: {value}" for source, value in conflict.values)
        text.append(f"\n{conflict.path} differs — {said}", style="yellow")
    return text


def _marks(match: Match) -> Text:
    text = Text("verified" if match.verified else "not verified", style="green" if match.verified else "yellow")
    if match.same_document:
        text.append("\nsame document as another", style="yellow")
    return text


def _proposal(result: Identification) -> Text:
    text = Text()
    if result.proposal is not None:
        text.append(f"proposes: {result.proposal.message}")
        if result.proposal.customer_type:
            text.append(f"; customer type {result.proposal.customer_type}")
        if result.proposal.prospect:
            text.append(f"; prospect ({result.proposal.prospect})")
    return text


def _sources(answers: tuple[SourceAnswer, ...]) -> Table:
    table = Table(title=None)
    for heading in ("source", "outcome", "customers", "ms", "why"):
        table.add_column(heading)
    for answer in answers:
        why = " ".join(filter(None, (answer.detail, *answer.warnings)))
        counts = ((answer.refused, "refused"), (answer.dropped, "dropped"))
        told = [f"{count} {word}" for count, word in counts if count]
        code = f" ({answer.code})" if answer.code and answer.code != answer.outcome else ""
        table.add_row(
            answer.source,
            Text(f"{answer.outcome}{code}", style="green" if answer.outcome in _WELL else "red"),
            ", ".join((str(len(answer.customers)), *told)),
            f"{answer.elapsed * 1000:.1f}",
            Text(why),
        )
    return table
