"""One envelope from the mail to the download, with a picture of every step."""

import math
import re
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, expect

from cli.selftest.mailbox import Mailbox
from cli.selftest.patience import Patience
from cli.selftest.stack import Stack
from domain.kinds import Language
from tests.e2e.pages import PHONE, SLOW, log_in, new_draft
from tests.guide.camera import Camera
from tests.guide.papers import certificate, contract
from tests.guide.words import WORDS, Words

SHARP = 1.5
DESK = ViewportSize(width=1280, height=900)
_SMS = re.compile(r"\b\d{4} \d{4}\b")
_CODE = re.compile(r"\b\d{3} \d{3}\b")
SHOWN = "https://musubi.example"
"""For this machine's own address, which no mail of a real sender bears."""
LOCALES = {Language.JA: "ja-JP", Language.EN: "en-GB"}


class Journey:
    """A clerk at a desk and a vendor with a phone, who reads one language."""

    def __init__(
        self, stack: Stack, browser: Browser, mailbox: Mailbox, language: Language, camera: Camera
    ) -> None:
        self._stack, self._mailbox = stack, mailbox
        self._browser, self._language, self._camera = browser, language, camera
        self._words: Words = WORDS[language]
        self._used = 0
        """How many messages of the phone have been read."""

    def travel(self, folder: Path) -> None:
        """Everything, in the order in which it happens."""
        clerk = self._window("ja-JP")
        self._send(clerk, contract(folder, self._language))
        phone = self._phone()
        link = self._mail("/l/", "mail")
        self._check_mail(phone, link)
        self._enter(phone, link)
        self._look_aside(phone)
        self._answer(clerk)
        self._fill_in(phone)
        self._attach(phone, folder)
        self._leave(phone, link)
        self._draw(phone)
        self._sign(phone)
        self._fetch(phone, self._mail("/d/", "completed"))
        self._look_up(phone)

    def _window(self, locale: str) -> Page:
        page = self._browser.new_context(locale=locale).new_page()
        page.set_default_timeout(SLOW)
        return page

    def _phone(self) -> Page:
        context = self._browser.new_context(
            viewport=PHONE,
            locale=LOCALES[self._language],
            device_scale_factor=SHARP,
            has_touch=True,
            is_mobile=True,
        )
        page = context.new_page()
        page.set_default_timeout(SLOW)
        return page

    def _send(self, page: Page, paper: Path) -> None:
        words = self._words
        log_in(self._stack, page)
        new_draft(page, paper)
        page.locator("#people-0-name").fill(words.name)
        page.locator("#people-0-mail").fill(words.mail)
        page.locator("#people-0-company").fill(words.company)
        page.locator("#people-0-language").select_option(self._language.value)
        page.locator("#people-0-smscode").check()
        page.locator("#people-0-phone").fill(words.number)
        page.get_by_role("textbox", name="封筒名").fill(words.title)
        page.locator("#message").fill(words.message)
        page.get_by_role("button", name="入力欄を置く").click()
        self._place(page)
        page.get_by_role("button", name="下書きに戻る").click()
        page.get_by_role("button", name="内容を確認する").click()
        page.get_by_role("button", name="送信する").click()
        expect(page.locator("#live")).to_be_visible()

    def _place(self, page: Page) -> None:
        words = self._words
        for number, (kind, label, top, options) in enumerate(
            (
                ("signature", "", 215, ()),
                ("text", words.address, 150, ()),
                ("checkbox", words.agree, 165, ()),
                ("radio", words.payment, 180, words.ways),
                ("attachment", words.file, 195, ()),
            )
        ):
            page.locator("#new-kind").select_option(kind)
            page.locator("#add").click()
            expect(page.locator("#rows > li")).to_have_count(number + 1)
            row = page.locator("#rows > li").nth(number)
            if label:
                row.locator("input[name$='-label']").fill(label)
            if options:
                row.locator("textarea[name$='-options']").fill("\n".join(options))
            row.locator("details:not(.rules)").evaluate("part => { part.open = true; }")
            row.locator("input[name$='-x']").fill("25")
            row.locator("input[name$='-y']").fill(str(top))
            row.locator("input[name$='-y']").press("Tab")

    def _mail(self, kind: str, name: str) -> str:
        mail, link = self._mailbox.wait_for(self._words.mail, kind, Patience(120))
        page = self._phone()
        page.set_content(mail.html.replace(link.split(kind)[0], SHOWN))
        self._camera.take(page, name)
        page.context.close()
        return link

    def _check_mail(self, page: Page, link: str) -> None:
        page.goto(link)
        self._camera.take(page, "link")
        page.locator("a[href$='/check']").first.click()
        self._camera.take(page, "check")

    def _enter(self, page: Page, link: str) -> None:
        page.goto(link)
        page.locator("main form button[type=submit]").click()
        self._prove(page, "sms")
        page.wait_for_url("**/consent")
        self._camera.take(page, "consent")
        page.locator("main form button[type=submit]").first.click()
        expect(page.locator("main a.primary")).to_be_visible()
        self._camera.take(page, "overview")

    def _prove(self, page: Page, picture: str = "") -> None:
        """With the code that an SMS brings to the phone in the signer's hand."""
        page.locator("form[action$='/prove/sms'] button").click()
        page.locator("#sms_code").fill(Patience(60).until("the code's SMS", self._sms))
        if picture:
            self._camera.take(page, picture)
        page.locator("form.prove button[type=submit]").click()
        page.wait_for_url(lambda url: "/prove" not in url)

    def _sms(self) -> str | None:
        """The digits of the newest message that has not been used."""
        address = f"81{self._words.number[1:]}@sms.musubi.test"
        new = [mail.text for mail in self._mailbox.all_for(address)][self._used :]
        found = next((found[0] for text in new if (found := _SMS.search(text))), None)
        self._used += found is not None
        return found

    def _look_aside(self, page: Page) -> None:
        overview = page.url
        page.locator(".way-out a[href$='/decline']").click()
        self._camera.take(page, "decline")
        page.goto(overview)
        page.locator(".way-out a[href$='/question']").click()
        page.locator("#question").fill(self._words.question)
        self._camera.take(page, "question")
        page.locator("main form button[type=submit]").click()
        expect(page.locator("#asked")).to_be_visible()
        page.goto(overview)

    def _answer(self, page: Page) -> None:
        page.reload()
        page.get_by_label("回答").fill(self._words.answer)
        page.get_by_role("button", name="回答を送る").click()
        expect(page.get_by_role("main")).to_contain_text(self._words.answer)

    def _fill_in(self, page: Page) -> None:
        page.locator("main a.primary").first.click()
        expect(page.locator("#sheets img, #sheets canvas").first).to_be_visible()
        self._camera.take_window(page, "document")
        page.get_by_role("textbox", name=self._words.address).fill(self._words.address_typed)
        page.get_by_role("checkbox", name=self._words.agree).check()
        page.get_by_role("radio", name=self._words.ways[0]).check()
        fields = page.locator("#look")
        fields.scroll_into_view_if_needed()
        fields.locator("details").first.evaluate("part => { part.open = true; }")
        fields.locator("button[value=seal]").click()
        expect(fields.locator("img")).to_be_visible()
        page.locator("#checklist a[data-item]").click()
        self._camera.take_part(page, "#fill", "fields")

    def _attach(self, page: Page, folder: Path) -> None:
        """A file that the sender asks for."""
        file = certificate(folder, self._words.file)
        page.locator(".field.attach input[type=file]").set_input_files(file)
        part = page.locator(".field.attach")
        expect(part).to_contain_text(file.name, timeout=SLOW)
        expect(part.locator("img")).to_be_visible(timeout=SLOW)
        self._camera.take_part(page, ".field.attach", "file")

    def _leave(self, page: Page, link: str) -> None:
        """And come back by the same link: all that was entered is still there."""
        page.locator("button[value=pause]").click()
        page.wait_for_url("**/left")
        self._camera.take(page, "left")
        page.goto(link)
        page.locator("main form button.primary").click()
        self._prove(page)
        page.locator("main a.primary").first.click()
        page.locator("#checklist a[data-item]").click()
        expect(page.locator(".field.attach img")).to_be_visible(timeout=SLOW)

    def _draw(self, page: Page) -> None:
        """As whoever reads on a computer does: the code there, the hand on the phone."""
        page.set_viewport_size(DESK)
        page.get_by_text(self._words.on_phone).click()
        page.get_by_role("button", name=self._words.show_code).click()
        address = page.locator("#pad-code .address")
        expect(address).to_contain_text("/pad/")
        way = (address.text_content() or "").strip()
        expect(address).to_be_visible()
        shown = f"{SHOWN}/pad/{way.partition('/pad/')[2]}"
        address.evaluate("(part, text) => { part.textContent = text; }", shown)
        self._camera.take_part(page, "#look", "computer")
        phone = self._phone()
        phone.goto(way)
        before = page.locator("#stamp-state img").get_attribute("src") or ""
        self._write(phone)
        self._camera.take(phone, "phone")
        phone.locator("#pad-use").click()
        # What stood there before was the seal.
        expect(page.locator("#stamp-state img")).not_to_have_attribute("src", before, timeout=SLOW)
        expect(page.locator("#stamp-state img")).to_be_visible(timeout=SLOW)
        phone.context.close()
        page.set_viewport_size(PHONE)

    def _write(self, page: Page) -> None:
        """A name in one stroke."""
        pad = page.locator("#pad")
        pad.scroll_into_view_if_needed()
        box = pad.bounding_box()
        assert box is not None
        middle = box["y"] + box["height"] / 2
        page.mouse.move(box["x"] + 40, middle)
        page.mouse.down()
        for step in range(1, 60):
            turn = step / 4
            page.mouse.move(
                box["x"] + 40 + (box["width"] - 80) * step / 60,
                middle + box["height"] / 4 * math.sin(turn) * math.cos(turn / 3),
            )
        page.mouse.up()

    def _sign(self, page: Page) -> None:
        page.locator("#finish").click()
        expect(page.locator("#values")).to_be_visible()
        page.locator("form[action$='/prove/sms'] button").click()
        page.locator("#sms_code").fill(Patience(60).until("the code's SMS", self._sms))
        self._camera.take(page, "confirm")
        page.locator("form[action$='/act'] button[type=submit]").first.click()
        page.wait_for_url("**/done", timeout=SLOW)
        self._camera.take(page, "done")
        page.locator("main a[href$='/record']").click()
        self._camera.take(page, "record")

    def _fetch(self, page: Page, link: str) -> None:
        page.goto(link)
        page.locator("main form button[type=submit]").click()
        self._prove(page)
        page.wait_for_url("**/download/**")
        self._camera.take(page, "download")

    def _look_up(self, page: Page) -> None:
        """The list of everything that came to the vendor's address."""
        page.locator("main a[href$='/mailbox']").click()
        page.locator("#mail").fill(self._words.mail)
        page.locator("main form button[type=submit]").first.click()
        page.wait_for_url("**/mailbox/code")
        self._camera.take(page, "code")
        page.locator("#code").fill(Patience(60).until("the mail with the code", self._code))
        page.locator("main form button[type=submit]").first.click()
        page.wait_for_url("**/mailbox/documents")
        self._camera.take(page, "documents")

    def _code(self) -> str | None:
        mails = self._mailbox.all_for(self._words.mail)
        found = [_CODE.search(mail.text) for mail in mails if not mail.link("/l/")]
        return next((match[0] for match in found if match is not None), None)
