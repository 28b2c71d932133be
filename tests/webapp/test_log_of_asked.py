"""操作ログ of what an organisation's own people do when they are asked to act."""

import pytest
from flask.testing import FlaskClient

from domain.events import Event
from domain.kinds import LinkPurpose
from domain.operations import TAGS, Topic
from storage import ledger, operations
from storage.tables import Envelope, Member, OperationEntry, Organisation, Participant
from tests.webapp.signer.conftest import world as world  # noqa: PLC0414 - a fixture
from tests.webapp.signer.pages import checked
from tests.webapp.signer.world import World
from tests.webapp.stack import Office
from tests.webapp.test_waiting import asked, visit_of
from webapp.login import now


@pytest.fixture
def client(world: World) -> FlaskClient:
    return world.client()


def entries(world: World) -> list[OperationEntry]:
    with world.database.reading() as session:
        return session.query(OperationEntry).order_by(OperationEntry.sequence).all()


def walk(world: World, client: FlaskClient) -> None:
    """He opens the mailed link, reads, and comes back for the finished file."""
    file = f"documents/{world.documents[0]}/file"
    client.get(f"/sign/{world.enter(client)}/{file}").close()
    page = str(client.post(f"/d/{world.token(0, LinkPurpose.DOWNLOAD)}").location)
    client.get(f"{page}{file}").close()


def test_what_a_member_does_as_a_participant_stands_under_his_name(
    world: World, client: FlaskClient
) -> None:
    world.change(Participant, world.participants[0], member_id=world.member_id)
    walk(world, client)
    rows = entries(world)
    assert [row.tag for row in rows] == [
        Event.LINK_OPENED, Event.DOCUMENT_VIEWED, Event.DOWNLOAD_OPENED, Event.DOCUMENT_DOWNLOADED
    ]  # fmt: skip
    assert {row.actor for row in rows} == {f"member:{world.member_id}"}
    assert {row.envelope_id for row in rows} == {world.envelope_id}
    assert {row.data["participant"] for row in rows} == {str(world.participants[0])}
    assert {row.data.get("address") for row in rows} == {"127.0.0.1"}
    assert {row.tag for row in rows[:3]} <= TAGS[Topic.VIEW]
    assert rows[3].tag in TAGS[Topic.EXPORT]
    with world.database.reading() as session:
        envelope = session.get_one(Envelope, world.envelope_id)
        assert operations.verify(session, envelope.organisation_id).intact
        assert ledger.verify(session, world.envelope_id).intact
        said = {one["actor"] for one in ledger.export(session, world.envelope_id)}
    assert said == {f"participant:{world.participants[0]}"}, "evidence tells people of all sides"


def test_the_other_side_and_members_of_elsewhere_stand_in_no_log(
    world: World, client: FlaskClient
) -> None:
    walk(world, client)
    assert not entries(world)
    with world.database.transaction() as session:
        town = Organisation(name="隣町", created_at=now())
        session.add(town)
        session.flush()
        mine = session.get_one(Member, world.member_id)
        mine.organisation_id = town.id
    world.change(Participant, world.participants[0], member_id=world.member_id)
    client.post(f"/d/{world.token(0, LinkPurpose.DOWNLOAD)}")
    assert not entries(world)


@pytest.mark.usefixtures("without_token")
def test_an_auditor_finds_who_opened_what_from_his_list(office: Office) -> None:
    key = asked(office, "清掃契約")
    admin = office.browser("admin")
    admin.post(f"/waiting/{key}/open")
    visit = visit_of(office, key)
    with office.database.transaction() as session:
        person = session.get_one(Participant, key)
        number = session.get_one(Envelope, person.envelope_id).number
        for tag, data in (
            (Event.ACT_ACCEPTED, {"kind": "approve"}),
            (Event.FACTOR_REFUSED, {"factor": "access_code", "visit": visit}),
        ):
            ledger.append(
                session, tag, at=now(), actor=f"participant:{key}",
                envelope_id=person.envelope_id, data=data,
            )  # fmt: skip
    who = office.members["admin"].id
    page = checked(admin.get(f"/admin/log?who=member:{who}&number={number}"))
    rows = [row.get_text(" ", strip=True) for row in page.select("tbody tr")]
    assert len(rows) == 3
    for row, texts in zip(
        rows,
        (
            ("本人確認で誤り", "アクセスコード"),
            ("手続きを受付", "承認"),
            ("リンクを開いた", "対応待ちから", "127.0.0.1"),
        ),
        strict=True,
    ):
        assert all(text in row for text in (*texts, office.members["admin"].name, number)), row
