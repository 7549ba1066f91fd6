"""How the command line shows the explanation: a tree, source by source, and below it what to look at or to change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from gateway.core import steps
from gateway.core.steps import Step

_WIDTH = 9
_GOOD, _BAD, _DOUBT, _QUIET = "green", "red", "yellow", "dim"
_MOST_NAMES = 12


def explanation(trace: Sequence[Step]) -> RenderableType:
    """Each query of the question as a branch of its own, then the end."""
    tree = Tree(Text("explanation", style="bold"), guide_style=_QUIET)
    queries = _queries(trace)
    for number, query in enumerate(queries, 1):
        branch = tree if len(queries) == 1 else tree.add(Text(f"query {number} of {len(queries)}", style="bold"))
        _show_query(branch, query)
    end = trace[-1].said if trace else None
    if not isinstance(end, steps.Concluded):
        return tree
    tree.add(_line("outcome", f"{end.outcome}, because {end.because}", "bold", _took(trace[-1].at)))
    return Group(tree, _advice(end.advice)) if end.advice else tree


def _queries(trace: Sequence[Step]) -> list[list[Step]]:
    queries: list[list[Step]] = []
    for step in trace:
        if isinstance(step.said, steps.Concluded):
            continue
        if isinstance(step.said, steps.Normalised) or not queries:
            queries.append([])
        queries[-1].append(step)
    return queries


def _show_query(tree: Tree, query: Sequence[Step]) -> None:
    """What concerns the whole before the sources and after them; of each source its steps, in their order."""
    named = [step for step in query if step.source is not None]
    after = [step for step in query if isinstance(step.said, steps.Merged)]
    rules = [step.said for step in query if isinstance(step.said, steps.Ruled)]
    for step in query:
        if isinstance(step.said, steps.Ruled):
            continue
        if step.source is None and step not in after:
            tree.add(_of_the_whole(step.said))
    order = list(dict.fromkeys(step.source for step in named))
    for source, own in groupby(sorted(named, key=lambda step: order.index(step.source)), key=lambda step: step.source):
        branch = tree.add(Text(source or "", style="bold cyan"))
        for step in own:
            for line in _of_a_source(step):
                branch.add(line)
    for step in after:
        _show_merging(tree, step.said)
    for rule in rules:
        _show_rule(tree, rule)


def _of_the_whole(said: steps.Said) -> Text:
    match said:
        case steps.Normalised(keys):
            told = (f"{key.field} {key.value} ({key.kind}{_spellings(key.candidates)})" for key in keys)
            return _line("question", ", ".join(told))
        case steps.Routed(sources, strategy, at_once):
            how = f"{strategy}, all at once" if at_once else strategy
            return _line("route", f"{(' + ' if at_once else ' → ').join(sources)}  ({how})")
        case _:
            return _line(said.what, "")


def _show_merging(tree: Tree, said: steps.Said) -> None:
    if isinstance(said, steps.Merged) and (said.matches or said.reasons):
        conflicts = f", {_counted(said.conflicts, 'conflict')}" if said.conflicts else ""
        branch = tree.add(_line("merged", f"{_counted(said.matches, 'match', 'matches')}{conflicts}"))
        for reason in said.reasons:
            branch.add(Text(reason))


def _show_rule(tree: Tree, ruled: steps.Ruled) -> None:
    style = {steps.Verdict.APPLIED: _GOOD, steps.Verdict.UNKNOWN: _DOUBT}.get(ruled.verdict, _QUIET)
    branch = tree.add(_line("rule", f"{ruled.rule}: {ruled.verdict.replace('_', ' ')}", style))
    for one in ruled.conditions:
        truth = "not known" if one.holds is None else "true" if one.holds else "false"
        branch.add(Text(f"{one.condition}: {truth}"))


def _of_a_source(step: Step) -> Iterator[Text]:
    match step.said:
        case steps.Asked(attempt, keys):
            told = ", ".join(
                f"{key.field} as {key.form}{', in another spelling' if key.candidate else ''}: {key.value}"
                for key in keys
            )
            yield _line("asked" if attempt == 1 else "and", told)
        case steps.Answered(records, truncated, warnings):
            came = _counted(records, "record") if records else "nobody"
            cut = ", and there are more" if truncated else ""
            yield _line("answered", f"{came}{cut}", "", _took(step.took))
            yield from (_line("warning", warning, _DOUBT) for warning in warnings)
        case steps.Failed(code, sentence):
            yield _line("failed", f"{code} — {sentence}", _BAD, _took(step.took))
        case steps.Skipped(code, sentence):
            yield _line("skipped", f"{code} — {sentence}", _QUIET if code == "not_needed" else _DOUBT)
        case steps.Joined(contacts, shown, people):
            prospects = f", {_counted(shown - people, 'prospect')} among them" if shown > people else ""
            told = f"{_counted(shown, 'contact')} of {contacts} shown{prospects}" if contacts else "nobody"
            yield _line("joined", told, "", _took(step.took))
        case steps.Cached(outcome, age):
            yield _line("memory", f"{outcome}, {age:.1f} s old", _DOUBT)
        case steps.Coalesced():
            yield _line("shared", "the same question was under way already; its answer counts for both", _QUIET)
        case steps.Stale(code, age):
            yield _line("memory", f"it failed ({code}); what it said {age:.0f} s ago stands in", _DOUBT)
        case steps.Mapped() as mapped:
            yield from _of_mapping(mapped)
        case steps.Refused(record, reason):
            yield _line("refused", f"record {record}: {reason}", _BAD)
        case steps.Dropped(record, reasons):
            yield _line("dropped", f"record {record} — {'; '.join(reasons)}", _DOUBT)
        case steps.Verified(kept, agreed, dropped, uncompared):
            style = _GOOD if agreed and agreed == kept else _DOUBT
            unsure = f", {kept - agreed} not verified" if kept > agreed else ""
            yield _line("verified", f"{kept} kept, {dropped} dropped{unsure}", style)
            yield from (_line("", f"not compared — {why}", _DOUBT) for why in uncompared)
        case _:
            yield _line(step.what, "")


def _of_mapping(mapped: steps.Mapped) -> Iterator[Text]:
    of = f"{mapped.customers} of {_counted(mapped.records, 'record')}"
    yield _line("mapped", of, "" if mapped.customers == mapped.records else _DOUBT)
    yield from (_line("warning", warning, _DOUBT) for warning in mapped.warnings)
    if mapped.silent:
        yield _line("empty", ", ".join(_silent(mapped.silent)), _QUIET)
    if mapped.unread:
        yield _line("unread", _some(mapped.unread, _MOST_NAMES), _QUIET)


def _silent(lines: Sequence[steps.Silent]) -> Iterator[str]:
    """Each line with what it reads; of an address its parts together."""
    for target, parts in groupby(lines, key=lambda line: line.target.partition("].")[0]):
        of_one = list(parts)
        if len(of_one) > 1:
            yield f"{len(of_one)} parts of {target}]"
        else:
            yield f"{of_one[0].target} ← {_some(of_one[0].paths, 2)}"


def _advice(advice: Sequence[str]) -> RenderableType:
    listed = Table.grid(padding=(0, 1))
    for sentence in advice:
        listed.add_row(" •", Text(sentence))
    return Group(Text("what to look at", style="bold"), listed)


def _line(word: str, text: str, style: str = "", took: str = "") -> Text:
    line = Text(f"{word:<{_WIDTH}}", style=_QUIET)
    line.append(text, style=style or "default")
    line.append(took, style=_QUIET)
    return line


def _took(seconds: float | None) -> str:
    return "" if seconds is None else f"  {seconds * 1000:.1f} ms"


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def _spellings(candidates: int) -> str:
    return f", {_counted(candidates, 'other spelling')}" if candidates else ""


def _some(names: Sequence[str], most: int) -> str:
    return ", ".join(names[:most]) + (f" … and {len(names) - most} more" if len(names) > most else "")
