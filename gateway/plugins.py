"""Finds the installed plugins: each loaded on its own, so that a broken one is left out and named, and stops nobody else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from collections.abc import Mapping as Map
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pluggy
from pydantic import BaseModel

from gateway.adapter import hookspecs
from gateway.adapter.contract import Adapter, AdapterContext, AdapterType, Desk
from gateway.core.errors import AdapterFault, ConfigurationError, Located, SourceError

GROUP = "gateway"
"""The group of entry points."""
_HOOK = "gateway_adapters"
_COMMANDS = "gateway_commands"


@dataclass(frozen=True, slots=True)
class Plugins:
    """`types`: adapter types by name. `broken`: the plugin's name -> a sentence for its author or installer."""

    types: Map[str, AdapterType[Any]]
    broken: Map[str, str]


class _Broken(Exception):
    """A plugin cannot be used; the text is a sentence."""


def discover() -> Plugins:
    """Load every installed plugin. Raises ConfigurationError where two distributions offer one of the same name."""
    points = _by_name(entry_points(group=GROUP))
    types: dict[str, AdapterType[Any]] = {}
    broken: dict[str, str] = {}
    for name, point in sorted(points.items()):
        try:
            types[name] = _load(point)
        except _Broken as error:
            broken[name] = str(error)
    return Plugins(types, broken)


def plugin_names() -> tuple[str, ...]:
    """Of what is installed, well or not. Raises ConfigurationError as `discover` does."""
    return tuple(sorted(_by_name(entry_points(group=GROUP))))


def commands_of(name: str, desk: Desk) -> tuple[Callable[..., None], ...]:
    """The own commands of an installed plugin; none where it has none. Raises ConfigurationError where it cannot be used."""
    points = _by_name(entry_points(group=GROUP))
    try:
        return tuple(_commands(_managed(points[name]), desk))
    except _Broken as error:
        where = f"plugin {name}"
        raise ConfigurationError([Located(where, 0, 0, str(error))]) from error


def make_adapter(offered: AdapterType[Any], settings: object, context: AdapterContext) -> Adapter | SourceError:
    """The plugin's adapter for one source; where it cannot be made, the failure that every lookup of it shall be."""
    try:
        return offered.create(settings, context)
    except SourceError as error:
        return error
    except Exception as error:  # noqa: BLE001  # a plugin's defect must not stop the tenant's other sources
        fault = AdapterFault(f"The plugin '{offered.name}' failed to make its adapter ({type(error).__name__}).")
        fault.__cause__ = error
        return fault


def _by_name(points: Iterable[EntryPoint]) -> dict[str, EntryPoint]:
    found: defaultdict[str, list[EntryPoint]] = defaultdict(list)
    for point in points:
        found[point.name].append(point)
    conflicts = [
        Located("installed plugins", 0, 0, _conflict(name, several))
        for name, several in found.items()
        if len(several) > 1
    ]
    if conflicts:
        raise ConfigurationError(conflicts)
    return {name: several[0] for name, several in found.items()}


def _conflict(name: str, points: list[EntryPoint]) -> str:
    owners = " and ".join(
        sorted(f"'{point.dist.name}'" if point.dist else "an unknown distribution" for point in points)
    )
    return f"There are two plugins named '{name}', from {owners}. Uninstall one of them."


# ---------------------------------------------------------------------------------------------- one plugin


def _load(point: EntryPoint) -> AdapterType[Any]:
    """Raises _Broken."""
    return _the_one_type(point.name, _offered(_managed(point)))


def _managed(point: EntryPoint) -> pluggy.PluginManager:
    """Raises _Broken."""
    module = _imported(point)
    # A manager of its own: what one plugin registers wrongly cannot reach another.
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    try:
        manager.register(module, point.name)
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        raise _Broken(_wrong_hook(manager, module)) from error
    return manager


def _wrong_hook(manager: pluggy.PluginManager, module: object) -> str:
    known = [name for name in vars(hookspecs) if name.startswith(f"{hookspecs.PROJECT}_")]
    unknown = [caller.name for caller in manager.get_hookcallers(module) or [] if not caller.has_spec()]
    if not unknown:
        return f"It implements a hook with other arguments than the hook has. There are: {', '.join(known)}."
    near = get_close_matches(unknown[0], known, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    return f"There is no hook '{unknown[0]}'.{hint} There are: {', '.join(known)}."


def _imported(point: EntryPoint) -> object:
    try:
        module: object = point.load()
    except (Exception, SystemExit) as error:  # a stranger's module may raise anything when it is imported
        raise _Broken(f"It cannot be imported: {type(error).__name__}: {_first_line(error)}.") from error
    return module


def _offered(manager: pluggy.PluginManager) -> list[object]:
    return _answers(_HOOK, manager.hook.gateway_adapters)


def _commands(manager: pluggy.PluginManager, desk: Desk) -> list[Callable[..., None]]:
    given = _answers(_COMMANDS, partial(manager.hook.gateway_commands, desk=desk))
    commands: list[Callable[..., None]] = [command for command in given if callable(command)]
    if len(commands) < len(given):
        raise _Broken(f"Its hook {_COMMANDS} gives something else than functions.")
    return commands


def _answers(hook: str, call: Callable[[], Iterable[Iterable[object]]]) -> list[object]:
    try:
        return [offered for answer in call() for offered in answer]
    except Exception as error:  # a stranger's hook may raise anything
        raise _Broken(f"Its hook {hook} failed: {type(error).__name__}: {_first_line(error)}.") from error


def _the_one_type(name: str, offered: list[object]) -> AdapterType[Any]:
    if not offered:
        raise _Broken(f"It offers no adapter type. Its module needs a function {_HOOK}, marked with @hookimpl.")
    for found in offered:
        if not isinstance(found, AdapterType):
            raise _Broken(f"Its hook {_HOOK} gives a {type(found).__name__} where an AdapterType is due.")
        if found.name != name:
            raise _Broken(
                f"Its entry point is named '{name}', and its adapter type '{found.name}'. Give both the same name, and each "
                "type an entry point of its own."
            )
        _check_settings(found.settings)
    if len(offered) > 1:
        raise _Broken(f"It offers '{name}' {len(offered)} times.")
    (found,) = offered
    assert isinstance(found, AdapterType)
    return found


def _check_settings(settings: object) -> None:
    if not (isinstance(settings, type) and issubclass(settings, BaseModel)):
        raise _Broken("Its settings are no pydantic model. Derive them from gateway.adapter.AdapterSettings.")
    if settings.model_config.get("extra") != "forbid":
        raise _Broken("Its settings let unknown keys pass. Derive them from gateway.adapter.AdapterSettings.")


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else "without a message"
