"""Return paths: every mail has an envelope sender of its own, which only we can make.

`bounces+<notice id>-<proof>@<domain>`: a report that comes back to it names the notice, whatever
the report itself looks like (VERP). The proof keeps others from reporting mails lost whose id
they know. Both parts are base32 in lower case: some servers change the case of local parts.
"""

import base64
import binascii
import hmac
from uuid import UUID

_DOMAIN = b"musubi bounce 1\x00"
"""Keeps these HMACs apart from link tokens, which the same key makes."""
_PROOF_BYTES = 15
"""120 bits. With the id, 8 + 26 + 1 + 24 characters: RFC 5321 allows 64 (4.5.3.1.1)."""
_ID_CHARACTERS = 26


class ReturnPaths:
    """Makes and reads return paths. `address` empty: every mail has `fallback` instead."""

    def __init__(self, address: str, key: bytes, *, fallback: str = "") -> None:
        self._local, _, self._host = address.lower().rpartition("@")
        self._key = key
        self._fallback = fallback

    def of_notice(self, notice_id: UUID) -> str:
        """The envelope sender of this notice's mail."""
        if not self._local:
            return self._fallback
        return f"{self._local}+{_text(notice_id.bytes)}-{self._proof(notice_id)}@{self._host}"

    def notice_of(self, address: str) -> UUID | None:
        """The notice that a return path was made for; None if we did not make it."""
        local, _, host = address.lower().rpartition("@")
        name, _, token = local.rpartition("+")
        if not self._local or (name, host) != (self._local, self._host):
            return None
        coded, _, proof = token.partition("-")
        notice_id = _id(coded)
        if notice_id is None or not proof.isascii():
            return None
        return notice_id if hmac.compare_digest(proof, self._proof(notice_id)) else None

    def is_plain(self, address: str) -> bool:
        """Whether it is the bounce address itself, as servers without subaddresses leave it."""
        return bool(self._local) and address.lower() == f"{self._local}@{self._host}"

    def _proof(self, notice_id: UUID) -> str:
        return _text(hmac.digest(self._key, _DOMAIN + notice_id.bytes, "sha256")[:_PROOF_BYTES])


def _text(data: bytes) -> str:
    return base64.b32encode(data).rstrip(b"=").decode().lower()


def _id(coded: str) -> UUID | None:
    if len(coded) != _ID_CHARACTERS or not coded.isascii():
        return None
    try:
        found = UUID(bytes=base64.b32decode(coded.upper() + "======"))
    except (binascii.Error, ValueError):
        return None
    # The last character has spare bits: one id, one spelling.
    return found if _text(found.bytes) == coded else None
