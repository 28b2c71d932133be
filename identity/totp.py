"""Time-based one-time codes (RFC 6238): six digits, thirty seconds, each accepted once."""

import hmac
from datetime import datetime

import pyotp

STEP_SECONDS = 30
DRIFT_STEPS = 1
"""One step to each side: phones' clocks are a few seconds off."""
DIGITS = 6


def new_secret() -> str:
    """160 random bits in base 32, as authenticator apps take them."""
    return pyotp.random_base32(32)


def provisioning_uri(secret: str, mail: str, service: str) -> str:
    """The `otpauth:` address behind the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=mail, issuer_name=service)


def accepted_step(secret: str, code: str, last_step: int | None, now: datetime) -> int | None:
    """The step whose code this is, or None.

    A step at or before `last_step` is never accepted again (RFC 6238, 5.2): a code that was
    read over a shoulder is worth nothing. The caller stores the step in one conditional update.
    """
    typed = "".join(character for character in code if not character.isspace())
    if len(typed) != DIGITS or not (typed.isascii() and typed.isdigit()):
        return None
    totp = pyotp.TOTP(secret)
    current = int(now.timestamp()) // STEP_SECONDS
    found = None
    for step in range(current - DRIFT_STEPS, current + DRIFT_STEPS + 1):
        if hmac.compare_digest(totp.generate_otp(step), typed):
            found = step
    if found is None or (last_step is not None and found <= last_step):
        return None
    return found
