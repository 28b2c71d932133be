"""質問: what somebody wants to know before he acts, or that the mail reached the wrong person."""

from hashlib import sha256
from uuid import UUID

from flask import Response, flash, request
from werkzeug.wrappers import Response as AnyResponse

from domain.choices import chosen
from domain.forms import FormProblems
from domain.limits import MAX_NONCE_CHARACTERS
from domain.questions import MAX_CHARACTERS, QuestionKind, check_question
from domain.refusals import Refusal
from storage import questions
from storage.followers import follower
from storage.outbox import When
from storage.questions import Asking
from storage.tables import Question
from webapp.language import problem_texts, say
from webapp.security import may
from webapp.signer.blueprint import blueprint
from webapp.signer.links import fresh_nonce
from webapp.signer.pages import page, shut, to
from webapp.signer.visiting import ACT, ANSWER, now, visiting
from webapp.state import state


@blueprint.get("/sign/<uuid:visit>/question")
@may(ANSWER)
def question(visit: UUID) -> AnyResponse:
    """The form, and what this person asked before, with the answers."""
    del visit  # the guard has read it
    return _form(_kind(request.args.get("kind", "")))


@blueprint.post("/sign/<uuid:visit>/question")
@may(ACT)
def ask_question(visit: UUID) -> AnyResponse:
    """Keep the question; the sender gets it by mail."""
    kind, typed = _kind(request.form.get("kind", "")), request.form.get("question", "")
    if not visiting().holder.may_act:
        return shut(visit)
    try:
        text = check_question(kind, typed)
        said = tell_sender(kind, text)
    except FormProblems as problem:
        return _form(kind, typed, problem_texts(problem.problems))
    except Refusal:
        return _form(kind, typed, {"question": too_many()})
    if said.text != text:  # only of the wrong person: said before, and not said twice
        return _form(kind, typed, {"question": _known_already()})
    flash(
        say("差出人に伝えました。お返事はメールで届きます。")
        if kind is QuestionKind.QUESTION
        else say("差出人に伝えました。ほかに何もなさらなくて結構です。"),
        "success",
    )
    return to("signer.question", visit)


def tell_sender(kind: QuestionKind, text: str) -> Question:
    """Keep what this form says; the sender gets it by mail. Raises Refusal.

    A form that is sent again with other words, after a step back, is another question.
    """
    typed = request.form.get("nonce", "")[:MAX_NONCE_CHARACTERS]
    nonce = sha256(f"{typed}\n{kind.value}\n{text}".encode()).hexdigest()
    asking = Asking(kind, text, nonce)
    holder, when = visiting().holder, When(now(), state().message_host)
    with state().database.transaction() as session:
        return questions.ask(session, holder.envelope, holder.participant, asking, when)


def too_many() -> str:
    """Where as much was said as anybody needs."""
    return say("送れる回数の上限に達しました。下のお問い合わせ先にご連絡ください。")


def _known_already() -> str:
    return say(
        "心当たりがないことは、差出人にすでに伝わっています。お問い合わせ先にご連絡ください。"
    )


def _form(kind: QuestionKind, typed: str = "", errors: dict[str, str] | None = None) -> Response:
    holder = visiting().holder
    with state().database.reading() as session:
        asked = questions.of_person(session, holder.participant.id)
        sender = follower(session, holder.envelope)
    answer = page(
        "signer/question.html",
        kind=kind,
        asked=asked,
        sender=sender,
        typed=typed,
        errors=errors or {},
        nonce=fresh_nonce(),
        limit=MAX_CHARACTERS,
    )
    answer.status_code = 422 if errors else 200
    return answer


def _kind(wanted: str) -> QuestionKind:
    return chosen(QuestionKind, wanted, QuestionKind.QUESTION)
