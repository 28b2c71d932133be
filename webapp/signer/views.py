"""The signer's way: guide → read → confirm → act → done, and the way out by declining."""

from uuid import UUID

from flask import Response, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from domain.factors import Factor, Moment
from domain.kinds import ActKind, HandoverPolicy
from domain.limits import MAX_REASON_CHARACTERS
from domain.refusals import WORDS, Refusal, RefusalCode
from storage.factors import demanded
from webapp.security import may
from webapp.signer.asking import Asked
from webapp.signer.begun import begun
from webapp.signer.blueprint import blueprint
from webapp.signer.correction import CorrectionNews, change_pictures, correction_news
from webapp.signer.forms import ActForm, reason_errors
from webapp.signer.judging import member_with_app
from webapp.signer.links import closed
from webapp.signer.pages import (
    act_form,
    asked_now,
    carry_out,
    mandate_gap,
    no_mandate,
    outgrown_gap,
    page,
    posted_act,
    refused,
    shown_now,
    shut,
    to,
)
from webapp.signer.passkeys import invitation, passkey_at_signing
from webapp.signer.proving import NotProven, step_up
from webapp.signer.queries import Handover, Progress, Step, handover_of, progress_of
from webapp.signer.reader import reader_page, sends_back
from webapp.signer.record import gets_record
from webapp.signer.returned import ReturnNews, return_news
from webapp.signer.visiting import ACT, ANSWER, POLL, READ, STOP_POLLING, now, visiting
from webapp.signer.ways import ways
from webapp.state import state


@blueprint.get("/sign/<uuid:visit>/")
@may(READ)
def guide(visit: UUID) -> AnyResponse:
    """What will happen, who asks, until when."""
    if not visiting().holder.may_act:
        return to("signer.done", visit)
    return page(
        "signer/guide.html",
        handover=_handover(),
        sends_back=sends_back(),
        asked=asked_now(),
        correction=_correction(),
        returned=_returned(),
        pictures=change_pictures(visit),
        passkey=invitation(),
        mandate_gap=mandate_gap(),
        outgrown=outgrown_gap(),
    )


@blueprint.get("/sign/<uuid:visit>/read")
@may(READ)
def read(visit: UUID) -> AnyResponse:
    """One document at a time, with the list of what is asked."""
    if not visiting().holder.may_act:
        return to("signer.done", visit)
    missing, saved = bool(request.args.get("check")), bool(request.args.get("saved"))
    wanted = request.args.get("document", 1, type=int)
    return reader_page(asked_now(), wanted, missing=missing, saved=saved)


@blueprint.get("/sign/<uuid:visit>/confirm")
@may(READ)
def confirm(visit: UUID) -> AnyResponse:
    """What will be signed, in whose name, and the one button that does it."""
    holder = visiting().holder
    if not holder.may_act:
        return to("signer.done", visit)
    if _handover().policy is HandoverPolicy.DEMANDED:
        return to("signer.handover", visit)
    asked = asked_now()
    if asked.first_wrong is not None:
        return _complete_first(visit, asked)
    gap = mandate_gap()
    return _confirm_page(asked) if gap is None else no_mandate(gap)


def _complete_first(visit: UUID, asked: Asked) -> AnyResponse:
    """Back to what is missing or wrong, in words."""
    target = url_for("signer.read", visit=visit, document=asked.first_wrong, check=1)
    return redirect(target, 303)


def _confirm_page(
    asked: Asked, changed: Refusal | None = None, failed: NotProven | None = None
) -> Response:
    documents = shown_now()
    unread = [
        (number, shown.document)
        for number, shown in enumerate(documents, start=1)
        if shown.document.id not in visiting().viewed
    ]
    wanted = demanded(visiting().holder.participant)
    answer = page(
        "signer/confirm.html",
        outgrown=outgrown_gap(),
        documents=documents,
        unread=unread,
        asked=asked,
        changed=WORDS[changed.code] if changed is not None else None,
        form=act_form(documents, asked.sha256),
        factors=wanted,
        passkey=passkey_at_signing(wanted),
        errors=failed.errors if failed is not None else {},
        ways=ways(Moment.SIGNING),
        has_app=Factor.APP_CODE not in wanted or member_with_app() is not None,
    )
    answer.status_code = 200 if changed is None else 409
    if failed is not None:
        failed.tell(answer)
    return answer


@blueprint.post("/sign/<uuid:visit>/act")
@may(ACT)
def act(visit: UUID) -> AnyResponse:
    """Write the act, tell the workflow, show what happens. The row is what counts."""
    form = ActForm.read(request.form, visiting().holder.slot_kind)
    if form.kind is ActKind.DECLINE and reason_errors(form.reason):
        return _decline_page(form.reason, 422)
    try:
        return carry_out(visit, posted_act(form, proofs=step_up(form)))
    except NotProven as failed:
        return _confirm_page(asked_now(), failed=failed)
    except Refusal as refusal:
        if refusal.code in _ABOUT_VALUES:
            asked = asked_now()
            wrong = asked.first_wrong is not None
            return _complete_first(visit, asked) if wrong else _confirm_page(asked, refusal)
        return refused(visit, refusal.code, form.reason)


_ABOUT_VALUES = frozenset(
    {RefusalCode.VALUES_INCOMPLETE, RefusalCode.VALUES_CHANGED, RefusalCode.FACTOR_MISSING}
)


@blueprint.get("/sign/<uuid:visit>/done")
@may(ANSWER)
def done(visit: UUID) -> AnyResponse:
    """What became of the act, and what happens next."""
    with state().database.reading() as session:
        progress = progress_of(session, visiting().holder)
    if progress is None:
        return _nothing_done(visit)
    return _progress_page("signer/done.html", progress)


@blueprint.get("/sign/<uuid:visit>/live")
@may(POLL)
def live(visit: UUID) -> Response:
    """The changing part of the done page; 204 while nothing has changed."""
    del visit  # the guard has read it
    with state().database.reading() as session:
        progress = progress_of(session, visiting().holder)
    seen = request.args.get("seen", "")
    if progress is None and seen.startswith(Step.SENT_BACK.value):  # it goes on
        again = make_response("", 204)
        again.headers["HX-Refresh"] = "true"
        return again
    if progress is None or seen == progress.mark:
        return make_response("", 204)
    answer = _progress_page("signer/live.html", progress, alone=True)
    answer.status_code = 200 if progress.poll_seconds else STOP_POLLING
    return answer


@blueprint.get("/sign/<uuid:visit>/decline")
@may(ANSWER)
def decline(visit: UUID) -> AnyResponse:
    """Ask for the reason."""
    if not visiting().holder.may_act:
        return to("signer.done", visit)
    return _decline_page(begun(visit))


@blueprint.post("/sign/<uuid:visit>/decline")
@may(ACT)
def decline_confirm(visit: UUID) -> AnyResponse:
    """Show the reason once more before it is final."""
    if not visiting().holder.may_act:
        return shut(visit)
    reason = request.form.get("reason", "").strip()
    if request.form.get("amend") or reason_errors(reason):
        return _decline_page(reason, 200 if request.form.get("amend") else 422)
    return page("signer/decline_confirm.html", reason=reason, form=act_form(shown_now()))


def _handover() -> Handover:
    with state().database.reading() as session:
        return handover_of(session, visiting().holder)


def _correction() -> CorrectionNews | None:
    with state().database.reading() as session:
        return correction_news(session, state().vault, visiting().holder)


def _returned() -> ReturnNews | None:
    with state().database.reading() as session:
        return return_news(session, visiting().holder)


def _nothing_done(visit: UUID) -> AnyResponse:
    """To where the visit can do something, else the page that says why it cannot."""
    holder = visiting().holder
    if holder.may_act:
        return to("signer.guide", visit)
    if holder.download_open(now()):
        return to("download.files", visit)
    answer = closed(holder)
    answer.status_code = 200
    return answer


def _progress_page(template: str, progress: Progress, **values: object) -> Response:
    refusal = WORDS[progress.refusal] if progress.refusal else None
    return page(
        template,
        progress=progress,
        refusal_words=refusal,
        replaced=progress.refusal is RefusalCode.VERSION_REPLACED,
        handover=_handover(),
        record=gets_record(visiting().holder),
        **values,
    )


def _decline_page(reason: str, status: int = 200) -> Response:
    errors = reason_errors(reason) if status != 200 else {}
    answer = page("signer/decline.html", reason=reason, errors=errors, limit=MAX_REASON_CHARACTERS)
    answer.status_code = status
    return answer
