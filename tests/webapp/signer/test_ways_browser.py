"""Second factors and the other ways out in a real browser: on a phone and at a desk, in both
languages, with a mouse, by keyboard and without scripts."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from storage.tables import Envelope, OneTimeCode, Participant, Question
from tests.webapp.person import HANDS, How, Person, acts, name_of
from tests.webapp.signer import test_access_code, test_late, test_mail_code
from tests.webapp.signer.fields import GOOD, KINDS, place
from tests.webapp.signer.test_fresh import renew
from tests.webapp.signer.world import HOST, World

pytestmark = [
    pytest.mark.local_sockets,
    pytest.mark.timeout(300),
]


def test_an_access_code_opens_and_is_asked_again_at_the_signature(person: Person) -> None:
    first = person.world.participants[0]
    person.world.change(Participant, first, access_code_hash=test_access_code.HASH)
    person.opens()
    person.headed("ご本人の確認")
    person.types("アクセスコード", test_access_code.WRONG)
    person.press("次へ")
    expect(person.page.locator(".error-summary")).to_be_visible()
    person.types("アクセスコード", test_access_code.CODE)
    person.press("次へ")
    person.signs()
    person.types("アクセスコード", test_access_code.CODE)
    person.press("署名手続きを完了する")
    person.page.wait_for_url("**/done")
    [act] = acts(person.world)
    assert act.evidence["method"] == "link+access_code"


def test_a_mailed_code_opens_and_another_one_signs(person: Person) -> None:
    world = person.world
    world.change(Participant, world.participants[0], mail_code=True)
    person.opens()
    _enters_mailed_code(person, "次へ", test_mail_code.deliver)
    person.signs()
    _enters_mailed_code(person, "署名手続きを完了する", test_mail_code.deliver)
    person.page.wait_for_url("**/done")
    with world.database.reading() as session:
        assert session.query(OneTimeCode).filter_by(ended_why="used").count() == 2


def _enters_mailed_code(
    person: Person, button: str, deliver: Callable[[World], str | None]
) -> None:
    person.press("確認コードを送る")
    person.reads("確認コードをもう一度送る")
    code = deliver(person.world) or test_late.CODE
    person.types("確認コード", code)
    person.press(button)


def test_who_declines_says_why_and_confirms(person: Person) -> None:
    person.opens()
    person.press("署名しない", "link")
    person.press("確認へ進む")
    expect(person.page.locator(".error-summary")).to_be_visible()
    person.types("理由", "金額が違います。")
    person.press("確認へ進む")
    person.reads("確定すると取り消せません。封筒の手続きが終了することがあります。")
    person.activates(person.page.locator("main form button.danger"))
    person.page.wait_for_url("**/done")
    [act] = acts(person.world)
    assert (act.kind, act.reason) == ("decline", "金額が違います。")


def test_the_wrong_addressee_tells_the_sender_and_has_done_nothing(person: Person) -> None:
    """From the mailed link and from the page that asks for a code, which he does not have; from
    the request itself it was told already."""
    first = person.world.participants[0]
    person.world.change(Participant, first, access_code_hash=test_access_code.HASH)
    person.page.goto(f"{HOST}/l/{person.world.token()}")
    person.press("この依頼に心当たりがない")
    person.headed("この依頼に心当たりがない")
    person.press("戻る", "link")
    person.headed("ご本人の確認")
    person.press("この依頼に心当たりがない", "link")
    person.types("伝えたいこと（任意）", "担当は総務課です。")
    person.press("差出人に伝える")
    person.headed("差出人に伝えました")
    person.world.change(Participant, first, access_code_hash=None)
    person.opens()
    person.press("この依頼に心当たりがない", "link")
    person.headed("この依頼に心当たりがない")
    person.reads("担当は総務課です。")
    person.types("伝えたいこと（任意）", "担当は総務課の佐藤です。")
    person.press("差出人に伝える")
    person.fails()
    with person.world.database.reading() as session:
        assert [row.kind for row in session.query(Question)] == ["wrong_person"]
    assert not acts(person.world)


with_scripts = pytest.mark.parametrize(
    "person", [view for view in HANDS if view[2] is How.MOUSE], ids=name_of, indirect=True
)


def test_what_was_typed_is_there_on_another_device_and_for_whoever_left_and_comes_back(
    person: Person,
) -> None:
    place(person.world)
    label, typed = next(iter(KINDS.values())), next(iter(GOOD.values()))
    person.opens()
    person.press("署名をはじめる", "link")
    person.types(label, typed)
    if person.how is How.MOUSE:
        expect(person.page.locator("#saved")).to_contain_text(person.say("保存しました"))
        other = person.elsewhere()
        other.opens()
        other.press("署名をはじめる", "link")
        expect(other.page.get_by_role("textbox", name=label)).to_have_value(typed)
        typed = f"{typed}1-1"
        person.types(label, typed)
    left = person.page.url
    person.press("保存して中断する")
    person.headed("中断しました")
    person.page.goto(left)
    expect(person.page.get_by_role("textbox", name=label)).to_have_count(0)
    person.opens()
    person.press("署名をはじめる", "link")
    expect(person.page.get_by_role("textbox", name=label)).to_have_value(typed)
    assert not acts(person.world)


@with_scripts
def test_one_button_leads_from_open_field_to_open_field(person: Person) -> None:
    placed = place(person.world)
    person.opens()
    person.press("署名をはじめる", "link")
    # What lies half under the bar just now is no fault, so that axe does not look at each step.
    step = person.page.locator("#next-entry")
    focused = "document.activeElement.name"
    here = person.page.locator("#checklist a.item[data-required][data-entry]:not(.done)")
    seen = []
    for _ in range(here.count()):
        person.activates(step)
        seen.append(person.page.evaluate(focused).removeprefix("field-"))
    assert len(set(seen)) == len(seen) > 2
    assert set(seen) <= set(placed.mine.values())
    person.activates(step)  # what is left is in the other document
    person.page.wait_for_url("**document=2**")
    person.activates(step)
    assert person.page.evaluate(focused) == f"field-{placed.second}"


@with_scripts
def test_what_was_typed_before_the_scripts_came_is_saved(person: Person) -> None:
    place(person.world)
    person.opens()
    page, held, typed = person.page, list[Route](), list[str]()
    page.route(
        "**/vendor/htmx.min.js*", lambda route: route.continue_() if typed else held.append(route)
    )
    page.goto(page.url.rstrip("/") + "/read", wait_until="commit")
    typed.append("早く打った")
    page.get_by_role("textbox", name=next(iter(KINDS.values()))).fill(typed[0])
    for route in held:
        route.continue_()
    expect(page.locator("#saved")).to_contain_text(person.say("保存しました"))


def test_an_old_link_leads_to_a_new_one(person: Person) -> None:
    old = renew(person.world)
    person.page.goto(f"{HOST}/l/{old}")
    person.headed("このリンクは使えません")
    person.press("新しいリンクをメールで受け取る")
    person.headed("受け付けました")
    assert [act.kind for act in acts(person.world)] == ["fresh_link"]


def test_documents_are_there_after_the_window_by_a_code(person: Person) -> None:
    test_late.end(person.world, allowed=True)
    person.opens(f"/d/{test_late.token(person.world)}")
    person.headed("ご本人の確認")
    _enters_mailed_code(person, "次へ", test_late.deliver)
    person.headed("文書のダウンロード")
    with person.page.expect_download() as download:
        person.activates(person.page.locator("#documents a[download]").first)
    assert Path(download.value.path()).read_bytes().endswith(b"\nsigned")


def test_a_withdrawn_envelope_says_so_to_whoever_is_in_the_middle(person: Person) -> None:
    person.opens()
    person.press("署名をはじめる", "link")
    expect(person.page.locator("#finish")).to_be_visible()
    person.world.change(Envelope, person.world.envelope_id, state="withdrawn")
    person.finishes_reading()
    expect(person.page.get_by_role("heading", level=1)).not_to_have_text(person.say("内容の確認"))
    expect(person.page.get_by_role("main")).to_contain_text("03-1234-5678")
