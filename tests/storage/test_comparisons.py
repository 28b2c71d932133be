"""What is kept of a comparison, and from which version on somebody is shown what changed."""

from datetime import timedelta
from uuid import UUID

from domain.page_changes import Look, Place, Words
from domain.page_pairs import PagePair
from storage.comparisons import changes_between, version_seen
from storage.desks.comparison import StoredComparisonDesk
from storage.tables import Correction, Document, Envelope, Participant, Visit
from storage.texts import keep_texts
from tests.storage.test_corrections import NEW, begun, confirm, correct
from tests.storage.world import World

LOOK = Look(120, (Place(100, 200, 30, 40),))


def word(world: World, document_id: UUID, *texts: str, pictures: tuple[bytes, ...] = ()) -> None:
    """Give a document these pages."""
    with world.database.transaction() as session:
        document = session.get_one(Document, document_id)
        document.pages = len(texts)
        document.text_blob_id = keep_texts(world.vault, session, document_id, texts)
        document.thumbnail_blob_ids = [
            str(world.vault.put(session, document_id, picture)) for picture in pictures
        ]


def test_pictures_with_other_bytes_are_looked_at_once_and_the_first_answer_stays(
    world: World,
) -> None:
    journey = begun(world)
    [old] = world.documents(journey.envelope_id)
    word(world, old, "甲", "乙", pictures=(b"one", b"two"))
    new = world.correct(old, NEW)
    word(world, new, "甲", "丙", pictures=(b"one", b"other"))
    desk = StoredComparisonDesk(world.database, world.vault)
    assert world.intake.corrects(new)
    assert not world.intake.corrects(old)
    assert desk.to_compare(old) == ()
    [pair] = desk.to_compare(new)
    assert pair == PagePair(2, 2)
    assert desk.pictures(new, [pair]) == ((b"two", b"other"),)
    desk.keep(new, [(pair, LOOK)])
    desk.keep(new, [])
    assert desk.to_compare(new) == ()
    act = confirm(journey)
    assert journey.decide(act).accepted
    world.corrections.begin_version(journey.envelope_id, act)
    with world.reading() as session:
        [found] = changes_between(session, world.vault, journey.envelope_id, 1, 2)
    first, second = found.pages
    assert not first.changed
    assert (second.words, second.look) == (Words.CHANGED, LOOK)


def test_somebody_is_shown_what_changed_since_the_version_that_he_knows(world: World) -> None:
    journey = begun(world)
    [old] = world.documents(journey.envelope_id)
    word(world, old, "金百万円")
    journey.sign("a")
    correct(journey, NEW)
    [second] = world.documents(journey.envelope_id)
    word(world, second, "金二百万円")
    correct(journey, NEW + b"!")
    [third] = world.documents(journey.envelope_id)
    word(world, third, "金三百万円")
    with world.reading() as session:
        envelope = session.get_one(Envelope, journey.envelope_id)
        people = session.query(Participant).order_by(Participant.position)
        seen = [version_seen(session, envelope, row.id) for row in people]
        [found] = changes_between(session, world.vault, envelope.id, 1, 3)
    assert seen == [1, None]
    assert (found.before.id, found.after.id) == (old, third)
    assert [part.text for part in found.pages[0].parts] == ["金", "三", "百万円"]


def test_opened_pages_count_for_the_version_that_was_open_then(world: World) -> None:
    journey = begun(world)
    visit = world.visit(journey.envelope_id, "b")
    correct(journey, NEW)
    correct(journey, NEW + b"!")
    with world.database.transaction() as session:
        envelope = session.get_one(Envelope, journey.envelope_id)
        first = session.query(Correction).filter_by(to_version=2).one()
        row = session.get_one(Visit, visit)
        row.viewed = ["a document"]
        for opened, version in ((-1, 1), (0, 2)):
            row.opened_at = first.created_at + timedelta(microseconds=opened)
            session.flush()
            assert version_seen(session, envelope, row.participant_id) == version
