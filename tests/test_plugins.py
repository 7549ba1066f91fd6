"""Plugins as strangers install them: a distribution with an entry point; a broken one stops nobody else."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from gateway.adapter import AdapterContext, AdapterSettings, AdapterType, Misconfigured, Nobody, SourceRef
from gateway.core.errors import AdapterFault, ConfigurationError, SourceError
from gateway.plugins import commands_of, discover, make_adapter, plugin_names

Install = Callable[..., None]
HOOKS = "gateway_adapters, gateway_commands"

FINE = """
    from gateway.adapter import AdapterSettings, AdapterType, hookimpl

    class Settings(AdapterSettings):
        pass

    @hookimpl
    def gateway_adapters():
        yield AdapterType("NAME", "A test's own", Settings, lambda settings, context: None)
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Puts a distribution beside the installed ones: its module, and the metadata that pip would have written."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(tmp_path))

    def put(name: str, code: str, distribution: str | None = None, module: str | None = None) -> None:
        distribution, module = distribution or f"gateway-{name}", module or f"a_plugin_{name}"
        (tmp_path / f"{module}.py").write_text(dedent(code).replace("NAME", name))
        info = tmp_path / f"{distribution.replace('-', '_')}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[gateway]\n{name} = {module}\n")

    yield put
    for added in set(sys.modules) - before:
        if added.startswith("a_plugin_"):
            del sys.modules[added]


def test_an_installed_plugin_is_found(install: Install) -> None:
    install("fine", FINE)
    assert discover().types["fine"].summary == "A test's own"


def test_the_bundled_plugins_are_found_like_strangers() -> None:
    assert not discover().broken


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (
            "import a_module_that_nobody_has",
            "It cannot be imported: ModuleNotFoundError: No module named 'a_module_that_nobody_has'.",
        ),
        ("raise SystemExit(3)", "It cannot be imported: SystemExit: 3."),
        (
            FINE.replace("def gateway_adapters", "def gateway_adaptors"),
            f"There is no hook 'gateway_adaptors'. Did you mean 'gateway_adapters'? There are: {HOOKS}.",
        ),
        (
            FINE.replace("gateway_adapters()", "gateway_adapters(tenant)"),
            f"It implements a hook with other arguments than the hook has. There are: {HOOKS}.",
        ),
        (
            FINE.replace("@hookimpl", ""),
            "It offers no adapter type. Its module needs a function gateway_adapters, marked with @hookimpl.",
        ),
        (
            FINE.replace("yield", "raise RuntimeError('no licence') #"),
            "Its hook gateway_adapters failed: RuntimeError: no licence.",
        ),
        (
            FINE.replace("yield", "return 7 #"),
            "Its hook gateway_adapters failed: TypeError: 'int' object is not iterable.",
        ),
        (
            FINE.replace("yield", "yield Settings #"),
            "Its hook gateway_adapters gives a ModelMetaclass where an AdapterType is due.",
        ),
        (
            FINE.replace('"NAME"', '"other"'),
            (
                "Its entry point is named 'odd', and its adapter type 'other'. "
                "Give both the same name, and each type an entry point of its own."
            ),
        ),
        (
            FINE.replace("(AdapterSettings)", ""),
            "Its settings are no pydantic model. Derive them from gateway.adapter.AdapterSettings.",
        ),
        (
            FINE.replace("import AdapterSettings,", "import").replace(
                "class Settings(AdapterSettings)", "from pydantic import BaseModel\n    class Settings(BaseModel)"
            ),
            "Its settings let unknown keys pass. Derive them from gateway.adapter.AdapterSettings.",
        ),
    ],
)
def test_a_broken_plugin_is_left_out_and_says_why(install: Install, code: str, sentence: str) -> None:
    install("odd", code)
    install("fine", FINE)
    plugins = discover()
    assert plugins.broken == {"odd": sentence}
    assert "odd" not in plugins.types
    assert "fine" in plugins.types


def test_two_plugins_of_one_name_stop_the_start(install: Install) -> None:
    install("crm", FINE, distribution="acme-crm", module="a_plugin_one")
    install("crm", FINE, distribution="umbrella-crm", module="a_plugin_two")
    with pytest.raises(ConfigurationError) as caught:
        discover()
    assert str(caught.value) == (
        "installed plugins: There are two plugins named 'crm', from 'acme-crm' and 'umbrella-crm'. Uninstall one of them."
    )


# ---------------------------------------------------------------------------------------------- making an adapter


class Settings(AdapterSettings):
    pass


def made(create: Callable[[Settings, AdapterContext], object]) -> object:
    offered = AdapterType("odd", "", Settings, create)  # type: ignore[arg-type]  # a plugin's defect
    return make_adapter(offered, Settings(), AdapterContext(SourceRef("acme", "crm"), None, Nobody()))  # type: ignore[arg-type]


def test_an_adapter_that_cannot_be_made_is_a_failure_of_its_source_alone() -> None:
    def refuse(settings: Settings, context: AdapterContext) -> object:
        raise Misconfigured("The WSDL has no such operation.")

    def crash(settings: Settings, context: AdapterContext) -> object:
        raise ZeroDivisionError("12345678909")

    refused, crashed = made(refuse), made(crash)
    assert isinstance(refused, Misconfigured)
    assert isinstance(crashed, AdapterFault)
    assert isinstance(crashed, SourceError)
    assert str(crashed) == "The plugin 'odd' failed to make its adapter (ZeroDivisionError)."


# ---------------------------------------------------------------------------------------------- own commands

COMMANDS = (
    FINE
    + """
    @hookimpl
    def gateway_commands(desk):
        def greet(name: str):
            print(f"hello {name}")

        return (greet,)
"""
)


class NoDesk:
    """For commands that need nothing of it."""

    wire = source = files = None


def test_a_plugins_own_commands_are_found(install: Install) -> None:
    install("fine", COMMANDS)
    install("plain", FINE)
    assert {"fine", "plain"} <= set(plugin_names())
    (greet,) = commands_of("fine", NoDesk())  # type: ignore[arg-type]
    assert greet.__name__ == "greet"
    assert commands_of("plain", NoDesk()) == ()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("import a_module_that_nobody_has", "It cannot be imported: ModuleNotFoundError"),
        (
            COMMANDS.replace("return (greet,)", "raise RuntimeError('no desk')"),
            "Its hook gateway_commands failed: Runt",
        ),
        (
            COMMANDS.replace("return (greet,)", "return ('greet',)"),
            "gives something else than functions.",
        ),
    ],
)
def test_commands_that_cannot_be_used_are_told(install: Install, code: str, sentence: str) -> None:
    install("bad", code)
    with pytest.raises(ConfigurationError, match=sentence):
        commands_of("bad", NoDesk())  # type: ignore[arg-type]
