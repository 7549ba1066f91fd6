"""`gateway prospects load` that kills itself at a named step: `python -m tests.prove.dying_load STEP WHEN TIMES -- …`.

STEP is a method of the load (`sync`, `publish`, `settle` …), WHEN is `before` or `after`, TIMES says which of its calls. A
SIGKILL from inside is a SIGKILL, and hits the point that is meant. The lease of who was killed lasts a moment, and
not a minute.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from gateway.cli import main
from gateway.service import prospect_sending
from gateway.service.aside import Aside
from gateway.storage import load_base
from gateway.storage.load_base import LoadBase


def kills(owner: Any, step: str, when: str, times: int) -> None:
    """At the call of that number."""
    real = getattr(owner, step)
    calls = itertools.count(1)

    def now(at: str, call: int) -> None:
        if at == when and call == times:
            os.kill(os.getpid(), signal.SIGKILL)

    def sync(*arguments: Any, **named: Any) -> Any:
        call = next(calls)
        now("before", call)
        made = real(*arguments, **named)
        now("after", call)
        return made

    async def later(*arguments: Any, **named: Any) -> Any:
        call = next(calls)
        now("before", call)
        made = await real(*arguments, **named)
        now("after", call)
        return made

    replacement: Callable[..., Any] = sync if owner is Aside else later
    setattr(owner, step, replacement)


if __name__ == "__main__":
    step, when, times, _, *arguments = sys.argv[1:]
    load_base.HELD = timedelta(milliseconds=1)
    if step != "never":
        owners: dict[str, Any] = {"save_person": prospect_sending}
        kills(owners.get(step, Aside if hasattr(Aside, step) else LoadBase), step, when, int(times))
    sys.argv = ["gateway", *arguments]
    sys.exit(main())
