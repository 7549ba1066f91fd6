"""A file that others see whole or not at all: written aside, brought to the disk, and only then given its name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO


class Aside:
    """`path`: where the file is to be. Beside it lies `.<name>.part` until then. Blocks: for a thread of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._part = path.with_name(f".{path.name}.part")
        self._stream: BinaryIO | None = None

    def begin(self) -> None:
        """An empty file, whatever an earlier attempt left; who still writes to that one writes to nobody."""
        self.path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        self._part.unlink(missing_ok=True)
        descriptor = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
        self._stream = open(descriptor, "wb")  # noqa: SIM115  # closed by `sync` or `leave`

    def write(self, data: bytes) -> None:
        assert self._stream is not None
        self._stream.write(data)

    def sync(self) -> None:
        """What was written is on the disk, and so is that the file is there."""
        assert self._stream is not None
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self.leave()
        _sync_folder(self.path.parent)

    def leave(self) -> None:
        """Close what is open; what was written stays aside."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def publish(self) -> None:
        """The file has its name. Once more changes nothing, even if somebody has taken it away by now."""
        try:
            self._part.rename(self.path)
        except FileNotFoundError:
            return
        _sync_folder(self.path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
