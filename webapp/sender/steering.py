"""The sender's acts on an envelope that is under way: withdraw, remind, ask anew, extend, resume,
open a gate.

Corrections have pages of their own (correction.py) and end here too.

Each is a row before it is a message, like everybody's acts, and the workflow decides on it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import flash, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from domain.calendar import end_of_day
from domain.forms import MAX_TYPED_CHARACTERS
from domain.ids import read_id
from domain.kinds import ActKind
from domain.limits import MAX_REASON_CHARACTERS
from domain.messages import ActAnswer
from domain.refusals import WORDS, Refusal, RefusalCode, Words
from domain.stages import Resolution, ResolutionProblem, check_resolution
from storage.posting import PostedAct, post_member_act
from storage.shown import shown_documents, shown_sha256
from storage.visits import Caller
from webapp.language import language, say, words, zone
from webapp.login import allows, login, member, now, signed_in
from webapp.security import may
from webapp.sender import blueprint
from webapp.sender.anew import made_anew
from webapp.sender.envelopes import show_envelope
from webapp.sender.scope import envelope_or_404
from webapp.sender.steps import Step, TriedStep
from webapp.state import state
from webapp.tries import count_upload

ACCEPTED: dict[ActKind, Words] = {
    ActKind.WITHDRAW: Words(
        "封筒を取り下げました。関係者にメールでお知らせします。",
        "The envelope is withdrawn. Everyone concerned is told by mail.",
    ),
    ActKind.REMIND: Words("同じリンクのメールを再送します。", "The mail goes out again."),
    ActKind.REREQUEST: Words(
        "新しいリンクで依頼し直します。前のリンクはもう使えません。",
        "A new link goes out. The old one no longer opens.",
    ),
    ActKind.READDRESS: Words(
        "宛先を訂正し、新しいリンクで依頼しました。前のリンクはもう使えません。",
        "The address is corrected, and a new link went there. The old one no longer opens.",
    ),
    ActKind.RESUME: Words(
        "再開しました。依頼中の人にメールでお知らせします。",
        "It goes on. Whoever is asked is told by mail.",
    ),
    ActKind.CORRECT: Words(
        "文書を訂正しました。新しい版の準備ができると、関係者に依頼のメールが届きます。",
        "The documents are corrected. People are asked by mail once the new version is ready.",
    ),
    ActKind.EXTEND: Words("期限を延長しました。", "The deadline is extended."),
    ActKind.OPEN_GATE: Words(
        "登録しました。次の段階へ進みます。", "It is entered. The next stage follows."
    ),
}


ANEW = "anew"
"""Said by the button that withdraws and makes a draft of the same content."""
Again = Callable[[Mapping[str, str]], BaseResponse]
"""The page with a form as it was typed, and what is wrong by field."""


@dataclass(frozen=True)
class Aim:
    """What an act is about, besides the envelope."""

    reason: str = ""
    slot_id: UUID | None = None
    deadline_at: datetime | None = None
    corrected_sha256: str = ""
    person_id: UUID | None = None
    gate_id: UUID | None = None
    resolution: Resolution | None = None
    mail: str = ""
    phone: str = ""
    corrects_contact: bool = False
    told: Words | None = None
    """What is said once it is accepted, where the usual words do not fit."""


@blueprint.post("/envelopes/<uuid:envelope_id>/withdraw")
@may("envelope.withdraw")
def withdraw(envelope_id: UUID) -> BaseResponse:
    """Take the envelope back, with a reason that everyone reads; with the other button, go on with
    a draft of the same content."""
    before = shown(envelope_id)
    again = partial(_again, envelope_id, Step.WITHDRAW)
    reason = request.form.get("reason", "").strip()
    if not reason or len(reason) > MAX_REASON_CHARACTERS:
        limit = MAX_REASON_CHARACTERS
        words = say("取り下げの理由を%(limit)s文字以内で入力してください。", limit=limit)
        return again({"reason": words})
    onward = None
    if request.form.get("then") == ANEW and allows("envelope.write"):
        count_upload(member().id)
        onward = partial(made_anew, envelope_id)
    return carry_out(envelope_id, before, ActKind.WITHDRAW, Aim(reason=reason), again, onward)


@blueprint.post("/envelopes/<uuid:envelope_id>/remind")
@may("envelope.steer")
def remind(envelope_id: UUID) -> BaseResponse:
    """Send the mail of one person again, with the same link."""
    aim = Aim(slot_id=_posted_id("slot"), person_id=_posted_id("person"))
    return carry_out(envelope_id, shown(envelope_id), ActKind.REMIND, aim)


@blueprint.post("/envelopes/<uuid:envelope_id>/rerequest")
@may("envelope.steer")
def rerequest(envelope_id: UUID) -> BaseResponse:
    """Ask one person anew; the link that went out before dies."""
    aim = Aim(slot_id=_posted_id("slot"), person_id=_posted_id("person"))
    return carry_out(envelope_id, shown(envelope_id), ActKind.REREQUEST, aim)


@blueprint.post("/envelopes/<uuid:envelope_id>/resume")
@may("envelope.steer")
def resume(envelope_id: UUID) -> BaseResponse:
    """Go on unchanged after a sending back, and say why."""
    before = shown(envelope_id)
    again = partial(_again, envelope_id, Step.RESUME)
    reason = request.form.get("comment", "").strip()
    if not reason or len(reason) > MAX_REASON_CHARACTERS:
        limit = MAX_REASON_CHARACTERS
        words = say("再開のコメントを%(limit)s文字以内で入力してください。", limit=limit)
        return again({"comment": words})
    return carry_out(envelope_id, before, ActKind.RESUME, Aim(reason=reason), again)


@blueprint.post("/envelopes/<uuid:envelope_id>/extend")
@may("envelope.steer")
def extend(envelope_id: UUID) -> BaseResponse:
    """Move the deadline to the end of a later day."""
    again = partial(_again, envelope_id, Step.EXTEND)
    read, day = shown(envelope_id), _posted_day()
    if day is None:
        return again({"day": words(WORDS[RefusalCode.DEADLINE_NOT_LATER])})
    return carry_out(envelope_id, read, ActKind.EXTEND, Aim(deadline_at=day), again)


@blueprint.post("/envelopes/<uuid:envelope_id>/gate")
@may("envelope.steer")
def open_gate(envelope_id: UUID) -> BaseResponse:
    """Enter the resolution that the route waits for."""
    again = partial(_again, envelope_id, Step.GATE)
    read = shown(envelope_id)
    number, day = request.form.get("resolution", ""), request.form.get("resolved_on", "")
    try:
        resolution = check_resolution(number, day, now().astimezone(ZoneInfo(zone())).date())
    except ResolutionProblem as problem:
        return again({problem.field: words(problem.words)})
    aim = Aim(gate_id=_posted_id("gate"), resolution=resolution)
    return carry_out(envelope_id, read, ActKind.OPEN_GATE, aim, again)


def shown(envelope_id: UUID) -> str:
    """Hash of what the page shows; an envelope of another organisation does not exist."""
    with state().database.reading() as session:
        return shown_sha256(shown_documents(session, envelope_or_404(session, envelope_id)))


def carry_out(  # noqa: PLR0913 - one act, and where each of its answers leads
    envelope_id: UUID,
    read: str,
    kind: ActKind,
    aim: Aim,
    again: Again | None = None,
    onward: Callable[[], BaseResponse] | None = None,
) -> BaseResponse:
    """Write the act, ask the workflow, say what became of it. `again` answers with the form as it
    was typed where the act was not taken; without it the page is a new one. `onward` is what
    follows once it was accepted."""
    posted = PostedAct(
        kind=kind,
        nonce=request.form.get("nonce", ""),
        version_sha256=read,
        caller=Caller(request.remote_addr or "", request.user_agent.string),
        language=language().value,
        reason=aim.reason,
        target_slot_id=aim.slot_id,
        about_id=aim.person_id,
        gate_id=aim.gate_id,
        resolution=aim.resolution,
        deadline_at=aim.deadline_at,
        corrected_sha256=aim.corrected_sha256,
        corrected_mail=aim.mail,
        corrected_phone=aim.phone,
        corrects_contact=aim.corrects_contact,
    )
    answer: ActAnswer | None = None
    try:
        act_id = post_member_act(state().database, login(), envelope_id, posted, now())
    except Refusal as refusal:
        refused: RefusalCode | None = refusal.code
    else:
        answer = state().gateway.submit(envelope_id, act_id)
        refused = _tell(aim.told or ACCEPTED[kind], answer)
    if refused is None and onward is not None:
        return _go_on(envelope_id, onward, answer)
    if refused is None:
        return _back(envelope_id)
    flash(words(WORDS[refused]), "error")
    return again({}) if again is not None else _back(envelope_id)


def _go_on(
    envelope_id: UUID, onward: Callable[[], BaseResponse], answer: ActAnswer | None
) -> BaseResponse:
    """Only once it is certain that it was withdrawn."""
    if answer is not None:
        return onward()
    flash(
        say("取り下げが反映されたら、このページの「同じ内容で作り直す」を押してください。"),
        "information",
    )
    return _back(envelope_id)


def _tell(told: Words, answer: ActAnswer | None) -> RefusalCode | None:
    """Why it was refused; None where it was not."""
    if answer is None:
        flash(say("受け付けました。まもなく反映されます。"), "information")
    elif answer.accepted:
        flash(words(told), "success")
    else:
        return answer.refusal or RefusalCode.NOT_ALLOWED
    return None


def _again(envelope_id: UUID, step: Step, errors: Mapping[str, str]) -> BaseResponse:
    """The page once more, with what was typed in this form."""
    typed = {name: text[:MAX_TYPED_CHARACTERS] for name, text in request.form.items()}
    return make_response(show_envelope(envelope_id, step=TriedStep(step, typed, errors)), 422)


def _back(envelope_id: UUID) -> BaseResponse:
    return redirect(url_for("sender.envelope", envelope_id=envelope_id), code=303)


def _posted_id(name: str) -> UUID | None:
    return read_id(request.form.get(name))


def _posted_day() -> datetime | None:
    """The end of the day that was typed, in the organisation's zone."""
    found = signed_in()
    try:
        day = date.fromisoformat(request.form.get("day", ""))
    except ValueError:
        return None
    if found is None:
        return None
    zone = found.organisation.zone
    return end_of_day(datetime.combine(day, time(12), ZoneInfo(zone)), 0, zone)
