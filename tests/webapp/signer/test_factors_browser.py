"""Codes by SMS and of a member's authenticator app in a real browser: on a phone and at a desk, in
both languages; and the number that the sender had wrong."""

from datetime import UTC, datetime

import pyotp
import pytest
from playwright.sync_api import expect

from identity.totp import STEP_SECONDS
from storage import readdressing
from storage.tables import Act, Envelope, Slot
from tests.webapp.person import PASSWORD, Person, acts
from tests.webapp.signer import test_late, test_mail_code
from tests.webapp.signer.test_app_code import Clock
from tests.webapp.signer.world import HOST, World

pytestmark = [
    pytest.mark.local_sockets,
    pytest.mark.timeout(300),
]
OWN = 1
"""The second signer is of the organisation that sends."""
WRONG, RIGHT = "+819024681357", "+818011112222"


@pytest.fixture(autouse=True)
def provider(monkeypatch: pytest.MonkeyPatch) -> None:
    """Known before the application is made."""
    monkeypatch.setenv("MUSUBI_SMS_PROVIDER", "test")


@pytest.fixture
def texting(person: Person) -> Person:
    """He is asked for a code by SMS."""
    person.asked_for(phone=WRONG)
    return person


def enter_code(person: Person, button: str, wrong: str = "") -> None:
    person.press("SMSで確認コードを送る")
    person.reads("SMSをもう一度送る")
    test_mail_code.deliver(person.world)
    if wrong:
        person.types("確認コード（SMS）", wrong)
        person.press(button)
        person.fails()
    person.types("確認コード（SMS）", test_late.CODE)
    person.press(button)


def test_a_code_by_sms_opens_and_another_one_signs(texting: Person) -> None:
    texting.opens()
    texting.headed("ご本人の確認")
    texting.reads("1357")
    enter_code(texting, "次へ", wrong="00000000")
    texting.signs()
    enter_code(texting, "署名手続きを完了する")
    texting.page.wait_for_url("**/done")
    [act] = acts(texting.world)
    assert act.evidence["method"] == "link+sms_code"


def test_the_sender_corrects_a_wrong_number_and_the_next_code_goes_there(texting: Person) -> None:
    world = texting.world
    world.change(Slot, world.slots[0], participant_id=world.participants[0])
    texting.opens()
    texting.press("SMSで確認コードを送る")
    texting.reads("1357")
    texting.reads("番号が違うときや、SMSを受け取れないときは、下の連絡先にご連絡ください。")
    clerk = texting.sender()
    clerk.page.goto(f"{HOST}/envelopes/{world.envelope_id}")
    clerk.page.locator("details.steer > summary").click()
    clerk.page.locator(f"a[href*='{world.slots[0]}/address']").click()
    clerk.headed("宛先を訂正する")
    number = clerk.page.locator("#phone")
    expect(number).to_have_value("090-2468-1357")
    number.fill("03-1234-5678")
    clerk.press("訂正して依頼し直す")
    clerk.fails()
    clerk.page.locator("#phone").fill("０８０ー１１１１ー２２２２")
    clerk.press("訂正して依頼し直す")
    clerk.page.wait_for_url(lambda url: not url.endswith("/address"))
    carry_out(world)
    texting.opens()
    texting.reads("2222")
    enter_code(texting, "次へ")
    texting.headed("署名のご依頼")


def carry_out(world: World) -> None:
    """What the workflow does with the correction: the row says so, and a new link is mailed."""
    moment = datetime.now(UTC)
    with world.database.transaction() as session:
        act = session.query(Act).one()
        act.accepted, act.answered_at = True, moment
        envelope = session.get_one(Envelope, world.envelope_id)
        slot = session.get_one(Slot, world.slots[0])
        asked = readdressing.person_of(session, slot)
        person = readdressing.carry_out(session, envelope, act, asked, moment, slot.id)
        assert person is not None
        assert (person.mail, person.phone) == ("p0@example.jp", RIGHT)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Of both sides' pages."""
    clock = Clock()
    for room in ("login", "signer.judging", "signer.links", "signer.proving", "signer.visiting"):
        monkeypatch.setattr(f"webapp.{room}.now", lambda: clock.at)
    return clock


def test_a_member_sets_his_app_up_and_opens_and_signs_with_it(person: Person, clock: Clock) -> None:
    world = person.world
    clerk = person.sender()
    clerk.page.goto(f"{HOST}/account/code")
    clerk.headed("2段階認証の設定")
    app = pyotp.TOTP(clerk.page.locator("input[name=secret]").input_value())
    clerk.types("確認コード", app.at(clock.at))
    clerk.page.locator("#password").fill(PASSWORD)
    clerk.press("設定する")
    clerk.page.wait_for_url("**/account")
    person.number = OWN
    person.asked_for(language=person.language, mail="clerk@musubi.test", app_code=True)
    person.opens()
    person.headed("ご本人の確認")
    person.types("認証アプリのコード", app.at(clock.at))
    person.press("次へ")
    person.fails()  # it was used when he set the app up
    person.types("認証アプリのコード", app.at(clock.on(seconds=STEP_SECONDS)))
    person.press("次へ")
    person.signs()
    person.types("認証アプリのコード", app.at(clock.on(seconds=STEP_SECONDS)))
    person.press("署名手続きを完了する")
    person.page.wait_for_url("**/done")
    [act] = acts(world)
    assert act.evidence["method"] == "link+app_code"
