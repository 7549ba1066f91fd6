"""The file of a tenant's API keys, `config/keys/<slug>.yaml`, as it is written."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from gateway.config.file_model import FileModel, Maybe, Text


class KeyFile(FileModel):
    """One key."""

    id: str = Field(pattern=r"^[0-9a-f]{12}$", description="Names the key; part of it, and safe to log.")
    name: Text = Field(description="For people: who uses it.")
    role: Text = Field(description="What it may do.")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the key's secret part.")
    created: AwareDatetime = Field(description="When it was made, ISO 8601 in UTC.")
    # Not strict: `Maybe` looks at the text first, after which pydantic no longer knows that it comes from a file.
    expires: Maybe[Annotated[AwareDatetime, Field(strict=False)]] = Field(
        default=None, description="When it ends, ISO 8601 in UTC; never without it."
    )


class KeysFile(FileModel):
    """All keys of one tenant."""

    keys: list[KeyFile] = Field(description="The keys, oldest first.")
