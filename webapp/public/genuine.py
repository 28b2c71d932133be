"""このメールは本物ですか: confirms an envelope number and a check word, and nothing else.

A wrong number and a wrong word get the same answer after the same work: one query, and as many
words compared as an envelope can have people.
"""

import hmac
from uuid import UUID

from flask import Response, make_response, render_template, request

from domain.checkwords import MAX_TYPED, read_number, read_word
from domain.kinds import Language
from domain.limits import MAX_HANDOVERS, MAX_PARTICIPANTS
from storage.genuine import Addressee, addressees
from webapp.language import language, say
from webapp.public.blueprint import blueprint
from webapp.security import public
from webapp.state import state
from webapp.tries import count_check

UNPROCESSABLE = 422
_WORK = MAX_PARTICIPANTS * (1 + MAX_HANDOVERS)
_NOBODY = Addressee(UUID(int=0), "", "", "")


@blueprint.get("/check")
@public
def check_form() -> Response:
    """Ask for the two things that the mail says."""
    return _page({}, "", "")


@blueprint.post("/check")
@public
def check() -> Response:
    """Who sent the mail, or that it cannot be confirmed."""
    number, word = (request.form.get(name, "")[:MAX_TYPED] for name in ("number", "word"))
    errors = {}
    if not number.strip():
        errors["number"] = say("封筒番号を入力してください。")
    if not word.strip():
        errors["word"] = say("確認のことばを入力してください。")
    if errors:
        return _page(errors, number, word)
    counted = count_check(read_number(number))
    sender = _sender(read_number(number), read_word(word))
    if sender:
        with state().database.transaction() as session:
            counted.succeeded(session)
    return _page({}, number, word, sender)


def _sender(number: str, word: str) -> str:
    """Name of the organisation whose mail has this word; empty if none has."""
    with state().database.reading() as session:
        people = addressees(session, number)
    found = _NOBODY
    for person in (*people, *[_NOBODY] * (_WORK - len(people))):
        right = state().check_words.word(person.participant_id, person.mail)
        if hmac.compare_digest(right.encode(), word.encode("utf-8", "replace")):
            found = person
    english = found.organisation_en if language() is Language.EN else ""
    return english or found.organisation


def _page(errors: dict[str, str], number: str, word: str, sender: str | None = None) -> Response:
    """`sender` None: nothing was asked yet."""
    body = render_template(
        "public/check.html",
        errors=errors,
        number=number,
        word=word,
        sender=sender,
        home=state().settings.base_url.rstrip("/"),
    )
    return make_response(body, UNPROCESSABLE if errors else 200)
