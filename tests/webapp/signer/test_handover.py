"""他の人に依頼する on the signer's pages."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from storage.tables import Act, Participant, Slot, SlotCandidate
from tests.webapp.signer.pages import checked
from tests.webapp.signer.world import World

GOOD = {
    "new-name": "佐藤 花子",
    "new-mail": "hanako@yamada.example",
    "new-language": "ja",
    "reason": "担当が替わりました",
}


def allow(world: World, policy: str = "allowed") -> tuple[FlaskClient, str]:
    """The first signer, inside."""
    world.change(Participant, world.participants[0], handover=policy)
    client = world.client()
    return client, f"/sign/{world.enter(client)}"


def confirmed(client: FlaskClient, visit: str, **changes: str) -> dict[str, str]:
    """The hidden fields of the confirmation."""
    page = checked(client.post(f"{visit}/handover", data=GOOD | changes))
    form = page.find("form", action=f"{visit}/handover/act")
    assert form is not None
    return {str(field["name"]): str(field["value"]) for field in form.find_all("input")}


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_page_of_the_way_is_in_order(world: World, language: str) -> None:
    world.change(Participant, world.participants[0], language=language)
    client, visit = allow(world)
    checked(client.get(f"{visit}/"))
    checked(client.get(f"{visit}/handover"))
    checked(client.post(f"{visit}/handover", data={}))
    confirmed(client, visit)


def test_the_guide_offers_both_ways_only_where_the_sender_allowed_it(world: World) -> None:
    client, visit = allow(world)
    assert "自分で署名する" in client.get(f"{visit}/").text
    assert "他の人に依頼する" in client.get(f"{visit}/").text
    world.change(Participant, world.participants[0], handover="refused")
    assert "他の人に依頼する" not in client.get(f"{visit}/").text
    for answer in (client.get(f"{visit}/handover"), client.post(f"{visit}/handover", data=GOOD)):
        assert answer.status_code == 403
        assert "引き継ぐことができません" in answer.text


def test_the_act_is_a_row_with_the_person_in_its_evidence(world: World) -> None:
    client, visit = allow(world)
    data = confirmed(client, visit)
    for _ in range(2):
        assert client.post(f"{visit}/handover/act", data=data).status_code == 303
    with world.database.reading() as session:
        act = session.query(Act).one()
    assert (act.kind, act.reason) == ("hand_over", "担当が替わりました")
    assert act.evidence["successor"]["mail"] == "hanako@yamada.example"
    assert set(world.gateway.submitted) == {(world.envelope_id, act.id)}


def test_where_it_is_demanded_the_confirmation_leads_to_the_form(world: World) -> None:
    client, visit = allow(world, "demanded")
    assert "ご担当の方をあなたに指名" in client.get(f"{visit}/").text
    assert client.get(f"{visit}/confirm").location == f"{visit}/handover"
    checked(client.get(f"{visit}/read"))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"new-name": "佐藤\r\nBcc: x@evil.example"}, "使用できない文字"),
        ({"new-mail": "x@y.example\r\nBcc: z@evil.example"}, "メールアドレスの形"),
        ({"new-mail": "P1@example.jp"}, "すでにこの封筒の関係者"),
        ({"new-mail": "p0@example.jp"}, "すでにこの封筒の関係者"),
        ({"new-mail": "clerk@musubi.test"}, "この方には引き継げません"),
        ({"reason": ""}, "理由を入力"),
        ({"new-name": "あ" * 30_000}, "100文字以内"),
    ],
)
def test_a_hostile_form_writes_nothing_and_keeps_what_was_typed(
    world: World, changes: dict[str, str], told: str
) -> None:
    client, visit = allow(world)
    for path in ("handover", "handover/act"):
        data = GOOD | {"nonce": "n", "version": "0" * 64} | changes
        answer = client.post(f"{visit}/{path}", data=data)
        assert answer.status_code in {409, 422}
        assert world.count(Act) == 0
        if answer.status_code == 422:
            assert told in answer.text
            assert "hanako" in answer.text or "new-mail" in changes


def test_another_act_cannot_be_smuggled_in(world: World) -> None:
    """The plain act route takes no hand-over, the hand-over route no signature."""
    client, visit = allow(world)
    data = confirmed(client, visit)
    assert client.post(f"{visit}/act", data=data | {"kind": "hand_over"}).status_code == 409
    assert world.count(Act) == 0
    client.post(f"{visit}/handover/act", data=data | {"kind": "sign"})
    with world.database.reading() as session:
        assert session.query(Act).one().kind == "hand_over"


def test_afterwards_the_page_says_who_was_asked_and_the_link_says_it_is_over(
    world: World,
) -> None:
    client, visit = allow(world)
    client.post(f"{visit}/handover/act", data=confirmed(client, visit))
    hand_over(world)
    done = checked(client.get(f"{visit}/done")).get_text(" ", strip=True)
    assert "引き継ぎました" in done
    assert "佐藤 花子様に、この手続きの依頼を送りました" in done
    assert client.get(f"{visit}/confirm").location == f"{visit}/done"
    link = world.client().get(f"/l/{world.token()}")
    assert link.status_code == 410
    assert "ほかの方に引き継がれています" in link.text


def test_everybody_sees_from_whom_a_request_was_taken_over(world: World) -> None:
    client, visit = allow(world)
    client.post(f"{visit}/handover/act", data=confirmed(client, visit))
    successor = hand_over(world)
    world.change(Slot, world.slots[0], state="done", participant_id=successor)
    with world.database.transaction() as session:
        candidate = session.query(SlotCandidate).filter_by(slot_id=world.slots[0]).one()
        candidate.participant_id = successor
    other = world.client()
    page = checked(other.get(f"/sign/{world.enter(other, 1)}/read")).get_text(" ", strip=True)
    assert "佐藤 花子 様" in page
    assert "山田 太郎様から引き継ぎ" in page


def hand_over(world: World) -> UUID:
    """What the worker makes of the act; the successor."""
    with world.database.transaction() as session:
        act = session.query(Act).one()
        act.accepted, act.answered_at = True, datetime.now(UTC)
        before = session.get_one(Participant, world.participants[0])
        before.left_at, before.left_why = act.answered_at, "handed_over"
        successor = Participant(
            envelope_id=world.envelope_id,
            party_id=before.party_id,
            kind="signer",
            position=0,
            name="佐藤 花子",
            mail="hanako@yamada.example",
            predecessor_id=before.id,
        )
        session.add(successor)
        session.flush()
        return successor.id
