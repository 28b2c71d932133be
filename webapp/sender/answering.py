"""The sender answers what somebody asked: once, by mail, and in the ledger."""

from uuid import UUID

from flask import flash, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from domain.forms import FormProblems
from domain.ids import read_id
from domain.questions import check_answer
from domain.refusals import WORDS, Refusal, Words
from storage import questions
from storage.outbox import When
from storage.questions import Answering
from webapp.language import say, words
from webapp.login import member, now
from webapp.security import may
from webapp.sender import blueprint
from webapp.sender.asked import TriedAnswer
from webapp.sender.envelopes import show_envelope
from webapp.sender.scope import envelope_or_404
from webapp.state import state

_UNKNOWN = Words("その質問は見つかりません。", "There is no such question.")


@blueprint.post("/envelopes/<uuid:envelope_id>/answer")
@may("envelope.steer")
def answer_question(envelope_id: UUID) -> BaseResponse:
    """Keep the answer; whoever asked gets it by mail."""
    typed, question_id = request.form.get("answer", ""), read_id(request.form.get("question"))
    try:
        _keep(envelope_id, question_id, check_answer(typed))
    except FormProblems as problem:
        return _again(envelope_id, question_id, typed, problem.problems["answer"])
    except LookupError:
        return _again(envelope_id, None, typed, _UNKNOWN)
    except Refusal as refusal:
        return _again(envelope_id, None, typed, WORDS[refusal.code])
    flash(say("回答しました。質問した方にメールでお知らせします。"), "success")
    return redirect(url_for("sender.envelope", envelope_id=envelope_id), code=303)


def _keep(envelope_id: UUID, question_id: UUID | None, text: str) -> None:
    with state().database.transaction() as session:
        envelope = envelope_or_404(session, envelope_id)
        if question_id is None:
            raise LookupError
        answering = Answering(question_id, text)
        questions.answer(session, envelope, member(), answering, When(now(), state().message_host))


def _again(envelope_id: UUID, question_id: UUID | None, typed: str, problem: Words) -> BaseResponse:
    """The page once more, with what was typed."""
    tried = TriedAnswer(question_id, typed, words(problem))
    return make_response(show_envelope(envelope_id, tried), 422)
