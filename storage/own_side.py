"""Who of the own side is a member: whoever a chain names, and whoever was typed with a member's
address.

Rows name him from the sending on. Of rows of older programs, and of whoever became a member after
he had been asked, the address says it, so that nobody acts for an organisation that he has left.
"""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from domain.drafts import Person
from domain.forms import FormProblems
from domain.kinds import PartyKind
from domain.refusals import Words
from storage.people import normal_mail
from storage.tables import Envelope, Member, Participant, Party

_LEFT = Words(
    "このアドレスの利用者は退職処理が済んでいます。今の担当の人のアドレスにしてください。",
    "The member with this address has been retired. Enter whoever is in charge now.",
)


def by_address(session: Session, organisation_id: UUID, mail: str) -> Member | None:
    """The organisation's member with this address, also one who has left."""
    return session.scalar(
        select(Member).where(
            Member.organisation_id == organisation_id, Member.mail == normal_mail(mail)
        )
    )


def member_behind(session: Session, person: Participant) -> Member | None:
    """The member of the sending organisation who is asked, also one who has left; None for people
    of the other side, and for whoever is no member."""
    if person.member_id is not None:
        return session.get(Member, person.member_id)
    if session.get_one(Party, person.party_id).kind != PartyKind.OWN:
        return None
    envelope = session.get_one(Envelope, person.envelope_id)
    return by_address(session, envelope.organisation_id, person.mail)


def named_member(session: Session, envelope: Envelope, party: Party, mail: str) -> UUID | None:
    """Which member the row of somebody with this address names, who acts for the party."""
    if party.kind != PartyKind.OWN:
        return None
    found = by_address(session, envelope.organisation_id, mail)
    return found.id if found is not None else None


def has_left(session: Session, person: Participant) -> bool:
    """Whether this is a member who may not act for the organisation any more."""
    member = member_behind(session, person)
    return member is not None and not member.active


def is_his(member: Member) -> ColumnElement[bool]:
    """Of participants, joined with their parties and envelopes: those that are this member."""
    return or_(
        Participant.member_id == member.id,
        and_(
            Participant.member_id.is_(None),
            Participant.mailbox == normal_mail(member.mail),
            Party.kind == PartyKind.OWN.value,
            Envelope.organisation_id == member.organisation_id,
        ),
    )


def check_people(session: Session, organisation_id: UUID, people: Iterable[Person]) -> None:
    """Raise FormProblems beside each person of the own side who has left it."""
    own = [person for person in people if person.party is PartyKind.OWN]
    left = set(
        session.scalars(
            select(Member.mail).where(
                Member.organisation_id == organisation_id,
                Member.mail.in_({normal_mail(person.mail) for person in own}),
                Member.active.is_(False),
            )
        )
    )
    wrong = {
        f"people-{person.row}-mail": _LEFT for person in own if normal_mail(person.mail) in left
    }
    if wrong:
        raise FormProblems(wrong)
