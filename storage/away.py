"""Who is absent of those whom an envelope asks, and who is asked besides him, or why nobody is.

What `storage.deputies` will do is said beforehand, where a clerk looks: on the envelope's page for
those who are asked, and in the summary for those who would be.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from domain.absences import NoDeputy
from domain.kinds import PartyKind
from domain.refusals import Words
from storage import absences, gates
from storage.deputies import deputy_for, standing_in
from storage.people import member_by_mail
from storage.route_plan import PlannedRoute, PlannedSlot, PlannedStage
from storage.senders import Senders, senders_of
from storage.tables import Absence, Envelope, Member, Participant, Party, Stage


@dataclass(frozen=True)
class Away:
    """Until which day somebody is absent, and the deputy's name, or why there is none."""

    until: date
    deputy: str = ""
    why: Words | None = None


def away(
    session: Session, envelope: Envelope, participant: Participant, now: datetime
) -> Away | None:
    """Of somebody who is asked now; None of whoever is here, of the other side and of deputies."""
    party = session.get_one(Party, participant.party_id)
    if party.kind != PartyKind.OWN or participant.deputy_of is not None:
        return None
    absence = _absence(session, envelope, participant.mail, now)
    if absence is None:
        return None
    asked = standing_in(session, participant, now)
    if asked is not None:
        return Away(absence.ends_on, asked.name)
    return _said(absence, deputy_for(session, absence, envelope, participant, now))


def opener_away(session: Session, stage: Stage, now: datetime) -> Away | None:
    """Of the one who was named for a gate that waits; None while he is here."""
    absence = gates.absence_at(session, stage, now)
    return _said(absence, gates.deputy_for(session, stage, absence, now)) if absence else None


def away_on(
    session: Session, envelope: Envelope, member: Member, route: PlannedRoute, now: datetime
) -> Mapping[str, Away]:
    """Of the own side's people of a draft's route that `member` would send, by address: those who
    are absent today."""
    found, by = {}, senders_of(session, envelope, member)
    for stage in route.stages:
        for slot in stage.slots:
            if slot.person.party is not PartyKind.OWN:
                continue
            absence = _absence(session, envelope, slot.person.mail, now)
            if absence is not None:
                deputy = _planned(session, absence, envelope, by, route, stage, slot, now)
                found[slot.person.mail] = _said(absence, deputy)
    return found


def _absence(session: Session, envelope: Envelope, mail: str, now: datetime) -> Absence | None:
    member = member_by_mail(session, mail)
    if member is None or member.organisation_id != envelope.organisation_id:
        return None
    day = absences.day_of(session, envelope.organisation_id, now)
    return absences.of_day(session, member.id, day)


def _said(absence: Absence, deputy: Member | Words) -> Away:
    if isinstance(deputy, Words):
        return Away(absence.ends_on, why=deputy)
    return Away(absence.ends_on, deputy.name)


def _planned(  # noqa: PLR0913 - who, where and when
    session: Session,
    absence: Absence,
    envelope: Envelope,
    by: Senders,
    route: PlannedRoute,
    stage: PlannedStage,
    slot: PlannedSlot,
    now: datetime,
) -> Member | Words:
    """As `deputies.deputy_for` will decide it once the route is rows."""
    day = absences.day_of(session, envelope.organisation_id, now)
    deputy = absences.deputy_on(session, absence, day)
    if isinstance(deputy, Words):
        return deputy
    if deputy.id in (by.sender.id, by.maker.id):
        return NoDeputy.SENDER
    if any(_is_needed(one, deputy, same=one is stage) for one in route.stages):
        return NoDeputy.ON_ROUTE
    if slot.person.access_code or slot.person.phone:
        return NoDeputy.CODE
    if slot.person.app_code and deputy.totp_sealed is None:
        return NoDeputy.NO_APP
    return deputy


def _is_needed(stage: PlannedStage, deputy: Member, *, same: bool) -> bool:
    """Whether he acts there himself, and nobody could do without him."""
    mails = {slot.person.mail.lower() for slot in stage.slots}
    return deputy.mail.lower() in mails and (same or len(mails) - 1 < stage.need)
