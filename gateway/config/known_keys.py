"""Which keys a pydantic model knows at a place inside it, read from its annotations."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from gateway.config.document import Step


def known_keys(model: type[BaseModel], location: tuple[Step, ...]) -> tuple[str, ...]:
    """The keys of the mapping at `location`, in the models' order; empty where any key is allowed or none is."""
    here: list[Any] = [model]
    for step in location:
        inner = [found for annotation in here for found in _inside(annotation, step)]
        # A step that leads nowhere is the name of a union's branch.
        here = inner or [found for found in here if getattr(found, "__name__", None) == step] or here
    models = [found for annotation in here for found in _forms(annotation) if _is_model(found)]
    return tuple(dict.fromkeys(name for found in models for name in _names(found)))


def _inside(annotation: Any, step: Step) -> Iterator[Any]:
    for form in _forms(annotation):
        if _is_model(form):
            for name, info in form.model_fields.items():
                if step == (info.alias or name):
                    yield from _forms(info.annotation)
        elif get_origin(form) in (dict, list, tuple, set, frozenset):
            arguments = [argument for argument in get_args(form) if argument is not Ellipsis]
            yield from _forms(arguments[-1])


def _forms(annotation: Any) -> Iterator[Any]:
    """The annotation without Annotated, a union as its branches."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _forms(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for branch in get_args(annotation):
            yield from _forms(branch)
    else:
        yield annotation


def _is_model(form: Any) -> bool:
    return isinstance(form, type) and issubclass(form, BaseModel)


def _names(model: type[BaseModel]) -> Iterator[str]:
    return (info.alias or name for name, info in model.model_fields.items())
