"""Handing over, sending back, asking and consenting, clicked through in a real browser: on a phone
and at a desk, in both languages, without scripts, and by keyboard."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from domain.consents import DEFAULT
from storage import handovers
from storage.tables import Act, Consent, Envelope, Question
from tests.webapp.person import Person, acts
from tests.webapp.signer.test_consent import ask
from tests.webapp.signer.world import HOST, World

pytestmark = [
    pytest.mark.local_sockets,
    pytest.mark.timeout(300),
]
OWN = 1
"""The second signer is of the organisation that sends."""


def accept(world: World) -> Act:
    """What the workflow's decision leaves in the row of the only act."""
    with world.database.transaction() as session:
        act = session.query(Act).one()
        act.accepted, act.answered_at = True, datetime.now(UTC)
    return act


def test_who_is_not_in_charge_hands_over(person: Person) -> None:
    world = person.world
    person.asked_for(handover="allowed")
    person.opens()
    person.press("引き継ぐ方を指定する", "link")
    person.headed("他の人に依頼する")
    person.types("引き継ぐ方の氏名", "佐藤 花子")
    person.types("引き継ぐ方のメールアドレス", "hanako")
    person.types("引き継ぎの理由", "担当が替わりました。")
    person.press("確認へ進む")
    person.fails()
    person.types("引き継ぐ方のメールアドレス", "hanako@yamada.example")
    person.press("確認へ進む")
    person.headed("他の人に依頼する：確認")
    person.press("入力を直す")
    person.types("引き継ぐ方の氏名", "佐藤 華子")
    person.press("確認へ進む")
    person.press("この方に依頼する")
    person.page.wait_for_url("**/done")
    act = accept(world)
    assert (act.kind, act.reason) == ("hand_over", "担当が替わりました。")
    assert act.evidence["successor"]["name"] == "佐藤 華子"
    with world.database.transaction() as session:
        envelope = session.get_one(Envelope, world.envelope_id)
        handovers.carry_out(session, envelope, session.get_one(Act, act.id), datetime.now(UTC))
    person.page.reload()
    person.headed("引き継ぎました")
    person.page.goto(f"{HOST}/l/{world.token()}")
    expect(person.main.get_by_role("button")).to_have_count(0)


def test_the_own_side_sends_back_and_is_asked_again(person: Person) -> None:
    world = person.world
    person.number = OWN
    person.asked_for(language=person.language)
    person.opens()
    person.press("差し戻す", "link")
    person.press("確認へ進む")
    person.fails()
    person.types("差し戻しの理由", "第3条の金額を直してください。")
    person.press("確認へ進む")
    person.press("理由を直す")
    person.types("差し戻しの理由", "第3条の金額を確かめてください。")
    person.press("確認へ進む")
    person.press("差し戻す")
    person.page.wait_for_url("**/done")
    act = accept(world)
    assert (act.kind, act.reason) == ("send_back", "第3条の金額を確かめてください。")
    world.change(Envelope, world.envelope_id, state="sent_back")
    person.page.reload()
    person.headed("差し戻しました")
    person.reads("第3条の金額を確かめてください。")
    world.change(Envelope, world.envelope_id, state="running")
    person.page.reload()
    person.headed("署名のご依頼")


def test_a_question_is_answered_and_nothing_is_done_by_it(person: Person) -> None:
    person.opens()
    person.press("差出人に質問する", "link")
    person.press("差出人に伝える")
    person.fails()
    person.types("質問の内容", "工期はいつまでですか。")
    person.press("差出人に伝える")
    person.reads("まだ回答がありません。")
    clerk = person.sender()
    clerk.page.goto(f"{HOST}/envelopes/{person.world.envelope_id}")
    clerk.reads("工期はいつまでですか。")
    clerk.types("回答", "3月31日までです。")
    clerk.press("回答を送る")
    clerk.reads("3月31日までです。")
    person.page.reload()
    person.reads("3月31日までです。")
    with person.world.database.reading() as session:
        assert session.query(Question).one().kind == "question"
    assert not acts(person.world)


def test_who_refuses_consent_has_three_ways_and_who_withdraws_it_reads_no_more(
    person: Person,
) -> None:
    ask(person.world, DEFAULT._replace(lasting=False))
    person.opens()
    person.headed("電子契約の利用の承諾")
    person.press("承諾しない", "link")
    person.headed("承諾しない場合")
    person.press("署名しない", "link")
    person.headed("署名しない")
    person.page.go_back()
    person.press("承諾文に戻る", "link")
    person.press("承諾する")
    person.headed("署名のご依頼")
    person.page.goto(person.page.url.rstrip("/") + "/consent")
    person.press("承諾を撤回する", "link")
    person.press("承諾を撤回する")
    person.reads("承諾は撤回されています")
    person.page.goto(person.page.url.replace("/consent", "/read"))
    person.headed("電子契約の利用の承諾")
    person.press("承諾する")
    person.headed("署名のご依頼")
    assert _words(person.world) == ["given", "withdrawn", "given"]
    assert not acts(person.world)


def _words(world: World) -> list[str]:
    with world.database.reading() as session:
        return [row.kind for row in session.query(Consent).order_by(Consent.at)]
