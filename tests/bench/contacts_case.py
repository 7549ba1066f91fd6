"""Case `contacts`: what the contact base and the audit cost an identification, with a million contacts on SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timezone
from itertools import islice
from pathlib import Path

from gateway.assembly import STORAGE_KEY
from gateway.core.keeping import ContactDraft
from gateway.core.model import Identifier, Standing, UniqueKey
from gateway.service.sealing_key import sealing_keys
from gateway.storage.contacts import Contacts
from gateway.storage.engine import embedded, open_engine
from gateway.storage.migrate import upgrade
from gateway.storage.sealing import Sealing
from tests.bench.contenders import TENANT as SLUG
from tests.bench.contenders import configured, gateway, searches
from tests.bench.figures import Taken
from tests.bench.measuring import Run, interleaved, tell
from tests.bench.people import cpfs
from tests.bench.servers import memory_mb, peak_mb
from tests.bench.stub import source
from tests.bench.xml_case import ASKED, PAGE, tenant

MILLION = 1_000_000
_PORTION = 20_000
_NOW = datetime(2026, 11, 22, tzinfo=timezone.utc)


def contacts(run: Run, folder: Path, how_many: int = MILLION) -> Taken:
    """Every customer who is asked for has a contact, found by his CPF and by his unique key and joined."""
    taken = Taken()
    with ExitStack() as stack:
        url = stack.enter_context(source([PAGE], folder, core=run.load_core)) + PAGE.path
        # The page gives everybody one e-mail address: here the CPF is the key.
        text = tenant(url).replace("{name: email, kind: email}", "{name: cpf, kind: cpf}")
        text = text.replace("unique_key: email", "unique_key: cpf")
        bodies, core = searches(ASKED), run.serving_core
        bare = configured(folder / "without", {SLUG: text})
        kept = configured(folder / "with", {SLUG: text}, contact_base=True)
        fill(folder / "with" / "data", how_many)
        joined = b'"source":"contact_base","outcome":"found"'
        contenders = [
            stack.enter_context(gateway(bare, bodies, core=core, name="without")),
            stack.enter_context(gateway(kept, bodies, core=core, name="with", expects=joined)),
        ]
        measures = interleaved(contenders, run)
        for one in contenders:
            taken.values[f"{one.name}_mb"], taken.values[f"{one.name}_peak_mb"] = memory_mb(one.pid), peak_mb(one.pid)
    taken.values["over_without"] = measures["without"].cpu_us / measures["with"].cpu_us
    tell(measures, taken)
    return taken


def fill(data: Path, how_many: int) -> None:
    """A contact base of this many contacts in the data folder, those who are asked for among them."""
    address, sealing = embedded(data), Sealing(sealing_keys(data, STORAGE_KEY))
    upgrade(address)
    engine, rows, drafts = open_engine(address, "write"), Contacts(sealing), _people(how_many)
    while portion := list(islice(drafts, _PORTION)):
        with engine.begin() as connection:
            rows.create_all(connection, SLUG, portion, _NOW)
    engine.dispose()


def _people(how_many: int) -> Iterator[ContactDraft]:
    for number, written in enumerate(cpfs(min(how_many, len(ASKED)))):
        yield _person(number, written.replace(".", "").replace("-", ""))
    for number in range(len(ASKED), how_many):
        yield _person(number, f"{10**11 - number:011d}")


def _person(number: int, cpf: str) -> ContactDraft:
    identifiers = (Identifier("cpf", cpf), Identifier("email", f"p{number}@example.com"))
    key = UniqueKey("cpf", "cpf", cpf)
    return ContactDraft(Standing.CUSTOMER, key, None, identifiers, stored={"attributes.plano": "Ouro"})
