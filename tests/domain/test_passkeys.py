"""What a passkey signs at the moment of an act."""

from typing import Any

import pytest

from domain.passkeys import (
    EVIDENCE,
    SignedAct,
    act_challenge,
    kept_assertion,
    key_sha256,
    nonce_sha256,
    relying_party,
)

ACT = SignedAct(
    envelope="e",
    participant="p",
    visit="v",
    kind="sign",
    version=1,
    version_sha256="1" * 64,
    values_sha256="2" * 64,
    evidence={"fields_sha256": "3" * 64, "look": {"kind": "name"}, "agent": "a"},
)


def test_the_challenge_changes_with_everything_that_is_agreed_to() -> None:
    first = act_challenge(ACT, "salt", "nonce")
    assert len(first) == 32
    changes: dict[str, Any] = {
        "envelope": "f",
        "participant": "q",
        "visit": "w",
        "kind": "approve",
        "version": 2,
        "version_sha256": "4" * 64,
        "values_sha256": "5" * 64,
        "evidence": {"fields_sha256": "3" * 64, "look": {"kind": "stamp", "sha256": "6"}},
    }
    others = [
        act_challenge(ACT._replace(**{name: changed}), "salt", "nonce")
        for name, changed in changes.items()
    ]
    others += [
        act_challenge(ACT._replace(evidence={"look": {"kind": "name"}}), "salt", "nonce"),
        act_challenge(ACT, "other", "nonce"),
        act_challenge(ACT, "salt", "other"),
    ]
    assert len({first, *others}) == len(others) + 1


def test_the_challenge_leaves_out_what_nobody_agrees_to() -> None:
    elsewhere = ACT._replace(evidence={**ACT.evidence, "agent": "b", "factors": []})
    assert act_challenge(ACT, "salt", "nonce") == act_challenge(elsewhere, "salt", "nonce")


@pytest.mark.parametrize(
    ("url", "host", "origin"),
    [
        ("http://localhost:8080", "localhost", "http://localhost:8080"),
        ("https://keiyaku.example.jp/", "keiyaku.example.jp", "https://keiyaku.example.jp"),
        ("https://keiyaku.example.jp:443", "keiyaku.example.jp", "https://keiyaku.example.jp"),
        (
            "https://Keiyaku.Example.jp:8443/x",
            "keiyaku.example.jp",
            "https://keiyaku.example.jp:8443",
        ),
    ],
)
def test_the_relying_party_is_the_public_url_s_host(url: str, host: str, origin: str) -> None:
    assert relying_party(url) == (host, origin)


def kept() -> dict[str, str]:
    return {
        "challenge_id": "c",
        "nonce_sha256": nonce_sha256("n"),
        "rp_id": "localhost",
        "origin": "http://localhost",
        "credential_id": "AA",
        "public_key": "AA",
        "authenticator_data": "AA",
        "client_data": "AA",
        "signature": "AA",
        "registered_at": "2026-11-23T07:47:04.123456Z",
    }


def test_a_kept_assertion_is_whole_and_well_formed_or_none() -> None:
    assert kept_assertion({EVIDENCE: kept()}) is not None
    assert kept_assertion({}) is None
    assert kept_assertion({EVIDENCE: "x"}) is None
    assert kept_assertion({EVIDENCE: kept() | {"more": "x"}}) is None
    for name in kept():
        assert kept_assertion({EVIDENCE: {k: v for k, v in kept().items() if k != name}}) is None
    assert kept_assertion({EVIDENCE: kept() | {"signature": "A=A"}}) is None


def test_nonce_and_key_are_named_by_hashes() -> None:
    assert nonce_sha256("a") != nonce_sha256("b")
    assert key_sha256("a") != key_sha256("b")
