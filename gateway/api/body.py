"""What every body of the JSON API is made from."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

JsonValue = Annotated[object, Meta(extra_json_schema={"description": "Any JSON value."})]


class Body(msgspec.Struct, frozen=True, gc=False):
    """Base of every body. Its repr shows nothing: bodies hold personal data."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} …>"
