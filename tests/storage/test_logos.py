"""The organisation's logo: cleaned, shown, replaced, taken away."""

from uuid import UUID, uuid4

import pytest

from domain.limits import MAX_STAMP_BYTES
from domain.refusals import Refusal, RefusalCode
from storage import logos, stamps
from storage.desks.stamps import StoredStampDesk
from storage.tables import Member, OperationEntry, Organisation, OrganisationLogo
from tests.storage.world import World, now

PICTURE = b"a picture as it was sent"


def send(world: World, data: bytes = PICTURE) -> UUID:
    upload = stamps.begin_stamp(world.vault)
    upload.write(data)
    with world.database.transaction() as session:
        admin = session.get_one(Member, world.member_id)
        return logos.finish_logo(session, admin, upload, now()).id


def desk(world: World) -> StoredStampDesk:
    return StoredStampDesk(world.database, world.vault)


def logo_of(world: World) -> UUID | None:
    with world.reading() as session:
        member = session.get_one(Member, world.member_id)
        return session.get_one(Organisation, member.organisation_id).logo_id


def remove(world: World) -> bool:
    with world.database.transaction() as session:
        return logos.remove(session, session.get_one(Member, world.member_id), now())


def test_a_picture_is_shown_once_it_is_clean_and_until_another_is(world: World) -> None:
    first = send(world)
    assert logo_of(world) is None
    assert desk(world).read(first) == PICTURE
    assert desk(world).keeps_paper(first)
    assert not desk(world).keeps_paper(uuid4())
    desk(world).accept(first, b"clean")
    assert logo_of(world) == first
    second = send(world)
    assert logo_of(world) == first
    desk(world).refuse(second, RefusalCode.IMAGE_UNREADABLE)
    assert logo_of(world) == first
    third = send(world)
    desk(world).accept(third, b"cleaner")
    assert logo_of(world) == third
    with world.reading() as session:
        assert logos.shown(session, first) is None
        found = logos.shown(session, third)
        assert found is not None
        assert found.upload_blob_id is None
        rows = session.query(OperationEntry).filter_by(tag="organisation:changed").all()
        assert [row.data["after"] for row in rows] == [str(first), str(third)]


def test_what_was_taken_away_is_shown_to_nobody_also_when_it_becomes_clean_later(
    world: World,
) -> None:
    late = send(world)
    assert not remove(world)
    desk(world).accept(late, b"clean")
    assert logo_of(world) is None
    kept = send(world)
    desk(world).accept(kept, b"clean")
    assert remove(world)
    assert logo_of(world) is None
    with world.reading() as session:
        assert logos.shown(session, kept) is None
        assert {row.image_blob_id for row in session.query(OrganisationLogo)} == {None}


def test_sizes_and_numbers_are_limited(world: World) -> None:
    large = send(world, b"x" * (MAX_STAMP_BYTES + 1))
    with world.reading() as session:
        row = session.get_one(OrganisationLogo, large)
        assert (row.state, row.refusal) == ("refused", "image_too_large")
    for _ in range(logos.MAX_LOGOS - 1):
        send(world, b"")
    with pytest.raises(Refusal):
        send(world)
