"""承諾: what a party agrees to before its people read and act, and how it takes that back."""

from uuid import UUID

from flask import Response, flash, request
from werkzeug.wrappers import Response as AnyResponse

from domain.consent_words import MEANS, MEANS_VERSION
from domain.consents import shown_sha256
from domain.limits import MAX_NONCE_CHARACTERS
from domain.refusals import WORDS, Refusal, RefusalCode
from storage import consenting, consents
from storage.consenting import Said
from storage.consents import PartyConsent
from storage.outbox import When
from webapp.language import language, say, words
from webapp.security import may
from webapp.signer.blueprint import blueprint
from webapp.signer.links import fresh_nonce
from webapp.signer.pages import page, to
from webapp.signer.visiting import ACT, ANSWER, caller, now, visiting
from webapp.state import state


@blueprint.get("/sign/<uuid:visit>/consent")
@may(ANSWER)
def consent(visit: UUID) -> AnyResponse:
    """What is asked, by whom, by which means; or how it stands once it was answered."""
    found = _standing()
    if found is None:
        return to("signer.guide", visit)
    return _page(found)


@blueprint.post("/sign/<uuid:visit>/consent")
@may(ACT)
def give_consent(visit: UUID) -> AnyResponse:
    """Keep the party's consent; then the way begins."""
    if not visiting().holder.may_act:
        return to("signer.done", visit)
    try:
        with state().database.transaction() as session:
            consenting.give(session, visiting(), _said(), now())
    except Refusal as refusal:
        found = _standing()
        if found is None or refusal.code is not RefusalCode.CONSENT_CHANGED:
            return to("signer.guide", visit)
        return _page(found, words(WORDS[refusal.code]))
    return to("signer.guide", visit)


@blueprint.get("/sign/<uuid:visit>/consent/refuse")
@may(ANSWER)
def refuse_consent(visit: UUID) -> AnyResponse:
    """What somebody can do who does not agree. Nothing is kept of having looked."""
    if _standing() is None or not visiting().holder.may_act:
        return to("signer.guide", visit)
    return page("signer/consent_refuse.html")


@blueprint.get("/sign/<uuid:visit>/consent/withdraw")
@may(ANSWER)
def confirm_withdrawal(visit: UUID) -> AnyResponse:
    """What a withdrawal does, and the one button that does it."""
    found = _standing()
    if found is None or not _withdrawable():
        return to("signer.consent", visit)
    return page("signer/consent_withdraw.html", found=found, nonce=fresh_nonce())


@blueprint.post("/sign/<uuid:visit>/consent/withdraw")
@may(ACT)
def withdraw_consent(visit: UUID) -> AnyResponse:
    """Take it back; the sender gets a mail."""
    when = When(now(), state().message_host)
    try:
        with state().database.transaction() as session:
            made = consenting.withdraw(session, visiting(), _said(), when)
    except Refusal:
        return to("signer.consent", visit)
    if made:
        flash(say("承諾を撤回しました。差出人にメールでお知らせします。"), "success")
    return to("signer.consent", visit)


def _said() -> Said:
    form = request.form
    return Said(
        form.get("nonce", "")[:MAX_NONCE_CHARACTERS],
        caller(),
        language(),
        form.get("shown", ""),
    )


def _standing() -> PartyConsent | None:
    """How it stands with this person's party; None where it is not asked."""
    holder = visiting().holder
    with state().database.reading() as session:
        version = consents.version_of(session, holder.envelope)
        party = consents.party_of(session, holder)
        if version is None or not consents.demanded(holder.envelope, party):
            return None
        return consents.standing_of(session, holder.envelope, party, version)


def _withdrawable() -> bool:
    with state().database.reading() as session:
        return consents.may_withdraw(session, visiting().holder)


def _page(found: PartyConsent, problem: str = "") -> Response:
    text, text_language = consents.text_of(found.version).in_language(language())
    asked = not found.holds and consents.may_consent(visiting().holder)
    answer = page(
        "signer/consent.html",
        found=found,
        asked=asked,
        text=text,
        text_language=text_language.value,
        means=MEANS[MEANS_VERSION],
        shown=shown_sha256(found.version.sha256, MEANS_VERSION),
        withdrawable=_withdrawable(),
        problem=problem,
        nonce=fresh_nonce(),
    )
    answer.status_code = 409 if problem else 200
    return answer
