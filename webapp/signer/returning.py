"""差し戻し: an asked person of the sender's own side wants it changed first."""

from uuid import UUID

from flask import Response, abort, request
from werkzeug.wrappers import Response as AnyResponse

from domain.kinds import ActKind
from domain.limits import MAX_REASON_CHARACTERS
from domain.refusals import Refusal
from storage.posting import may_send_back
from webapp.security import may
from webapp.signer.blueprint import blueprint
from webapp.signer.forms import ActForm, posted_reason, reason_errors
from webapp.signer.pages import act_form, carry_out, page, posted_act, refused, shown_now, to
from webapp.signer.visiting import ACT, READ, visiting
from webapp.state import state


@blueprint.get("/sign/<uuid:visit>/sendback")
@may(READ)
def send_back(visit: UUID) -> AnyResponse:
    """Ask for the reason."""
    return _unless_closed(visit) or _form_page("")


@blueprint.post("/sign/<uuid:visit>/sendback")
@may(ACT)
def send_back_confirm(visit: UUID) -> AnyResponse:
    """Show the reason once more."""
    closed = _unless_closed(visit)
    if closed is not None:
        return closed
    reason = posted_reason(request.form)
    if request.form.get("again"):
        return _form_page(reason)
    errors = reason_errors(reason)
    if errors:
        return _form_page(reason, errors)
    return page("signer/sendback_confirm.html", reason=reason, form=act_form(shown_now()))


@blueprint.post("/sign/<uuid:visit>/sendback/act")
@may(ACT)
def sent_back(visit: UUID) -> AnyResponse:
    """Write the act, tell the workflow, show what became of it."""
    form = ActForm(
        kind=ActKind.SEND_BACK,
        nonce=request.form.get("nonce", ""),
        version_sha256=request.form.get("version", ""),
        reason=posted_reason(request.form),
    )
    errors = reason_errors(form.reason)
    if errors:
        return _form_page(form.reason, errors)
    try:
        return carry_out(visit, posted_act(form))
    except Refusal as refusal:
        return refused(visit, refusal.code, form.reason)


def _form_page(reason: str, errors: dict[str, str] | None = None) -> Response:
    answer = page(
        "signer/sendback.html", reason=reason, errors=errors or {}, limit=MAX_REASON_CHARACTERS
    )
    answer.status_code = 422 if errors else 200
    return answer


def _unless_closed(visit: UUID) -> AnyResponse | None:
    holder = visiting().holder
    if not holder.may_act:
        return to("signer.done", visit)
    with state().database.reading() as session:
        if not may_send_back(session, holder.participant):
            abort(404)
    return None
