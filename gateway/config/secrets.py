"""What `!env` and `!file` name becomes a Secret; in the file's values a word without meaning stands for it.

Validators and their messages so never see a secret: only a field declared as one can exchange the word for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import TypeAlias

from gateway.config.document import Path, Problems, Step, Tagged, Value, is_below
from gateway.config.folder import FileRefused, file_inside
from gateway.core.model import Json
from gateway.core.redaction import Secret

MOST_BYTES = 64 * 1024
"""Largest secret."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_MARK = "\ue000"
TEXTS = "texts"
"""Context key of validation: a function as `gateway.adapter.settings.SECRETS`, for secrets of several lines."""

MISPLACED = "A secret does not belong here: this value is no password or token. Write the value itself."


class SecretRefused(ValueError):
    """The secret is there, and its field cannot take it; the text is a sentence."""


class _Missing(ValueError):
    """There is no such secret, or it is not this tenant's; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class SecretStore:
    """Where a tenant's secrets are: the folder `secrets/<slug>/`, and variables with its prefix or listed for it.

    `config`: the folder of the configuration. `slugs`: all tenants, since `ACME_BR_KEY` is `acme-br`'s, not `acme`'s.
    """

    slug: str
    config: FilePath
    environ: Map[str, str] = field(repr=False)
    listed: frozenset[str]
    slugs: frozenset[str]

    def read(self, tagged: Tagged) -> tuple[Secret, FilePath | None]:
        """The secret, and the file that it came from."""
        if tagged.tag == "!env":
            return _given(self._variable(tagged.name), "the environment variable"), None
        path, text = _of_file(tagged.name, self.config / "secrets" / self.slug)
        return _given(text, "the file"), path

    def _variable(self, name: str) -> str:
        prefix = variable_prefix(self.slug)
        if not _NAME.fullmatch(name) or not (name in self.listed or self._owns(name)):
            raise _Missing(
                f"This is not one of the tenant's environment variables. Their names start with {prefix}, "
                f"or are listed in gateway.yaml under tenants.{self.slug}.env."
            )
        return _of_environment(name, self.environ)

    def _owns(self, name: str) -> bool:
        """Of all tenants whose prefix the name has, the one with the longest owns it."""
        head = name
        while "_" in head:
            head = head.rpartition("_")[0]
            slug = head.lower().replace("_", "-")
            if head == head.upper() and (slug == self.slug or slug in self.slugs):
                return slug == self.slug
        return False


@dataclass(frozen=True, slots=True)
class OwnSecretStore:
    """Where gateway.yaml's own secrets are: the folder `secrets/gateway/`, which no tenant can have, and any variable."""

    folder: FilePath
    environ: Map[str, str] = field(repr=False)

    def read(self, tagged: Tagged) -> tuple[Secret, FilePath | None]:
        """As `SecretStore.read`."""
        if tagged.tag == "!env":
            return _given(_of_environment(tagged.name, self.environ), "the environment variable"), None
        path, text = _of_file(tagged.name, self.folder)
        return _given(text, "the file"), path


def _of_environment(name: str, environ: Map[str, str]) -> str:
    value = environ.get(name)
    if value is None:
        raise _Missing(f"The environment variable {name} is not set. Set it where the gateway runs.")
    return value


def _of_file(name: str, folder: FilePath) -> tuple[FilePath, str]:
    try:
        path = file_inside(folder, name)
        data = path.read_bytes()
    except FileRefused as error:
        raise _Missing(str(error)) from error
    except OSError as error:
        raise _Missing(f"The file cannot be read ({error.strerror}). Check its owner and mode.") from error
    if len(data) > MOST_BYTES:
        raise _Missing(f"The file is larger than {MOST_BYTES // 1024} KiB. That is no secret.")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _Missing("The file is not UTF-8 text. Put the secret into it as text.") from error
    return path, text.removesuffix("\n").removesuffix("\r")


def _given(text: str, what: str) -> Secret:
    if not text:
        raise _Missing(f"{what} is empty. Put the secret into it.")
    return Secret(text)


def variable_prefix(slug: str) -> str:
    """`acme-br` -> `ACME_BR_`."""
    return slug.upper().replace("-", "_") + "_"


def is_stand_in(value: object) -> bool:
    return isinstance(value, str) and value.startswith(_MARK)


@dataclass(slots=True)
class Secrets:
    """The secrets of one file. `files`: those that were read for it."""

    files: list[FilePath] = field(default_factory=list)
    _secrets: dict[str, tuple[Secret, tuple[Step, ...]]] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)

    def take(self, text: str) -> Secret | None:
        """The secret that `text` stands for; None for plain text. Raises SecretRefused for one of several lines."""
        secret = self.take_text(text)
        if secret is not None and _CONTROL.search(secret.reveal()):
            raise SecretRefused(
                "This secret holds a line break or another control character, which no request can carry."
            )
        return secret

    def take_text(self, text: str) -> Secret | None:
        """As `take`, of a secret that may have several lines (a certificate, a key)."""
        found = self._secrets.get(text)
        if found is None:
            return None
        self._taken.add(text)
        return found[0]

    def let_pass(self, path: Path) -> None:
        """Nobody looked at what stands below `path`: the secrets there are not out of place."""
        self._taken.update(text for text, (_, at) in self._secrets.items() if is_below(at, path))

    def report_misplaced(self, problems: Problems, *, unread: Collection[Path] = ()) -> None:
        """Complain of every secret that no field for secrets took; `unread`: below these paths nobody has looked yet."""
        for text, (_, path) in self._secrets.items():
            if text in self._taken or problems.touch(path) or any(is_below(path, above) for above in unread):
                continue
            problems.at(path, MISPLACED)
            problems.close(path)

    def stand_in(self, secret: Secret, path: tuple[Step, ...]) -> str:
        text = f"{_MARK}{len(self._secrets)}"
        self._secrets[text] = (secret, path)
        return text


Read: TypeAlias = Callable[[Tagged], tuple[Secret, FilePath | None]]


def settle(value: Value, read: Read | None, problems: Problems) -> tuple[Json, Secrets]:
    """The values with a stand-in for each secret, and the secrets. One that cannot be had is reported.

    `read`: None where the file may hold no secrets.
    """
    secrets = Secrets()
    return _settled(value, (), read, problems, secrets), secrets


def _settled(value: Value, path: tuple[Step, ...], read: Read | None, problems: Problems, secrets: Secrets) -> Json:
    if isinstance(value, dict):
        return {
            key: item if type(item) is str else _settled(item, (*path, key), read, problems, secrets)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_settled(item, (*path, index), read, problems, secrets) for index, item in enumerate(value)]
    if not isinstance(value, Tagged):
        return value
    if read is None:
        problems.at(path, "This file holds no secrets. Write the value itself.")
        return secrets.stand_in(Secret(""), path)
    try:
        secret, file = read(value)
    except _Missing as error:
        problems.at(path, str(error))
        return secrets.stand_in(Secret(""), path)
    if file is not None:
        secrets.files.append(file)
    return secrets.stand_in(secret, path)
