"""認証アプリ: codes of the app that a member has registered for his login, asked for at his acts.

Whose app it is is looked up each time: the active member of the sending organisation with the
person's address. A time step counts once, for logins and acts together (RFC 6238, 5.2).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
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


def lacking(
    session: Session, organisation_id: UUID, places: Iterable[tuple[bool, tuple[Person, ...]]]
) -> dict[str, Words]:
    """Where fewer of those who may take a place have an app than are needed there, by its field.
    Each place comes with whether a chain says its people."""
    asked = Counter(place for place in places if any(person.app_code for person in place[1]))
    mails = {_mail(person) for _, taking in asked for person in taking}
    apps = _apps(session, organisation_id, mails) if asked else {}
    problems: dict[str, Words] = {}
    named: list[str] = []
    for (from_chain, taking), times in asked.items():
        without = [one for one in taking if one.app_code and not apps.get(_mail(one))]
        if len(taking) - len(without) >= times:
            continue
        if from_chain:
            named += [one.name for one in without]
            continue
        for one in without:
            words = NO_APP if _mail(one) in apps else NO_MEMBER
            problems[f"people-{one.row}-appcode"] = words
    if named:
        problems["chain_id"] = _no_app_in_chain(list(dict.fromkeys(named)))
    return problems


def without_app(
    session: Session, organisation_id: UUID, asked: Iterable[Person]
) -> tuple[Person, ...]:
    """Who would be asked for a code of an app and has none yet."""
    found = [person for person in asked if person.app_code]
    apps = _apps(session, organisation_id, {_mail(person) for person in found})
    return tuple(person for person in found if not apps.get(_mail(person)))


def _no_app_in_chain(names: Sequence[str]) -> Words:
    return Words(
        f"承認ルートの次の人は、まだ認証アプリを登録していません：{'、'.join(names)}。"
        "本人がログインして「アカウント」のページで登録するまで、送信できません。",
        f"Some of the approval route have no authenticator app yet: {', '.join(names)}. Ask them "
        "before you send: an app is registered on the member's own account page.",
    )


def _apps(session: Session, organisation_id: UUID, mails: Collection[str]) -> dict[str, bool]:
    """By the addresses of active members: whether he has an app."""
    rows = session.scalars(
        select(Member).where(
            Member.organisation_id == organisation_id,
            Member.mail.in_(mails),
            Member.active.is_(True),
        )
    )
    return {row.mail: row.totp_sealed is not None for row in rows}


def _mail(person: Person) -> str:
    return people.normal_mail(person.mail)


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
