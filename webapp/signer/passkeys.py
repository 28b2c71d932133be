"""What a visit knows of passkeys: whose they are, and whether a browser's answer is by one."""

from typing import Any

from flask import Response, jsonify

from domain.factors import Factor, Moment
from domain.passkeys import RelyingParty, relying_party
from domain.refusals import WORDS, Refusal
from runtime.passkeys import PasskeyRefused, challenge_of, read_assertion
from storage import factors, passkey_registering, passkeys
from storage.passkeys import PasskeyProof
from storage.tables import Passkey
from webapp.language import words
from webapp.signer.visiting import now, visiting
from webapp.state import state

ANSWER = Factor.PASSKEY.value
"""The form's field that a script fills with what the authenticator answered."""
CONFLICT = 409


def party() -> RelyingParty:
    """The host that people reach; never what a request's own header says."""
    return relying_party(state().settings.base_url)


def own() -> tuple[Passkey, ...]:
    """The passkeys that this visit's person may use."""
    with state().database.reading() as session:
        return passkeys.of_holder(session, visiting().holder, party().id)


def offered(wanted: tuple[Factor, ...]) -> bool:
    """Whether a passkey may be used though none is demanded: in the place of a code by mail, or
    besides the link alone."""
    if Factor.PASSKEY in wanted:
        return False
    replaces = any(factors.stands_in(factor, wanted) for factor in wanted)
    return (replaces or not wanted) and bool(own())


def invitation() -> str:
    """What the guide offers: to `register` a first passkey, to `add` one, or nothing."""
    if not own():
        return "register"
    with state().database.reading() as session:
        return "add" if passkey_registering.may_register(session, visiting(), party().id) else ""


def passkey_at_signing(wanted: tuple[Factor, ...]) -> str:
    """What the confirmation says of passkeys: `demanded`, `lacking` where one is demanded and none
    is there any more, `offered`, or nothing."""
    if Factor.PASSKEY in wanted:
        return "demanded" if own() else "lacking"
    return "offered" if offered(wanted) else ""


def proof_of(answer: str, moment: Moment) -> PasskeyProof | None:
    """The browser's answer, if it is by a passkey of this person to a challenge of this visit.
    Nothing is spent yet."""
    found = visiting()
    try:
        challenge = challenge_of(answer)
        with state().database.reading() as session:
            asked = passkeys.live_challenge(session, found.visit, moment, challenge, now())
            if asked is None:
                return None
            proof = PasskeyProof(party(), asked.id, read_assertion(answer))
            passkeys.judge(session, found.holder, proof, found.visit)
    except PasskeyRefused:
        return None
    return proof


def options(values: dict[str, Any]) -> Response:
    """For the page's script; a browser that is led here by a link saves it as a file."""
    answer = jsonify(values)
    answer.headers["Content-Disposition"] = 'attachment; filename="passkey.json"'
    return answer


def unavailable(sentence: str, status: int = CONFLICT) -> Response:
    """No challenge now; the script shows why."""
    answer = options({"sentence": sentence})
    answer.status_code = status
    return answer


def refused(refusal: Refusal) -> Response:
    """The same for what rows say no to."""
    return unavailable(words(WORDS[refusal.code]))
