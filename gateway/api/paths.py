"""Which endpoint an address leads to, in one step however many addresses there are."""

from __future__ import annotations

import re
from collections.abc import Sequence

from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.core.errors import UnknownPath

_HOLE = re.compile(r"\{(\w+)\}")


class Paths:
    """Finds a request's route: by one look-up, or by one pattern made of all paths with holes (`{tenant}`: what lies between
    two slashes), whose values come into `scope["path_params"]`. Raises UnknownPath."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._fixed: dict[str, ASGIApp] = {}
        # By the number of the path's last group, which tells which path matched.
        self._holed: dict[int, tuple[list[str], int, ASGIApp]] = {}
        patterns: list[str] = []
        groups = 0
        for route in routes:
            names = _HOLE.findall(route.path)
            if not names:
                self._fixed[route.path] = route.app
                continue
            patterns.append("([^/]+)".join(map(re.escape, _HOLE.split(route.path)[::2])))
            self._holed[groups + len(names)] = (names, groups, route.app)
            groups += len(names)
        self._pattern = re.compile("|".join(patterns))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        app = self._fixed.get(path)
        if app is None:
            found = self._pattern.fullmatch(path)
            if found is None or found.lastindex is None:
                raise UnknownPath
            names, before, app = self._holed[found.lastindex]
            scope["path_params"] = dict(zip(names, found.groups()[before:], strict=False))
        await app(scope, receive, send)
