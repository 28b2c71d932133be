"""Members' passkeys as browsers show them: what was asked, and what the answer is worth.

The challenge lies in the signed cookie of the browser that asked, with what it is for and whose it
is; there is one at a time.
"""

import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, jsonify, request, session
from sqlalchemy.orm import Session

from domain.member_passkeys import Purpose
from domain.passkeys import CHALLENGE_LIFE, RelyingParty, relying_party
from runtime.passkeys import PasskeyRefused, read_assertion, request_options, user_handle_of
from storage import member_passkeys
from storage.member_passkeys import Answer
from storage.tables import Member
from webapp import login as logins
from webapp.language import say
from webapp.state import state

ANSWER = "passkey"
"""The form's field that a script fills with what the authenticator answered."""
CHALLENGE_BYTES = 32
CONFLICT = 409
_KEPT = "passkey"


def party() -> RelyingParty:
    """The host that people reach; never what a request's own header says."""
    return relying_party(state().settings.base_url)


def ask(purpose: Purpose, whose: str) -> bytes:
    """A new challenge of this browser; one that was asked before is forgotten."""
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    session[_KEPT] = [purpose.value, whose, challenge.hex(), logins.now().isoformat()]
    return challenge


def take(purpose: Purpose, whose: str) -> bytes:
    """The challenge that this browser was asked for this. Raises PasskeyRefused."""
    try:
        kept_purpose, kept_whose, challenge, at = session.pop(_KEPT)
        age = logins.now() - datetime.fromisoformat(at)
        asked = bytes.fromhex(challenge)
    except (KeyError, TypeError, ValueError):
        raise PasskeyRefused("nothing was asked of this browser") from None
    if (kept_purpose, kept_whose) != (purpose.value, whose) or not age <= CHALLENGE_LIFE:
        raise PasskeyRefused("another challenge, or too late")
    return asked


def ask_known(purpose: Purpose, whose: str, member: Member) -> Response:
    """For navigator.credentials.get(), of somebody who is known already."""
    with state().database.reading() as db:
        rows = member_passkeys.known(db, member.id, party().id)
    if not rows:
        return unavailable(say("使えるパスキーがありません。ほかの方法で確認してください。"))
    return options(request_options(party(), ask(purpose, whose), rows))


def use(db: Session, purpose: Purpose, whose: str, member_id: UUID | None = None) -> Member:
    """Whose passkey answered what this browser was asked. Raises PasskeyRefused."""
    challenge, typed = take(purpose, whose), request.form.get(ANSWER, "")
    answer = Answer(party(), challenge, read_assertion(typed), user_handle_of(typed))
    return member_passkeys.use(db, state().vault, answer, logins.now(), member_id)


def options(values: dict[str, Any]) -> Response:
    """For the page's script; a browser that is led here by a link saves it as a file."""
    answer = jsonify(values)
    answer.headers["Content-Disposition"] = 'attachment; filename="passkey.json"'
    return answer


def unavailable(sentence: str) -> Response:
    """No challenge now; the script shows why."""
    answer = options({"sentence": sentence})
    answer.status_code = CONFLICT
    return answer


def not_confirmed() -> str:
    """What is said where the answer was none."""
    return say("パスキーを確認できませんでした。もう一度お試しください。")
