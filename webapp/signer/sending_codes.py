"""Sending one-time codes, by mail or SMS: ordered here, sent by a worker."""

from uuid import UUID

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from domain.choices import chosen
from domain.factors import MAIL_CODES_AN_HOUR, SMS_CODES_A_DAY, Factor, Moment
from domain.kinds import LinkPurpose
from runtime.settings import SmsProvider
from storage import factors, one_time_codes
from webapp.language import say
from webapp.security import may
from webapp.signer.blueprint import blueprint
from webapp.signer.passkeys import own
from webapp.signer.proving import missing, registers_now
from webapp.signer.visiting import ENTER, now, visiting
from webapp.state import state

_HOUR = 60 * 60


@blueprint.post("/sign/<uuid:visit>/prove/mail")
@may(ENTER)
def mail_code(visit: UUID) -> AnyResponse:
    """Send a one-time code to the registered address, then back to where it is entered."""
    return _ordered(visit, Factor.MAIL_CODE)


@blueprint.post("/sign/<uuid:visit>/prove/sms")
@may(ENTER)
def sms_code(visit: UUID) -> AnyResponse:
    """The same to the registered mobile number."""
    return _ordered(visit, Factor.SMS_CODE)


def _ordered(visit: UUID, factor: Factor) -> AnyResponse:
    moment = _moment(request.form.get("moment", ""))
    if _may_ask_for_code(factor, moment):
        wait = one_time_codes.ask(state().database, visiting(), moment, now(), factor)
        if wait is not None:
            flash(_spent_sentence(factor, wait), "error")
    endpoint = "signer.prove"
    if moment is Moment.REGISTERING:
        endpoint = "signer.passkey"
    elif moment is Moment.SIGNING and missing() is None:
        endpoint = "signer.confirm"
    return redirect(url_for(endpoint, visit=visit, _anchor="factors"), 303)


def _moment(word: str) -> Moment:
    return chosen(Moment, word, Moment.OPENING)


def _may_ask_for_code(factor: Factor, moment: Moment) -> bool:
    if factor is Factor.SMS_CODE and state().settings.sms_provider is SmsProvider.NONE:
        return False
    if moment is Moment.OPENING:
        return missing() is factor
    if moment is Moment.REGISTERING:
        return factor is Factor.MAIL_CODE and registers_now() and not own()
    holder = visiting().holder
    acts = factor in factors.demanded(holder.participant)
    return acts and holder.link.purpose == LinkPurpose.ACT and missing() is None


def _spent_sentence(factor: Factor, wait: int) -> str:
    if factor is Factor.SMS_CODE and wait > _HOUR:
        return say(
            "SMSの確認コードは1日に%(most)s回まで送れます。%(hours)s時間ほど待つか、下の連絡先にお尋ねください。",
            most=SMS_CODES_A_DAY,
            hours=-(-wait // _HOUR),
        )
    return say(
        "確認コードは1時間に%(most)s回まで送れます。%(minutes)s分ほど待ってください。",
        most=MAIL_CODES_AN_HOUR,
        minutes=-(-wait // 60),
    )
