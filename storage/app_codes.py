"""認証アプリ: codes of the app that a member has registered for his login, asked for at his acts.

Whose app it is is looked up each time: the active member of the sending organisation with the
person's address. A time step counts once, for logins and acts together (RFC 6238, 5.2).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.drafts import Person
from domain.forms import FormProblems
from domain.refusals import Refusal, RefusalCode, Words
from storage import people
from storage.handovers import member_of
from storage.standing import Holder
from storage.tables import Member

NO_MEMBER = Words(
    "認証アプリは、自社の利用者にだけ尋ねられます。このメールアドレスの利用者はいません。",
    "Only members of your organisation have an authenticator app here. No member has this "
    "mail address.",
)
NO_APP = Words(
    "この利用者は、まだ認証アプリを登録していません。本人がログインして「アカウント」のページで登録するまで、"
    "送信できません。",
    "This member has not registered an authenticator app yet. Ask for it before you send: it is "
    "registered on the member's own account page.",
)
NO_SMS = Words(
    "SMSの送信が設定されていないため、確認コード（SMS）は使えません。ほかの方法を選んでください。",
    "This service is not set up to send SMS. Choose another method.",
)


@dataclass(frozen=True)
class AppStep:
    """The time step of a right code, and whose it is; it is taken with what it proves."""

    member_id: UUID
    step: int


def member_with_app(session: Session, holder: Holder) -> Member | None:
    """Whose app is asked for a code; None while there is none."""
    member = member_of(session, holder.envelope, holder.participant.mail)
    return member if member is not None and member.totp_sealed is not None else None


def take(session: Session, holder: Holder, taken: AppStep | None) -> UUID:
    """The step is used, in the transaction of what it proves. Raises Refusal FACTOR_MISSING for
    one that was used a moment ago, or is another member's."""
    member = member_with_app(session, holder)
    if member is None or taken is None or taken.member_id != member.id:
        raise Refusal(RefusalCode.FACTOR_MISSING)
    if not people.accept_totp_step(session, member.id, taken.step):
        raise Refusal(RefusalCode.FACTOR_MISSING)
    return member.id


def check_methods(
    session: Session, organisation_id: UUID, asked: Iterable[Person], *, sms: bool
) -> None:
    """Whether everybody can be asked what the draft asks of him; `sms`: whether this service sends
    any. Raises FormProblems."""
    problems: dict[str, Words] = {}
    for person in asked:
        if person.phone and not sms:
            problems[f"people-{person.row}-smscode"] = NO_SMS
        if person.app_code:
            wrong = _problem(session, organisation_id, person)
            problems |= {f"people-{person.row}-appcode": wrong} if wrong is not None else {}
    if problems:
        raise FormProblems(problems)


def _problem(session: Session, organisation_id: UUID, person: Person) -> Words | None:
    member = session.scalar(
        select(Member).where(
            Member.organisation_id == organisation_id,
            Member.mail == people.normal_mail(person.mail),
            Member.active.is_(True),
        )
    )
    if member is None:
        return NO_MEMBER
    return NO_APP if member.totp_sealed is None else None
