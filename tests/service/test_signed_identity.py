"""Signed identities: nobody is believed to be anybody unless the company signed it, for this tenant, just now."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import (
    IdentityExpired,
    IdentityForged,
    IdentityForOthers,
    IdentityIncomplete,
    IdentityLivesTooLong,
    IdentityNotYet,
    IdentityRefused,
)
from gateway.core.model import Json
from gateway.core.redaction import Secret
from gateway.core.signed_identity import Algorithm, SignedToken, UserHash
from gateway.service.signed_identity import LONGEST_TOKEN, verify, verify_user_hash
from tests.service.signing import HOW, NOW, SECRET, at, claims, pair, signed

GOOD = signed(claims())
TEXT = "".join(map(chr, range(32, 127)))


def part(value: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def by_hand(header: Json, payload: bytes, secret: str = SECRET) -> str:
    """A token as a library would not make it, signed all the same."""
    head = f"{part(header)}.{base64.urlsafe_b64encode(payload).rstrip(b'=').decode()}"
    mac = hmac.new(secret.encode(), head.encode(), hashlib.sha256).digest()
    return f"{head}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


# ---------------------------------------------------------------------------------------------- what is good


def test_a_good_token_gives_the_search_fields_that_the_tenant_reads_from_it() -> None:
    said = verify(signed(claims(**{"https://acme.example/cpf": "529.982.247-25"})), HOW, NOW)
    assert said.fields == {"email": "ana@example.com", "cpf": "529.982.247-25"}
    assert (said.subject, said.token_id) == ("u-7", "t-1")
    assert said.expires_at == NOW + timedelta(seconds=120)
    assert "ana" not in repr(said)


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_shared_secrets(algorithm: str) -> None:
    how = replace(HOW, algorithm=Algorithm(algorithm))
    assert verify(signed(claims(), algorithm=algorithm), how, NOW).subject == "u-7"


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_keys_in_pairs(algorithm: str) -> None:
    mine, other = pair(algorithm), pair(algorithm)
    how = replace(HOW, algorithm=Algorithm(algorithm), key=Secret(mine.public))
    assert verify(signed(claims(), mine.private, algorithm), how, NOW).subject == "u-7"
    with pytest.raises(IdentityForged):
        verify(signed(claims(), other.private, algorithm), how, NOW)


def test_an_id_may_be_a_number_and_an_unverified_address_is_none() -> None:
    how = replace(HOW, claims={"codigo": "sub", "email": "email"})
    said = verify(signed(claims(sub=1234, email_verified=False)), how, NOW)
    assert said.fields == {"codigo": "1234"}
    assert verify(signed(claims(sub=1234, email_verified=True)), how, NOW).fields["email"] == "ana@example.com"


# ---------------------------------------------------------------------------------------------- what is forged


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "", None, 7, "HS384", "hs256", ["HS256"]])
def test_a_tokens_own_header_decides_nothing(alg: Json) -> None:
    payload = json.dumps(claims()).encode()
    for token in (by_hand({"alg": alg}, payload), by_hand({"alg": alg}, payload).rpartition(".")[0] + "."):
        with pytest.raises(IdentityForged):
            verify(token, HOW, NOW)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_a_public_key_is_never_taken_for_a_secret(algorithm: str) -> None:
    public = pair(algorithm).public
    how = replace(HOW, algorithm=Algorithm(algorithm), key=Secret(public))
    for header in ({"alg": "HS256"}, {"alg": algorithm}):
        with pytest.raises(IdentityForged):
            verify(by_hand(header, json.dumps(claims()).encode(), public), how, NOW)


@pytest.mark.parametrize(
    "payload",
    [
        b'{"sub": "u-7", "email": "ana@example.com", "email": "rui@example.com", "exp": 1795348860}',
        b'{"email": "ana@example.com", "exp": NaN}',
        b'{"email": "ana@example.com", "exp": Infinity}',
        b'{"email": "ana@example.com", "exp": "1795348860"}',
        b'{"email": "ana@example.com", "exp": true}',
        b'{"email": "ana@example.com", "exp": 1e999}',
        b'{"email": "ana@example.com", "exp": -1}',
        b'["email", "ana@example.com"]',
        b"{" * 3000,
        b"[" * 3000,
        b"\xff\xfe",
        b"7" * 5000,
        b"text",
    ],
)
def test_claims_that_two_readers_would_read_differently_are_refused(payload: bytes) -> None:
    with pytest.raises(IdentityForged):
        verify(by_hand({"alg": "HS256"}, payload), HOW, NOW)


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "HS256", "crit": ["exp"], "exp": 1},
        {"alg": "HS256", "crit": ["b64"], "b64": False},
        {"alg": "HS256", "b64": False},
        {"alg": "HS256", "kid": {"a": 1}},
        ["HS256"],
    ],
)
def test_headers_that_ask_for_more_are_refused(header: Json) -> None:
    with pytest.raises(IdentityForged):
        verify(by_hand(header, json.dumps(claims()).encode()), HOW, NOW)


def test_a_key_that_a_token_brings_along_opens_nothing() -> None:
    theirs = {
        "alg": "HS256",
        "jwk": {"kty": "oct", "k": part("theirs")},
        "jku": "https://evil.example/keys",
        "kid": "../../x",
    }
    with pytest.raises(IdentityForged):
        verify(by_hand(theirs, json.dumps(claims()).encode(), "theirs"), HOW, NOW)


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "a.b", "a.b.c", "a.b.c.d", f"{GOOD}=", f"{GOOD} ", f"\n{GOOD}", f"{GOOD}.", f"{GOOD}\x00"],
)
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(IdentityForged):
        verify(token, HOW, NOW)


@pytest.mark.parametrize("token", ["é" * 20, "\ud800.a.b", "x" * (LONGEST_TOKEN + 1), GOOD.replace(".", "．")])
def test_nor_is_what_has_other_characters_or_no_end(token: str) -> None:
    with pytest.raises(IdentityForged):
        verify(token, HOW, NOW)


@given(st.integers(0, len(GOOD) - 1), st.sampled_from(TEXT))
def test_one_other_character_anywhere_makes_it_worthless(where: int, character: str) -> None:
    changed = GOOD[:where] + character + GOOD[where + 1 :]
    if changed != GOOD:
        with pytest.raises(IdentityForged):
            verify(changed, HOW, NOW)


@given(st.integers(0, len(GOOD)), st.integers(0, 12), st.text(TEXT, max_size=12))
def test_whatever_is_cut_out_or_put_in_makes_it_worthless(where: int, length: int, put: str) -> None:
    changed = GOOD[:where] + put + GOOD[where + length :]
    if changed != GOOD:
        with pytest.raises(IdentityForged):
            verify(changed, HOW, NOW)


@given(st.text(max_size=300))
def test_any_text_is_refused_in_words_without_it(text: str) -> None:
    with pytest.raises(IdentityRefused) as refused:
        verify(text, HOW, NOW)
    assert len(text) < 8 or text not in str(refused.value)


# ---------------------------------------------------------------------------------------------- its time


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (claims(exp=None), IdentityLivesTooLong),
        (claims(exp=at(-31)), IdentityExpired),
        (claims(exp=at(331)), IdentityLivesTooLong),
        (claims(exp=253_402_300_799), IdentityLivesTooLong),
        (claims(iat=at(-331)), IdentityExpired),
        (claims(iat=at(31)), IdentityNotYet),
        (claims(nbf=at(31)), IdentityNotYet),
    ],
)
def test_a_token_is_good_for_a_short_time_only(said: dict[str, Json], error: type[IdentityRefused]) -> None:
    with pytest.raises(error):
        verify(signed(said), HOW, NOW)


@pytest.mark.parametrize(
    "said", [claims(exp=at(-29)), claims(exp=at(329)), claims(iat=at(29)), claims(nbf=at(29)), claims(iat=None)]
)
def test_two_clocks_may_differ_a_little(said: dict[str, Json]) -> None:
    assert verify(signed(said), HOW, NOW).subject == "u-7"


def test_the_texts_of_refusals_say_what_to_do_and_no_value() -> None:
    with pytest.raises(IdentityLivesTooLong) as refused:
        verify(signed(claims(exp=at(9999))), HOW, NOW)
    assert str(refused.value) == ("The signed identity has to expire (exp) within 300 s. Sign one when it is needed.")
    with pytest.raises(IdentityForOthers) as refused_for_others:
        verify(signed(claims(iss="https://evil.example")), replace(HOW, issuer="https://acme.example"), NOW)
    assert str(refused_for_others.value) == (
        "The signed identity names another 'iss' than this tenant's file. Make the two agree."
    )


# ---------------------------------------------------------------------------------------------- for whom, about whom


@pytest.mark.parametrize(
    ("said", "good"),
    [
        ({"iss": "acme", "aud": "gateway"}, True),
        ({"iss": "acme", "aud": ["shop", "gateway"]}, True),
        ({"iss": "acme", "aud": ["shop"]}, False),
        ({"iss": "acme", "aud": "gateway2"}, False),
        ({"iss": "acme"}, False),
        ({"iss": ["acme"], "aud": "gateway"}, False),
        ({"aud": "gateway"}, False),
    ],
)
def test_issuer_and_audience_are_those_of_the_file(said: dict[str, Json], good: bool) -> None:
    how = replace(HOW, issuer="acme", audience="gateway")
    if good:
        assert verify(signed_raw(claims(**said)), how, NOW).subject == "u-7"
    else:
        with pytest.raises(IdentityForOthers):
            verify(signed_raw(claims(**said)), how, NOW)


def signed_raw(said: dict[str, Json]) -> str:
    return by_hand({"alg": "HS256"}, json.dumps(said).encode())


@pytest.mark.parametrize(
    ("said", "how"),
    [
        (claims(email=None), HOW),
        (claims(email=" "), HOW),
        (claims(email=["ana@example.com"]), HOW),
        (claims(email=True), HOW),
        (claims(email=1.5), HOW),
        (claims(email=10**40), HOW),
        (claims(email="x" * 1001), HOW),
        (claims(email="ana\ud800@example.com"), HOW),
        (claims(jti=None), replace(HOW, single=True)),
        (claims(jti=""), replace(HOW, single=True)),
    ],
)
def test_a_token_that_names_nobody_is_refused(said: dict[str, Json], how: SignedToken) -> None:
    with pytest.raises(IdentityIncomplete):
        verify(signed_raw(said), how, NOW)


# ---------------------------------------------------------------------------------------------- the hash of an id

HASH = UserHash(Secret(SECRET), "codigo")


def hash_of(user: str, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), user.encode(), hashlib.sha256).hexdigest()


def test_the_hash_of_an_id_vouches_for_the_id() -> None:
    for written in (hash_of("4711"), hash_of("4711").upper()):
        said = verify_user_hash("4711", written, HASH)
        assert (said.fields, said.subject, said.token_id) == ({"codigo": "4711"}, "4711", None)


@pytest.mark.parametrize(
    ("user", "written"),
    [
        ("4712", hash_of("4711")),
        ("4711", hash_of("4711", "another secret")),
        ("4711", hash_of("4711")[:-1]),
        ("4711", hash_of("4711") + "0"),
        ("4711", ""),
        ("4711", "é" * 64),
        ("4711", "٣" * 64),
        ("x" * 1001, hash_of("x" * 1001)),
        ("\ud800", "0" * 64),
    ],
)
def test_any_other_hash_vouches_for_nobody(user: str, written: str) -> None:
    with pytest.raises(IdentityForged):
        verify_user_hash(user, written, HASH)


def test_an_empty_id_is_nobody() -> None:
    with pytest.raises(IdentityIncomplete):
        verify_user_hash(" ", hash_of(" "), HASH)


@given(st.integers(0, 63), st.sampled_from("0123456789abcdef"))
def test_one_other_digit_makes_a_hash_worthless(where: int, digit: str) -> None:
    good = hash_of("4711")
    changed = good[:where] + digit + good[where + 1 :]
    if changed != good:
        with pytest.raises(IdentityForged):
            verify_user_hash("4711", changed, HASH)
