"""差し戻し to an earlier stage: the form, and what those who are asked once more are told."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from domain.messages import ActAnswer
from storage.tables import Act, Participant, Party, Slot, SlotCandidate, Stage
from tests.webapp.signer.pages import checked
from tests.webapp.signer.test_sendback import OTHER, OWN, inside
from tests.webapp.signer.world import World

REASON = "見積書を確認してください"


@pytest.fixture
def earlier(world: World) -> UUID:
    """A stage before that of the two signers, in which somebody of the own side has approved."""
    with world.database.transaction() as session:
        now = session.query(Stage).one()
        now.position = 1
        own = session.query(Party).filter_by(kind="own").one()
        boss = Participant(
            envelope_id=world.envelope_id,
            party_id=own.id,
            kind="approver",
            position=9,
            name="課長 太郎",
            mail="boss@city.example",
        )
        stage = Stage(
            envelope_id=world.envelope_id,
            version=1,
            position=0,
            need=1,
            opened_at=datetime.now(UTC),
        )
        session.add_all([boss, stage])
        session.flush()
        slot = Slot(
            envelope_id=world.envelope_id,
            stage_id=stage.id,
            position=0,
            kind="approve",
            state="done",
            participant_id=boss.id,
        )
        session.add(slot)
        session.flush()
        session.add(SlotCandidate(slot_id=slot.id, participant_id=boss.id))
        return stage.id


@pytest.mark.parametrize("language", ["ja", "en"])
def test_how_far_is_chosen_shown_once_more_and_kept_by_every_error(
    world: World, earlier: UUID, language: str
) -> None:
    world.change(Participant, world.participants[OWN], language=language)
    world.gateway.answer = ActAnswer(accepted=True)
    client, visit = inside(world)
    page = checked(client.get(f"{visit}/sendback"))
    values = [str(field["value"]) for field in page.select("[name=back_to]")]
    assert values == ["sender", str(earlier)]
    assert "課長 太郎" in page.get_text()
    answer = client.post(f"{visit}/sendback", data={"back_to": str(earlier), "reason": ""})
    assert answer.status_code == 422
    [kept] = checked(answer).select("[name=back_to][checked]")
    assert kept["value"] == str(earlier)
    sent = client.post(f"{visit}/sendback", data={"back_to": str(earlier), "reason": REASON})
    form = checked(sent).find("form", action=f"{visit}/sendback/act")
    assert form is not None
    data = {str(field["name"]): str(field["value"]) for field in form.find_all("input")}
    assert client.post(f"{visit}/sendback/act", data=data).status_code == 303
    with world.database.reading() as session:
        act = session.query(Act).one()
    assert (act.kind, act.reason) == ("send_back", REASON)
    assert act.evidence["stage_id"] == str(earlier)


def test_the_sender_is_the_first_choice_and_nothing_else_goes_past_a_signature(
    world: World, earlier: UUID
) -> None:
    client, visit = inside(world)
    page = checked(client.post(f"{visit}/sendback", data={"reason": REASON}))
    form = page.find("form", action=f"{visit}/sendback/act")
    assert form is not None
    data = {str(field["name"]): str(field["value"]) for field in form.find_all("input")}
    assert data["back_to"] == "sender"
    world.change(Slot, world.slots[OTHER], state="done")
    stale = client.post(f"{visit}/sendback", data={"back_to": str(earlier), "reason": REASON})
    assert stale.status_code == 422
    stale = client.post(f"{visit}/sendback/act", data=data | {"back_to": str(earlier)})
    assert stale.status_code == 422
    assert REASON in stale.text
    assert world.count(Act) == 0


@pytest.mark.parametrize("language", ["ja", "en"])
def test_whoever_is_asked_once_more_reads_why_on_the_own_side_alone(
    world: World, earlier: UUID, language: str
) -> None:
    for participant in world.participants:
        world.change(Participant, participant, language=language)
    with world.database.transaction() as session:
        act = Act(
            nonce=uuid4().hex,
            envelope_id=world.envelope_id,
            participant_id=world.participants[OWN],
            kind="send_back",
            version=1,
            version_sha256="",
            values_sha256="",
            reason=REASON,
            evidence={"stage_id": str(earlier)},
            posted_at=datetime.now(UTC),
        )
        session.add(act)
        session.flush()
        session.query(Stage).filter_by(position=1).one().returned_by = act.id
    texts = []
    for person in (OWN, OTHER):
        client, visit = inside(world, person)
        texts.append(checked(client.get(f"{visit}/")).get_text())
    assert REASON in texts[0]
    assert REASON not in texts[1]
    again = "もう一度お願いいたします" if language == "ja" else "act once more"
    assert all(again in text for text in texts)
    world.change(Slot, world.slots[OWN], state="waiting")
    early = world.client().get(f"/l/{world.token(OWN)}").text
    assert (
        "前の段階に差し戻されています" if language == "ja" else "sent back to an earlier"
    ) in early
