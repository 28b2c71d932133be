"""Passkeys: what an authenticator answers, and what is refused of it."""

import json
from typing import Any

import pytest

from domain.passkeys import RelyingParty
from runtime.passkeys import (
    Known,
    Owner,
    PasskeyRefused,
    check_assertion,
    check_registration,
    creation_options,
    read_assertion,
    request_options,
)
from tests.authenticator import PRESENT, Authenticator, coded

PARTY = RelyingParty("localhost", "http://localhost:8080")
CHALLENGE = b"c" * 32
OWNER = Owner(b"h" * 16, "yamada@example.jp", "山田 太郎")


def registered(device: Authenticator) -> str:
    options = creation_options(PARTY, "Musubi", OWNER, CHALLENGE, [])
    return check_registration(PARTY, device.create(options), CHALLENGE).public_key


def asked(challenge: bytes = CHALLENGE) -> dict[str, Any]:
    return request_options(PARTY, challenge, [])


def test_a_passkey_is_registered_and_proves_a_challenge() -> None:
    device = Authenticator()
    options = creation_options(PARTY, "Musubi", OWNER, CHALLENGE, [Known(coded(b"other"))])
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["attestation"] == "none"
    assert [row["id"] for row in options["excludeCredentials"]] == [coded(b"other")]
    made = check_registration(PARTY, device.create(options), CHALLENGE)
    assert made.credential_id == coded(device.credential_id)
    assert made.transports == ("internal", "hybrid")
    known = Known(made.credential_id, (*made.transports, "teleport"))
    request = request_options(PARTY, b"d" * 32, [known])
    assert request["userVerification"] == "required"
    assert request["allowCredentials"][0]["transports"] == ["internal", "hybrid"]
    answer = read_assertion(device.get(request))
    assert check_assertion(PARTY, answer, made.public_key, b"d" * 32) == 1


@pytest.mark.parametrize(
    "lie",
    [
        {"rp_id": "example.jp"},
        {"origin": "http://localhost:8081"},
        {"origin": "https://localhost:8080"},
        {"flags": PRESENT},
        {"flags": 0},
        {"cross_origin": True},
    ],
)
def test_another_host_origin_or_frame_and_a_person_who_was_not_verified_are_refused(
    lie: dict[str, Any],
) -> None:
    device = Authenticator()
    key = registered(device)
    for name, value in lie.items():
        setattr(device, name, value)
    with pytest.raises(PasskeyRefused):
        check_assertion(PARTY, read_assertion(device.get(asked())), key, CHALLENGE)
    with pytest.raises(PasskeyRefused):
        registered(device)


def test_another_challenge_another_key_and_an_altered_signature_are_refused() -> None:
    device, other = Authenticator(), Authenticator()
    key = registered(device)
    right = read_assertion(device.get(asked()))
    foreign = read_assertion(other.get(asked()))
    altered = right._replace(signature=foreign.signature)
    for answer, challenge in ((right, b"x" * 32), (foreign, CHALLENGE), (altered, CHALLENGE)):
        with pytest.raises(PasskeyRefused):
            check_assertion(PARTY, answer, key, challenge)
    check_assertion(PARTY, right, key, CHALLENGE)


def test_a_count_that_has_not_grown_is_refused_and_none_at_all_is_taken() -> None:
    device = Authenticator()
    key = registered(device)
    answer = read_assertion(device.get(asked()))
    assert check_assertion(PARTY, answer, key, CHALLENGE, sign_count=0) == 1
    with pytest.raises(PasskeyRefused):
        check_assertion(PARTY, answer, key, CHALLENGE, sign_count=1)
    still = Authenticator(counts=False)
    key = registered(still)
    answer = read_assertion(still.get(asked()))
    assert check_assertion(PARTY, answer, key, CHALLENGE, sign_count=0) == 0


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "null", "x" * 8001, json.dumps({"id": "a", "rawId": "a", "response": {}})],
)
def test_what_is_no_answer_is_refused(text: str) -> None:
    with pytest.raises(PasskeyRefused):
        read_assertion(text)
    with pytest.raises(PasskeyRefused):
        check_registration(PARTY, text, CHALLENGE)


def test_bytes_that_are_no_cbor_are_refused() -> None:
    device = Authenticator()
    key = registered(device)
    answer = read_assertion(device.get(asked()))
    for broken in ("", "AA", "____", "é"):
        with pytest.raises(PasskeyRefused):
            check_assertion(PARTY, answer._replace(authenticator_data=broken), key, CHALLENGE)
        with pytest.raises(PasskeyRefused):
            check_assertion(PARTY, answer._replace(client_data=broken), key, CHALLENGE)
        with pytest.raises(PasskeyRefused):
            check_assertion(PARTY, answer, broken, CHALLENGE)
