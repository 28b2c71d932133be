"""What a correction changed, for those who know the document before; nobody else sees that one."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from storage.tables import Act, Correction, Document, Envelope, Participant, Revision, Stage
from tests.webapp.signer.pages import checked
from tests.webapp.signer.world import World, _add_document

KNOWS, NEW_HERE = 0, 1


@pytest.fixture
def corrected(world: World) -> World:
    """Version 2: the first document was replaced; one person had signed version 1."""
    moment = datetime.now(UTC)
    with world.database.transaction() as session:
        envelope = session.get_one(Envelope, world.envelope_id)
        old = session.get_one(Document, world.documents[0])
        new = session.get_one(
            Document, _add_document(session, world.vault, envelope, 0, old.title, b"corrected")
        )
        old.until_version, new.from_version, new.replaces_id = 1, 2, old.id
        common = {
            "envelope_id": envelope.id,
            "version": 1,
            "version_sha256": "",
            "values_sha256": "",
            "evidence": {},
            "posted_at": moment,
            "answered_at": moment,
            "accepted": True,
        }
        signed = Act(
            nonce="signed", kind="sign", participant_id=world.participants[KNOWS], **common
        )
        act = Act(nonce="corrected", kind="correct", member_id=world.member_id, **common)
        act.reason = "金額の誤り"
        act.evidence = {
            "corrections": [
                {
                    "document": str(old.id),
                    "sha256": "",
                    "replacement": str(new.id),
                    "replacement_sha256": "",
                }
            ]
        }
        session.add_all([signed, act])
        session.flush()
        session.add(
            Correction(
                envelope_id=envelope.id,
                act_id=act.id,
                from_version=1,
                to_version=2,
                concerned=[str(world.participants[KNOWS])],
                created_at=moment,
            )
        )
        _to_version_two(session, envelope, world, new.id)
        world.documents.append(new.id)
    world.word(0, "金1,000,000円とする。", "第二条")
    world.word(len(world.documents) - 1, "金1,200,000円とする。", "第二条")
    return world


def _to_version_two(session: Session, envelope: Envelope, world: World, new: UUID) -> None:
    envelope.version = 2
    session.query(Stage).filter_by(envelope_id=envelope.id).update({"version": 2})
    for row in session.query(Revision).filter(
        Revision.document_id.in_([new, *world.documents[1:]])
    ):
        row.version = 2


def inside(world: World, person: int) -> tuple[FlaskClient, str]:
    client = world.client()
    return client, f"/sign/{world.enter(client, person)}"


@pytest.mark.parametrize("language", ["ja", "en"])
def test_whoever_knows_the_document_before_is_shown_what_changed(
    corrected: World, language: str
) -> None:
    corrected.change(Participant, corrected.participants[KNOWS], language=language)
    client, visit = inside(corrected, KNOWS)
    page = checked(client.get(f"{visit}/"))
    [change] = page.select("#correction details.change")
    assert len(change.select("del, ins")) == 2
    sources = [str(image["src"]) for image in change.select("img")]
    new = corrected.documents[-1]
    assert sources == [
        f"{visit}/documents/{new}/before/1",
        f"{visit}/documents/{new}/pages/1",
    ]
    pictures = [client.get(source) for source in sources]
    assert [answer.status_code for answer in pictures] == [200, 200]
    old = corrected.documents[0]
    assert client.get(f"{visit}/documents/{old}/pages/1").status_code == 404


def test_who_reads_for_the_first_time_is_shown_nothing_of_what_was_replaced(
    corrected: World,
) -> None:
    client, visit = inside(corrected, NEW_HERE)
    page = checked(client.get(f"{visit}/"))
    assert "金額の誤り" in page.get_text()
    assert not page.select("details.change")
    assert "1,000,000" not in page.get_text()
    for document in corrected.documents:
        assert client.get(f"{visit}/documents/{document}/before/1").status_code == 404
