"""What else is said on the signer's way: proofs, ways out, and what becomes of a page.

Each way is walked by one person in a world of his own; `heard` is what a page says.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from playwright.sync_api import Page

from domain.consents import DEFAULT
from domain.kinds import HandoverPolicy, LinkPurpose
from identity.totp import new_secret
from storage.people import VAULT_OWNER
from storage.tables import Document, Member, Organisation, Participant
from tests.webapp.signer import test_late
from tests.webapp.signer.fields import enter
from tests.webapp.signer.test_acts import correct
from tests.webapp.signer.test_consent import ask
from tests.webapp.signer.test_passkey_browser import Phone
from tests.webapp.signer.test_sms_code import NUMBER
from tests.webapp.signer.world import HOST, World

if TYPE_CHECKING:
    from tests.webapp.accessibility.test_spoken import Person

Said = Iterator[tuple[str, str]]
OWN = 1
"""鈴木 一郎, who signs for the organisation that sends."""
CLERK, COLLEAGUE = "clerk@musubi.test", "hanako@musubi.test"


def proofs(person: "Person") -> Said:
    """Not his; a code by SMS; a passkey registered, asked for and used; an app; coming late."""
    page, world = person.page, person.world
    me = world.participants[0]
    person.fills_in()
    world.change(Participant, me, phone=NUMBER)
    page.goto(f"{HOST}/l/{world.token()}")
    page.locator("button[value=not-mine]").click()
    page.wait_for_url("**/not-mine")
    yield "24-not-mine", person.heard()
    _press(page, "**/told")
    yield "25-not-mine-told", person.heard()
    person.arrives()
    yield "26-sms", person.heard()
    page.locator("form[action$='/prove/sms'] button").click()
    page.locator("#sms_code").wait_for()
    yield "27-sms-sent", person.heard()
    world.change(Participant, me, phone=None, passkey=True)
    yield from _passkey(person)
    _has_an_app(world)
    person.arrives(OWN)
    yield "32-app-code", person.heard()
    test_late.end(world, allowed=True)
    page.goto(f"{HOST}/d/{world.token(0, LinkPurpose.DOWNLOAD)}")
    yield "33-window-closed", person.heard()
    page.locator("main form button.primary").first.click()
    page.wait_for_url("**/prove")
    yield "34-late-proof", person.heard()


def _passkey(person: "Person") -> Said:
    page = person.page
    device = Phone(person.world, page, page.context.new_cdp_session(page), {})
    device.cdp.send("WebAuthn.enable", {"enableUI": False})
    device.plug_in()
    person.arrives()
    yield "28-passkey", person.heard()
    page.locator("form[action$='/prove/mail'] button").click()
    page.locator("#mail_code").wait_for()
    test_late.deliver(person.world)
    page.locator("#mail_code").fill(test_late.CODE)
    page.locator("main form button.primary").first.click()
    page.locator("form[data-passkey]").wait_for()
    yield "29-passkey-register", person.heard()
    page.locator("form[data-passkey] button[type=submit]").click()
    page.wait_for_url("**/sign/*/")
    page.context.clear_cookies()
    person.arrives()
    yield "30-passkey-proof", person.heard()
    page.locator("form[data-passkey] button[type=submit]").click()
    page.wait_for_url("**/sign/*/")
    yield "31-passkey-confirm", person.open("confirm")


def _has_an_app(world: World) -> None:
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        owner, context = member.organisation_id, b"totp:" + member.id.bytes
        secret = new_secret().encode()
        member.totp_sealed = world.vault.seal(session, VAULT_OWNER, owner, secret, context)
        member.totp_last_step = 0
    world.change(Participant, world.participants[OWN], mail=CLERK, app_code=True)


def ways_out(person: "Person") -> Said:
    """Of the own side: back to the sender, to somebody else, no authority."""
    page, world = person.page, person.world
    me = world.participants[OWN]
    world.change(Participant, me, handover=HandoverPolicy.ALLOWED.value)
    person.arrives(OWN)
    yield "35-send-back", person.open("sendback")
    page.locator("#reason").fill("第3条の金額を直してください。")
    page.locator("main form button.primary").first.click()
    page.locator("form[action$='/sendback/act']").wait_for()
    yield "36-send-back-confirm", person.heard()
    _joins(world, "佐藤 花子", COLLEAGUE)
    person.open("handover")
    page.locator("#new-name").fill("佐藤 花子")
    page.locator("#new-mail").fill(COLLEAGUE)
    page.locator("#reason").fill("担当が替わりました。")
    page.locator("main form button.primary").first.click()
    page.locator("form[action$='/act']").wait_for()
    yield "37-handover-confirm", person.heard()
    client = world.client()
    typed = {"document": str(world.documents[0]), "number": "1", "action": "save"}
    enter(client, world.enter(client, OWN), typed | {f"field-{person.placed.foreign}": "第12号"})
    _looks_at_authority(world)
    yield "38-no-authority", person.open("confirm")


def _joins(world: World, name: str, mail: str) -> None:
    with world.database.transaction() as session:
        clerk = session.get_one(Member, world.member_id)
        session.add(
            Member(
                organisation_id=clerk.organisation_id, mail=mail, name=name,
                password_hash="", roles=["approver"], created_at=datetime.now(UTC),
            )
        )  # fmt: skip


def _looks_at_authority(world: World) -> None:
    with world.database.transaction() as session:
        now = datetime.now(UTC)
        clerk = session.get_one(Member, world.member_id)
        clerk.roles = ["admin"]
        person = session.get_one(Participant, world.participants[OWN])
        session.add(
            Member(
                organisation_id=clerk.organisation_id, mail=person.mail, name=person.name,
                password_hash="", created_at=now,
            )
        )  # fmt: skip
        session.get_one(Organisation, clerk.organisation_id).mandates_since = now


def stamps(person: "Person") -> Said:
    """After consent: each way to a stamp beside the text, unfolded; the phone's own page."""
    page = person.page
    ask(person.world, DEFAULT._replace(lasting=False))
    person.arrives()
    yield "39-consent-refuse", person.open("consent/refuse")
    person.open("consent")
    _press(page, f"**/sign/{person.visit}/")
    yield "40-consent-withdraw", person.open("consent/withdraw")
    person.open("read")
    with page.expect_response("**/fields"):
        page.locator("#look-stamp").check()
    for number, way in ((41, "seal-way"), (42, "drawing"), (43, "file-way")):
        page.locator(f"#{way} summary").click()
        yield f"{number}-{way}", person.heard("#look")
    page.locator("#phone summary").click()
    page.locator("#pad-show").click()
    page.locator("#pad-code .address").wait_for()
    address = page.locator("#pad-code .address").inner_text()
    yield "44-phone-way", person.heard("#look")
    page.goto(address)
    page.locator("#pad").click()  # a dot
    yield "45-pad", person.heard()
    page.locator("#pad-use").click()
    page.wait_for_url("**/pad-sent")
    yield "46-pad-sent", person.heard()


def endings(person: "Person") -> Said:
    """A page that is about to close, was left, is over, or whose documents were replaced."""
    page, world = person.page, person.world
    person.fills_in()
    person.arrives()
    person.open("read")
    page.locator("#enlarge").click()
    page.locator("#ending").evaluate(
        """part => {
            part.hidden = false;
            part.querySelector("p").textContent = part.dataset.soon.replace("{minutes}", "5");
        }"""
    )
    yield "47-enlarged-and-ending", person.heard("#ending")
    page.reload()
    page.locator("button[value=pause]").click()
    page.wait_for_url("**/left")
    yield "48-left", person.heard()
    yield "49-over", person.open("read")
    person.arrives()
    person.open("confirm")
    world.change(Document, world.documents[1], removed_at=datetime.now(UTC))
    page.locator("form[action$='/act'] button").last.click()
    page.wait_for_url("**/act")
    yield "50-refused", person.heard()
    world.change(Document, world.documents[1], removed_at=None)
    person.open("confirm")
    correct(world)
    page.locator("form[action$='/act'] button").last.click()
    page.wait_for_url("**/act")
    yield "51-corrected", person.heard()
    page.locator("form[action$='/fresh'] button").click()
    page.wait_for_url("**/fresh")
    yield "52-fresh", person.heard()


def _press(page: Page, then: str) -> None:
    page.locator("main form button.primary").first.click()
    page.wait_for_url(then)


FURTHER = (proofs, ways_out, stamps, endings)
