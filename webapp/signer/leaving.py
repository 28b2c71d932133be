"""Leaving a request: it is for somebody else, or it is to be gone on with later.

心当たりがない is also for whoever cannot prove that he is the one who was asked. He has the link
and nothing else: its pages show no document, no question and no answer.
"""

from uuid import UUID

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from domain.forms import FormProblems
from domain.questions import MAX_CHARACTERS, QuestionKind, check_question
from domain.refusals import Refusal
from storage import questions, visits
from webapp.language import problem_texts
from webapp.security import may
from webapp.signer.blueprint import blueprint
from webapp.signer.links import fresh_nonce
from webapp.signer.pages import page, to
from webapp.signer.questions import tell_sender, too_many
from webapp.signer.visiting import ACT, ENTER, LEFT, now, visiting
from webapp.state import state

PAUSE = "pause"
"""The button of the reader's form that keeps what is typed and ends the visit."""


@blueprint.get("/sign/<uuid:visit>/not-mine")
@may(ENTER)
def not_mine(visit: UUID) -> AnyResponse:
    """The form; looking at it says nothing."""
    del visit  # the guard has read it
    return _form()


@blueprint.post("/sign/<uuid:visit>/not-mine")
@may(ENTER)
def say_not_mine(visit: UUID) -> AnyResponse:
    """Tell the sender; reminders stop until he has done something about it."""
    typed = request.form.get("question", "")
    if not visiting().holder.may_act:
        return _form(typed)
    try:
        text = check_question(QuestionKind.WRONG_PERSON, typed)
        said = tell_sender(QuestionKind.WRONG_PERSON, text)
    except FormProblems as problem:
        return _form(typed, problem_texts(problem.problems))
    except Refusal:
        return _form(typed, {"question": too_many()})
    if said.text != text:  # it was said before, and these words have gone nowhere
        return _form(typed)
    return to("signer.told_not_mine", visit)


@blueprint.get("/sign/<uuid:visit>/not-mine/told")
@may(ENTER)
def told_not_mine(visit: UUID) -> AnyResponse:
    """That the sender was told, to whoever has told him in this visit."""
    found = visiting()
    with state().database.reading() as session:
        mine = questions.of_person(session, found.holder.participant.id)
    said = (row.asked_at for row in mine if row.kind == QuestionKind.WRONG_PERSON)
    if not any(at >= found.visit.opened_at for at in said):
        return to("signer.not_mine", visit)
    return page("signer/not_mine_told.html")


@blueprint.post("/sign/<uuid:visit>/pause")
@may(ACT)
def pause(visit: UUID) -> AnyResponse:
    """End this visit where the open document has nothing to enter: all the rest is kept."""
    return leave(visit) if visiting().holder.may_act else to("signer.done", visit)


def leave(visit: UUID) -> AnyResponse:
    """保存して中断する: whoever comes after him at this screen sees nothing. The link stays."""
    with state().database.transaction() as session:
        visits.end(session, visiting(), now())
    return to("signer.left", visit)


@blueprint.get("/sign/<uuid:visit>/left")
@may(LEFT)
def left(visit: UUID) -> AnyResponse:
    """That it can be gone on with, how, and until when. Nothing of the request itself."""
    if visiting().visit.ended_at is None:
        return to("signer.guide", visit)
    return page("signer/left.html")


def _form(typed: str = "", errors: dict[str, str] | None = None) -> Response:
    with state().database.reading() as session:
        told = questions.open_word(session, visiting().holder.participant.id)
    answer = page(
        "signer/not_mine.html",
        told=told,
        typed=typed,
        errors=errors or {},
        nonce=fresh_nonce(),
        limit=MAX_CHARACTERS,
    )
    answer.status_code = 422 if errors else 200
    return answer
