"""What most people never see: other ways to show who one is, and other ways out.

Pages of the web app alone: no contract is signed here, so that no stack is needed.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

from domain.kinds import Language
from storage.tables import Envelope, Organisation, Participant
from tests.e2e.pages import PHONE
from tests.guide.camera import Camera
from tests.guide.words import WORDS
from tests.webapp.person import Person
from tests.webapp.served import House, open_house
from tests.webapp.signer import test_access_code, test_late, test_mail_code
from tests.webapp.signer.test_fresh import renew
from tests.webapp.signer.world import HOST, small_world
from tests.webapp.stack import sqlite_in

SHARP = 1.5


class Asides:
    """A vendor with a phone, who reads one language; a new request for each picture's story."""

    def __init__(self, house: House, language: Language, camera: Camera) -> None:
        self._house, self._language, self._camera = house, language, camera
        self._words = WORDS[language]

    def look(self) -> None:
        """In the order of the guide."""
        for story in (
            self._access_code,
            self._mailed_code,
            self._passkey,
            self._hand_over,
            self._wrong_person,
            self._dead_link,
            self._late,
        ):
            with self._somebody() as person:
                story(person)

    @contextmanager
    def _somebody(self) -> Iterator[Person]:
        with tempfile.TemporaryDirectory() as name:
            world = small_world(Path(name), sqlite_in(Path(name)))
            words, first = self._words, world.participants[0]
            person = {"name": words.name, "company": words.company, "mail": words.mail}
            world.change(Participant, first, language=self._language.value, **person)
            envelope = {"title": words.title, "message": words.message}
            world.change(Envelope, world.envelope_id, **envelope)
            with world.database.transaction() as session:
                town = session.query(Organisation).one()
                town.name, town.name_en = "結び市", "Musubi City"
                town.contact_department, town.contact_phone = "総務部契約課", "0120-000-000"
                town.contact_mail = "keiyaku@musubi-city.test"
            with self._house.home_of(world.app) as browser:
                page = _phone(browser, self._language)
                yield Person(world, browser, page, self._language.value)
            world.database.close()

    def _access_code(self, person: Person) -> None:
        person.asked_for(access_code_hash=test_access_code.HASH)
        person.opens()
        self._camera.take(person.page, "access-code")

    def _mailed_code(self, person: Person) -> None:
        person.asked_for(mail_code=True)
        person.opens()
        person.press("確認コードを送る")
        person.reads("確認コードをもう一度送る")
        test_mail_code.deliver(person.world)
        person.types("確認コード", f"{test_late.CODE[:4]} {test_late.CODE[4:]}")
        self._camera.take(person.page, "mailed-code")

    def _passkey(self, person: Person) -> None:
        person.asked_for(passkey=True)
        person.opens()
        person.press("確認コードを送る")
        person.reads("確認コードをもう一度送る")
        test_mail_code.deliver(person.world)
        person.types("確認コード", test_late.CODE)
        person.press("次へ")
        person.reads("パスキーを登録する")
        self._camera.take(person.page, "passkey")

    def _hand_over(self, person: Person) -> None:
        words = self._words
        person.asked_for(handover="allowed")
        person.opens()
        person.press("引き継ぐ方を指定する", "link")
        person.types("引き継ぐ方の氏名", words.heir)
        person.types("引き継ぐ方のメールアドレス", words.heir_mail)
        person.types("引き継ぎの理由", words.why)
        person.page.locator("#new-language").select_option(self._language.value)
        person.press("確認へ進む")
        person.headed("他の人に依頼する：確認")
        self._camera.take(person.page, "handover")

    def _wrong_person(self, person: Person) -> None:
        person.page.goto(f"{HOST}/l/{person.world.token(person.number)}")
        person.press("この依頼に心当たりがない")
        person.headed("この依頼に心当たりがない")
        self._camera.take(person.page, "wrong-person")

    def _dead_link(self, person: Person) -> None:
        person.page.goto(f"{HOST}/l/{renew(person.world)}")
        person.headed("このリンクは使えません")
        self._camera.take(person.page, "dead-link")
        person.press("新しいリンクをメールで受け取る")
        person.headed("受け付けました")
        self._camera.take(person.page, "new-link")

    def _late(self, person: Person) -> None:
        test_late.end(person.world, allowed=True)
        person.opens(f"/d/{test_late.token(person.world)}")
        person.headed("ご本人の確認")
        self._camera.take(person.page, "late")


def look_aside(language: Language, camera: Camera) -> None:
    """All these pictures in one language."""
    with open_house() as house:
        Asides(house, language, camera).look()


def _phone(browser: Browser, language: Language) -> Page:
    context = browser.new_context(
        viewport=PHONE, locale=language.value, device_scale_factor=SHARP, is_mobile=True
    )
    page = context.new_page()
    page.set_default_timeout(30_000)
    return page
