"""The signer's way: guide → read → confirm → act → done, and the way out by declining."""

import secrets
from contextlib import suppress
from uuid import UUID

from flask import Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from domain.kinds import ACT_OF_SLOT, ActKind
from domain.limits import MAX_REASON_CHARACTERS
from domain.refusals import WORDS, Refusal, RefusalCode
from storage.posting import PostedAct, post_act
from storage.shown import ShownDocument, shown_documents, shown_sha256
from webapp.gateway import GatewayUnavailable
from webapp.language import language
from webapp.security import may
from webapp.signer.blueprint import blueprint
from webapp.signer.forms import ActForm, reason_errors
from webapp.signer.queries import Progress, people_of, progress_of
from webapp.signer.reading import reading_page
from webapp.signer.visiting import ACT, POLL, READ, STOP_POLLING, caller, now, visiting
from webapp.signer.words import closed_words, role_name, role_words
from webapp.state import state

NONCE_BYTES = 24


@blueprint.get("/sign/<uuid:visit>/")
@may(READ)
def guide(visit: UUID) -> AnyResponse:
    """What will happen, who asks, until when."""
    if not visiting().holder.may_act:
        return _to("signer.done", visit)
    return _page("signer/guide.html")


@blueprint.get("/sign/<uuid:visit>/read")
@may(READ)
def read(visit: UUID) -> AnyResponse:
    """One document at a time, with the list of what is asked."""
    if not visiting().holder.may_act:
        return _to("signer.done", visit)
    wanted = request.args.get("document", 1, type=int)
    with state().database.reading() as session:
        people = people_of(session, visiting().holder)
    page = reading_page(visiting(), _documents(), wanted, people)
    return _page("signer/read.html", page=page)


@blueprint.get("/sign/<uuid:visit>/confirm")
@may(READ)
def confirm(visit: UUID) -> AnyResponse:
    """What will be signed, in whose name, and the one button that does it."""
    holder = visiting().holder
    if not holder.may_act:
        return _to("signer.done", visit)
    documents = _documents()
    unread = [
        (number, shown.document)
        for number, shown in enumerate(documents, start=1)
        if shown.document.id not in visiting().viewed
    ]
    return _page("signer/confirm.html", documents=documents, unread=unread, form=_form(documents))


@blueprint.post("/sign/<uuid:visit>/act")
@may(ACT)
def act(visit: UUID) -> AnyResponse:
    """Write the act, tell the workflow, show what happens. The row is what counts."""
    form = ActForm.read(request.form, visiting().holder.slot_kind)
    if form.kind is ActKind.DECLINE and reason_errors(form.reason):
        return _decline_page(form.reason, 422)
    try:
        act_id = post_act(state().database, visiting(), _posted(form), now())
    except Refusal as refusal:
        return _refused(visit, refusal.code, form)
    with suppress(GatewayUnavailable):  # the act is kept, and the relay carries it on
        state().gateway.submit(visiting().holder.envelope.id, act_id)
    return _to("signer.done", visit)


@blueprint.get("/sign/<uuid:visit>/done")
@may(READ)
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
    if progress is None or request.args.get("seen") == progress.mark:
        return make_response("", 204)
    answer = _progress_page("signer/live.html", progress)
    answer.status_code = 200 if progress.poll_seconds else STOP_POLLING
    return answer


@blueprint.get("/sign/<uuid:visit>/decline")
@may(READ)
def decline(visit: UUID) -> AnyResponse:
    """Ask for the reason."""
    if not visiting().holder.may_act:
        return _to("signer.done", visit)
    return _decline_page(request.args.get("reason", ""))


@blueprint.post("/sign/<uuid:visit>/decline")
@may(ACT)
def decline_confirm(visit: UUID) -> AnyResponse:
    """Show the reason once more before it is final."""
    if not visiting().holder.may_act:
        return _to("signer.done", visit)
    reason = request.form.get("reason", "").strip()
    if request.form.get("again") or reason_errors(reason):
        return _decline_page(reason, 200 if request.form.get("again") else 422)
    return _page("signer/decline_confirm.html", reason=reason, form=_form(_documents()))


def _nothing_done(visit: UUID) -> AnyResponse:
    """To where the visit can do something, else the page that says why it cannot."""
    holder = visiting().holder
    if holder.may_act:
        return _to("signer.guide", visit)
    if holder.download_open(now()):
        return _to("download.files", visit)
    page = render_template("signer/closed.html", holder=holder, words=closed_words(holder))
    return make_response(page)


def _progress_page(template: str, progress: Progress) -> Response:
    refusal = WORDS[progress.refusal] if progress.refusal else None
    return _page(template, progress=progress, refusal_words=refusal)


def _decline_page(reason: str, status: int = 200) -> Response:
    errors = reason_errors(reason) if status != 200 else {}
    answer = _page("signer/decline.html", reason=reason, errors=errors, limit=MAX_REASON_CHARACTERS)
    answer.status_code = status
    return answer


def _posted(form: ActForm) -> PostedAct:
    return PostedAct(
        kind=form.kind,
        nonce=form.nonce,
        version_sha256=form.version_sha256,
        caller=caller(),
        language=language().value,
        reason=form.reason,
    )


def _refused(visit: UUID, code: RefusalCode, form: ActForm) -> AnyResponse:
    """Rows already say no: the words, and the way on."""
    if code is RefusalCode.ALREADY_ACTED:
        return _to("signer.done", visit)
    answer = _page(
        "signer/refused.html",
        code=code,
        sentence=WORDS[code],
        reason=form.reason,
        again=code is RefusalCode.VERSION_REPLACED,
    )
    answer.status_code = 409
    return answer


def _documents() -> tuple[ShownDocument, ...]:
    with state().database.reading() as session:
        return shown_documents(session, visiting().holder.envelope)


def _form(documents: tuple[ShownDocument, ...]) -> ActForm:
    holder = visiting().holder
    return ActForm(
        kind=ACT_OF_SLOT[holder.slot_kind],
        nonce=secrets.token_urlsafe(NONCE_BYTES),
        version_sha256=shown_sha256(documents),
        reason="",
    )


def _page(template: str, **values: object) -> Response:
    found = visiting()
    body = render_template(
        template,
        visit=found.visit.id,
        holder=found.holder,
        words=role_words(found.holder),
        closed_words=closed_words,
        role_name=role_name,
        download_open=found.holder.download_open(now()),
        **values,
    )
    return make_response(body)


def _to(endpoint: str, visit: UUID) -> AnyResponse:
    return redirect(url_for(endpoint, visit=visit), 303)
