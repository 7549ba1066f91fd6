"""A desk at which codes are given out and shown, beside the one where interactions are attended."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.core.command import Command
from gateway.core.disclosure import Viewer
from gateway.service.codes import CodeDesk
from tests.service.attended import Attended

ISSUER = Command("acme", Viewer("issuer", "k-site"))


@dataclass(slots=True)
class Coded:
    """Over what is attended."""

    attended: Attended
    desk: CodeDesk = field(init=False)

    def __post_init__(self) -> None:
        self.desk = CodeDesk(self.attended.storage.codes, self.attended.house, self.attended.time)
