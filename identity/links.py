"""Tokens of mailed links: derived, never stored.

The same link and generation give the same token, so a reminder carries the link that the first
mail carried; a raised generation gives another one and the old stops working. The database holds
the SHA-256 only, so neither a copy of it nor the web app can make a link that opens.
"""

import base64
import hashlib
import hmac
import re
from uuid import UUID

from domain.ports.notices import IssuedCode

MIN_KEY_BYTES = 32
TOKEN_CHARACTERS = 43
"""256 bits in base64url without padding."""

_TOKEN = re.compile(rf"[A-Za-z0-9_-]{{{TOKEN_CHARACTERS}}}")
_DOMAIN, _PAD_DOMAIN = b"musubi link 1\x00", b"musubi pad 1\x00"
_INVITATION_DOMAIN = b"musubi invitation 1\x00"
_RESET_DOMAIN = b"musubi password reset 1\x00"
"""Keep these HMACs apart from any other use that a key may get one day."""


class LinkMinter:
    """Implements domain.ports.notices.LinkMint. Only the process that mails links makes one."""

    def __init__(self, key: bytes) -> None:
        """`key` is at least 32 random bytes; a shorter one raises ValueError."""
        self._key = _long_enough(key)

    def token(self, link_id: UUID, generation: int) -> str:
        """URL-safe token of 256 bits, 43 characters."""
        return _token(self._key, _DOMAIN, link_id.bytes + generation.to_bytes(8, "big"))


class InvitationMinter:
    """Implements domain.ports.notices.InvitationMint, with the same key."""

    def __init__(self, key: bytes) -> None:
        """As LinkMinter."""
        self._key = _long_enough(key)

    def issue(self, invitation_id: UUID, generation: int) -> IssuedCode:
        """A token as long as a link's, and what the database holds of it."""
        name = invitation_id.bytes + generation.to_bytes(8, "big")
        token = _token(self._key, _INVITATION_DOMAIN, name)
        return IssuedCode(token, token_sha256(token))


class ResetMinter:
    """Implements domain.ports.notices.ResetMint, with the same key."""

    def __init__(self, key: bytes) -> None:
        """As LinkMinter."""
        self._key = _long_enough(key)

    def issue(self, reset_id: UUID) -> IssuedCode:
        """A token as long as a link's, and what the database holds of it."""
        token = _token(self._key, _RESET_DOMAIN, reset_id.bytes)
        return IssuedCode(token, token_sha256(token))


def _long_enough(key: bytes) -> bytes:
    if len(key) < MIN_KEY_BYTES:
        message = f"a link key has at least {MIN_KEY_BYTES} bytes"
        raise ValueError(message)
    return key


def pad_token(web_key: bytes, pad_id: UUID) -> str:
    """Of the address at which a phone is the pad of a computer; as long as a link's. The web app
    makes and shows it."""
    return _token(web_key, _PAD_DOMAIN, pad_id.bytes)


def _token(key: bytes, domain: bytes, message: bytes) -> str:
    digest = hmac.digest(key, domain + message, "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def looks_like_token(text: str) -> bool:
    """Whether `text` has the shape of a token; anything else needs no look at the database."""
    return _TOKEN.fullmatch(text) is not None


def token_sha256(token: str) -> str:
    """Hexadecimal SHA-256: what the database holds of a link token or of a cookie's token."""
    return hashlib.sha256(token.encode("utf-8")).hexdigest()
