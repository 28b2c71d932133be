"""A member's registered seal: cleaned, replaced, taken away, and offered to him alone."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from domain.crops import Crop
from domain.refusals import Refusal, RefusalCode
from storage import member_seals, seal_cropping, stamps
from storage.desks import StoredStampDesk
from storage.standing import Holder
from storage.tables import (
    LedgerEvent,
    Link,
    Member,
    MemberSeal,
    OperationEntry,
    OutboxItem,
    Participant,
    Party,
)
from storage.visits import find_visit
from tests.storage.filling import begun
from tests.storage.world import World, now


def send(world: World, picture: bytes = b"a photograph") -> UUID:
    upload = stamps.begin_stamp(world.vault)
    upload.write(picture)
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        return member_seals.finish_seal(session, member, upload, now()).id


def registered(world: World) -> UUID | None:
    with world.reading() as session:
        row = member_seals.registered(session, session.get_one(Member, world.member_id))
        return row.id if row is not None else None


def remove(world: World) -> bool:
    with world.database.transaction() as session:
        return member_seals.remove(session, session.get_one(Member, world.member_id), now())


def noted(world: World) -> list[str]:
    with world.reading() as session:
        rows = session.scalars(select(LedgerEvent.tag).order_by(LedgerEvent.sequence)).all()
        logged = session.scalars(select(OperationEntry.tag)).all()
    found = [tag for tag in rows if tag.startswith("seal:")]
    assert sorted(found) == sorted(tag for tag in logged if tag.startswith("seal:"))
    return found


@pytest.fixture
def desk(world: World) -> StoredStampDesk:
    return world.stamps


def test_a_seal_counts_once_it_is_clean_and_until_another_one_is(
    world: World, desk: StoredStampDesk
) -> None:
    first = send(world)
    with world.reading() as session:
        assert session.scalars(select(OutboxItem.subject_id)).all() == [first]
    assert desk.read(first) == b"a photograph"
    assert registered(world) is None
    desk.accept(first, b"clean png")
    desk.accept(first, b"another")
    assert registered(world) == first
    second = send(world, b"not good")
    assert registered(world) == first, "what is still being checked replaces nothing"
    desk.refuse(second, RefusalCode.IMAGE_UNREADABLE)
    assert registered(world) == first
    third = send(world, b"better")
    desk.accept(third, b"clean too")
    assert registered(world) == third
    assert noted(world) == ["seal:registered", "seal:registered"]
    with world.reading() as session:
        row = session.get_one(MemberSeal, third)
        assert row.image_blob_id is not None
        assert world.vault.read(session, row.image_blob_id) == b"clean too"


def test_what_was_taken_away_does_not_come_back(world: World, desk: StoredStampDesk) -> None:
    assert not remove(world)
    for picture in (b"one", b"two"):
        desk.accept(send(world, picture), b"clean " + picture)
    late = send(world, b"three")
    assert remove(world)
    assert registered(world) is None
    desk.accept(late, b"clean three")
    assert registered(world) is None
    assert not remove(world)
    assert noted(world) == ["seal:registered", "seal:registered", "seal:removed"]


def test_nothing_is_no_picture_and_there_is_an_end_to_sending(world: World) -> None:
    empty = send(world, b"")
    with world.reading() as session:
        assert session.get_one(MemberSeal, empty).refusal == RefusalCode.IMAGE_UNREADABLE
    for _ in range(member_seals.MAX_SEALS - 1):
        send(world, b"")
    with pytest.raises(Refusal, match="not_allowed"):
        send(world)


def holder_of(world: World, envelope_id: UUID, name: str) -> Holder:
    visit = world.visit(envelope_id, name)
    with world.database.transaction() as session:
        found = find_visit(session, "c" * 64, visit, now())
        assert found is not None
        return found.holder


@pytest.mark.parametrize(
    ("kind", "mail", "active", "offered"),
    [
        ("own", "", True, True),
        ("counterparty", "", True, False),
        ("own", "somebody@example.jp", True, False),
        ("own", "", False, False),
    ],
)
def test_it_is_offered_to_its_member_where_he_signs_for_his_organisation(
    world: World, desk: StoredStampDesk, kind: str, mail: str, active: bool, offered: bool
) -> None:
    desk.accept(send(world), b"clean png")
    journey = begun(world)
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        person = session.get_one(Participant, world.participant(journey.envelope_id, "a").id)
        person.mail = mail or member.mail
        session.get_one(Party, person.party_id).kind = kind
        assert session.scalars(select(Link).where(Link.participant_id == person.id)).first()
    holder = holder_of(world, journey.envelope_id, "a")
    world.set(Member, world.member_id, active=active)  # while his page is open
    with world.reading() as session:
        found = member_seals.registered_for(session, holder)
    assert (found is not None) == offered


def test_the_registered_seal_is_cropped_again_from_its_clean_picture(
    world: World, desk: StoredStampDesk
) -> None:
    """The photograph is gone by then, and stays away."""
    first = send(world)
    assert desk.crop(first) is None
    desk.accept(first, b"clean png")
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        with pytest.raises(LookupError):
            seal_cropping.crop_own(session, world.vault, member, uuid4(), Crop(left=1), now())
        second = seal_cropping.crop_own(
            session, world.vault, member, first, Crop(left=12, bottom=3), now()
        ).id
    assert registered(world) == first, "until the closer one is clean"
    assert desk.read(second) == b"clean png"
    assert desk.crop(second) == Crop(left=12, bottom=3)
    desk.accept(second, b"closer png")
    assert registered(world) == second
    with world.reading() as session:
        rows = [session.get_one(MemberSeal, key) for key in (first, second)]
        assert [row.upload_blob_id for row in rows] == [None, None]
        assert rows[0].image_blob_id is None
