"""The ledger so far, for whoever has done his part."""

import json
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from domain.events import Event, event_hash
from storage import ledger
from storage.recipients import chosen_for
from storage.tables import Act, Document, Member, Participant, ParticipantDocument
from tests.webapp.signer.pages import checked
from tests.webapp.signer.test_acts import accept, hidden, text
from tests.webapp.signer.world import World


def signed(world: World, client: FlaskClient, person: int = 0) -> str:
    """The visit of somebody who has signed."""
    visit = world.enter(client, person)
    client.post(f"/sign/{visit}/act", data=hidden(client, f"/sign/{visit}/confirm"))
    return visit


@pytest.mark.parametrize("language", ["ja", "en"])
def test_whoever_has_signed_reads_what_happened_and_keeps_it(world: World, language: str) -> None:
    world.change(Participant, world.participants[0], language=language)
    client = world.client()
    visit = signed(world, client)
    assert "/record" not in client.get(f"/sign/{visit}/done").text  # not accepted yet
    assert client.get(f"/sign/{visit}/record").location == f"/sign/{visit}/done"
    assert client.get(f"/sign/{visit}/record.json").status_code == 404
    accept(world)
    assert f"/sign/{visit}/record" in client.get(f"/sign/{visit}/done").text
    page = checked(client.get(f"/sign/{visit}/record"))
    found = page.get_text(" ", strip=True)
    assert {"ja": "リンクを開いた", "en": "Link opened"}[language] in found
    assert "山田 太郎" in found
    answer = client.get(f"/sign/{visit}/record.json")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    record = json.loads(answer.data)
    assert record["ledger"]
    with world.database.reading() as session:
        assert record["ledger"] == ledger.export(session, world.envelope_id)


def test_the_file_proves_itself(world: World) -> None:
    client = world.client()
    visit = signed(world, client)
    accept(world)
    rows = json.loads(client.get(f"/sign/{visit}/record.json").data)["ledger"]
    for row in rows:
        again = event_hash(
            previous=row["previous"], sequence=row["sequence"], tag=row["tag"],
            at=datetime.fromisoformat(row["at"]), envelope_id=world.envelope_id, actor=row["actor"],
            data=row["data"],
        )  # fmt: skip
        assert again == row["hash"]


def test_it_tells_of_nobody_s_network_and_of_no_approver_inside_the_other_party(
    world: World,
) -> None:
    world.change(Participant, world.participants[1], kind="approver", name="内部 承認者")
    client, other = world.client(), world.client()
    signed(world, other, 1)
    visit = signed(world, client)
    with world.database.transaction() as session:
        for act in session.query(Act):
            act.accepted = True
    for path in ("record", "record.json"):
        found = client.get(f"/sign/{visit}/{path}").text
        assert "内部 承認者" not in found
        assert "127.0.0.1" not in found
        assert "Werkzeug" not in found
    assert "結市" in text(client, visit, "record")


def test_whoever_gets_some_documents_only_gets_no_record(world: World) -> None:
    client = world.client()
    visit = signed(world, client)
    accept(world)
    with world.database.transaction() as session:
        person, document = world.participants[0], session.query(Document).first()
        assert document is not None
        session.add(ParticipantDocument(participant_id=person, document_id=document.id))
        session.flush()
        assert chosen_for(session, person)
    assert "/record" not in client.get(f"/sign/{visit}/done").text
    assert client.get(f"/sign/{visit}/record.json").status_code == 404


def test_another_browser_gets_nothing(world: World) -> None:
    client = world.client()
    visit = signed(world, client)
    accept(world)
    for path in ("record", "record.json"):
        assert world.client().get(f"/sign/{visit}/{path}").status_code == 404


@pytest.mark.parametrize(("language", "name"), [("ja", "結市"), ("en", "Musubi City")])
def test_whoever_sent_is_named_as_the_reader_reads(world: World, language: str, name: str) -> None:
    world.change(Participant, world.participants[0], language=language)
    client = world.client()
    visit = signed(world, client)
    accept(world)
    with world.database.transaction() as session:
        [sender] = session.query(Member).filter_by(name="田中")
        ledger.append(
            session,
            Event.ENVELOPE_SENT,
            at=datetime.now(UTC),
            actor=f"member:{sender.id}",
            envelope_id=world.envelope_id,
            data={},
        )
    last = checked(client.get(f"/sign/{visit}/record")).select("ol li")[-1].get_text(" ")
    assert name in last
    assert sender.name not in last
