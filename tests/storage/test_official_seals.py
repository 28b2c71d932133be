"""公印・角印: shown only by those who may, in their own acts, and each use noted for good."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from domain.crops import Crop
from domain.kinds import Look, PartyKind, Role
from domain.lists import Asked
from domain.official_seals import CheckedOfficialSeal
from domain.refusals import Refusal, RefusalCode
from storage import official_seal_uses, official_seals, seal_cropping, stamps
from storage.evidence import evidence_record
from storage.forgetting import forget_old
from storage.official_seal_uses import UseSearch
from storage.official_seals import SealChangedMeanwhile
from storage.tables import (
    Act,
    Blob,
    Envelope,
    LedgerEvent,
    Member,
    OfficialSeal,
    OfficialSealUse,
    Participant,
    Party,
)
from tests.storage.filling import add_stamp, begun, filled, type_in, values_for
from tests.storage.world import Journey, World, carry_out, now

IMAGE = b"clean seal"
ANYBODY = CheckedOfficialSeal("市長印", 21, None, None, (), (), (Role.CLERK.value, "admin"))


def added(world: World, checked: CheckedOfficialSeal = ANYBODY, image: bytes = IMAGE) -> UUID:
    """Uploaded by the world's member, and cleaned."""
    upload = stamps.begin_stamp(world.vault)
    upload.write(b"a photograph")
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        seal_id = official_seals.add(session, member, checked, upload, now()).id
    assert world.stamps.read(seal_id) == b"a photograph"
    world.stamps.accept(seal_id, image)
    return seal_id


def own(world: World) -> Journey:
    """`a` is the world's member, who signs for his organisation."""
    journey = begun(world)
    with world.database.transaction() as session:
        person = session.get_one(Participant, world.participant(journey.envelope_id, "a").id)
        person.mail = session.get_one(Member, world.member_id).mail
        session.get_one(Party, person.party_id).kind = PartyKind.OWN.value
    return journey


def take(world: World, journey: Journey, seal_id: UUID, name: str = "a") -> None:
    with world.database.transaction() as session:
        envelope = session.get_one(Envelope, journey.envelope_id)
        person = session.get_one(Participant, world.participant(envelope.id, name).id)
        official_seals.take(session, world.vault, envelope, person, seal_id, now())


def posted(world: World, journey: Journey) -> UUID:
    envelope_id = journey.envelope_id
    type_in(world, envelope_id, "a", values_for(world, envelope_id, "a"), Look.STAMP)
    return world.post(envelope_id, "a", filled_sha256=filled(world, envelope_id, "a").sha256)


def change(world: World, seal_id: UUID, checked: CheckedOfficialSeal, revision: int = 0) -> bool:
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        return official_seals.change(session, member, seal_id, checked, revision, now())


def retire(world: World, seal_id: UUID) -> None:
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        official_seals.retire(session, member, seal_id, now())


def uses(world: World, seal_id: UUID, **wanted: object) -> list[OfficialSealUse]:
    with world.reading() as session:
        seal = session.get_one(OfficialSeal, seal_id)
        asked = Asked.read({}, official_seal_uses.USE_SORTS)
        search = UseSearch(**wanted)  # type: ignore[arg-type]  # each test names them
        page = official_seal_uses.uses_page(session, seal, search, asked)
        every = list(official_seal_uses.every_use(session, seal, search))
    assert [use.row.id for use in page.rows] == [use.row.id for use in every]
    return [use.row for use in every]


def test_a_signature_shows_the_seal_and_its_use_is_noted_for_good(world: World) -> None:
    seal_id, journey = added(world), own(world)
    take(world, journey, seal_id)
    assert uses(world, seal_id) == []  # nothing is used before somebody signs
    act_id = posted(world, journey)
    journey.decide(act_id)
    retire(world, seal_id)  # after the act: it stays good
    task = world.signing.authorise(journey.envelope_id, act_id)
    look = task.documents[0].look
    assert look is not None
    assert (look.image, look.mm) == (IMAGE, 21)
    carry_out(world, journey.envelope_id, act_id)
    world.signing.finish(act_id)
    [use] = uses(world, seal_id)
    assert (use.act_id, use.person, use.name) == (act_id, "a", "市長印")
    assert (use.member_id, use.document_id) == (
        world.member_id,
        world.documents(journey.envelope_id)[0],
    )
    with world.reading() as session:
        look_said = session.get_one(Act, act_id).evidence["look"]
        event = session.query(LedgerEvent).filter_by(tag="official_seal:used").one()
        record = evidence_record(session, world.vault, use.envelope_id, reader=None)
    assert look_said["seal"] == {"id": str(seal_id), "name": "市長印", "mm": 21}
    assert look_said["sha256"] == event.data["sha256"] == use.image_sha256
    assert "市長印" in str(record)
    for statement in (
        "UPDATE official_seal_uses SET person = 'b'",
        "DELETE FROM official_seal_uses",
    ):
        with pytest.raises(DBAPIError, match="append-only"), world.database.transaction() as s:
            s.execute(text(statement))
    assert uses(world, seal_id, who="A", number=world.envelope(use.envelope_id).number[:4])
    assert not uses(world, seal_id, who="乙")
    assert not uses(world, seal_id, since=now() + timedelta(days=1))
    assert not uses(world, seal_id, before=now() - timedelta(days=1))


@pytest.mark.parametrize(
    "checked",
    [
        replace(ANYBODY, roles=("auditor",)),
        replace(ANYBODY, roles=(), members=(str(uuid4()),)),
        replace(ANYBODY, roles=(), departments=(str(uuid4()),)),
        replace(ANYBODY, valid_from=now().date() + timedelta(days=3)),
        replace(ANYBODY, valid_until=now().date() - timedelta(days=3)),
    ],
)
def test_who_may_not_use_it_gets_none_though_he_names_its_id(
    world: World, checked: CheckedOfficialSeal
) -> None:
    seal_id, journey = added(world, checked), own(world)
    with pytest.raises(Refusal) as refused:
        take(world, journey, seal_id)
    assert refused.value.code is RefusalCode.SEAL_NOT_ALLOWED
    with world.reading() as session:
        envelope = session.get_one(Envelope, journey.envelope_id)
        person = world.participant(journey.envelope_id, "a")
        assert official_seals.offered(session, envelope, person, now()) == []


def test_members_departments_and_roles_each_are_enough(world: World) -> None:
    department, journey = uuid4(), own(world)
    with world.database.transaction() as session:
        session.get_one(Member, world.member_id).department_id = department
    nobody = replace(ANYBODY, roles=())
    for more in ({"members": (str(world.member_id),)}, {"departments": (str(department),)}):
        take(world, journey, added(world, replace(nobody, **more), str(more).encode()))  # type: ignore[arg-type]


def test_the_other_side_and_other_organisations_have_no_seal(world: World) -> None:
    seal_id = added(world)
    other_side = begun(world)
    with pytest.raises(Refusal, match="seal_not_allowed"):
        take(world, other_side, seal_id)
    journey = own(world)
    with pytest.raises(LookupError):
        take(world, journey, uuid4())
    with world.database.transaction() as session:
        stranger = official_seals.find(session, uuid4(), seal_id)
    assert stranger is None


def test_whoever_might_no_longer_when_he_signs_is_refused(world: World) -> None:
    seal_id, journey = added(world), own(world)
    take(world, journey, seal_id)
    retire(world, seal_id)
    envelope_id = journey.envelope_id
    with pytest.raises(Refusal) as refused:
        posted(world, journey)
    assert refused.value.code is RefusalCode.SEAL_NOT_ALLOWED
    assert "look" in filled(world, envelope_id, "a").problems


def test_the_seals_picture_sent_in_another_way_is_refused(world: World) -> None:
    added(world)
    journey = own(world)
    add_stamp(world, journey.envelope_id, "a", IMAGE)
    with pytest.raises(Refusal) as refused:
        posted(world, journey)
    assert refused.value.code is RefusalCode.SEAL_NOT_CHOSEN


def test_a_copy_in_another_envelope_is_not_offered_as_used_before(world: World) -> None:
    seal_id, journey = added(world), own(world)
    take(world, journey, seal_id)
    journey.decide(posted(world, journey))
    later = own(world)
    with world.database.transaction() as session:
        for one in (journey, later):
            person = session.get_one(Participant, world.participant(one.envelope_id, "a").id)
            person.mailbox = "mailbox"
        envelope = session.get_one(Envelope, later.envelope_id)
        assert stamps.used_before(session, person, envelope) is None


def test_evidence_that_names_another_seal_signs_nothing(world: World) -> None:
    seal_id, other, journey = added(world), added(world, ANYBODY, b"other"), own(world)
    take(world, journey, seal_id)
    act_id = posted(world, journey)
    journey.decide(act_id)
    with world.database.transaction() as session:
        # as the triggers of acts would not let anybody, but a copy's row can be changed
        session.execute(
            text("UPDATE stamps SET seal_id = :other WHERE seal_id = :seal"),
            {"other": other.hex, "seal": seal_id.hex},
        )
    with pytest.raises(Refusal) as refused:
        world.signing.authorise(journey.envelope_id, act_id)
    assert refused.value.code is RefusalCode.EVIDENCE_INCOMPLETE


def test_a_change_is_noted_and_two_do_not_overwrite_each_other(world: World) -> None:
    seal_id = added(world)
    assert not change(world, seal_id, ANYBODY)
    assert change(world, seal_id, replace(ANYBODY, mm=24))
    with pytest.raises(SealChangedMeanwhile):
        change(world, seal_id, replace(ANYBODY, mm=30))
    with world.reading() as session:
        event = session.query(LedgerEvent).filter_by(tag="official_seal:changed").one()
    assert event.data["fields"] == "mm"
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        with pytest.raises(LookupError):
            official_seals.change(session, member, uuid4(), ANYBODY, 0, now())


def closer(world: World, seal_id: UUID) -> UUID:
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        row, _ = seal_cropping.crop_official(
            session, world.vault, member, seal_id, Crop(top=20), now()
        )
        return row.id


def test_a_closer_crop_is_another_seal_that_takes_the_first_ones_place_once_it_is_clean(
    world: World,
) -> None:
    """Whoever had chosen the first one and has not signed yet chooses again."""
    journey, first = own(world), added(world)
    take(world, journey, first)
    second = closer(world, first)
    assert world.stamps.read(second) == IMAGE
    assert world.stamps.crop(second) == Crop(top=20)
    with world.reading() as session:
        assert session.get_one(OfficialSeal, first).retired_at is None
    world.stamps.accept(second, b"closer")
    with world.reading() as session:
        before, now_used = (session.get_one(OfficialSeal, key) for key in (first, second))
        assert official_seals.checked_of(now_used) == official_seals.checked_of(before)
        assert (before.retired_at is None, now_used.retired_at) == (False, None)
        assert now_used.upload_blob_id is None
        assert world.vault.read(session, before.image_blob_id or first) == IMAGE, "it never changes"
    with pytest.raises(Refusal, match=RefusalCode.SEAL_NOT_ALLOWED.value):
        posted(world, journey)
    with pytest.raises(LookupError):
        closer(world, first)


def test_a_crop_that_leaves_nothing_takes_nothing_away(world: World) -> None:
    first = added(world)
    world.stamps.refuse(closer(world, first), RefusalCode.IMAGE_BLANK)
    with world.reading() as session:
        assert session.get_one(OfficialSeal, first).retired_at is None


def in_use(world: World, *seals: UUID) -> list[bool]:
    with world.reading() as session:
        return [session.get_one(OfficialSeal, key).retired_at is None for key in seals]


def test_a_closer_crop_that_was_retired_while_it_was_cleaned_takes_nothing_away(
    world: World,
) -> None:
    first = added(world)
    second = closer(world, first)
    retire(world, second)
    world.stamps.accept(second, b"closer")
    assert in_use(world, first, second) == [True, False]


def test_a_seal_that_was_retired_does_not_come_back_as_its_closer_crop(world: World) -> None:
    first = added(world)
    second = closer(world, first)
    retire(world, first)
    world.stamps.accept(second, b"closer")
    assert in_use(world, first, second) == [False, False]
    with world.reading() as session:
        noted = session.query(LedgerEvent).filter_by(tag="official_seal:retired")
        said = {event.data["seal"]: event.actor for event in noted}
    assert said == {str(first): f"member:{world.member_id}", str(second): "system"}


NARROWER = replace(ANYBODY, mm=18, valid_until=now().date(), roles=("auditor",))


def test_a_closer_crop_is_for_those_who_may_use_the_first_one_when_it_is_clean(
    world: World,
) -> None:
    first = added(world)
    second = closer(world, first)
    change(world, first, NARROWER)
    world.stamps.accept(second, b"closer")
    assert in_use(world, first, second) == [False, True]
    with world.reading() as session:
        row = session.get_one(OfficialSeal, second)
        assert (official_seals.checked_of(row), row.revision) == (NARROWER, 1)
        noted = session.query(LedgerEvent).filter_by(tag="official_seal:changed").all()
        [event] = [one for one in noted if one.data["seal"] == str(second)]
    assert (event.actor, event.data["fields"]) == ("system", "mm,valid_until,roles")


def test_what_was_entered_for_a_closer_crop_itself_stays(world: World) -> None:
    first = added(world)
    second = closer(world, first)
    change(world, second, NARROWER)
    world.stamps.accept(second, b"closer")
    assert in_use(world, first, second) == [False, True]
    with world.reading() as session:
        assert official_seals.checked_of(session.get_one(OfficialSeal, second)) == NARROWER


def test_one_closer_crop_of_a_seal_is_made_at_a_time(world: World) -> None:
    first = added(world)
    second = closer(world, first)
    assert closer(world, first) == second
    retire(world, second)
    third = closer(world, first)
    assert third != second, "a retired one is not waited for"
    world.stamps.refuse(third, RefusalCode.IMAGE_BLANK)
    assert closer(world, first) not in {second, third}


def test_of_two_closer_crops_of_one_seal_the_first_clean_one_is_used(world: World) -> None:
    first = added(world)
    second = closer(world, first)
    retire(world, second)
    third = closer(world, first)
    with world.database.transaction() as session:
        session.get_one(OfficialSeal, second).retired_at = None  # as two presses once made them
    world.stamps.accept(third, b"closer")
    world.stamps.accept(second, b"closer, too")
    assert in_use(world, first, second, third) == [False, False, True]


def test_a_refused_picture_is_not_kept_and_is_no_seal(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(official_seals, "MAX_SEALS", 2)
    first = added(world)
    for _ in range(2):
        refused = closer(world, first)
        with world.reading() as session:
            upload = session.get_one(OfficialSeal, refused).upload_blob_id
        world.stamps.refuse(refused, RefusalCode.IMAGE_BLANK)
        with world.reading() as session:
            assert session.get_one(OfficialSeal, refused).upload_blob_id is None
            assert session.get(Blob, upload) is None
    with world.database.transaction() as session:
        assert session.get_one(OfficialSeal, first).image_blob_id is not None
    added(world)
    with pytest.raises(Refusal, match=RefusalCode.NOT_ALLOWED.value):
        closer(world, first)


def test_a_photograph_that_an_older_program_kept_of_a_refused_seal_goes(world: World) -> None:
    first = added(world)
    refused = closer(world, first)
    with world.reading() as session:
        upload = session.get_one(OfficialSeal, refused).upload_blob_id
    world.set(OfficialSeal, refused, state="refused", refusal="image_blank")  # as it left the row
    with world.database.transaction() as session:
        assert forget_old(session, now())["refused_photographs"] == 1
        assert "refused_photographs" not in forget_old(session, now())
    with world.reading() as session:
        assert session.get_one(OfficialSeal, refused).upload_blob_id is None
        assert session.get(Blob, upload) is None
        assert session.get_one(OfficialSeal, first).image_blob_id is not None
