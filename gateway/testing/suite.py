"""The contract suite: one class that gives a plugin author every test that a bundled adapter has to pass."""

from __future__ import annotations

import pytest

from gateway.testing.answers import Answers
from gateway.testing.discretion import Discretion
from gateway.testing.failures import Failures
from gateway.testing.hostile import HostileReplies
from gateway.testing.life import Life
from gateway.testing.saving import Saving


class AdapterContract(Answers, Failures, HostileReplies, Discretion, Life, Saving):
    """Subclass it in a test module, with a name that begins with `Test`; pytest does the rest.

    The suite starts a real source on loopback that speaks your protocol through `asked` and `serve`, and looks people up
    through your adapter over a real wire. It needs no conftest and no plugin but the one that anyio brings::

        from gateway.testing import AdapterContract, Person, SourceRequest, SourceResponse

        class TestPipeText(AdapterContract):
            adapter_type = ADAPTER
            settings = {"parameters": {"nome": "name", "doc": "cpf"}}
            search_fields = {"nome": "name", "doc": "cpf"}

            def asked(self, request: SourceRequest) -> dict[str, str]:
                names = {"name": "nome", "cpf": "doc"}
                return {names[name]: value for name, value in request.query().items()}

            def serve(self, people: Sequence[Person], request: SourceRequest) -> SourceResponse:
                rows = [f"{person.name}|{person.email}|{person.cpf}" for person in people]
                return SourceResponse("\\n".join(["name|email|cpf", *rows]).encode())

    Queries carry a person's values as they stand (CPF in digits, phone in E.164, name with accents); a record is
    recognised by holding the values named in `shows`, at any depth. What is tried: finding by each field and by all
    together; nobody; limit and `truncated`; accents and awkward characters both ways; 401, 403, 429, 503, time-out,
    reset, truncated, oversized, gzip bomb, HTML with 200, garbage, empty body, DOCTYPE; fifty lookups at once;
    cancellation; no value or secret in any error, log, output or repr; unknown settings; JSON Schema; `create` without
    I/O; `check`; `aclose`. Where the type says that it `saves`, and `taken` how the source says so: that no unclear answer
    is a success, and that a lost connection leaves a person unknown.
    """

    pytestmark = pytest.mark.anyio

    @pytest.fixture
    def anyio_backend(self) -> str:
        """The gateway runs on asyncio."""
        return "asyncio"
