"""What one block of a tenant's file says against another: names that must exist, values that some source must give."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as Map
from dataclasses import dataclass

from gateway.config.channels_file import check_channels
from gateway.config.codes_file import check_codes
from gateway.config.deskie_file import check_deskie
from gateway.config.disclose_file import check_disclose
from gateway.config.document import Problems
from gateway.config.draft import Draft
from gateway.config.nearest import did_you_mean
from gateway.config.rules_file import check_rules
from gateway.config.tenant_file import DEFAULT_ROUTE, RouteFile, SearchFieldFile
from gateway.core.joining import CONTACT_BASE
from gateway.core.kinds import UnknownKind, kind_named
from gateway.core.model import ATTRIBUTES
from gateway.core.tenant import Source
from gateway.core.verification import check_matches


@dataclass(frozen=True, slots=True)
class CrossChecks:
    """Of one tenant. `sources`: those that could be built; a value that a broken one might give is not complained of.
    `saves`: can somebody be saved in this source?"""

    slug: str
    draft: Draft
    sources: Map[str, Source]
    problems: Problems
    saves: Callable[[Source], bool]

    def run(self) -> None:
        """Report everything."""
        draft = self.draft
        if draft.whole("tenant") and draft.file.tenant != self.slug:
            self.problems.at(
                ("tenant",), f"The file is {self.slug}.yaml, so its tenant is '{self.slug}'. Rename one of the two."
            )
        if self._check_kind(draft.file.unique_key.kind, ("unique_key", "kind")):
            self._check_prospect()
        self._check_names()
        for name, field in draft.file.search_fields.items():
            self._check_search_field(name, field)
        self._check_routes()
        self._check_stored_fields()
        self._check_prospects()
        check_disclose(draft.file.disclose, self._attributes(), self.problems)
        facts = draft.file.facts if draft.whole("facts") else None
        check_rules(facts, draft.file.rules, self._attributes(), self.problems)
        kinds = {name: field.kind for name, field in draft.file.search_fields.items()}
        check_channels(draft.file.channels, draft.field_names, kinds, self.problems)
        check_codes(draft.file.codes, draft.field_names, kinds, self.problems)
        if draft.whole("search_fields"):
            check_deskie(draft.file.facades.deskie, kinds, draft.file.unique_field, self.problems)

    # ------------------------------------------------------------------------------------------ search fields

    def _check_names(self) -> None:
        if self.draft.whole("search_fields") and not self.draft.field_names:
            self.problems.at(("search_fields",), "There is no search field. Name at least one.")
        if self.draft.whole("sources") and not self.draft.source_names:
            self.problems.at(("sources",), "There is no source. Name at least one.")
        if DEFAULT_ROUTE in self.draft.field_names:
            self.problems.at_key(
                ("search_fields", DEFAULT_ROUTE),
                f"'{DEFAULT_ROUTE}' is the route of all fields without one. Rename it.",
            )
        if CONTACT_BASE in self.draft.source_names:
            self.problems.at_key(
                ("sources", CONTACT_BASE),
                f"'{CONTACT_BASE}' is the gateway's own, which stands among the sources of every answer. Rename the source.",
            )
        facade = self.draft.file.facades.direct_talk
        if facade is not None and facade.key == "query" and facade.parameter in self.draft.field_names:
            self.problems.at(
                ("facades", "direct_talk", "parameter"),
                "A search field has this name. Choose another for the key's parameter.",
            )

    def _check_search_field(self, name: str, field: SearchFieldFile) -> None:
        at = ("search_fields", name)
        if not self._check_kind(field.kind, (*at, "kind")):
            return
        if field.unverified is not None:
            if field.matches is not None:
                self.problems.at((*at, "unverified"), "Give matches or unverified, not both.")
            return
        path = field.matches or kind_named(field.kind).matches
        if not path:
            self.problems.at(
                at,
                f"A {field.kind} is compared with nothing by itself. Give matches: (attributes.pedido), or unverified: with "
                "the reason why it cannot be compared.",
            )
        elif sentence := check_matches(path):
            self.problems.at((*at, "matches"), sentence)
        elif self.draft.whole("sources") and self._all_built() and path not in self._given():
            self.problems.at(
                (*at, "matches") if field.matches else at,
                f"No source's mapping gives {path}, which this field is compared with.{did_you_mean(path, self._given())} "
                "Map it, name another value under matches:, or give unverified: with the reason.",
            )

    def _check_kind(self, name: str, at: tuple[str, ...]) -> bool:
        try:
            kind_named(name)
        except UnknownKind as error:
            self.problems.at(at, str(error))
            return False
        return True

    def _all_built(self) -> bool:
        return self.sources.keys() == self.draft.source_names

    def _given(self) -> frozenset[str]:
        return frozenset().union(*(source.mapping.gives for source in self.sources.values()))

    # ------------------------------------------------------------------------------------------ routes

    def _check_routes(self) -> None:
        for name, route in self.draft.file.routes.items():
            if name != DEFAULT_ROUTE and name not in self.draft.field_names:
                known = (*sorted(self.draft.field_names), DEFAULT_ROUTE)
                self.problems.at_key(
                    ("routes", name),
                    f"'{name}' is not a search field of this tenant.{did_you_mean(name, known)} "
                    f"A route is named like a search field, or '{DEFAULT_ROUTE}'. Known: {', '.join(known)}.",
                )
            self._check_route(name, route)
        if self.draft.whole("routes") and DEFAULT_ROUTE not in self.draft.file.routes:
            without = sorted(self.draft.field_names - self.draft.file.routes.keys())
            if without:
                self.problems.at(
                    ("routes",),
                    f"The route '{DEFAULT_ROUTE}' is missing, and so is one for {', '.join(without)}. Add it.",
                )

    def _check_route(self, name: str, route: RouteFile) -> None:
        at = ("routes", name)
        known = self.draft.source_names
        for index, source in enumerate(route.sources):
            if source not in known:
                self.problems.at(
                    (*at, "sources", index),
                    f"There is no source '{source}'.{did_you_mean(source, known)} Known: {', '.join(sorted(known))}.",
                )
            elif source in route.sources[:index]:
                self.problems.at((*at, "sources", index), f"The source '{source}' stands in this route already.")
        if route.strategy == "merge" and route.ask == "in_order":
            self.problems.at((*at, "ask"), "merge always asks all at once. Take 'ask' out.")

    # ------------------------------------------------------------------------------------------ nobody, storing

    def _check_prospect(self) -> None:
        """A history under the searched key needs a key that was searched."""
        file = self.draft.file
        if file.not_found.prospect != "keyed" or not self.draft.whole("unique_key"):
            return
        if not self.draft.whole("search_fields") or file.unique_field is not None:
            return
        key = file.unique_key
        self.problems.at(
            ("not_found", "prospect"),
            f"'keyed' needs a search field that is the unique key: of kind {key.kind}, and named '{key.name}' or with "
            "matches: unique_key. Add one, or choose 'message' or 'form'.",
        )

    def _check_prospects(self) -> None:
        block = self.draft.file.prospects
        for name, field in block.form.fields.items():
            if field.kind is not None:
                self._check_kind(field.kind, ("prospects", "form", "fields", name, "kind"))
        source = block.load.source if block.load is not None else None
        known = self.draft.source_names
        if source is not None and source not in known:
            self.problems.at(
                ("prospects", "load", "source"),
                f"There is no source '{source}'.{did_you_mean(source, known)} Known: {', '.join(sorted(known))}.",
            )
        elif source is not None and source in self.sources and not self.saves(self.sources[source]):
            self.problems.at(
                ("prospects", "load", "source"),
                f"The source '{source}' cannot save anybody: its settings say nothing of it, or its adapter "
                f"('{self.sources[source].adapter}') never can. Add settings.save there, or load into a file (to: csv).",
            )

    def _attributes(self) -> frozenset[str] | None:
        """The attributes that some source's mapping gives; None where one could not be built, which may give more."""
        if not self._all_built():
            return None
        when_selected = (source.by_key.mapping.gives for source in self.sources.values() if source.by_key is not None)
        given = self._given().union(*when_selected)
        return frozenset(path[len(ATTRIBUTES) :] for path in given if path.startswith(ATTRIBUTES))

    def _check_stored_fields(self) -> None:
        if not self._all_built():
            return
        when_selected = (source.by_key.mapping.gives for source in self.sources.values() if source.by_key is not None)
        given = sorted(self._given().union(*when_selected) - {"unique_key"})
        for index, name in enumerate(self.draft.file.stored_fields):
            if name not in given and not (name == "attributes" and any(path.startswith(ATTRIBUTES) for path in given)):
                self.problems.at(
                    ("stored_fields", index),
                    f"No source's mapping gives '{name}'.{did_you_mean(name, given)} Known: {', '.join(given)}.",
                )
