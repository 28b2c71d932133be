"""On which ways codes reach a visit's person, as far as pages may show them."""

from typing import NamedTuple

from domain.factors import Factor, Moment
from domain.phones import SHOWN_DIGITS
from runtime.settings import SmsProvider
from storage.one_time_codes import Trouble, trouble
from storage.tables import OneTimeCode
from webapp.signer.judging import sent_code
from webapp.signer.links import masked
from webapp.signer.visiting import now, visiting
from webapp.state import state


class Ways(NamedTuple):
    """For the templates of what is proved: the codes that were asked for last, if any."""

    mail: str
    """Masked."""
    mail_code: OneTimeCode | None
    phone: str
    """The number's last four digits."""
    sms_code: OneTimeCode | None
    sms_works: bool
    sms_is_test: bool
    mail_trouble: Trouble | None
    sms_trouble: Trouble | None


def ways(moment: Moment) -> Ways:
    """As they are now."""
    person = visiting().holder.participant
    provider = state().settings.sms_provider
    return Ways(
        mail=masked(person.mail),
        mail_code=sent_code(Factor.MAIL_CODE, moment),
        phone=(person.phone or "")[-SHOWN_DIGITS:],
        sms_code=sent_code(Factor.SMS_CODE, moment) if person.phone else None,
        sms_works=provider is not SmsProvider.NONE,
        sms_is_test=provider is SmsProvider.TEST,
        mail_trouble=_trouble(Factor.MAIL_CODE),
        sms_trouble=_trouble(Factor.SMS_CODE) if person.phone else None,
    )


def _trouble(factor: Factor) -> Trouble | None:
    with state().database.reading() as session:
        return trouble(session, visiting().holder.participant.id, factor, now())
