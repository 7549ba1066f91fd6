"""Files that a tenant names: inside a folder of its own, and nowhere else."""

from __future__ import annotations

from pathlib import Path, PurePosixPath


class FileRefused(ValueError):
    """There is no such file in the folder, or the name leads out of it. `str()` is a sentence without the name."""


def file_inside(folder: Path, name: str | Path) -> Path:
    """The file `name` (relative, with `/`) of `folder`; a link may lead to another file of the folder, not out of it.

    Raises FileRefused.
    """
    relative = PurePosixPath(str(name))
    if relative.is_absolute() or ".." in relative.parts or "\\" in str(name) or "\0" in str(name):
        raise FileRefused(f"Name a file by its path inside {folder}, without '..'.")
    try:
        root = folder.resolve(strict=True)
        found = (root / relative).resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise FileRefused(f"There is no such file in {folder}. Put it there, or correct the name.") from error
    if not found.is_relative_to(root):
        raise FileRefused(f"This file is a link that leads out of {folder}. Put the file itself there.")
    if not found.is_file():
        raise FileRefused(f"There is no such file in {folder}. Name a file, not a folder.")
    return found
