"""Which member's page a form comes from: the token against forgery says it.

Its value in the session begins with a mark of the member, and the token is signed. So what one
member typed is not taken for another's, who logged in meanwhile in the same browser.
"""

import hmac
import secrets
from uuid import UUID

from flask import current_app, request, session
from itsdangerous import BadData, URLSafeTimedSerializer

TOKEN = "csrf_token"  # noqa: S105 - a field's name, and the session's
_SALT = "wtf-csrf-token"
"""Flask-WTF's own: it makes and verifies the tokens that are read here."""
_SEPARATOR = "."


def bind(member_id: UUID) -> None:
    """From here on this browser's forms are this member's."""
    mine = _mark(member_id)
    if TOKEN not in session or owner_of_session() not in {mine, ""}:
        session[TOKEN] = f"{mine}{_SEPARATOR}{secrets.token_hex(20)}"


def owner_of_session() -> str:
    """The mark of whoever was logged in last in this browser; empty of nobody."""
    return _owner(session.get(TOKEN))


def is_of_another() -> bool:
    """Whether the form or script of this request comes from a page of another member's than the one
    who is logged in."""
    mine = owner_of_session()
    return bool(mine) and _owner(_posted()) not in {mine, ""}


def is_from_an_earlier_login() -> bool:
    """Whether it comes from a page of the same member's, who has logged in anew since."""
    mine, posted = owner_of_session(), _posted()
    return bool(mine) and _owner(posted) == mine and posted != session[TOKEN]


def posted_token() -> str:
    """As the form's field or the script's header brought it; empty without one."""
    return request.headers.get("X-CSRFToken") or request.form.get(TOKEN, "")


def _posted() -> object:
    """What the token says; None where it is none of ours."""
    secret = current_app.secret_key
    try:
        value: object = URLSafeTimedSerializer(secret or b"", salt=_SALT).loads(posted_token())
    except BadData:
        return None
    return value


def _mark(member_id: UUID) -> str:
    """Of a member, and without meaning to anybody else."""
    key = current_app.config["SECRET_KEY"]
    return hmac.digest(key, b"form owner" + member_id.bytes, "sha256").hex()[:16]


def _owner(value: object) -> str:
    mark, separator, _ = value.partition(_SEPARATOR) if isinstance(value, str) else ("", "", "")
    return mark if separator else ""
