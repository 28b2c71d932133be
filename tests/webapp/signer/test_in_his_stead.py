"""Somebody absent whose deputy has acted: he is not asked for what would be refused."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

from domain.kinds import NoticeKind
from domain.messages import NoticeOrder
from storage.desks.receivers import of_order
from storage.standing import Standing, holder_of
from storage.tables import (
    Absence,
    Act,
    Envelope,
    Link,
    Member,
    Organisation,
    Participant,
    Slot,
    SlotCandidate,
)
from tests.webapp.signer.world import World


def test_of_several_places_the_one_that_a_deputy_filled_was_his(world: World) -> None:
    absent, other = world.participants
    now = datetime.now(UTC)
    with world.database.transaction() as session:
        member = session.query(Member).first()
        assert member is not None
        away = Absence(
            id=uuid4(),
            organisation_id=session.query(Organisation).one().id,
            member_id=member.id,
            deputy_id=member.id,
            begins_on=date.today(),  # noqa: DTZ011 - any day will do
            ends_on=date.today() + timedelta(days=3),  # noqa: DTZ011
            entered_by=member.id,
            created_at=now,
        )
        session.add(away)
        session.flush()
        deputy = Participant(
            id=uuid4(),
            envelope_id=world.envelope_id,
            party_id=session.get_one(Participant, absent).party_id,
            kind="signer",
            position=2,
            name="代決者",
            mail="d@example.jp",
            company="結市",
            deputy_of=absent,
            absence_id=away.id,
        )
        session.add(deputy)
        session.flush()
        for slot in world.slots:
            for person in (absent, other, deputy.id):
                if session.get(SlotCandidate, (slot, person)) is None:
                    session.add(SlotCandidate(slot_id=slot, participant_id=person))
        signed = session.get_one(Slot, world.slots[0])
        signed.state, signed.participant_id = "done", deputy.id
        session.add(
            Act(
                id=uuid4(),
                nonce="n",
                envelope_id=world.envelope_id,
                participant_id=deputy.id,
                slot_id=signed.id,
                kind="sign",
                version=1,
                version_sha256="0" * 64,
                values_sha256="0" * 64,
                language="ja",
                evidence={},
                posted_at=now,
                accepted=True,
                answered_at=now,
            )
        )
    assert standing(world, 0) is Standing.RELEASED
    assert standing(world, 1) is Standing.OPEN
    with world.database.reading() as session:
        order = NoticeOrder(
            envelope_id=world.envelope_id,
            kind=NoticeKind.REMINDER,
            occasion="day",
            participant_ids=(absent, other),
        )
        envelope = session.get_one(Envelope, world.envelope_id)
        reminded = [one.participant_id for one in of_order(session, envelope, order)]
        assert reminded == [other]


def standing(world: World, person: int) -> Standing:
    with world.database.reading() as session:
        link = session.get_one(Link, world.links[person])
        return holder_of(session, link, datetime.now(UTC)).standing
