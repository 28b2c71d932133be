"""差し戻し: an asked person of the sender's own side wants it changed first, or looked at again.

He chooses how far it goes back: to the sender, who decides, or to an earlier stage, which is asked
anew with those after it.
"""

from dataclasses import dataclass
from uuid import UUID

from flask import Response, abort, request
from werkzeug.wrappers import Response as AnyResponse

from domain.ids import read_id
from domain.kinds import ActKind, ParticipantKind
from domain.limits import MAX_REASON_CHARACTERS
from domain.refusals import WORDS, Refusal, RefusalCode
from storage import returns
from storage.posting import may_send_back
from storage.tables import Participant
from webapp.language import say, words
from webapp.security import may
from webapp.signer.begun import begun
from webapp.signer.blueprint import blueprint
from webapp.signer.forms import ActForm, posted_reason, reason_errors
from webapp.signer.pages import act_form, carry_out, page, posted_act, refused, shown_now, shut
from webapp.signer.visiting import ACT, READ, visiting
from webapp.state import state

SENDER = "sender"
"""The choice that is not a stage: everything stands still until the sender has decided."""


@dataclass(frozen=True)
class Choice:
    """How far it may go back: what the form sends, and what people read."""

    value: str
    text: str
    stage: UUID | None = None


@blueprint.get("/sign/<uuid:visit>/sendback")
@may(READ)
def send_back(visit: UUID) -> AnyResponse:
    """Ask how far, and for the reason."""
    return _unless_closed(visit) or _form_page(begun(visit))


@blueprint.post("/sign/<uuid:visit>/sendback")
@may(ACT)
def send_back_confirm(visit: UUID) -> AnyResponse:
    """Show both once more."""
    closed = _unless_closed(visit)
    if closed is not None:
        return closed
    reason = posted_reason(request.form)
    if request.form.get("amend"):
        return _form_page(reason)
    chosen, errors = _chosen(), reason_errors(reason)
    if chosen is None:
        errors |= {"back_to": words(WORDS[RefusalCode.NO_EARLIER_STAGE])}
    if errors or chosen is None:
        return _form_page(reason, errors)
    return page(
        "signer/sendback_confirm.html",
        reason=reason,
        chosen=chosen,
        form=act_form(shown_now()),
    )


@blueprint.post("/sign/<uuid:visit>/sendback/act")
@may(ACT)
def sent_back(visit: UUID) -> AnyResponse:
    """Write the act, tell the workflow, show what became of it."""
    form = ActForm(
        kind=ActKind.SEND_BACK,
        nonce=request.form.get("nonce", ""),
        version_sha256=request.form.get("version", ""),
        reason=posted_reason(request.form),
        back_to=read_id(request.form.get("back_to")),
    )
    errors = reason_errors(form.reason)
    if errors:
        return _form_page(form.reason, errors)
    try:
        return carry_out(visit, posted_act(form))
    except Refusal as refusal:
        if refusal.code is RefusalCode.NO_EARLIER_STAGE:
            return _form_page(form.reason, {"back_to": words(WORDS[refusal.code])})
        return refused(visit, refusal.code, form.reason)


def _form_page(reason: str, errors: dict[str, str] | None = None) -> Response:
    chosen = _chosen()
    answer = page(
        "signer/sendback.html",
        reason=reason,
        errors=errors or {},
        limit=MAX_REASON_CHARACTERS,
        choices=[(choice.value, choice.text, "") for choice in _choices()],
        back_to=chosen.value if chosen is not None else SENDER,
    )
    answer.status_code = 422 if errors else 200
    return answer


def _choices() -> list[Choice]:
    """The sender first: he is the one who changes a document."""
    found = [Choice(SENDER, say("差出人（手続きを止めて、対応を任せる）"))]
    holder = visiting().holder
    if holder.slot is None:
        return found
    with state().database.reading() as session:
        known = returns.targets(session, holder.envelope, holder.slot)
        for target in known:
            people = _names(target.people, holder.participant)
            text = say("段階%(number)s：%(people)s", number=target.number, people=people)
            found.append(Choice(str(target.stage.id), text, target.stage.id))
    return found


def _names(people: tuple[Participant, ...], reader: Participant) -> str:
    """Of one's own side and of signers the names, else the company, as on every page."""
    shown = (
        person.name
        if person.party_id == reader.party_id or person.kind == ParticipantKind.SIGNER
        else person.company
        for person in people
    )
    return say("、").join(dict.fromkeys(name for name in shown if name))


def _chosen() -> Choice | None:
    """What the form chose, the sender where it chose nothing; None for what is not on offer."""
    wanted = request.form.get("back_to", "") or SENDER
    return next((choice for choice in _choices() if choice.value == wanted), None)


def _unless_closed(visit: UUID) -> AnyResponse | None:
    holder = visiting().holder
    if not holder.may_act:
        return shut(visit)
    with state().database.reading() as session:
        if not may_send_back(session, holder.participant):
            abort(404)
    return None
