"""The signer's way through the pages, from the guide to what follows from the act."""

import re
from datetime import UTC, datetime
from uuid import UUID

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from domain.kinds import LinkPurpose
from domain.messages import ActAnswer
from identity.links import token_sha256
from storage.tables import (
    Act,
    Document,
    Envelope,
    Hindrance,
    Link,
    Participant,
    PastLink,
    Revision,
    Slot,
    Visit,
)
from tests.webapp.signer.pages import checked
from tests.webapp.signer.world import World
from webapp.gateway import GatewayUnavailable


def hidden(client: FlaskClient, path: str) -> dict[str, str]:
    page = checked(client.get(path))
    form = page.find("form", action=re.compile("/act$"))
    assert form is not None
    return {str(field["name"]): str(field["value"]) for field in form.find_all("input")}


def only_act(world: World) -> Act:
    with world.database.reading() as session:
        return session.query(Act).one()


def accept(world: World) -> None:
    world.change(Act, only_act(world).id, accepted=True, answered_at=datetime.now(UTC))


def text(client: FlaskClient, visit: str, page: str = "done") -> str:
    return checked(client.get(f"/sign/{visit}/{page}")).get_text(" ", strip=True)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_page_of_the_way_is_in_order_in_both_languages(world: World, language: str) -> None:
    world.change(Participant, world.participants[0], language=language)
    client = world.client()
    checked(client.get(f"/l/{world.token()}"))
    visit = world.enter(client)
    for path in ("", "read", "read?document=2", "confirm", "decline"):
        page = checked(client.get(f"/sign/{visit}/{path}"))
        assert page.html is not None
        assert page.html["lang"] == language
    reason = {"reason": "x"}
    checked(client.post(f"/sign/{visit}/decline", data=reason))
    checked(client.get(f"/l/{'x' * 43}"))
    checked(world.client().get(f"/sign/{visit}/done"))


def test_the_pages_carry_the_labels_that_people_know(world: World) -> None:
    client = world.client()
    assert "文書を確認する" in client.get(f"/l/{world.token()}").text
    visit = world.enter(client)
    assert "署名をはじめる" in text(client, visit, "")
    reading = text(client, visit, "read")
    for label in (
        "1 機密保持契約書",
        "2 覚書",
        "文書 1 (1/2)",
        "拡大表示",
        "チェックリスト",
        "署名 1",
        "リストを押すと該当箇所へ移動します。",
        "必須項目: 0 / 2",
        "完了する",
    ):
        assert label in reading, label
    assert "署名手続きを完了する" in text(client, visit, "confirm")


def test_opened_documents_are_counted_and_the_rest_is_named_before_the_end(world: World) -> None:
    client = world.client()
    visit = world.enter(client)
    client.get(f"/sign/{visit}/documents/{world.documents[0]}/pages/1")
    assert "必須項目: 1 / 2" in text(client, visit, "read")
    confirm = text(client, visit, "confirm")
    assert "まだ開いていない文書があります 2 覚書" in confirm
    client.get(f"/sign/{visit}/documents/{world.documents[1]}/file")
    assert "まだ開いていない文書" not in text(client, visit, "confirm")


def test_without_scripts_every_page_of_the_document_is_a_picture(world: World) -> None:
    client = world.client()
    page = checked(client.get(f"/sign/{world.enter(client)}/read?document=2"))
    pictures = [str(found["src"]) for found in page.select("#sheets img")]
    assert len(pictures) == 2
    assert all(client.get(source).status_code == 200 for source in pictures)


def test_the_confirmation_shows_who_signs_what(world: World) -> None:
    client = world.client()
    found = text(client, world.enter(client), "confirm")
    with world.database.reading() as session:
        shown = session.query(Revision).filter_by(document_id=world.documents[0], kind="version")
        assert shown.one().sha256[:8] in found
    for expected in (
        "山田 太郎 様",
        "p0@example.jp",
        "株式会社山田組",
        "結市",
        "2ページ",
        "SHA-256",
    ):
        assert expected in found


def test_posting_writes_the_act_then_tells_the_workflow(world: World) -> None:
    client = world.client()
    visit = world.enter(client)
    form = hidden(client, f"/sign/{visit}/confirm")
    answer = client.post(f"/sign/{visit}/act", data=form, headers={"User-Agent": "Phone/2"})
    assert (answer.status_code, answer.location) == (303, f"/sign/{visit}/done")
    act = only_act(world)
    assert world.gateway.submitted == [(world.envelope_id, act.id)]
    assert act.evidence["visit_id"] == visit
    assert act.evidence["agent"] == "Phone/2"
    assert act.evidence["address"] == "127.0.0.1"


def test_a_double_click_is_one_act(world: World) -> None:
    client = world.client()
    visit = world.enter(client)
    form = hidden(client, f"/sign/{visit}/confirm")
    statuses = [client.post(f"/sign/{visit}/act", data=form).status_code for _ in range(2)]
    assert statuses == [303, 303]
    assert world.count(Act) == 1


def test_a_second_window_lands_on_the_done_page(world: World) -> None:
    client = world.client()
    visit = world.enter(client)
    first, second = (hidden(client, f"/sign/{visit}/confirm") for _ in range(2))
    client.post(f"/sign/{visit}/act", data=first)
    answer = client.post(f"/sign/{visit}/act", data=second)
    assert (answer.status_code, answer.location) == (303, f"/sign/{visit}/done")
    assert world.count(Act) == 1


def test_an_unreachable_workflow_keeps_the_act_and_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(envelope_id: UUID, act_id: UUID, seconds: float) -> ActAnswer | None:
        raise GatewayUnavailable(str(envelope_id), str(act_id))

    monkeypatch.setattr(world.gateway, "submit", down)
    client = world.client()
    visit = world.enter(client)
    answer = client.post(f"/sign/{visit}/act", data=hidden(client, f"/sign/{visit}/confirm"))
    assert answer.status_code == 303
    assert "受け付けました。手続きを続けています" in text(client, visit)
    assert world.count(Act) == 1


def act_of(world: World, client: FlaskClient) -> str:
    visit = world.enter(client)
    client.post(f"/sign/{visit}/act", data=hidden(client, f"/sign/{visit}/confirm"))
    return visit


def test_the_done_page_says_in_words_what_happens_next(world: World) -> None:
    client = world.client()
    visit = act_of(world, client)
    assert "every 1s" in client.get(f"/sign/{visit}/done").text
    accept(world)
    world.change(Slot, world.slots[0], state="acted", participant_id=world.participants[0])
    assert "電子署名を作成しています" in text(client, visit)
    with world.database.transaction() as session:
        session.add(
            Hindrance(
                envelope_id=world.envelope_id,
                kind="timestamp",
                reason="tsa_unavailable",
                since=datetime.now(UTC),
            )
        )
    assert "タイムスタンプ局の応答を待っています" in text(client, visit)
    world.change(Slot, world.slots[0], state="done")
    waiting = text(client, visit)
    assert "このあと手続きする方 鈴木 一郎 様" in waiting
    assert "JST" in waiting
    world.change(Envelope, world.envelope_id, state="completing")
    assert "長期保存のためのタイムスタンプ" in text(client, visit)
    world.download_link()
    finished = client.get(f"/sign/{visit}/done")
    assert "every" not in finished.text
    link = checked(finished).find("a", string="ダウンロード")
    assert link is not None
    assert client.get(str(link["href"])).status_code == 200


def test_a_person_of_the_other_side_who_does_not_sign_is_not_named(world: World) -> None:
    client = world.client()
    visit = act_of(world, client)
    accept(world)
    world.change(Slot, world.slots[0], state="done", participant_id=world.participants[0])
    world.change(Slot, world.slots[1], kind="approve")
    world.change(Participant, world.participants[1], kind="approver")
    found = text(client, visit)
    assert "結市の承認者" in found
    assert "鈴木" not in found


def test_the_live_part_answers_only_when_something_changed(world: World) -> None:
    client = world.client()
    visit = act_of(world, client)
    page = client.get(f"/sign/{visit}/done").text
    url = re.search(r'hx-get="([^"]+)"', page)
    assert url is not None
    assert client.get(url[1]).status_code == 204
    accept(world)
    world.change(Slot, world.slots[0], state="acted", participant_id=world.participants[0])
    answer = client.get(url[1])
    assert answer.status_code == 200
    assert "<html" not in answer.text


def test_asking_again_keeps_no_visit_awake_and_stops_when_it_is_over(world: World) -> None:
    client = world.client()
    visit = act_of(world, client)
    old = datetime(2020, 1, 1, tzinfo=UTC)
    with world.database.reading() as session:
        seen = session.query(Visit).one().last_seen_at
    client.get(f"/sign/{visit}/live")
    with world.database.reading() as session:
        assert session.query(Visit).one().last_seen_at == seen
    world.change(Visit, UUID(visit), last_seen_at=old)
    answer = client.get(f"/sign/{visit}/live", headers={"HX-Request": "true"})
    assert answer.status_code == 286
    assert "自動更新を終えました" in answer.text
    assert 'id="over-said" role="alert"' in answer.text  # it comes into a page that is there


def test_the_changed_part_brings_the_pages_title_along(world: World) -> None:
    client = world.client()
    visit = act_of(world, client)
    refused = {"accepted": False, "refusal": "version_replaced", "answered_at": datetime.now(UTC)}
    world.change(Act, only_act(world).id, **refused)
    page = BeautifulSoup(client.get(f"/sign/{visit}/live?seen=x").text, "html5lib")
    assert page.h1 is not None
    assert page.title is not None
    assert page.h1["hx-swap-oob"] == "true"
    whole = checked(client.get(f"/sign/{visit}/done"))
    assert whole.h1 is not None
    assert whole.title is not None
    assert (
        page.h1.get_text(strip=True) == whole.h1.get_text(strip=True) == "受け付けられませんでした"
    )
    assert page.title.get_text(strip=True) == whole.title.get_text(strip=True)


def correct(world: World) -> None:
    """The link as a correction leaves it: everybody who is asked anew gets another token."""
    with world.database.transaction() as session:
        for link in session.query(Link):
            past = PastLink(token_sha256=link.token_sha256, generation=link.generation)
            past.link_id, past.replaced_at = link.id, datetime.now(UTC)
            session.add(past)
            link.generation += 1
            link.corrected_sha256 = link.token_sha256
            link.token_sha256 = token_sha256(str(link.id))


def test_who_reads_while_the_documents_are_corrected_is_told_why_nothing_is_signed(
    world: World,
) -> None:
    client = world.client()
    visit = world.enter(client)
    form = hidden(client, f"/sign/{visit}/confirm")
    correct(world)
    answer = client.post(f"/sign/{visit}/act", data=form | {"reason": "長い理由"})
    assert answer.status_code == 410
    page = checked(answer).text
    for words in ("文書が訂正されました", "別のメールでお送りします", "長い理由"):
        assert words in page
    assert world.count(Act) == 0
    stranger = world.client()
    assert stranger.get(f"/sign/{visit}/read").status_code == 404
    assert "文書が訂正されました" not in stranger.get(f"/sign/{visit}/read").text
    [nonce] = checked(answer).select("form[action$='/fresh'] [name=nonce]")
    path, ask = f"/sign/{visit}/fresh", {"nonce": str(nonce["value"])}
    assert stranger.post(path, data=ask).status_code == 404
    assert world.count(Act) == 0
    for _ in range(2):
        assert "登録済みのメールアドレスにだけ" in checked(client.post(path, data=ask)).text
    act = only_act(world)
    assert (act.kind, act.participant_id) == ("fresh_link", world.participants[0])


def test_a_visit_that_was_over_before_the_correction_is_like_any_other(world: World) -> None:
    client = world.client()
    visit = world.enter(client)
    correct(world)
    world.change(Visit, UUID(visit), last_seen_at=datetime(2020, 1, 1, tzinfo=UTC))
    answer = client.get(f"/sign/{visit}/read")
    assert answer.status_code == 404
    assert "文書が訂正されました" not in answer.text


def test_a_refused_act_shows_the_refusal_and_the_way_on(world: World) -> None:
    client = world.client()
    visit = act_of(world, client)
    world.change(
        Act,
        only_act(world).id,
        accepted=False,
        refusal="version_replaced",
        answered_at=datetime.now(UTC),
    )
    found = text(client, visit)
    assert "文書が差し替えられた" in found
    assert "文書を開き直す" in found
    assert "メールのリンク" not in found, "one way on"
    assert client.get(f"/sign/{visit}/read").status_code == 200


def test_a_stale_page_is_refused_with_words_and_writes_nothing(world: World) -> None:
    client = world.client()
    visit = world.enter(client)
    form = hidden(client, f"/sign/{visit}/confirm")
    world.change(Document, world.documents[1], removed_at=datetime.now(UTC))
    answer = client.post(f"/sign/{visit}/act", data=form)
    assert answer.status_code == 409
    assert "新しい文書を読んでから" in checked(answer).text
    assert world.count(Act) == 0


def test_after_the_act_the_link_says_so_and_reading_leads_to_the_done_page(world: World) -> None:
    client = world.client()
    visit = act_of(world, client)
    answer = client.get(f"/l/{world.token()}")
    assert answer.status_code == 410
    assert "手続きは済んでいます" in checked(answer).text
    assert client.post(f"/l/{world.token()}").status_code == 410
    for path in ("", "read", "confirm", "decline"):
        assert client.get(f"/sign/{visit}/{path}").location == f"/sign/{visit}/done"


@pytest.mark.parametrize(
    ("slot", "participant", "words"),
    [
        ("approve", "approver", ("承認をはじめる", "承認 1", "承認する")),
        ("confirm", "reviewer", ("確認をはじめる", "確認 1", "確認を完了する")),
    ],
)
def test_approvers_and_reviewers_read_words_of_their_own(
    world: World, slot: str, participant: str, words: tuple[str, str, str]
) -> None:
    world.change(Slot, world.slots[0], kind=slot)
    world.change(Participant, world.participants[0], kind=participant)
    client = world.client()
    visit = world.enter(client)
    for path, word in zip(("", "read", "confirm"), words, strict=True):
        assert word in text(client, visit, path)
    form = hidden(client, f"/sign/{visit}/confirm")
    assert client.post(f"/sign/{visit}/act", data=form).status_code == 303
    assert only_act(world).kind == slot


def test_a_visit_whose_turn_went_away_is_told_to_wait(world: World) -> None:
    client = world.client()
    visit = world.enter(client)
    world.change(Slot, world.slots[0], state="waiting")
    answer = client.get(f"/sign/{visit}/confirm", follow_redirects=True)
    assert answer.status_code == 200
    assert "まだあなたの順番ではありません" in checked(answer).text


def test_an_envelope_that_ends_while_somebody_reads_says_so(world: World) -> None:
    client = world.client()
    visit = world.enter(client)
    world.change(Envelope, world.envelope_id, state="withdrawn")
    answer = client.get(f"/sign/{visit}/read", follow_redirects=True)
    assert "この依頼は取り下げられました" in checked(answer).text


def test_a_download_visit_leads_to_the_files_and_never_to_an_act(world: World) -> None:
    client = world.client()
    page = client.post(f"/d/{world.token(0, LinkPurpose.DOWNLOAD)}").location
    visit = page.strip("/").split("/")[1]
    answer = client.get(f"/sign/{visit}/", follow_redirects=True)
    assert answer.request.path == page
    form = {"kind": "sign", "nonce": "n", "version": "0" * 64}
    assert client.post(f"/sign/{visit}/act", data=form).status_code == 409


# -- declining -----------------------------------------------------------------------------------


def test_declining_asks_for_a_reason_then_for_confirmation(world: World) -> None:
    client = world.client()
    visit = world.enter(client)
    path = f"/sign/{visit}/decline"
    empty = client.post(path, data={"reason": "  "})
    assert empty.status_code == 422
    assert "理由を入力してください" in checked(empty).text
    shown = checked(client.post(path, data={"reason": "金額が\r\n違う"}))
    assert world.count(Act) == 0
    form = shown.find("form", action=re.compile("/act$"))
    assert form is not None
    values = {str(field["name"]): str(field["value"]) for field in form.find_all("input")}
    assert client.post(f"/sign/{visit}/act", data=values).status_code == 303
    act = only_act(world)
    assert (act.kind, act.reason) == ("decline", "金額が\n違う")
    accept(world)
    assert "署名しないことを受け付けました" in text(client, visit)


def test_a_reason_that_is_too_long_is_kept_for_mending(world: World) -> None:
    client = world.client()
    long = "長" * 1001
    answer = client.post(f"/sign/{world.enter(client)}/decline", data={"reason": long})
    assert answer.status_code == 422
    assert long in checked(answer).text
    assert "1001文字" in answer.text


def test_a_decline_without_reason_is_refused_however_it_is_posted(world: World) -> None:
    client = world.client()
    visit = world.enter(client)
    form = hidden(client, f"/sign/{visit}/confirm") | {"kind": "decline"}
    assert client.post(f"/sign/{visit}/act", data=form).status_code == 422
    assert world.count(Act) == 0


def test_a_kind_that_was_not_offered_is_refused(world: World) -> None:
    client = world.client()
    visit = world.enter(client)
    form = hidden(client, f"/sign/{visit}/confirm")
    for kind in ("withdraw", "approve", "", "x"):
        assert client.post(f"/sign/{visit}/act", data=form | {"kind": kind}).status_code == 409
    assert world.count(Act) == 0


def test_a_post_without_its_token_is_refused(world: World) -> None:
    world.app.config["WTF_CSRF_ENABLED"] = True
    client = world.client()
    assert client.post(f"/l/{world.token()}").status_code == 400
    assert world.count(Visit) == 0
