"""kill -9 while second factors, consent and the other ways out are on their way to the server.

Everybody presses at one moment, and the web app ends in the middle of it, together with the workers
that carry it out: what was done, half done and never arrived is different each time. Then everybody
does what a person does who is shown an error by his browser: he loads the page again and goes on.
In the end everything is there exactly once.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from cli.faults.oracle.judge import breaches_of
from cli.selftest.browser import Browser
from cli.selftest.judge import VerifyCommand
from cli.selftest.mailbox import Mailbox
from cli.selftest.patience import Patience
from cli.selftest.samples import write_samples
from cli.selftest.sender import log_in
from cli.selftest.stack import Stack
from domain.consents import DEFAULT, ConsentWay
from storage import consenting
from storage.database import open_database
from storage.tables import Act, Consent, Envelope, Link, Member, Organisation, Participant, Question
from tests.e2e.conftest import NewPage
from tests.e2e.crowd import (
    ACCESS_CODE,
    AT_A_DESK,
    ENGLISH,
    NUMBER,
    Somebody,
    interrupted,
    mail_of,
    send_by_hand,
    send_to_all,
)
from tests.e2e.factors import App, Phone, enrol, join
from tests.e2e.pages import DESK, PHONE, SLOW
from tests.e2e.test_passkey import AUTHENTICATOR

WHY = "第3条の金額を確かめてください。"
PEOPLE = (
    "secret", "mail", "sms", "passkey", "app", "hands", "heir", "agrees", "back", "lost", "late",
)  # fmt: skip
SIGNERS = ("secret", "mail", "sms", "passkey", "app", "heir")
"""At one moment; who comes late to his documents has signed before."""
ASKING = {"secret": "差出人に質問する", "app": "この依頼に心当たりがない"}
ONCE = Counter({
    ("sign", True): 7, ("hand_over", True): 1, ("decline", True): 1, ("send_back", True): 1,
})  # fmt: skip
"""What everybody did, each of them once."""


@dataclass
class Crowd:
    """All of them, and what they hold."""

    stack: Stack
    people: dict[str, Somebody]
    app: App
    phone: Phone
    began: datetime

    def __getitem__(self, name: str) -> Somebody:
        return self.people[name]

    @contextmanager
    def rows(self) -> Iterator[Session]:
        """The stack's own."""
        database = open_database(self.stack.home.database_url)
        with database.transaction() as session:
            yield session
        database.close()

    def pressed(self, presses: dict[str, Locator], *workers: str) -> None:
        """By everybody at once, and into the void."""
        interrupted(self.stack, presses.values(), *workers)


@pytest.mark.thorough  # five minutes; test_browser_kills interrupts the main way
def test_every_way_is_interrupted_and_everything_is_there_once(
    stack: Stack, mailbox: Mailbox, new_page: NewPage, tmp_path: Path
) -> None:
    began = datetime.now(UTC)
    join(stack, mail_of("app"), "ja")
    people = {name: Somebody(name, _a_window(name, new_page), mailbox) for name in PEOPLE}
    app = enrol(stack, people["app"].page, mail_of("app"))
    phone = Phone(mailbox, f"81{NUMBER[1:]}@sms.musubi.test")
    crowd = Crowd(stack, people, app, phone, began)
    (contract,) = write_samples(tmp_path, 1)
    send_to_all(stack, new_page(DESK), contract)
    _send_the_others(crowd, contract)
    _plug_in(people["passkey"].page)
    _sign_early(crowd["late"])
    dead = _open_links(crowd)
    _come_late(crowd)
    _ask_for_codes(crowd)
    _enter_codes(crowd)
    _register(crowd, dead)
    _sign(crowd)
    _download(crowd, tmp_path)
    _judge(crowd)


def _a_window(name: str, new_page: NewPage) -> Page:
    window = DESK if name in AT_A_DESK else PHONE
    return new_page(window, "en-GB" if name in ENGLISH else "ja-JP")


def _plug_in(page: Page) -> None:
    """An authenticator that says yes."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable", {"enableUI": False})
    session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})


def _send_the_others(crowd: Crowd, contract: Path) -> None:
    target = crowd.stack.target()
    browser = Browser(target.base_url, Patience(240))
    log_in(browser, target.mail, target.password)
    send_by_hand(browser, contract, "late")
    send_by_hand(browser, contract, "back", "lost")
    _ask_consent(crowd, ConsentWay.EACH)
    try:
        send_by_hand(browser, contract, "agrees")
    finally:  # what was sent keeps asking; other journeys on this stack are left alone
        _ask_consent(crowd, ConsentWay.NONE)
        browser.close()


def _ask_consent(crowd: Crowd, way: ConsentWay) -> None:
    with crowd.rows() as session:
        mail = crowd.stack.target().mail
        member = session.scalars(select(Member).where(Member.mail == mail)).one()
        text = DEFAULT._replace(lasting=False)
        consenting.ask_for(session, member, way, text, datetime.now(UTC))


def _open_links(crowd: Crowd) -> str:
    """By the button of their page; who lost his mail asks for a code at あなたの文書. Returns his
    link, which dies later."""
    names = [name for name in PEOPLE if name not in {"heir", "lost", "late"}]
    links = {name: crowd[name].link() for name in names}
    presses = {name: crowd[name].opens(links[name]) for name in names}
    lost = crowd["lost"]
    dead = lost.link()

    def asks() -> Locator:
        lost.page.goto(f"{crowd.stack.target().base_url}/mailbox")
        return lost.types("#mail", mail_of("lost"))

    presses["lost"] = asks()
    crowd.pressed(presses, "envelopes")
    for name in names:
        somebody, link = crowd[name], links[name]
        inside = somebody.sees("main [href*='/sign/'], main [action*='/sign/']")
        somebody.goes_on(inside, partial(somebody.opens, link))
    lost.goes_on(lost.headed("確認コードの入力"), asks)
    return dead


def _ask_for_codes(crowd: Crowd) -> None:
    """Or enter them, consent, hand over: whatever comes first on each one's way."""
    secret, app, hands, agrees = (crowd[name] for name in ("secret", "app", "hands", "agrees"))
    hands.button("引き継ぐ方を指定する", "link").click()
    hands.types("#new-name", "検証 heir")
    hands.types("#new-mail", mail_of("heir"))
    hands.types("#reason", WHY).click()
    texts = dict.fromkeys(("mail", "passkey", "late"), "確認コードを送る")
    texts["sms"] = "SMSで確認コードを送る"
    presses = {name: crowd[name].button(text) for name, text in texts.items()}
    presses |= {
        "agrees": agrees.button("承諾する"),
        "hands": hands.button("この方に依頼する"),
        "lost": crowd["lost"].types("#code", crowd["lost"].code()),
        "secret": secret.types("#access_code", ACCESS_CODE),
        "app": app.types("#app_code", crowd.app.next_code()),
    }
    crowd.pressed(presses, "envelopes")
    for name, text in texts.items():
        somebody = crowd[name]
        code = somebody.sees("#sms_code" if name == "sms" else "#mail_code")
        somebody.goes_on(code, partial(somebody.button, text))
    guide = "main a[href$='/read']"
    secret.goes_on(secret.sees(guide), lambda: secret.types("#access_code", ACCESS_CODE))
    app.goes_on(app.sees(guide), lambda: app.types("#app_code", crowd.app.next_code()))
    agrees.goes_on(agrees.sees(guide), lambda: agrees.button("承諾する"))
    hands.goes_on(hands.headed("引き継ぎました"), lambda: hands.button("この方に依頼する"))
    lost = crowd["lost"]
    lost.goes_on(lost.sees("ul.mailbox"), lambda: lost.types("#code", lost.code()))


def _enter_codes(crowd: Crowd) -> None:
    """The consent is taken back meanwhile, the list leads to a new link, and two ask the sender
    something before they sign."""
    agrees, lost, sms = crowd["agrees"], crowd["lost"], crowd["sms"]
    agrees.button("電子契約の利用の承諾について", "link").click()
    agrees.button("承諾を撤回する", "link").click()
    for name, way in ASKING.items():
        crowd[name].button(way, "link").click()
    codes = {name: crowd[name].code() for name in ("mail", "passkey", "late")}
    by_sms = crowd.phone.next_code()
    presses = {name: crowd[name].types("#mail_code", code) for name, code in codes.items()}
    presses |= {
        "sms": sms.types("#sms_code", by_sms),
        "agrees": agrees.button("承諾を撤回する"),
        "lost": lost.button("手続きのリンクをメールで受け取る"),
    }
    presses |= {name: crowd[name].types("#question", WHY) for name in ASKING}
    crowd.pressed(presses, "signing")
    for name in ASKING:
        somebody = crowd[name]
        somebody.goes_on(somebody.sees("#asked"), partial(somebody.types, "#question", WHY))
        somebody.page.goto(somebody.page.url.partition("/question")[0] + "/")
    guide = "main a[href$='/read']"
    for name, done in (
        ("mail", guide),
        ("passkey", "form[data-passkey]"),
        ("late", "#documents"),
    ):
        somebody = crowd[name]
        again = partial(somebody.types, "#mail_code", codes[name])
        somebody.goes_on(somebody.sees(done), again)
    sms.goes_on(sms.sees(guide), lambda: sms.types("#sms_code", by_sms))
    lost.goes_on(
        lost.sees(".banner.success"), lambda: lost.button("手続きのリンクをメールで受け取る")
    )
    consent = agrees.button("承諾する")
    agrees.goes_on(consent, lambda: agrees.button("承諾を撤回する"))
    consent.click()
    expect(agrees.sees(guide)).to_be_visible(timeout=SLOW)


def _register(crowd: Crowd, dead: str) -> None:
    """A passkey; and a new link from a dead one."""
    lost, passkey, agrees = crowd["lost"], crowd["passkey"], crowd["agrees"]
    lost.link(besides=dead)
    presses = {"passkey": passkey.button("パスキーを登録する"), "lost": lost.opens(dead)}
    crowd.pressed(presses, "envelopes")
    passkey.goes_on(
        passkey.sees("main a[href$='/read'], form[data-passkey]"),
        lambda: passkey.button("パスキーを登録する"),
    )
    if passkey.button("パスキーを登録する").is_visible():
        passkey.button("パスキーを登録する").click()
    elif passkey.button("パスキーで確認する").is_visible():
        passkey.button("パスキーで確認する").click()
    expect(passkey.sees("main a[href$='/read']")).to_be_visible(timeout=SLOW)
    lost.goes_on(lost.headed("受け付けました"), lambda: lost.opens(dead))
    agrees.button("署名しない", "link").click()
    agrees.types("#reason", WHY).click()


def _sign(crowd: Crowd) -> None:
    """Each with another code; at the same moment who had consented declines, and one sends back."""
    heir = crowd["heir"]
    heir.opens(heir.link()).click()
    for name in SIGNERS:
        crowd[name].reads()
    crowd["mail"].button("確認コードを送る").click()
    crowd["sms"].button("SMSで確認コードを送る").click()

    def fill(name: str) -> Locator:
        somebody = crowd[name]
        match name:
            case "secret":
                somebody.page.locator("#access_code").fill(ACCESS_CODE)
            case "mail":
                somebody.page.locator("#mail_code").fill(somebody.code())
            case "sms":
                somebody.page.locator("#sms_code").fill(crowd.phone.next_code())
            case "app":
                somebody.page.locator("#app_code").fill(crowd.app.next_code())
        return somebody.finishes()

    declines, back = crowd["agrees"], crowd["back"]
    back.button("差し戻す", "link").click()
    back.types("#reason", WHY).click()
    presses = {name: fill(name) for name in SIGNERS}
    presses["agrees"] = declines.sees("main form button.danger")
    presses["back"] = back.button("差し戻す")
    crowd.pressed(presses, "signing", "envelopes", "documents")
    for name in SIGNERS:
        crowd[name].goes_on(crowd[name].sees("#live"), partial(fill, name))
    declines.goes_on(declines.sees("#live"), lambda: declines.sees("main form button.danger"))
    back.goes_on(back.headed("差し戻しました"), lambda: back.button("差し戻す"))
    for name in SIGNERS:
        crowd[name].link("/d/")


def _download(crowd: Crowd, folder: Path) -> None:
    """What everybody signed while everything fell down."""
    heir, finished = crowd["heir"], folder / "finished.pdf"
    heir.opens(heir.link("/d/")).click()
    with heir.page.expect_download(timeout=SLOW) as download:
        heir.page.locator("a[href$='/file']").first.click()
    download.value.save_as(finished)
    roots = str(crowd.stack.home.trust / "roots.pem")
    [report] = VerifyCommand(("--trust", roots)).run([finished])
    assert report["verdict"] == "valid"
    kinds = [row["kind"] for row in report["signatures"]]
    assert kinds.count("signature") == len(SIGNERS)


def _sign_early(late: Somebody) -> None:
    late.opens(late.link()).click()
    late.reads()
    late.finishes().click()
    late.page.wait_for_url("**/done", timeout=SLOW)


def _come_late(crowd: Crowd) -> None:
    """To the link of the completion mail, fourteen days after it."""
    late = crowd["late"]
    link = late.link("/d/")
    _let_days_pass(crowd)
    late.opens(link).click()


def _let_days_pass(crowd: Crowd) -> None:
    """What the envelope's workflow leaves in the rows when its window closes."""
    now = datetime.now(UTC)
    with crowd.rows() as session:
        person = session.scalars(
            select(Participant).where(Participant.mail == mail_of("late"))
        ).one()
        envelope = session.get_one(Envelope, person.envelope_id)
        envelope.download_until, envelope.download_closed_at = now - timedelta(days=1), now
        session.get_one(Organisation, envelope.organisation_id).late_downloads = True
        people = select(Participant.id).where(Participant.envelope_id == envelope.id)
        for link in session.scalars(
            select(Link).where(Link.participant_id.in_(people), Link.purpose == "download")
        ):
            link.revoked_at, link.revoked_why = now, "closed"


def _judge(crowd: Crowd) -> None:
    """Acts, words of consent and mails are there once, and nothing in the home is broken."""
    with crowd.rows() as session:
        session.scalars(select(Organisation)).one().late_downloads = False
        acts = session.execute(
            select(Act.kind, Act.accepted, Act.reason)
            .join(Participant, Participant.id == Act.participant_id)
            .where(Participant.mail.in_([mail_of(name) for name in PEOPLE]))
        ).all()
        asked = session.execute(select(Question.kind, Question.text)).all()
        consents = session.scalars(
            select(Consent.kind)
            .join(Participant, Participant.id == Consent.participant_id)
            .where(Participant.mail == mail_of("agrees"))
            .order_by(Consent.at)
        ).all()
    done = Counter((row.kind, row.accepted) for row in acts)
    fresh = done.pop(("fresh_link", True))  # who saw no answer may have asked once more
    assert done == ONCE
    assert [row.reason for row in acts if row.kind in {"hand_over", "decline", "send_back"}] == [
        WHY, WHY, WHY,
    ]  # fmt: skip
    assert sorted(row.kind for row in asked if row.text == WHY) == ["question", "wrong_person"]
    assert consents == ["given", "withdrawn", "given"]
    mailbox = crowd["secret"].mailbox
    for name in PEOPLE:
        for kind, count in (
            ("/l/", 1 + fresh * (name == "lost")),
            ("/d/", int(name in {*SIGNERS, "late"})),
        ):
            if count:  # the last of them may still be on its way
                enough = partial(_has_mails, mailbox, name, kind, count)
                Patience(60).until(f"{name}'s mail {kind}", enough)
            assert len(_mails(mailbox, name, kind)) == count, (name, kind)
    assert breaches_of(crowd.stack.home, crowd.began) == []


def _mails(mailbox: Mailbox, name: str, kind: str) -> set[str]:
    """Ids of somebody's mails with such a link."""
    return {mail.message_id for mail in mailbox.all_for(mail_of(name)) if mail.link(kind)}


def _has_mails(mailbox: Mailbox, name: str, kind: str, count: int) -> bool | None:
    return len(_mails(mailbox, name, kind)) >= count or None
