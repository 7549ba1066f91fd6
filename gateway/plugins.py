"""Discovery of installed plugins, and the making of their adapters: the edge at which a stranger's code is let in.

A plugin is a module named by an entry point of the group `gateway`. Each is loaded on its own: one that cannot be used is
left out, with the reason, and named in the error of every tenant that asked for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import Any

import pluggy

from gateway.adapter import hookspecs
from gateway.adapter.contract import Adapter, AdapterContext, AdapterType
from gateway.core.errors import ConfigurationError, Located, Misconfigured, SourceError


@dataclass(frozen=True, slots=True)
class Plugins:
    """`types`: adapter type by its name. `broken`: entry point -> why it cannot be used, a sentence for its author."""

    types: Map[str, AdapterType[Any]]
    broken: Map[str, str]


def discover(found: Iterable[EntryPoint] | None = None) -> Plugins:
    """Every installed plugin (or those `found`). Raises ConfigurationError where two have one name: which one answers for a
    customer must not depend on the order of a folder."""
    points = sorted(entry_points(group=hookspecs.PROJECT) if found is None else found, key=lambda point: point.name)
    _refuse_namesakes(points)
    types: dict[str, AdapterType[Any]] = {}
    broken: dict[str, str] = {}
    for point in points:
        loaded = _load(point)
        if isinstance(loaded, str):
            broken[point.name] = loaded
        else:
            types[point.name] = loaded
    return Plugins(types, broken)


def make_adapter(kind: AdapterType[Any], settings: object, context: AdapterContext) -> Adapter | SourceError:
    """The adapter of one source, or why it cannot be made: a stranger's mistake must cost this source alone."""
    try:
        return kind.create(settings, context)
    except SourceError as error:
        return error
    except Exception as error:  # noqa: BLE001  the edge at which a plugin is let in
        why = type(error).__name__
        return Misconfigured(f"The plugin '{kind.name}' could not make its adapter ({why}). Tell its author.")


def _refuse_namesakes(points: Sequence[EntryPoint]) -> None:
    owners: dict[str, set[str]] = {}
    for point in points:
        owners.setdefault(point.name, set()).add(point.dist.name if point.dist else point.value)
    problems = [
        Located(
            "plugins", 0, 0, f"two distributions offer the plugin '{name}': {', '.join(sorted(both))}. Uninstall one."
        )
        for name, both in owners.items()
        if len(both) > 1
    ]
    if problems:
        raise ConfigurationError(problems)


def _load(point: EntryPoint) -> AdapterType[Any] | str:
    """The plugin's adapter type, or why there is none."""
    try:
        module = point.load()
    except Exception as error:  # noqa: BLE001  loading a plugin
        return f"it cannot be imported ({type(error).__name__}: {error})."
    if not isinstance(module, ModuleType):
        return f"its entry point must name a module, and names a {type(module).__name__}."
    try:
        offered = _offered(module)
    except pluggy.PluginValidationError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001  loading a plugin
        return f"its hook raised {type(error).__name__}: {error}."
    return _the_one(point.name, offered)


def _offered(module: ModuleType) -> list[object]:
    """What the module's hook gives. A manager of its own: one plugin's mistake must not reach another's."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(module)
    known = [name for name in dir(manager.hook) if not name.startswith("_")]
    for caller in manager.get_hookcallers(manager.get_plugin(manager.get_name(module) or "")) or []:
        if caller.spec is None:
            near = get_close_matches(caller.name, known, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise pluggy.PluginValidationError(module, f"it marks '{caller.name}', which is no hook.{hint}")
    return [kind for kinds in manager.hook.gateway_adapters() for kind in kinds]


def _the_one(name: str, offered: Sequence[object]) -> AdapterType[Any] | str:
    types = [kind for kind in offered if isinstance(kind, AdapterType)]
    if len(types) != len(offered):
        return "its hook gives something that is no AdapterType."
    if not types:
        return "it offers no adapter type: implement gateway_adapters and mark it with hookimpl."
    if [kind.name for kind in types] != [name]:
        names = ", ".join(kind.name for kind in types)
        return f"it offers '{names}' under the entry point '{name}': both must have one name."
    return types[0]
