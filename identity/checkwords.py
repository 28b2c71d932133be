"""Check words of mails: derived, never stored.

HMAC over the person of an envelope and his address, under a key of its own: the mailing process
and the web app hold it, and it opens nothing. Every mail of one envelope to one address has the
same word; a corrected address has another.
"""

import hmac
from uuid import UUID

from domain.checkwords import word_from

MIN_KEY_BYTES = 32
_DOMAIN = b"musubi check word 1\x00"


class CheckWords:
    """Implements domain.ports.notices.CheckMint."""

    def __init__(self, key: bytes) -> None:
        """`key` is at least 32 random bytes; a shorter one raises ValueError."""
        if len(key) < MIN_KEY_BYTES:
            message = f"a check key has at least {MIN_KEY_BYTES} bytes"
            raise ValueError(message)
        self._key = key

    def word(self, participant_id: UUID, mail: str) -> str:
        """`K7MQ-RT3V`."""
        message = _DOMAIN + participant_id.bytes + mail.lower().encode("utf-8", "replace")
        return word_from(hmac.digest(self._key, message, "sha256"))
