"""Whom a signer's pages name: who follows, and of which company."""

from datetime import UTC, datetime
from uuid import uuid4

from domain.kinds import SlotKind, SlotState
from storage.tables import Act, Participant, Slot, SlotCandidate
from tests.webapp.signer.pages import checked
from tests.webapp.signer.world import World
from webapp.signer.queries import Person


def test_whoever_filled_one_of_several_places_is_not_said_to_come_yet(world: World) -> None:
    """Two of three: each stands at both places. The first has signed, in somebody's absence."""
    first, second = world.participants
    client = world.client()
    visit = world.enter(client)
    with world.database.transaction() as session:
        absent = Participant(
            id=uuid4(),
            envelope_id=world.envelope_id,
            party_id=session.get_one(Participant, first).party_id,
            kind="signer",
            position=2,
            name="高橋 三郎",
            mail="p2@example.jp",
            company="株式会社山田組",
        )
        session.add(absent)
        session.flush()
        session.get_one(Participant, first).deputy_of = absent.id
        session.add(SlotCandidate(slot_id=world.slots[0], participant_id=second))
        for person in (first, absent.id):
            session.add(SlotCandidate(slot_id=world.slots[1], participant_id=person))
        signed = session.get_one(Slot, world.slots[0])
        signed.state, signed.participant_id = "done", first
        session.add(
            Act(
                id=uuid4(),
                nonce="n",
                envelope_id=world.envelope_id,
                participant_id=first,
                slot_id=signed.id,
                kind="sign",
                version=1,
                version_sha256="0" * 64,
                values_sha256="0" * 64,
                language="ja",
                evidence={},
                posted_at=datetime.now(UTC),
                accepted=True,
                answered_at=datetime.now(UTC),
            )
        )
    page = checked(client.get(f"/sign/{visit}/done"))
    heading = page.find("h2", string="このあと手続きする方")
    assert heading is not None
    people = heading.find_next("ul")
    assert people is not None
    assert " ".join(people.text.split()) == "鈴木 一郎 様（結市）"


def test_people_of_two_companies_are_named_each_with_his_own() -> None:
    def somebody(name: str, party: str) -> Person:
        return Person(name, party, SlotKind.SIGN, SlotState.ASKED)

    alike = somebody("甲", "山田組").joined(somebody("乙", "山田組"))
    assert (alike.name, alike.beside, alike.called) == ("甲 / 乙", (), "甲 / 乙")
    mixed = somebody("甲", "山田組").joined(somebody("乙", "結市")).joined(somebody("丙", "山田組"))
    assert [(one.name, one.party) for one in mixed.beside] == [("乙", "結市"), ("丙", "山田組")]
    assert mixed.called == "甲 / 乙 / 丙"
