"""Login tokens: 256 random bits in the cookie, their SHA-256 in the database."""

import hashlib
import secrets
from datetime import datetime

from domain.limits import MEMBER_ABSOLUTE, MEMBER_IDLE


def new_token() -> str:
    """43 characters that nobody guesses."""
    return secrets.token_urlsafe(32)


def token_sha256(token: str) -> str:
    """What the database knows of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_live(created_at: datetime, last_seen_at: datetime, now: datetime) -> bool:
    """Whether a login still holds: neither idle for too long nor too old."""
    return now - last_seen_at <= MEMBER_IDLE and now - created_at <= MEMBER_ABSOLUTE
