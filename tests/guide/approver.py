"""The pictures of the manual for approvers: from the mail, from the list, several at once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from cli.selftest.mailbox import Mail, Mailbox
from cli.selftest.patience import Patience
from cli.selftest.stack import Stack
from domain.kinds import Language
from tests.e2e.pages import PHONE, SLOW
from tests.guide.camera import LOADED, Camera
from tests.guide.desk import LOCALES, MANUAL, Desk
from tests.guide.sending import begin, choose_chain, place_signature, send
from tests.guide.town import TOWNS

SHARP = 1.5
DEPUTY = "admin"
"""Of the demo's people; whoever sent an envelope is nobody's deputy in it."""
SHOWN = "https://musubi.example"
"""For this machine's own address, which no mail of a real sender bears."""


def draw_approver(stack: Stack, browser: Browser, language: Language, folder: Path) -> None:
    """承認者: the head of a section on the phone and at the desk, then the mayor."""
    camera = Camera(MANUAL / language.value / "approver", language)
    clerk = Desk(stack, browser, "clerk", language, camera)
    clerk.log_in(picture=False)
    titles = (clerk.words.title, *clerk.words.others)
    for number, title in enumerate(titles):
        papers = folder / str(number)
        papers.mkdir()
        _send(clerk, papers, title)
    head = clerk.also("approver")
    mailbox = Mailbox(stack.home.catcher_url)
    _from_the_mail(browser, mailbox, head, titles[0])
    mailbox.close()
    _several(head, titles[1:3])
    head.leave()
    clerk.leave()
    mayor = clerk.also("signer")
    _send_back(mayor, titles[2])
    _seals(mayor, titles[:2])
    _absence(mayor)
    mayor.leave()


def _send(clerk: Desk, folder: Path, title: str) -> None:
    begin(clerk, folder, title)
    town = TOWNS[clerk.language]
    choose_chain(clerk.page, town.chain)
    place_signature(clerk, town.names["signer"])
    send(clerk)


def _from_the_mail(browser: Browser, mailbox: Mailbox, head: Desk, title: str) -> None:
    mail = Patience(120).until("the request's mail", lambda: _request(mailbox, head, title))
    link = str(mail.link("/l/"))
    page = _phone(browser, head.language)
    page.set_content(mail.html.replace(link.split("/l/", maxsplit=1)[0], SHOWN))
    head.camera.take(page, "mail")
    page.goto(link)
    head.camera.take(page, "decide")
    page.locator("button[name=decision][value=act]").click()
    page.wait_for_url("**/done")
    page.context.close()


def _request(mailbox: Mailbox, head: Desk, title: str) -> Mail | None:
    mails = mailbox.all_for(str(head.login["mail"]))
    found = (mail for mail in reversed(mails) if title in mail.subject and mail.link("/l/"))
    return next(found, None)


def _phone(browser: Browser, language: Language) -> Page:
    context = browser.new_context(
        viewport=PHONE,
        locale=LOCALES[language],
        device_scale_factor=SHARP,
        has_touch=True,
        is_mobile=True,
    )
    page = context.new_page()
    page.set_default_timeout(SLOW)
    return page


def _tasks(desk: Desk, titles: tuple[str, ...]) -> Page:
    """The list, once all of these wait in it."""

    def look() -> Page | None:
        page = desk.go("/waiting")
        listed = page.locator("main tbody tr")
        return page if all(listed.filter(has_text=title).count() for title in titles) else None

    return Patience(120).until("his tasks", look)


def _choose(page: Page, titles: tuple[str, ...]) -> None:
    for title in titles:
        page.locator("main tbody tr").filter(has_text=title).locator("input[name=task]").check()


def _several(head: Desk, titles: tuple[str, ...]) -> None:
    page = _tasks(head, titles)
    _choose(page, titles)
    head.camera.take(page, "waiting")
    head.press("main form .actions button[type=submit]")
    for field, comment in zip(
        page.locator("main textarea").all(), head.words.comments, strict=True
    ):
        field.fill(comment)
    head.camera.take(page, "several")
    head.press("form[action$='/waiting/act'] .actions button[type=submit]")
    head.camera.take(page, "done")


def _send_back(mayor: Desk, title: str) -> None:
    page = _tasks(mayor, (title,))
    with page.expect_navigation():
        page.locator("main tbody tr").filter(has_text=title).locator("td button").last.click()
    page.locator(".way-out a[href$='/sendback'], main a[href$='/sendback']").first.click()
    page.locator("#reason").fill(mayor.words.back)
    page.locator("input[name=back_to]").last.check()
    mayor.camera.take(page, "send-back")
    page.locator("input[name=back_to]").first.check()
    mayor.press("main form .actions button[type=submit]")
    mayor.press("form[action$='/sendback/act'] button[type=submit]")


def _seals(mayor: Desk, titles: tuple[str, ...]) -> None:
    page = mayor.go("/account/seal")
    page.locator("button[name=action][value=make]").click()
    expect(page.locator("#seal-state img").first).to_be_visible()
    page = _tasks(mayor, titles)
    _choose(page, titles)
    mayor.press("main form .actions button[type=submit]")
    mayor.press("button[name=action][value=seal]")
    expect(page.locator(".signature-preview img")).to_have_count(len(titles))
    page.wait_for_function(LOADED, arg=".signature-preview")
    mayor.camera.take(page, "seals")
    mayor.press("form[action$='/waiting/act'] .actions button[type=submit]")


def _absence(mayor: Desk) -> None:
    page = mayor.go("/account/absence")
    today = datetime.now(UTC).date()
    page.locator("#begins_on").fill(today.isoformat())
    page.locator("#ends_on").fill((today + timedelta(days=6)).isoformat())
    deputy = page.locator("#deputy option").filter(has_text=TOWNS[mayor.language].names[DEPUTY])
    page.locator("#deputy").select_option(value=deputy.get_attribute("value"))
    mayor.camera.take(page, "absence")
