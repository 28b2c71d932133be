"""他の人に依頼する: the asked person names somebody of his own side, who is asked instead."""

from uuid import UUID

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from domain.addressees import refused_to_outsiders
from domain.forms import FormProblems
from domain.handovers import Successor, TypedSuccessor, check_successor
from domain.kinds import ActKind, HandoverPolicy
from domain.limits import MAX_REASON_CHARACTERS
from domain.refusals import WORDS, Refusal, RefusalCode
from storage.handovers import objection
from webapp.language import problem_texts, words
from webapp.security import may
from webapp.signer.blueprint import blueprint
from webapp.signer.forms import ActForm, successor_from
from webapp.signer.pages import act_form, carry_out, page, posted_act, refused, shown_now, shut
from webapp.signer.queries import handover_of
from webapp.signer.visiting import ACT, ANSWER, visiting
from webapp.state import state

UNPROCESSABLE = 422
_ABOUT_THE_PERSON = frozenset(
    {
        RefusalCode.ALREADY_ON_ROUTE,
        RefusalCode.OTHER_SIDE,
        RefusalCode.OWN_DRAFT,
        RefusalCode.NO_AUTHENTICATOR,
        RefusalCode.DOMAIN_NOT_ALLOWED,
    }
)


@blueprint.get("/sign/<uuid:visit>/handover")
@may(ANSWER)
def handover(visit: UUID) -> AnyResponse:
    """Ask who it shall be, and why."""
    return _unless_closed(visit) or handover_page(
        TypedSuccessor(language=visiting().holder.participant.language)
    )


@blueprint.post("/sign/<uuid:visit>/handover")
@may(ACT)
def handover_confirm(visit: UUID) -> AnyResponse:
    """Show once more who will be asked, before it is final."""
    closed = _unless_closed(visit)
    if closed is not None:
        return closed
    typed = successor_from(request.form)
    if request.form.get("amend"):
        return handover_page(typed)
    problems = _problems(typed)
    if problems:
        return handover_page(typed, problems)
    form = act_form(shown_now())
    return page("signer/handover_confirm.html", typed=typed, form=form)


@blueprint.post("/sign/<uuid:visit>/handover/act")
@may(ACT)
def hand_over(visit: UUID) -> AnyResponse:
    """Write the act, tell the workflow, show what became of it."""
    typed = successor_from(request.form)
    problems = _problems_of_form(typed)
    if problems:
        return handover_page(typed, problems)
    form = ActForm(
        kind=ActKind.HAND_OVER,
        nonce=request.form.get("nonce", ""),
        version_sha256=request.form.get("version", ""),
        reason=typed.reason,
    )
    try:
        return carry_out(visit, posted_act(form, _checked(typed)))
    except Refusal as refusal:
        if refusal.code in _ABOUT_THE_PERSON:
            return handover_page(typed, {"new-mail": _said(refusal.code, typed)})
        return refused(visit, refusal.code, typed.reason)


def handover_page(
    typed: TypedSuccessor, problems: dict[str, str] | None = None, status: int = UNPROCESSABLE
) -> Response:
    """The form, with what is wrong in it."""
    with state().database.reading() as session:
        found = handover_of(session, visiting().holder)
    answer = page(
        "signer/handover.html",
        typed=typed,
        handover=found,
        errors=problems or {},
        limit=MAX_REASON_CHARACTERS,
    )
    answer.status_code = status if problems else 200
    return answer


def _checked(typed: TypedSuccessor) -> Successor:
    """Raises FormProblems."""
    return check_successor(typed, by_sms=bool(visiting().holder.participant.phone))


def _problems_of_form(typed: TypedSuccessor) -> dict[str, str]:
    try:
        _checked(typed)
    except FormProblems as found:
        return problem_texts(found.problems)
    return {}


def _problems(typed: TypedSuccessor) -> dict[str, str]:
    """What keeps this person from being named, by field."""
    found = _problems_of_form(typed)
    if found:
        return found
    successor = _checked(typed)
    with state().database.reading() as session:
        code = objection(session, visiting().holder.participant, successor)
    return {"new-mail": _said(code, typed)} if code is not None else {}


def _said(code: RefusalCode, typed: TypedSuccessor) -> str:
    if code is RefusalCode.DOMAIN_NOT_ALLOWED:
        return words(refused_to_outsiders(typed.mail.strip()))
    return words(WORDS[code])


def _unless_closed(visit: UUID) -> AnyResponse | None:
    """Where somebody goes who cannot hand over (any more)."""
    holder = visiting().holder
    if not holder.may_act:
        return shut(visit)
    with state().database.reading() as session:
        refused = handover_of(session, holder).policy is HandoverPolicy.REFUSED
    if not refused:
        return None
    code = RefusalCode.HANDOVER_NOT_ALLOWED
    answer = page("signer/refused.html", code=code, sentence=WORDS[code], reason="", again=False)
    answer.status_code = 403
    return answer
