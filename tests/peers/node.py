"""Packages of Node, installed from a lock without addresses into a folder of their own the first time."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path


class NoNode(Exception):
    """Why nothing of Node runs here."""


def installed(source: Path, into: Path, scripts: Sequence[str]) -> Path:
    """The folder that holds the scripts and the packages that the lock in `source` names. Raises NoNode."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise NoNode("node or npm is not installed (Debian: apt-get install nodejs npm)")
    files = ("package.json", "package-lock.json", *scripts)
    wanted = sha256(b"".join((source / name).read_bytes() for name in files)).hexdigest()
    stamp = into / ".installed"
    if stamp.exists() and stamp.read_text() == wanted:
        return into
    into.mkdir(exist_ok=True)
    for name in files:
        shutil.copy(source / name, into)
    command = ["npm", "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=into, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoNode(f"npm could not install its packages: {done.stderr.strip()[-200:]}")
    stamp.write_text(wanted)
    return into
