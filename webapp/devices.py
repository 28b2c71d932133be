"""Browsers that a member has logged in with before.

A stranger who guesses at an account closes its door for strangers only: a browser that carries
the cookie of an earlier, complete login has tries of its own. The cookie opens nothing. (OWASP:
"Slow Down Online Guessing Attacks with Device Cookies".)
"""

import hashlib
import secrets
from datetime import timedelta

from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

COOKIE = "__Host-musubi-device"
LIFE = timedelta(days=180)
_NAME_BYTES = 16


def known_device(account: str) -> str | None:
    """The name of this browser, if the account's member has logged in with it before."""
    try:
        found = _serializer().loads(
            request.cookies.get(COOKIE, ""), max_age=int(LIFE.total_seconds())
        )
    except BadSignature:
        return None
    if not isinstance(found, list) or len(found) != 2 or found[0] != _digest(account):
        return None
    return str(found[1])


def remember_device(response: Response, account: str) -> None:
    """This browser belongs to the account's member from now on."""
    name = known_device(account) or secrets.token_urlsafe(_NAME_BYTES)
    response.set_cookie(
        COOKIE,
        _serializer().dumps([_digest(account), name]),
        max_age=int(LIFE.total_seconds()),
        secure=True,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="known device")


def _digest(account: str) -> str:
    """The cookie does not tell the next user of a browser whose it was."""
    return hashlib.sha256(account.encode()).hexdigest()
