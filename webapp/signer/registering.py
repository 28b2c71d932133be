"""パスキー: registering one, and what a page's script asks an authenticator with."""

from uuid import UUID

from flask import Response, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from domain.factors import Factor, Moment
from domain.kinds import Language
from domain.passkeys import MAX_PASSKEYS
from domain.refusals import Refusal
from runtime.passkeys import Owner, PasskeyRefused, creation_options, request_options
from storage import factors, passkey_acts, passkey_registering, passkeys
from webapp.language import language, say
from webapp.security import may
from webapp.signer.blueprint import blueprint
from webapp.signer.forms import ActForm
from webapp.signer.judging import Judged, closed_sentence, judge
from webapp.signer.pages import page, to
from webapp.signer.passkeys import ANSWER, options, own, party, refused, unavailable
from webapp.signer.proving import (
    TOO_MANY,
    UNPROCESSABLE,
    NotProven,
    asks_for,
    missing,
    registers_now,
)
from webapp.signer.visiting import ACT, ENTER, caller, now, visiting
from webapp.signer.ways import ways
from webapp.state import state


@blueprint.get("/sign/<uuid:visit>/passkey")
@may(ENTER)
def passkey(visit: UUID) -> AnyResponse:
    """What a passkey is, and the next step on the way to one."""
    if not registers_now():
        return to("signer.prove", visit)
    return _page()


@blueprint.post("/sign/<uuid:visit>/passkey/code")
@may(ENTER)
def passkey_code(visit: UUID) -> AnyResponse:
    """The code that was mailed: the mailbox is his."""
    if not registers_now() or own():
        return to("signer.passkey", visit)
    judged = judge(Factor.MAIL_CODE, request.form.get(Factor.MAIL_CODE.value, ""), _REGISTERING)
    if judged.proven is None:
        return _page(judged)
    factors.pass_at(state().database, visiting(), judged.proven, _REGISTERING)
    return to("signer.passkey", visit)


@blueprint.post("/sign/<uuid:visit>/passkey/new")
@may(ENTER)
def new_passkey(visit: UUID) -> Response:
    """For navigator.credentials.create()."""
    del visit  # the guard has read it
    if not registers_now():
        return unavailable(say("先に、ほかのご本人の確認を済ませてください。"))
    found, person = visiting(), visiting().holder.participant
    try:
        row, handle, known = passkey_registering.ask(state().database, found, party().id, now())
    except Refusal as refusal:
        return refused(refusal)
    service = found.holder.organisation.name
    owner = Owner(handle.bytes, f"{person.mail} ({service})", person.name)
    return options(creation_options(party(), service, owner, row.challenge, known))


@blueprint.post("/sign/<uuid:visit>/passkey")
@may(ENTER)
def register_passkey(visit: UUID) -> AnyResponse:
    """Keep the new one; then on to where the visit leads."""
    if not registers_now():
        return to("signer.prove", visit)
    answer = request.form.get(ANSWER, "")
    if not answer:
        return _page(
            Judged(None, say("「パスキーを登録する」を押して、画面の案内に従ってください。"))
        )
    found, agent = visiting(), caller().agent
    try:
        passkey_registering.register(
            state().database, state().vault, found, party(), answer, agent, now()
        )
    except (Refusal, PasskeyRefused):
        sentence = say("パスキーを登録できませんでした。もう一度お試しください。")
        return _page(Judged(None, sentence))
    flash(
        say("パスキーを登録しました。次からは、このパスキーでご本人の確認ができます。"), "success"
    )
    return to("signer.prove", visit)


@blueprint.post("/sign/<uuid:visit>/passkey/ask")
@may(ENTER)
def ask_passkey(visit: UUID) -> Response:
    """For navigator.credentials.get(), when a link is opened."""
    del visit  # the guard has read it
    known = own()
    if not known or not asks_for(Factor.PASSKEY):
        return unavailable(say("いまはパスキーでの確認は必要ありません。"))
    closed = _closed()
    if closed is not None:
        return closed
    try:
        row = passkeys.ask(state().database, visiting(), Moment.OPENING, now())
    except Refusal as refusal:
        return refused(refusal)
    return options(request_options(party(), row.challenge, passkeys.known(known)))


@blueprint.post("/sign/<uuid:visit>/passkey/act")
@may(ACT)
def ask_passkey_for_act(visit: UUID) -> Response:
    """For navigator.credentials.get(), about exactly what the confirmation shows."""
    del visit  # the guard has read it
    closed = _closed()
    if closed is not None:
        return closed
    form = ActForm.read(request.form, visiting().holder.slot_kind)
    intended = passkey_acts.Intended(
        form.kind, form.nonce, form.version_sha256, form.filled_sha256, Language(language().value)
    )
    try:
        asked = passkey_acts.ask(
            state().database, state().vault, visiting(), intended, party().id, now()
        )
    except Refusal as refusal:
        return refused(refusal)
    return options(request_options(party(), asked.challenge, asked.known))


_REGISTERING = Moment.REGISTERING


def _closed() -> Response | None:
    person = visiting().holder.participant.id
    with state().database.reading() as session:
        wait = factors.waiting(session, person, Factor.PASSKEY, now())
    if wait is None:
        return None
    answer = unavailable(closed_sentence(wait), TOO_MANY)
    answer.headers["Retry-After"] = str(wait)
    return answer


def _page(judged: Judged | None = None) -> Response:
    with state().database.reading() as session:
        allowed = passkey_registering.may_register(session, visiting(), party().id)
    field = ANSWER if allowed else Factor.MAIL_CODE.value
    answer = page(
        "signer/passkey.html",
        demanded=missing() is Factor.PASSKEY,
        allowed=allowed,
        known=own(),
        most=MAX_PASSKEYS,
        code_factor=Factor.MAIL_CODE,
        ways=ways(_REGISTERING),
        errors={field: judged.sentence} if judged else {},
        target=url_for("signer.register_passkey", visit=visiting().visit.id),
    )
    if judged is not None:
        NotProven({}, judged.wait).tell(answer)
        answer.status_code = TOO_MANY if judged.wait else UNPROCESSABLE
    return answer
