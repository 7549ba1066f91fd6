"""Compiled mappings that tenants share: those made from one template differ in an address, hardly in their mapping."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.config.mapping_file import MappingFile
from gateway.core.mapping import Mapping, compile_mapping
from gateway.core.tenant import UniqueKeySpec


@dataclass(slots=True)
class SharedMappings:
    """Of one registry. A mapping depends on what is written and on three settings of its tenant, on nothing else; a tenant
    whose mapping somebody else has, too, neither compiles it nor holds it a second time. The oldest beyond `most` go."""

    most: int = 256
    _known: dict[tuple[str, UniqueKeySpec, str, bool], Mapping] = field(default_factory=dict)

    def compiled(self, file: MappingFile, *, unique_key: UniqueKeySpec, country: str, display_all: bool) -> Mapping:
        """As `compile_mapping`. Raises MappingError with every problem at once."""
        # As JSON keys keep their order, which is that of the documents and attributes in an answer.
        written = (file.model_dump_json(), unique_key, country, display_all)
        known = self._known.get(written)
        if known is None:
            known = compile_mapping(file.spec(), unique_key=unique_key, country=country, display_all=display_all)
            if len(self._known) >= self.most:
                self._known.pop(next(iter(self._known)), None)
            self._known[written] = known
        return known
