"""Passkeys (パスキー): what an authenticator is asked to sign, and what evidence keeps of it.

At the moment of an act the challenge is no random number but a hash over the act: the versions that
were shown, the person's own values, the kind of act, its nonce and visit. So the kept assertion
says by itself what was agreed to, and everybody who has the evidence can check it.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError

from domain.events import Json, canonical

PURPOSE = "musubi-passkey-act-1"
"""Says in the challenge what it is for; another way of making it will get another name."""
CHALLENGE_LIFE = timedelta(minutes=5)
"""From asking for it to the POST that uses it: an authenticator waits for a finger, or a phone
that must be found first."""
MAX_PASSKEYS = 5
"""Of one address in one organisation."""
MAX_RESPONSE_CHARACTERS = 8000
"""Of what a browser answers. An assertion has about 700; with an RSA key and long ids 2,000."""
EVIDENCE = "passkey"
"""The name of the kept assertion in an act's evidence."""
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")


class RelyingParty(NamedTuple):
    """Whom passkeys are made for: a host, and the one origin that may ask for them there."""

    id: str
    origin: str


def relying_party(base_url: str) -> RelyingParty:
    """From the public URL: `https://keiyaku.example.jp/` → `keiyaku.example.jp` and that origin
    without the slash. A passkey works for this host only."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    port = f":{parts.port}" if parts.port not in {None, usual} else ""
    return RelyingParty(host, f"{parts.scheme}://{host}{port}")


class KeptAssertion(BaseModel):
    """An assertion as an act's evidence keeps it. Bytes are base64url without padding (RFC 4648,
    section 5), as browsers write them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    challenge_id: str
    """The salt of the challenge, which was asked for once and used once."""
    nonce_sha256: str
    """Over the act's nonce, which itself is not handed over."""
    rp_id: str
    origin: str
    credential_id: str
    public_key: str
    """COSE_Key, as it was registered."""
    authenticator_data: str
    client_data: str
    signature: str
    registered_at: str


class SignedAct(NamedTuple):
    """What a passkey's signature stands for, as an act's row or record has it."""

    envelope: str
    participant: str
    visit: str
    kind: str
    version: int
    version_sha256: str
    values_sha256: str
    evidence: Mapping[str, Any]
    """Of the act: its `look` and `fields_sha256` are part of what is agreed to."""


def nonce_sha256(nonce: str) -> str:
    """Names the nonce of an act without telling it."""
    return hashlib.sha256(b"musubi-nonce:" + nonce.encode()).hexdigest()


def act_challenge(act: SignedAct, challenge_id: str, nonce_hash: str) -> bytes:
    """What the authenticator signs for an act: 32 bytes."""
    said: Json = {
        "purpose": PURPOSE,
        "salt": challenge_id,
        "nonce_sha256": nonce_hash,
        "envelope": act.envelope,
        "participant": act.participant,
        "visit": act.visit,
        "kind": act.kind,
        "version": act.version,
        "version_sha256": act.version_sha256,
        "values_sha256": act.values_sha256,
        "look": act.evidence.get("look"),
        "fields_sha256": act.evidence.get("fields_sha256"),
    }
    return hashlib.sha256(canonical(said)).digest()


def kept_assertion(evidence: Mapping[str, Any]) -> KeptAssertion | None:
    """The assertion of an act's evidence; None if there is none, or if it is not well-formed."""
    try:
        kept = KeptAssertion.model_validate(evidence.get(EVIDENCE))
    except ValidationError:
        return None
    coded = (
        kept.credential_id,
        kept.public_key,
        kept.authenticator_data,
        kept.client_data,
        kept.signature,
    )
    return kept if all(_BASE64URL.fullmatch(text) for text in coded) else None


def key_sha256(public_key: str) -> str:
    """Names a public key in the ledger; `public_key` is as the evidence keeps it."""
    return hashlib.sha256(public_key.encode()).hexdigest()
