"""Passkeys in a real browser, with Chromium's own virtual authenticator."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from playwright.sync_api import Browser, CDPSession, Page, Request

from domain.consents import DEFAULT
from domain.passkeys import EVIDENCE
from storage.tables import Act, Consent, LedgerEvent, OneTimeCode, Participant
from tests.webapp.accessibility.eyes import DESK, PHONE
from tests.webapp.served import House
from tests.webapp.signer.fields import Placed, complete, place
from tests.webapp.signer.test_consent import ask
from tests.webapp.signer.world import World, small_world
from tests.webapp.stack import sqlite_in

pytestmark = [
    pytest.mark.local_sockets,
    pytest.mark.timeout(300),
]
ORIGIN = "http://localhost:8080"
HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
CODE = "12345678"
SIZES = [
    (PHONE, "ja"),
    pytest.param(PHONE, "en", marks=pytest.mark.thorough),
    pytest.param(DESK, "ja", marks=pytest.mark.thorough),
    (DESK, "en"),
]
WORDS = {
    "ja": {
        "send": "確認コードを送る",
        "next": "次へ",
        "register": "パスキーを登録する",
        "open": "パスキーで確認する",
        "sign": "署名手続きを完了する",
        "consent": "承諾する",
        "cancelled": "パスキーで確認できませんでした",
        "unregistered": "登録は行われませんでした",
        "refused": "パスキーを確認できませんでした",
        "unusable": "このブラウザーはパスキーに対応していません",
        "script": "JavaScriptを有効に",
        "changed": "入力内容が変わりました",
    },
    "en": {
        "send": "Send a code",
        "next": "Next",
        "register": "Register a passkey",
        "open": "Confirm with a passkey",
        "sign": "Sign",
        "consent": "Consent",
        "cancelled": "Your passkey was not used",
        "unregistered": "Nothing was registered",
        "refused": "Your passkey could not be confirmed",
        "unusable": "This browser cannot use passkeys",
        "script": "switch JavaScript on",
        "changed": "",
    },
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Two documents; the first signer is asked for a passkey."""
    built = small_world(tmp_path, sqlite_in(tmp_path))
    built.change(Participant, built.participants[0], passkey=True)
    yield built
    built.database.close()


@pytest.fixture
def browser(world: World, house: House) -> Iterator[Browser]:
    with house.home_of(world.app) as found:
        yield found


@dataclass
class Phone:
    """A browser of one person, with an authenticator that can be told to fail."""

    world: World
    page: Page
    cdp: CDPSession
    words: dict[str, str]
    device: str = ""

    def plug_in(self) -> None:
        """A new authenticator without any passkey, in the place of the one before."""
        if self.device:
            self.cdp.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": self.device})
        made = self.cdp.send(
            "WebAuthn.addVirtualAuthenticator",
            {
                "options": {
                    "protocol": "ctap2",
                    "transport": "internal",
                    "hasResidentKey": True,
                    "hasUserVerification": True,
                    "isUserVerified": True,
                    "automaticPresenceSimulation": True,
                }
            },
        )
        self.device = str(made["authenticatorId"])

    def verifies(self, *, person: bool) -> None:
        """Whether finger or face is the right one."""
        self.cdp.send(
            "WebAuthn.setUserVerified", {"authenticatorId": self.device, "isUserVerified": person}
        )

    def credentials(self) -> list[dict[str, Any]]:
        found = self.cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.device})
        rows: list[dict[str, Any]] = found["credentials"]
        return rows

    def forge(self) -> None:
        """Another authenticator that claims to hold the registered passkey."""
        [row] = self.credentials()
        self.plug_in()
        key = ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        forged = row | {"privateKey": base64.b64encode(key).decode(), "signCount": 90}
        self.cdp.send(
            "WebAuthn.addCredential", {"authenticatorId": self.device, "credential": forged}
        )

    def press(self, word: str) -> None:
        self.page.get_by_role("button", name=self.words[word], exact=word != "sign").last.click()

    def says(self, word: str) -> None:
        self.page.get_by_text(self.words[word]).first.wait_for()

    def open_link(self) -> None:
        self.page.goto(f"{ORIGIN}/l/{self.world.token()}")
        self.page.locator("main form button").first.click()

    def mail_code(self) -> None:
        self.press("send")
        self.page.locator("#mail_code").wait_for()
        with self.world.database.reading() as session:
            code = session.query(OneTimeCode).one()
        issued = {"code_hash": HASHER.hash(CODE), "issued_at": datetime.now(UTC)}
        self.world.change(OneTimeCode, code.id, **issued)
        self.page.locator("#mail_code").fill(CODE)
        self.press("next")

    def register(self) -> None:
        self.open_link()
        self.page.wait_for_url("**/passkey")
        self.mail_code()
        self.page.locator("form[data-passkey]").wait_for()
        self.press("register")
        self.page.wait_for_url("**/sign/*/")

    def confirm(self) -> None:
        visit = self.page.url.split("/sign/")[1].split("/")[0]
        self.page.goto(f"{ORIGIN}/sign/{visit}/confirm")

    def fits(self) -> None:
        wide = "document.documentElement.scrollWidth - window.innerWidth"
        assert self.page.evaluate(wide) <= 0


def phone(world: World, browser: Browser, width: int = PHONE, language: str = "ja") -> Phone:
    context = browser.new_context(viewport={"width": width, "height": 844}, locale=language)
    page = context.new_page()
    page.set_default_timeout(20_000)
    world.change(Participant, world.participants[0], language=language)
    found = Phone(world, page, context.new_cdp_session(page), WORDS[language])
    found.cdp.send("WebAuthn.enable", {"enableUI": False})
    found.plug_in()
    return found


def acts(world: World) -> list[Act]:
    with world.database.reading() as session:
        return session.query(Act).all()


@pytest.mark.parametrize(("width", "language"), SIZES)
def test_a_passkey_is_registered_and_signs_and_opens_the_next_visit(
    world: World, browser: Browser, width: int, language: str
) -> None:
    person = phone(world, browser, width, language)
    person.register()
    person.fits()
    assert len(person.credentials()) == 1
    # in another session the same authenticator opens the link
    person.page.context.clear_cookies()
    person.open_link()
    person.page.wait_for_url("**/prove")
    person.fits()
    person.press("open")
    person.page.wait_for_url("**/sign/*/")
    person.confirm()
    person.fits()
    person.page.locator("form[data-passkey] button[type=submit]").click()
    person.page.wait_for_url("**/done")
    [act] = acts(world)
    assert act.evidence["method"] == "link+passkey"
    assert act.evidence[EVIDENCE]["origin"] == ORIGIN


@pytest.mark.parametrize(("width", "language"), SIZES[::-2])
def test_who_is_asked_for_a_passkey_and_for_consent_gives_both_and_signs_with_both(
    world: World, browser: Browser, width: int, language: str
) -> None:
    """First who it is, then whether the party agrees to electronic means, then the document."""
    ask(world, DEFAULT)
    person = phone(world, browser, width, language)
    person.open_link()
    person.page.wait_for_url("**/passkey")
    person.mail_code()
    person.press("register")
    person.page.wait_for_url("**/consent")
    person.fits()
    assert not acts(world)
    person.press("consent")
    person.page.wait_for_url("**/sign/*/")
    person.confirm()
    person.page.locator("form[data-passkey] button[type=submit]").click()
    person.page.wait_for_url("**/done")
    [act] = acts(world)
    with world.database.reading() as session:
        consent = session.query(Consent).one()
    assert act.evidence["method"] == "link+passkey"
    assert act.evidence["consent"]["id"] == str(consent.id)
    assert consent.evidence["method"] == "link+passkey"


def test_whoever_is_not_verified_registers_and_signs_nothing(
    world: World, browser: Browser
) -> None:
    person = phone(world, browser)
    person.open_link()
    person.page.wait_for_url("**/passkey")
    person.mail_code()
    person.verifies(person=False)
    person.press("register")
    person.says("unregistered")
    person.verifies(person=True)
    person.press("register")
    person.page.wait_for_url("**/sign/*/")
    person.confirm()
    person.verifies(person=False)
    person.press("sign")
    person.says("cancelled")
    assert not acts(world)
    person.verifies(person=True)
    person.press("sign")
    person.page.wait_for_url("**/done")
    assert len(acts(world)) == 1


def test_another_authenticator_signs_nothing_even_if_it_lies(
    world: World, browser: Browser
) -> None:
    person = phone(world, browser)
    person.register()
    person.forge()
    person.confirm()
    person.press("sign")
    person.says("refused")
    person.fits()
    assert not acts(world)
    person.plug_in()  # one that was never registered
    person.press("sign")
    person.says("cancelled")
    assert not acts(world)
    with world.database.reading() as session:
        refused = session.query(LedgerEvent).filter_by(tag="factor:refused").count()
    assert refused == 1


def test_a_replayed_assertion_and_other_values_sign_nothing(world: World, browser: Browser) -> None:
    placed: Placed = place(world)
    person = phone(world, browser)
    person.register()
    client = world.client()
    visit = person.page.url.split("/sign/")[1].split("/")[0]
    client.set_cookie(
        "__Host-musubi-visit",
        next(str(row["value"]) for row in person.page.context.cookies() if "visit" in row["name"]),
        domain="localhost",
    )
    complete(client, visit, placed)
    person.confirm()
    posted: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST" and request.url.endswith(f"{visit}/act"):
            posted.append(request.post_data or "")

    person.page.on("request", note)
    # another window changes a value while the confirmation is open
    data = {"document": str(world.documents[1]), "number": "2", "action": "save"}
    data[f"field-{placed.second}"] = "99階"
    assert client.post(f"/sign/{visit}/fields", data=data).status_code == 303
    person.press("sign")
    person.page.locator("[data-passkey-said]").get_by_text("入力").wait_for()
    assert not posted
    assert not acts(world)
    person.confirm()
    person.press("sign")
    person.page.wait_for_url("**/done")
    [act] = acts(world)
    assert len(posted) == 1
    replayed = posted[0].replace("nonce=", "nonce=x")
    again = client.post(
        f"/sign/{visit}/act",
        data=replayed,
        content_type="application/x-www-form-urlencoded",
    )
    assert again.status_code in {303, 409, 422}
    assert [row.id for row in acts(world)] == [act.id]


def test_without_webauthn_or_scripts_the_page_says_what_to_do(
    world: World, browser: Browser
) -> None:
    person = phone(world, browser)
    person.register()
    for script in (True, False):
        context = browser.new_context(locale="ja", java_script_enabled=script)
        context.add_init_script("delete window.PublicKeyCredential;")
        page = context.new_page()
        page.goto(f"{ORIGIN}/l/{world.token()}")
        page.locator("main form button").first.click()
        page.wait_for_url("**/prove")
        said = person.words["unusable" if script else "script"]
        page.get_by_text(said).first.wait_for()
        page.get_by_role("heading", name="お問い合わせ先").wait_for()
        context.close()
