"""A chain of the organisation: its second stage is for whoever has a role, who is absent.

His deputy sends it back to the first and signs afterwards; the vendor proves himself by SMS.
"""

import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta

from cli.faults.cells.office import Colleague, Office, approve, pressed
from cli.faults.cells.seal_story import RETRY_SECONDS, enter
from cli.faults.trial import Trial
from cli.selftest.browser import Browser, Interrupted
from cli.selftest.pages import Page
from cli.selftest.patience import SelftestFailed
from cli.selftest.sender import persist
from cli.selftest.signer import ACT, Signer
from domain.chain_slots import Who
from domain.kinds import Role, SlotKind

ABSENT_FOR = timedelta(days=3)
_CODE = re.compile(r"\b(\d{4} \d{4})\b")
_WHY = "金額を確認してください。"


def tell(trial: Trial) -> None:
    """The boss approves, the absent head's deputy sends it back, both act, the vendor signs."""
    with ExitStack() as windows:
        office = Office(trial, windows)
        boss, deputy = office.hire("boss"), office.hire("deputy")
        head = office.hire("head", Role.APPROVER)
        vendor = office.person("vendor", smscode="1", phone=_number())
        with _absent(office, head, deputy), _chain(office, boss) as chain:
            office.send([vendor], "sequence", {}, chain_id=chain)
            before = _approve_at_once(office, boss)
            _send_back(office, deputy)
            approve(office, boss.row, but=before)
            _sign_when_asked(office, deputy)
            _sign_by_sms(office, office.at_link(vendor), vendor["phone"])
            office.clerk.wait_until_done()


def _number() -> str:
    """A mobile number that nobody had before."""
    return f"080{1 + secrets.randbelow(9)}{secrets.randbelow(10**7):07d}"


# -- the administrator's -----------------------------------------------------------------------


@contextmanager
def _absent(office: Office, head: Colleague, deputy: Colleague) -> Iterator[None]:
    """Who is not there, and who acts meanwhile; taken back at the end."""
    admin, today = office.admin(), datetime.now(UTC).date()
    path = "/admin/absences"

    def attempt() -> Page:
        page = admin.open(f"{path}?q={head.name}")
        if head.name in [tag.get_text() for tag in page.main.select(".absence strong")]:
            return page
        form = page.form("登録する")
        form.put("member", str(head.id))
        form.put("deputy", str(deputy.id))
        form.set("begins_on", today.isoformat())
        form.set("ends_on", (today + ABSENT_FOR).isoformat())
        answer = admin.submit(form)
        if answer.status >= 400:
            raise SelftestFailed(f"the absence was not entered: {answer.describe()}")
        return answer

    persist(office.patience, attempt, "the absence")
    try:
        yield
    finally:
        pressed(admin, "the end of the absence", path, "/cancel")


@contextmanager
def _chain(office: Office, boss: Colleague) -> Iterator[str]:
    """Its id, as drafts choose it; stopped at the end."""
    admin, name = office.admin(), f"ルート{office.mark}"
    path = f"/admin/chains?q={name}"

    def attempt() -> str:
        link = _edited(admin.open(path))
        if link:
            return link
        form = admin.open("/admin/chains/new").form("保存する")
        form.set("name", name)
        people = (
            {"kind": SlotKind.APPROVE, "who": Who.MEMBER, "member": str(boss.id)},
            {"kind": SlotKind.SIGN, "who": Who.ROLE, "role": Role.APPROVER, "among": ""},
        )
        for index, person in enumerate(people):
            for part, value in person.items():
                form.put(f"stages-{index}-people-0-{part}", value)
            form.put(f"stages-{index}-rule", "all")
        answer = admin.submit(form)
        if answer.status >= 400:
            raise SelftestFailed(f"the chain was not saved: {answer.describe()}")
        return _edited(admin.open(path))

    chain = persist(office.patience, attempt, "the chain").rpartition("/")[2]
    try:
        yield chain
    finally:
        pressed(admin, "the end of the chain", path, f"/{chain}/stop")


def _edited(page: Page) -> str:
    """Where the one chain that is listed is changed; empty: none is."""
    links = [str(tag["href"]) for tag in page.main.select(".chain-card a[href]")]
    return next((link for link in reversed(links) if "/versions" not in link), "")


# -- those who are asked -----------------------------------------------------------------------


def _approve_at_once(office: Office, boss: Colleague) -> str:
    """By the short way of a member's mail: one press. His link."""
    signer = office.at_link(boss.row)

    def attempt() -> Page:
        page = signer.browser.open(signer.link)
        return signer.browser.submit(page.form("承認する")) if page.has_button("承認する") else page

    page = persist(office.patience, attempt, "the approval")
    if page.status >= 500:
        raise SelftestFailed(f"the approval: {page.describe()}")
    return signer.link


def _send_back(office: Office, deputy: Colleague) -> None:
    """To the first stage, by whoever stands in."""
    signer = office.at_link(deputy.row)
    browser = signer.browser

    def attempt() -> Page:
        page = browser.open(signer.link)
        if page.status >= 400 or not page.main.select("form"):
            return page  # sent back already: the link opens nothing until he is asked again
        visit = enter(signer)
        form = browser.open(f"{visit}sendback").form_to("/sendback")
        stages = [
            value
            for tag in browser.open(f"{visit}sendback").main.select("input[name=back_to]")
            if (value := str(tag["value"])) != "sender"
        ]
        form.put("back_to", stages[0])
        form.set("reason", _WHY)
        return browser.submit(browser.submit(form).form_to("/sendback/act"))

    page = persist(office.patience, attempt, "the sending back")
    if page.status >= 500:
        raise SelftestFailed(f"the sending back: {page.describe()}")


def _sign_when_asked(office: Office, deputy: Colleague) -> None:
    """By the link that he has: it opens nothing between his sending back and his next turn."""
    signer = office.at_link(deputy.row)
    office.patience.until(
        "the deputy's next turn",
        lambda: signer.browser.open(signer.link).has_button("文書を確認する") or None,
    )
    signer.ready()
    signer.act()


def _sign_by_sms(office: Office, signer: Signer, phone: str) -> None:
    """A code opens his link, and another one signs."""
    codes = _Phone(office, phone)
    visit, browser = enter(signer), signer.browser
    codes.proves(browser, visit, lambda page: not page.url.split("#")[0].endswith("/prove"))
    reading = browser.open(f"{visit}read")
    for url in reading.links_matching("/documents/"):
        if url.endswith("/file"):
            browser.download(url)
    codes.proves(browser, f"{visit}confirm", lambda page: not page.has_button(ACT))


class _Phone:
    """What the test provider shows in the mail catcher."""

    def __init__(self, office: Office, number: str) -> None:
        self.office = office
        self.address = f"81{number[1:]}@sms.musubi.test"
        self.known: list[str] = []

    def proves(self, browser: Browser, url: str, done: Callable[[Page], bool]) -> None:
        """A code entered where it is asked for, until that was taken."""
        while True:
            try:
                page = browser.open(url)
                if done(page):
                    return
                page = self._ordered(browser, page)
                button = ACT if page.has_button(ACT) else "次へ"
                form = page.form(button)
                form.put("sms_code", self._next())
                if done(browser.submit(form)):
                    return
            except Interrupted:
                pass
            self.office.patience.sleep(RETRY_SECONDS, "the code to be taken")

    def _ordered(self, browser: Browser, page: Page) -> Page:
        """Sent, where it is not on its way: then those that came so far are of no use any more."""
        words = "SMSで確認コードを送る"
        if not page.has_button(words):
            return page
        self.known = self._codes()
        return browser.submit(page.form(words))

    def _next(self) -> str:
        def look() -> str | None:
            return next((code for code in reversed(self._codes()) if code not in self.known), None)

        return self.office.patience.until("the code's SMS", look)

    def _codes(self) -> list[str]:
        texts = [mail.text for mail in self.office.stage.mailbox.all_for(self.address)]
        return [found[1] for text in texts if (found := _CODE.search(text))]
