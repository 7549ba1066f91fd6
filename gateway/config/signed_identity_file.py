"""Blocks that say how a company signs who is logged in, and what is wrong with one: for any place."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping as Map
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from gateway.adapter.settings import TenantSecret
from gateway.config.auth_file import Pem
from gateway.config.document import Path, Problems
from gateway.config.file_model import FileModel, Maybe, Name, Text
from gateway.config.nearest import unknown_search_field
from gateway.config.secrets import SecretRefused
from gateway.config.units import Duration, Lifetime
from gateway.core.redaction import Secret
from gateway.core.signed_identity import LEAST_SECRET, Algorithm, SignedIdentity, SignedToken, UserHash


def _hard_to_guess(secret: Secret) -> Secret:
    # An empty one could not be read, which is reported already.
    if 0 < len(secret.reveal().encode()) < LEAST_SECRET:
        raise SecretRefused(
            f"The secret has less than {LEAST_SECRET} bytes, so that it can be guessed from one signature. "
            "`openssl rand -hex 32` makes a good one."
        )
    if secret.reveal().lstrip().startswith("-----BEGIN"):
        raise SecretRefused("This is a PEM file and no shared secret. Choose RS256, ES256 or EdDSA with public_key.")
    return secret


def _some(claims: dict[str, str]) -> dict[str, str]:
    if not claims:
        raise ValueError("There is no claim. Name at least one: {email: email}.")
    return claims


SigningSecret = Annotated[TenantSecret, AfterValidator(_hard_to_guess)]


class JwtFile(FileModel):
    """A JSON Web Token that the company signs for who is logged in."""

    algorithm: Literal["HS256", "HS384", "HS512", "RS256", "ES256", "EdDSA"] = Field(
        description="What it is signed with; a token's own header decides nothing."
    )
    secret: Maybe[SigningSecret] = Field(
        default=None, description="With HS256, HS384, HS512: the shared secret, of 32, 48 or 64 bytes and more."
    )
    public_key: Maybe[Pem] = Field(
        default=None, description="With RS256, ES256, EdDSA: the public key, `!file signing.pem`."
    )
    issuer: Maybe[Text] = Field(default=None, description="What `iss` has to be; without it `iss` is not looked at.")
    audience: Maybe[Text] = Field(
        default=None, description="What `aud` has to be, or to hold; without it `aud` is not looked at."
    )
    max_age: Lifetime = Field(
        default=300.0, description="How long a token may live: one that expires later, or never, is refused."
    )
    leeway: Duration = Field(default=30.0, description="By how much the two clocks may differ.")
    claims: Annotated[dict[Name, Text], AfterValidator(_some)] = Field(
        description="Search field -> the claim that gives its value."
    )

    @model_validator(mode="after")
    def _the_key_it_needs(self) -> Self:
        shared = Algorithm(self.algorithm).shared
        needed, other = ("secret", "public_key") if shared else ("public_key", "secret")
        if needed not in self.model_fields_set or other in self.model_fields_set:
            raise ValueError(f"{self.algorithm} takes {needed}, and no {other}.")
        if self.leeway > self.max_age:
            raise ValueError("The leeway is longer than max_age. Clocks that differ so much are to be set.")
        return self


class UserHashFile(FileModel):
    """HMAC-SHA-256 of the user's id, in hexadecimal, as chat widgets send it beside the id."""

    secret: SigningSecret = Field(description="The secret that the company signs with: `!env NAME` or `!file name`.")
    field: Name = Field(description="Search field whose value the user's id is.")


class SignedIdentityFile(FileModel):
    """How the company signs who is logged in: one of the two."""

    jwt: Maybe[JwtFile] = Field(default=None, description="A token of its own for each visit.")
    user_hash: Maybe[UserHashFile] = Field(
        default=None, description="A signature of the user's id, which never expires: choose `jwt` where you can."
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError("Give exactly one of jwt and user_hash.")
        return self


# ---------------------------------------------------------------------------------------------- what is wrong with it


def check_identity(
    file: SignedIdentityFile, at: Path, fields: Collection[str], kinds: Map[str, str], problems: Problems
) -> None:
    """Report what only the whole file shows: `fields` are the tenant's search fields, `kinds` those of them that could be
    read; `at` is the path of `file`."""
    if file.jwt is not None:
        check_jwt(file.jwt, (*at, "jwt"), fields, kinds, problems)
    if file.user_hash is not None:
        field, where = file.user_hash.field, (*at, "user_hash", "field")
        if field not in fields:
            problems.at(where, unknown_search_field(field, fields))
        elif kinds.get(field) == "name":
            problems.at(where, "A name tells nobody apart. Name the field of an e-mail, a document or another key.")


def check_jwt(file: JwtFile, at: Path, fields: Collection[str], kinds: Map[str, str], problems: Problems) -> None:
    """As `check_identity`, and the public key."""
    for name in file.claims:
        if name not in fields:
            problems.at_key((*at, "claims", name), unknown_search_field(name, fields))
    if all(kinds.get(name) == "name" for name in file.claims):
        problems.at(
            (*at, "claims"), "A name alone tells nobody apart. Add a claim for an e-mail, a document or another key."
        )
    least = Algorithm(file.algorithm).least_secret
    if file.secret is not None and 0 < len(file.secret.reveal().encode()) < least:
        problems.at(
            (*at, "secret"),
            f"{file.algorithm} needs a secret of {least} bytes or more. `openssl rand -hex {least}` makes a good one.",
        )
    if file.public_key is None or not file.public_key.reveal():
        return
    # Only tenants with keys of their own pay for what reads them.
    from gateway.config.pem import PemRefused, check_public_key

    try:
        check_public_key(file.public_key.reveal(), file.algorithm)
    except PemRefused as error:
        problems.at((*at, "public_key"), str(error))


# ---------------------------------------------------------------------------------------------- what is right


def signed_identity(file: SignedIdentityFile) -> SignedIdentity:
    if file.user_hash is not None:
        return UserHash(file.user_hash.secret, file.user_hash.field)
    assert file.jwt is not None
    return signed_token(file.jwt)


def signed_token(file: JwtFile, *, single: bool = False) -> SignedToken:
    """`single`: as in SignedToken."""
    key = file.secret or file.public_key
    assert key is not None
    claims: Map[str, str] = dict(file.claims)
    return SignedToken(
        Algorithm(file.algorithm), key, claims, file.issuer, file.audience, file.max_age, file.leeway, single
    )
