"""送信先の制限, asked wherever an address enters a route: sending, correcting an address, handing
over. What was sent before stays as it is."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.addressees import may_go_to, refused
from domain.drafts import Person
from domain.forms import FormProblems
from storage.tables import Member, Organisation


def is_allowed(session: Session, organisation_id: UUID, mail: str) -> bool:
    """Whether an envelope of this organisation may go to the address."""
    organisation = session.get_one(Organisation, organisation_id)
    return may_go_to(organisation.recipient_domains, mail) or _is_member(
        session, organisation_id, mail
    )


def check_people(session: Session, organisation_id: UUID, people: Iterable[Person]) -> None:
    """Raise FormProblems beside each address of a draft to which nothing may be sent."""
    rule = session.get_one(Organisation, organisation_id).recipient_domains
    wrong = {
        f"people-{person.row}-mail": refused(rule, person.mail)
        for person in people
        if not is_allowed(session, organisation_id, person.mail)
    }
    if wrong:
        raise FormProblems(wrong)


def _is_member(session: Session, organisation_id: UUID, mail: str) -> bool:
    found = session.scalar(
        select(Member.id).where(
            Member.organisation_id == organisation_id,
            Member.mail == mail.lower(),
            Member.active.is_(True),
        )
    )
    return found is not None
