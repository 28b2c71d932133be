"""WebAuthn: what browsers are asked, and whether what they answer proves it. Wraps py_webauthn,
which nothing else imports; it is loaded when somebody first uses a passkey.

Passkeys are made without attestation: who built an authenticator is nobody's business here. That
its holder was verified (by finger, face or PIN) is demanded each time.
"""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from domain.passkeys import MAX_RESPONSE_CHARACTERS, KeptAssertion, RelyingParty

TIMEOUT_MS = 240_000
"""How long a browser may wait for its person; shorter than a challenge lives."""


class PasskeyRefused(Exception):
    """What came is no proof. The words are for logs; nothing in them is secret."""

    claimed: UUID | None = None
    """Whose passkey it would have been, if it is known here: a claim, for the log alone."""


class Known(NamedTuple):
    """A registered passkey, as browsers are told of it; the id is base64url."""

    credential_id: str
    transports: tuple[str, ...] = ()


class Owner(NamedTuple):
    """For whom a passkey is made. Authenticators show the names when several may be chosen."""

    handle: bytes
    name: str
    display_name: str


class Registered(NamedTuple):
    """A new passkey; id and key (a COSE_Key) are base64url."""

    credential_id: str
    public_key: str
    sign_count: int
    transports: tuple[str, ...]


class Assertion(NamedTuple):
    """What an authenticator signed, and its signature; all base64url."""

    credential_id: str
    authenticator_data: str
    client_data: str
    signature: str


def creation_options(
    party: RelyingParty, service: str, owner: Owner, challenge: bytes, known: Sequence[Known]
) -> dict[str, Any]:
    """For navigator.credentials.create(), bytes as base64url."""
    from webauthn import generate_registration_options
    from webauthn.helpers import options_to_json_dict
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    options = generate_registration_options(
        rp_id=party.id,
        rp_name=service,
        user_id=owner.handle,
        user_name=owner.name,
        user_display_name=owner.display_name,
        challenge=challenge,
        timeout=TIMEOUT_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_descriptors(known),
    )
    return options_to_json_dict(options)


def request_options(
    party: RelyingParty, challenge: bytes, known: Sequence[Known]
) -> dict[str, Any]:
    """For navigator.credentials.get(), bytes as base64url."""
    from webauthn import generate_authentication_options
    from webauthn.helpers import options_to_json_dict
    from webauthn.helpers.structs import UserVerificationRequirement

    options = generate_authentication_options(
        rp_id=party.id,
        challenge=challenge,
        timeout=TIMEOUT_MS,
        allow_credentials=_descriptors(known),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json_dict(options)


def _descriptors(known: Sequence[Known]) -> list[Any]:
    from webauthn.helpers.structs import AuthenticatorTransport, PublicKeyCredentialDescriptor

    usable = set(AuthenticatorTransport)
    return [
        PublicKeyCredentialDescriptor(
            id=_bytes(row.credential_id),
            transports=[AuthenticatorTransport(word) for word in row.transports if word in usable],
        )
        for row in known
    ]


def check_registration(party: RelyingParty, response: str, challenge: bytes) -> Registered:
    """A new passkey out of what the browser answered. Raises PasskeyRefused."""
    from webauthn import verify_registration_response
    from webauthn.helpers import bytes_to_base64url, parse_registration_credential_json

    _check_length(response)
    try:
        parsed = parse_registration_credential_json(response)
        _check_frame(parsed.response.client_data_json)
        made = verify_registration_response(
            credential=parsed,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except PasskeyRefused:
        raise
    except Exception as problem:  # the parsers raise whatever hostile bytes make them raise
        raise PasskeyRefused(str(problem)) from problem
    return Registered(
        bytes_to_base64url(made.credential_id),
        bytes_to_base64url(made.credential_public_key),
        made.sign_count,
        tuple(word.value for word in parsed.response.transports or ()),
    )


def read_assertion(response: str) -> Assertion:
    """The parts of what the browser answered, not judged yet. Raises PasskeyRefused."""
    from webauthn.helpers import bytes_to_base64url, parse_authentication_credential_json

    _check_length(response)
    try:
        parsed = parse_authentication_credential_json(response)
    except Exception as problem:
        raise PasskeyRefused(str(problem)) from problem
    return Assertion(
        bytes_to_base64url(parsed.raw_id),
        bytes_to_base64url(parsed.response.authenticator_data),
        bytes_to_base64url(parsed.response.client_data_json),
        bytes_to_base64url(parsed.response.signature),
    )


def user_handle_of(response: str) -> bytes | None:
    """Whose passkey the authenticator says that it is, if it does. Raises PasskeyRefused."""
    _check_length(response)
    try:
        said = json.loads(response)["response"].get("userHandle")
        return _bytes(said) if said else None
    except Exception as problem:
        raise PasskeyRefused(str(problem)) from problem


def challenge_of(response: str) -> bytes:
    """Which challenge an answer says that it answers. Raises PasskeyRefused."""
    _check_length(response)
    try:
        said = json.loads(_bytes(json.loads(response)["response"]["clientDataJSON"]))
        return _bytes(said["challenge"])
    except Exception as problem:
        raise PasskeyRefused(str(problem)) from problem


def check_assertion(
    party: RelyingParty,
    assertion: Assertion,
    public_key: str,
    challenge: bytes,
    sign_count: int = 0,
) -> int:
    """The authenticator's new count of signatures. Raises PasskeyRefused.

    A count that is in use and has not grown since `sign_count` is a copied authenticator's.
    """
    from webauthn import verify_authentication_response
    from webauthn.helpers.structs import AuthenticationCredential, AuthenticatorAssertionResponse

    try:
        client_data = _bytes(assertion.client_data)
        _check_frame(client_data)
        proven = verify_authentication_response(
            credential=AuthenticationCredential(
                id=assertion.credential_id,
                raw_id=_bytes(assertion.credential_id),
                response=AuthenticatorAssertionResponse(
                    client_data_json=client_data,
                    authenticator_data=_bytes(assertion.authenticator_data),
                    signature=_bytes(assertion.signature),
                ),
            ),
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=_bytes(public_key),
            credential_current_sign_count=sign_count,
            require_user_verification=True,
        )
    except PasskeyRefused:
        raise
    except Exception as problem:
        raise PasskeyRefused(str(problem)) from problem
    return proven.new_sign_count


def holds(kept: KeptAssertion, challenge: bytes) -> bool:
    """Whether a kept assertion proves this challenge, for the host that it names."""
    assertion = Assertion(
        kept.credential_id, kept.authenticator_data, kept.client_data, kept.signature
    )
    try:
        check_assertion(
            RelyingParty(kept.rp_id, kept.origin), assertion, kept.public_key, challenge
        )
    except PasskeyRefused:
        return False
    return True


def _check_length(response: str) -> None:
    if len(response) > MAX_RESPONSE_CHARACTERS:
        raise PasskeyRefused("longer than any answer")


def _check_frame(client_data: bytes) -> None:
    """py_webauthn does not look whether another site's frame asked (WebAuthn 3, section 7.2)."""
    said = json.loads(client_data)
    if not isinstance(said, dict) or said.get("crossOrigin", False) is not False:
        raise PasskeyRefused("asked from another site's frame")


def _bytes(text: str) -> bytes:
    from webauthn.helpers import base64url_to_bytes

    return base64url_to_bytes(text)
